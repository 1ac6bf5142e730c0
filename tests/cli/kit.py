"""An installation with people in it, and the command line over it as an officer uses it."""

import asyncio
import io
import json
import sys
from collections.abc import Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from keys import KeyRoom, Purpose
from proxy.assemble import stores_of
from proxy.cli.main import main
from proxy.config import load
from proxy.identity import Context, IdentityService, Sighting
from proxy.keepers import RingFile
from proxy.people import Cleartext, Kind
from proxy.store import AuditRecord
from tests.processes import begun, scormveil

ROOT = Path(__file__).parents[2]
PEOPLE = ("zoë.müller-østergård", "o'brien", "李小龙")
SECRET = "eleven invented lighthouses"
HOUR_MS = 60 * 60 * 1000
CONFIG = """
{keys}
[store]
url = "{mapping}"
[keystore]
url = "{keystore}"
{more}
[[mounts]]
name = "dispatch"
adapter = "dispatch"
tenant = "uni"
public = "https://learning.example.org"
upstream = "https://cloud.scorm.com"
lms_origins = ["https://lms.example.org"]
[mounts.policy]
session_hours = 12

[[mounts]]
name = "staff"
adapter = "dispatch"
tenant = "staff"
public = "https://staff.example.org"
upstream = "https://cloud.scorm.com"
lms_origins = ["https://lms.example.org"]
"""


def config_text(keys="", more="", mapping="sqlite:///mapping.db", keystore="sqlite:///keys.db"):
    return CONFIG.format(keys=keys, more=more, mapping=mapping, keystore=keystore)


class Stdin(io.StringIO):
    """A pipe, unless somebody sits there."""

    terminal = False

    def isatty(self):
        return self.terminal


@dataclass(frozen=True)
class Said:
    """What a command said, and its exit status."""

    code: int
    out: str
    err: str

    @property
    def words(self):
        """Everything, as one line: where a console breaks lines is no claim of ours."""
        return " ".join((self.out + self.err).split())


class Clock:
    """The time of the command line; real until somebody moves it."""

    def __init__(self, real):
        self._real = real
        self.ahead = 0

    def __call__(self):
        return self._real() + self.ahead

    def wait(self, *, hours):
        self.ahead += int(hours * HOUR_MS)


@dataclass
class House:
    """An installation in a folder."""

    folder: Path
    monkeypatch: object
    capsys: object
    clock: Clock

    @property
    def config_file(self):
        return self.folder / "scormveil.toml"

    @property
    def keyring(self):
        return self.folder / "keyring.json"

    def configure(self, keys="", more="", **stores):
        self.config_file.write_text(config_text(keys=keys, more=more, **stores), "utf-8")

    def run(self, *words, stdin=""):
        """A command through its front door, in this process; `stdin` is a pipe."""
        self.capsys.readouterr()
        self.monkeypatch.setattr(sys, "argv", ["scormveil", *map(str, words)])
        self.monkeypatch.setattr(sys, "stdin", Stdin(stdin))
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = ended.code or 0
        said = self.capsys.readouterr()
        assert "Traceback" not in said.err
        return Said(code, said.out, said.err)

    def done(self, *words, stdin=""):
        """A command that must succeed."""
        said = self.run(*words, stdin=stdin)
        assert said.code == 0, (words, said)
        return said

    def refused(self, *words, stdin=""):
        """A command that must be refused; gives its words."""
        said = self.run(*words, stdin=stdin)
        assert said.code == 2, (words, said)
        return said.words

    def process(self, *words):
        """A command as a process of its own."""
        return begun(scormveil, *map(str, words), folder=self.folder)

    def listed(self):
        """`keys list --json`."""
        return json.loads(self.done("keys", "list", "--json").out)

    def key(self, purpose, state="active"):
        """The id of the newest key of a purpose and state."""
        found = [one["id"] for one in self.listed()["keys"] if (one["purpose"], one["state"]) == (purpose, state)]
        assert found, (purpose, state, self.listed())
        return found[-1]

    def ring(self):
        return RingFile(load(self.config_file), self.config_file).load().ring

    def events(self):
        """The audit log, as (event, actor) and more."""

        async def read():
            async with self.opened() as stores:
                return [entry for _, entry in await stores.mapping.read_audit(0, 10_000)]

        return asyncio.run(read())

    @asynccontextmanager
    async def opened(self):
        stores = stores_of(load(self.config_file), self.config_file)
        await stores.mapping.open()
        await stores.keystore.open()
        try:
            yield stores
        finally:
            await stores.keystore.close()
            await stores.mapping.close()

    def mint(self, subjects: Iterable[str] = PEOPLE, tenant="uni", kind=Kind.SUBJECT):
        """People launch; returns their pseudonyms in order."""

        async def launched():
            async with self.opened() as stores:
                await stores.keystore.belongs_to((await stores.mapping.pulse()).lineage, opens=False)
                names = service(stores, self.ring(), self.clock)
                context = Context(tenant=tenant, mount="m", route="r", exchange="x", actor="browser")
                sightings = [
                    Sighting(Cleartext(kind, one), (Cleartext(Kind.NAME, f"Name of {one}"),)) for one in subjects
                ]
                people = await names.pseudonymize(sightings, context)
                tokens = [person.pseudonym.token for person in people]
                opened = [
                    AuditRecord(self.clock(), "session-opened", tenant=tenant, pseudonym=token) for token in tokens
                ]
                await stores.mapping.append_audit(opened)
                return tokens

        return asyncio.run(launched())

    def recalled(self, tokens, tenant="uni"):
        """The ids behind pseudonyms, with the keyring as it is now; absent for who is gone."""

        async def read():
            async with self.opened() as stores:
                people = await service(stores, self.ring(), self.clock).reidentify(tenant, tokens)
                return [people[one].text(Kind.SUBJECT).reveal() if one in people else None for one in tokens]

        return asyncio.run(read())

    def content(self):
        """Every file but write-ahead logs, and what the databases hold: to see that nothing changed."""
        files = {
            path.name: path.read_bytes()
            for path in sorted(self.folder.iterdir())
            if path.is_file() and not path.name.endswith((".db", "-wal", "-shm"))
        }

        async def usage():
            async with self.opened() as stores:
                pulse = await stores.mapping.pulse()
                return (
                    await stores.mapping.upkeep.usage(),
                    await stores.keystore.usage(),
                    (pulse.generation, pulse.digest),
                    await stores.mapping.upkeep.requests(),
                    len(await stores.mapping.read_audit(0, 10_000)),
                )

        return files, asyncio.run(usage())


def service(stores, ring, clock):
    async def nothing_newer():
        """No other node changes the keyring here."""

    return IdentityService(
        stores.mapping,
        stores.keystore,
        KeyRoom(ring),
        clock,
        cache_size=1000,
        may_mint=lambda: None,
        renew=nothing_newer,
    )


def purposes():
    return [purpose.value for purpose in Purpose]
