"""`scormveil attack` on a crowd: how long it takes, and what it holds in memory.

`python -m bench.attack [--people 1000000] [--only WORD]`

Fills an installation of its own (SQLite) with invented people, as traffic does, with two entries of the log for each;
writes what a cloud would export of them, and the LMS's log. Then each command as a process of its own, its output
thrown away; prints time and peak memory (`wait4`).
"""

import argparse
import asyncio
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from bench.audit_log import CONFIG, environment
from keys import KeyRoom, new_person_key
from keys.person import new_person
from proxy.assemble import Stores, open_keys, stores_of
from proxy.config import load
from proxy.founding import found
from proxy.identity import Records
from proxy.people import Cleartext, Kind
from proxy.store import AuditRecord
from proxy.store.records import MappingRecord

BATCH = 1000
DAYS = 180
DAY_S = 86_400
GIVEN = ("Zoë", "Seán", "李", "Anna", "Ngozi", "Mats", "Thị", "Ola", "Ida", "يوسف")
FAMILY = ("Müller-Østergård", "O'Brien", "小龙", "Lee", "Okafor", "Lindqvist", "Ánh", "Nordmann", "de la Cruz", "حداد")


def cases(folder: Path) -> list[tuple[str, list[str]]]:
    """What is measured: a name, and the options."""
    cloud, lms = ["--cloud", f"{folder / 'cloud.json'}"], ["--lms", f"{folder / 'lms.csv'}"]
    return [
        ("what is held, alone", []),
        ("a dictionary of a million", ["--pattern", "s0[0-9]{6}"]),
        ("a file of the cloud", cloud),
        ("a file of the cloud, and the LMS's log", [*cloud, *lms]),
    ]


def learner(number: int) -> str:
    """An invented id."""
    return f"s{number:07d}"


def texts_of(number: int, chance: random.Random) -> tuple[Cleartext, ...]:
    """An invented person, with a name and an address."""
    return (
        Cleartext(Kind.SUBJECT, learner(number)),
        Cleartext(Kind.NAME, f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}{number % 997}"),
        Cleartext(Kind.EMAIL, f"{learner(number)}@uni.example"),
    )


async def settle(
    keys: KeyRoom, records: Records, stores: Stores, folder: Path, first: int, moments: Sequence[int]
) -> list[str]:
    """Some people move in, by rows, without an index, which no attack asks; returns their pseudonyms."""
    chance = random.Random(first)
    wrapped, rows = [], []
    for number, moment in enumerate(moments, first):
        minted = keys.scheme.mint("uni", "subject", (learner(number),))
        bare = MappingRecord(
            "uni", "subject", new_person(), minted.token, minted.key_id, b"", "", moment * 1000, moment * 1000
        )
        key = new_person_key()
        wrapped.append(records.wrapped(bare, key))
        rows.append(records.seal(bare, key, texts_of(number, chance)).record)
    await stores.keystore.put(wrapped)
    await asyncio.to_thread(insert, folder / "mapping.db", rows)
    return [one.pseudonym for one in rows]


def insert(database: Path, rows: Sequence[MappingRecord]) -> None:
    """The rows of people and of their pseudonyms."""
    whose = "person, tenant, kind, pseudonym, pseudonym_key, sealed, seal_key, created, last_seen, moving"
    names = "person, tenant, pseudonym, key_id, state, since"
    with closing(sqlite3.connect(database)) as there, there:
        there.executemany(
            f"INSERT INTO people ({whose}) VALUES (?, ?, ?, ?, ?, ?, '', ?, ?, 0)",
            [
                (
                    one.person,
                    one.tenant,
                    one.kind,
                    one.pseudonym,
                    one.pseudonym_key,
                    one.sealed,
                    one.created,
                    one.created,
                )
                for one in rows
            ],
        )
        there.executemany(
            f"INSERT INTO pseudonyms ({names}) VALUES (?, ?, ?, ?, 'current', ?)",
            [(one.person, one.tenant, one.pseudonym, one.pseudonym_key, one.created) for one in rows],
        )


