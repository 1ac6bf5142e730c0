"""A long audit log: how fast it grows, and what it takes to list, filter and export it.

`python -m bench.audit_log [--entries 1000000] [--database sqlite|postgresql] [--only WORD]`

Fills an installation of its own through the store, as traffic does, in transactions of `BATCH` entries; then runs each
command as a process of its own, with its output thrown away, and prints time and peak memory (`wait4`).
"""

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from keys import KeyRoom
from proxy.assemble import open_keys, unix_ms
from proxy.config import load
from proxy.founding import found
from proxy.logkeeping import LogKeeping
from proxy.store import KEYSTORE, MAPPING, AuditRecord, open_store

BATCH = 1000
SIGNED = 50_000
DAYS = 30
PEOPLE = 20_000
KEY = "abcd"
CONFIG = """
[store]
url = "{mapping}"
[keystore]
url = "{keystore}"
[[mounts]]
name = "dispatch"
adapter = "dispatch"
tenant = "uni"
public = "https://learning.example.org"
upstream = "https://cloud.scorm.com"
lms_origins = ["https://lms.example.org"]
"""
MIX = (  # event, actor, how many of a thousand
    ("session-opened", "browser", 400),
    ("reidentified", "cloud", 280),
    ("relayed", "cloud", 280),
    ("minted", "browser", 20),
    ("refused", "browser", 18),
    ("leak-suspected", "browser", 1),
    ("exported", "anna", 1),
)


def cases(somebody: str, incident: str) -> list[tuple[str, list[str]]]:
    """What is measured: a name, and the command."""
    only = ["list", "--all", "--json"]
    return [
        ("list: the last 50", ["list"]),
        ("list: the last 50 leaks", ["list", "--event", "leak-suspected"]),
        ("list: one incident", [*only, "--incident", incident]),
        ("list: one pseudonym", [*only, "--pseudonym", somebody]),
        ("list: one person", [*only, "--person", somebody]),
        ("list: the last two hours", [*only, "--since", "2h"]),
        ("list: a day in the middle", [*only, "--since", f"{DAYS // 2}d", "--until", f"{DAYS // 2 - 1}d"]),
        ("list: an event (0.1 %)", [*only, "--event", "leak-suspected"]),
        ("list: an officer (0.1 %, no index)", [*only, "--actor", "anna"]),
        ("list: nobody (no index)", [*only, "--actor", "nobody"]),
        ("show", ["show", "4711"]),
        ("prove", ["prove", "4711"]),
        ("verify", ["verify"]),
        ("list: all, table", ["list", "--all"]),
        ("list: all, JSON", only),
        ("list: all, CSV", ["list", "--all", "--csv"]),
        ("export: all, JSON Lines, file", ["export", "--to", "all.jsonl"]),
        ("export: all, CSV, file", ["export", "--format", "csv", "--to", "all.csv"]),
        ("export: all, OCSF, file", ["export", "--format", "ocsf", "--to", "all.ocsf"]),
    ]


def token(number: int) -> str:
    """An invented pseudonym."""
    return f"sv1{KEY}{number:033d}"


def log(entries: int) -> Iterator[AuditRecord]:
    """Entries up to now, over `DAYS` days."""
    chance = random.Random(6)
    drawn = chance.choices([one[:2] for one in MIX], [one[2] for one in MIX], k=entries)
    end, step = time.time_ns() // 1_000_000, DAYS * 86_400_000 / entries
    for number, (event, actor) in enumerate(drawn):
        at = int(end - (entries - number) * step)
        who = token(chance.randrange(PEOPLE))
        yield AuditRecord(
            at, event, actor, "uni", "dispatch", "dispatch-v2.launch", "subject", who, KEY, f"x-{number // 2}", "", 1
        )


async def fill(config: Path, url: str, entries: int) -> float:
    """Append, and sign now and then, as a process that serves does; gives seconds."""
    store, settings = open_store(url), load(config)
    keys = KeyRoom(open_keys(settings, config).opened.ring)
    keeping = LogKeeping(settings, config, keys=keys, store=store, clock=unix_ms, upstream=None)
    await store.open()
    began = time.perf_counter()
    batch: list[AuditRecord] = []
    written = 0
    for entry in log(entries):
        batch.append(entry)
        if len(batch) == BATCH:
            await store.append_audit(batch)
            batch = []
            written += BATCH
            if written % SIGNED == 0:
                await keeping.checkpoints.make()
    await store.append_audit(batch)
    await keeping.checkpoints.make()
    took = time.perf_counter() - began
    await store.close()
    return took


def measured(folder: Path, words: list[str]) -> tuple[float, float, float, int]:
    """Seconds, of these seconds of processor time, peak memory in MB, and bytes written of `scormveil audit …`."""
    out = folder / "out"
    with out.open("wb") as to:
        began = time.perf_counter()
        command = [sys.executable, "-m", "proxy.cli", "audit", *words]
        process = subprocess.Popen(command, cwd=folder, stdout=to, stderr=subprocess.PIPE, env=environment(folder))
        said = process.stderr.read() if process.stderr else b""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        took = time.perf_counter() - began
    if process.returncode:
        raise SystemExit(f"{words}: {process.returncode} {said.decode()}")
    return took, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, out.stat().st_size


def environment(folder: Path) -> dict[str, str]:
    """This checkout, and the installation in `folder`."""
    root = str(Path(__file__).parents[1])
    return {**os.environ, "PYTHONPATH": root, "SCORMVEIL_CONFIG": str(folder / "scormveil.toml")}


@contextmanager
def addresses(database: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Where mapping and key store are to be."""
    if database == "sqlite":
        yield f"sqlite:///{folder}/mapping.db", f"sqlite:///{folder}/keys.db"
        return
    from tests.postgres import cluster

    with cluster() as server:
        yield server.database(MAPPING), server.database(KEYSTORE)


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, addresses(asked.database, Path(name)) as (mapping, keystore):
        folder = Path(name)
        config = folder / "scormveil.toml"
        config.write_text(CONFIG.format(mapping=mapping, keystore=keystore), "utf-8")
        found(load(config), config)
        took = asyncio.run(fill(config, mapping, asked.entries))
        print(f"{asked.entries} entries appended in {took:.1f} s: {asked.entries / took:.0f}/s", flush=True)
        results = {"append": {"seconds": took, "entries": asked.entries}}
        print(f"{'':38} {'s':>7} {'CPU s':>7} {'MB':>6} {'output MB':>10}")
        for title, words in cases(token(17), f"x-{asked.entries // 4}"):
            if asked.only in title:
                seconds, busy, memory, written = measured(folder, words)
                results[title] = {"seconds": round(seconds, 2), "cpu": round(busy, 2), "peak_mb": round(memory)}
                print(f"{title:38} {seconds:7.2f} {busy:7.2f} {memory:6.0f} {written / 1e6:10.1f}", flush=True)
        print(json.dumps({"database": asked.database, **results}))


if __name__ == "__main__":
    main()
