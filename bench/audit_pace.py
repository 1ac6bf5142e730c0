"""Whether the audit log keeps pace with the traffic: `python -m bench.audit_pace [--rounds 5] [--seconds 4]`.

In each round the proxy gets as much of a case as it can answer (launches, then results, each re-identified), while the
database is looked at: how many entries the log has, and how many of them a checkpoint covers. Right after it, on the
same core and disk, the log alone is written and signed by as many writers at once as there were connections. Its
entries a second, divided by those of the traffic, is the figure: above 1 the log is not what bounds the traffic.
"""

import argparse
import asyncio
import os
import shutil
import sqlite3
import tempfile
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench import plan
from bench.__main__ import check, enter
from bench.audit_log import CONFIG, log
from bench.load import Load
from bench.nginx import Cloud
from bench.system import Cores
from keys import KeyRoom
from proxy.assemble import open_keys, unix_ms
from proxy.config import load as read_config
from proxy.founding import found
from proxy.logkeeping import LogKeeping
from proxy.store import open_store

LOOK_SECONDS = 0.05
SETTLE_SECONDS = 120.0
_STANDS = """
SELECT coalesce(sum(size), 0),
       coalesce(sum((SELECT max(size) FROM checkpoints WHERE checkpoints.log = logs.log)), 0)
FROM logs
"""


@dataclass(frozen=True)
class Paced:
    """A case in one round. `tail`: entries that no checkpoint covered, at most; `signed`: seconds until all were."""

    case: str
    requests: float
    entries: float
    tail: int
    signed: float
    alone: float


class Watch(threading.Thread):
    """Looks at the log of a database until it is stopped."""

    def __init__(self, database: Path) -> None:
        super().__init__(daemon=True)
        self._database = database
        self._done = threading.Event()
        self.tail = 0

    def stands(self) -> tuple[int, int]:
        with closing(sqlite3.connect(f"file:{self._database}?mode=ro", uri=True, timeout=5)) as connection:
            size, signed = connection.execute(_STANDS).fetchone()
            return int(size), int(signed)

    def run(self) -> None:
        while not self._done.wait(LOOK_SECONDS):
            size, signed = self.stands()
            self.tail = max(self.tail, size - signed)

    def stop(self) -> None:
        self._done.set()
        self.join()


async def written_alone(folder: Path, writers: int, seconds: float) -> float:
    """Entries a second of `writers` that each wait until theirs is on disk, while the log is signed as ever."""
    config = folder / "scormveil.toml"
    config.write_text(
        CONFIG.format(mapping=f"sqlite:///{folder}/mapping.db", keystore=f"sqlite:///{folder}/keys.db"), "utf-8"
    )
    settings = read_config(config)
    found(settings, config)
    store = open_store(f"sqlite:///{folder}/mapping.db")
    keys = KeyRoom(open_keys(settings, config).opened.ring)
    keeping = LogKeeping(settings, config, keys=keys, store=store, clock=unix_ms, upstream=None)
    await store.open()
    await keeping.open()
    keeping.start()
    entries = log(1_000_000)
    began, count = time.perf_counter(), 0

    async def write() -> None:
        nonlocal count
        while time.perf_counter() - began < seconds:
            await store.append_audit([next(entries)])
            count += 1

    await asyncio.gather(*(write() for _ in range(writers)))
    took = time.perf_counter() - began
    await keeping.stop()
    await store.close()
    return count / took


def until_signed(watch: Watch) -> float:
    """Seconds until a checkpoint covers everything; the traffic has ended."""
    began = time.monotonic()
    while time.monotonic() - began < SETTLE_SECONDS:
        size, signed = watch.stands()
        if size == signed:
            return time.monotonic() - began
        time.sleep(LOOK_SECONDS)
    raise SystemExit("the log was not signed")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.audit_pace")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0)
    asked = parser.parse_args()
    cores, folder = Cores.choose(), Path(tempfile.mkdtemp(prefix="scormveil-pace-"))
    load, cloud = Load(cores.rest, folder), Cloud(folder / "cloud", ["scormveil"], cores.rest)
    cloud.start()
    one = enter("scormveil", folder, cloud, cores, load, quick=True)
    try:
        paced = [
            measured(one, case, load, folder, cores.proxy, asked.seconds, f"{number}-{case.name}")
            for number in range(asked.rounds)
            for case in plan.cases(one.public)
            if case.name in {"launch", "result"}
        ]
    finally:
        one.process.stop()
        cloud.stop()
        shutil.rmtree(folder, ignore_errors=True)
    print(
        f"{'':8} {'requests/s':>11} {'entries/s':>10} {'unsigned, most':>15} {'all signed':>13} {'alone/s':>12} ratio"
    )
    for name in ("launch", "result"):
        mine = [each for each in paced if each.case == name]
        ratios = sorted(each.alone / each.entries for each in mine)
        print(
            f"{name:8} {median(each.requests for each in mine):11,.0f} {median(each.entries for each in mine):10,.0f} "
            f"{max(each.tail for each in mine):15,} {max(each.signed for each in mine):11.1f} s "
            f"{median(each.alone for each in mine):12,.0f} {median(ratios):6.2f}  ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        )


def measured(one, case, load: Load, folder: Path, core: int, seconds: float, name: str) -> Paced:  # type: ignore[no-untyped-def]
    """One round: the traffic, then the log alone."""
    watch = Watch(folder / "scormveil" / "scormveil.sqlite3")
    before, _ = watch.stands()
    watch.start()
    outcome = check(one.name, case, load.put(case, one.port, seconds, 1))
    watch.stop()
    after, _ = watch.stands()
    signed = until_signed(watch)
    own = folder / name
    own.mkdir()
    os.sched_setaffinity(0, {core})
    alone = asyncio.run(written_alone(own, load.connections, seconds))
    return Paced(
        case.name, outcome.requests / outcome.seconds, (after - before) / outcome.seconds, watch.tail, signed, alone
    )


if __name__ == "__main__":
    main()