def at(moment: int) -> str:
    """A moment as the cloud writes it."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def row(token: str, moment: int) -> bytes:
    """A registration as the cloud lists it."""
    said = {
        "id": str(uuid.uuid4()),
        "registrationCompletion": "COMPLETED",
        "createdDate": at(moment),
        "firstAccessDate": at(moment + 2),
        "learner": {"id": token, "firstName": "Learner", "lastName": "K7Q-XM2-P4R"},
        "course": {"id": f"course-{moment % 40}", "title": f"Safety at work {moment % 40}", "version": 0},
        "totalSecondsTracked": moment % 5000,
    }
    return json.dumps(said).encode()


async def fill(folder: Path, people: int) -> None:
    """People, their log, and both files."""
    config = folder / "scormveil.toml"
    settings, chance = load(config), random.Random(6)
    stores = stores_of(settings, config)
    await stores.mapping.open()
    await stores.keystore.open()
    await stores.keystore.belongs_to((await stores.mapping.pulse()).lineage, opens=False)

    async def nothing_newer() -> None:
        """Nobody changes the keyring here."""

    keys = KeyRoom(open_keys(settings, config).opened.ring)
    records = Records(keys, stores.keystore, nothing_newer)
    end = int(time.time())
    with (folder / "cloud.json").open("wb") as cloud, (folder / "lms.csv").open("w", encoding="utf-8") as lms:
        cloud.write(b'{"registrations": [')
        for first in range(0, people, BATCH):
            moments = [end - chance.randrange(DAYS * DAY_S) for _ in range(BATCH)]
            tokens = await settle(keys, records, stores, folder, first, moments)
            opened = [
                AuditRecord(moment * 1000, "session-opened", tenant="uni", pseudonym=token)
                for token, moment in zip(tokens, moments, strict=True)
            ]
            await stores.mapping.append_audit(opened)
            rows = [row(token, moment) for token, moment in zip(tokens, moments, strict=True)]
            cloud.write((b",\n" if first else b"") + b",\n".join(rows))
            lms.writelines(f"{learner(first + nth)},{at(moment)}\n" for nth, moment in enumerate(moments))
        cloud.write(b"]}")
    await stores.mapping.close()
    await stores.keystore.close()


def measured(folder: Path, words: list[str]) -> tuple[float, float, float]:
    """Seconds, of these seconds of processor time, and peak memory in MB of `scormveil attack …`."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "proxy.cli", "attack", "--json", *words]
    with (folder / "out").open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, stdout=out, env=environment(folder))
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in {0, 1}:
        raise SystemExit(f"{words}: {process.returncode}")
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = folder / "scormveil.toml"
        stores = f"sqlite:///{folder}/mapping.db", f"sqlite:///{folder}/keys.db"
        config.write_text(CONFIG.format(mapping=stores[0], keystore=stores[1]), "utf-8")
        found(load(config), config)
        asyncio.run(fill(folder, asked.people))
        sizes = {file: round((folder / file).stat().st_size / 1e6) for file in ("cloud.json", "lms.csv", "mapping.db")}
        print(f"{asked.people} people; MB: {sizes}", flush=True)
        print(f"{'':40} {'s':>8} {'CPU s':>8} {'MB':>6}", flush=True)
        for title, words in cases(folder):
            if asked.only in title:
                seconds, busy, memory = measured(folder, words)
                print(f"{title:40} {seconds:8.1f} {busy:8.1f} {memory:6.0f}", flush=True)
                found_ones = [
                    one["attack"]
                    for one in json.loads((folder / "out").read_text("utf-8"))["results"]
                    if one["verdict"] == "found"
                ]
                print(f"{'':40} found: {found_ones or 'nothing'}", flush=True)


if __name__ == "__main__":
    main()
