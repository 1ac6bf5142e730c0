"""Nodes of one installation: each with a folder, a keyring file and a journal of its own, on shared databases."""

import asyncio
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from keys import Keyring, Purpose, rotate
from proxy.assemble import House, build, unix_ms
from proxy.config import load
from proxy.founding import found
from proxy.identity import Context, Sighting
from proxy.keepers import RingFile
from proxy.people import Cleartext, Kind, Person
from proxy.upkeep import Office

CONTEXT = Context(tenant="uni", mount="dispatch", route="launch", exchange="x-1", actor="browser")
PEOPLE = ("4711", "o'brien", "李小龙", "Plato", "n" * 200, "محمد.بن", "zoe@uni.example")
CONFIG = """\
[server]
listen = "127.0.0.1:{number}"
[keys]
{keys}
[store]
url = "{store}"
[keystore]
url = "{keystore}"
[upkeep]
records_per_second = 100000
{upkeep}
[[mounts]]
name = "dispatch"
adapter = "dispatch"
tenant = "uni"
public = "https://proxy.example.org"
upstream = "https://cloud.example.com"
lms_origins = ["https://lms.example.edu"]
"""


@dataclass
class Site:
    """Where the databases of an installation are, and its first node's folder, from which others are copied."""

    folder: Path
    store: str
    keystore: str
    nodes: int = 0

    def node(self, *, keys: str = "", upkeep: str = "") -> "Node":
        """Another node; its keyring is a copy of the first one's as it is now."""
        self.nodes += 1
        folder = self.folder / f"node-{self.nodes}"
        first = self.folder / "node-1"
        folder.mkdir()
        text = CONFIG.format(
            number=8000 + self.nodes, keys=keys, upkeep=upkeep, store=self.store, keystore=self.keystore
        )
        (folder / "scormveil.toml").write_text(text, "utf-8")
        if self.nodes == 1:
            found(load(folder / "scormveil.toml"), folder / "scormveil.toml")
        else:
            for name in ("keyring.json", "keyring.json.seen", "kek.key"):
                if (first / name).exists():
                    shutil.copy2(first / name, folder / name)
        return Node(folder)


@dataclass
class Node:
    """One node; `house` is what runs, without sockets."""

    folder: Path
    house: House | None = None

    @property
    def file(self) -> Path:
        return self.folder / "scormveil.toml"

    async def start(self) -> House:
        self.house = await asyncio.to_thread(lambda: build(load(self.file), self.file))
        await self.house.open()
        return self.house

    async def stop(self) -> None:
        if self.house is not None:
            await self.house.close()
            self.house = None

    async def office(self) -> Office:
        """Where this node's officer changes keys."""
        desk = await asyncio.to_thread(lambda: RingFile(load(self.file), self.file))
        return Office(desk, self.house.store.upkeep, self.house.keystore, unix_ms)

    async def rotated(self, *purposes: Purpose) -> Keyring:
        office = await self.office()
        for purpose in purposes:
            ring = await office.enact(lambda old, one=purpose: rotate.rotate(old, one, now()), "operator")
        return ring

    async def seen(self, *subjects: str) -> list[Person]:
        """People launch here."""
        return await self.house.names.pseudonymize([sighting(one) for one in subjects], CONTEXT)

    async def recalled(self, person: Person) -> Person | None:
        return await self.house.names.recall("uni", person.pseudonym.token)

    async def events(self) -> list[str]:
        return [entry.event for _, entry in await self.house.store.read_audit(0, 10_000)]


def sighting(subject: str) -> Sighting:
    return Sighting(Cleartext(Kind.SUBJECT, subject), (Cleartext(Kind.GIVEN, f"Zoë of {subject}"[:50]),))


def now() -> datetime:
    return datetime.now(UTC)
