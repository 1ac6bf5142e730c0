"""An installation that people have learned in, on either database, looked at and used through its own commands."""

import asyncio
import shutil
import sqlite3
import time
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from keys import KeyringError
from proxy.assemble import build
from proxy.cli.main import advised, application
from proxy.config import load
from proxy.errors import ProxyError
from proxy.founding import found
from proxy.identity import Context, Sighting
from proxy.passage import Level, PostbackSpec
from proxy.people import Cleartext, Kind
from proxy.store import KEYSTORE, MAPPING
from proxy.store.engines import BULK_WRITING, engine_for, parse, url_of
from proxy.store.snapshot import Snapshot

CONTEXT = Context(tenant="uni", mount="dispatch", route="dispatch-v2.launch", exchange="x-1", actor="proxy")
CONFIG = """\
[store]
url = "{mapping}"
[keystore]
url = "{keystore}"
[[mounts]]
name = "dispatch"
adapter = "dispatch"
tenant = "uni"
public = "https://learning.example.org"
upstream = "https://cloud.example.com"
lms_origins = ["https://lms.example.org"]
"""
ZOE, OBRIEN, LI = "Zoë Müller-Østergård", "O'Brien", "李小龙"


class Databases:
    """Makes addresses of databases that do not exist yet, or have no tables."""

    def __init__(self, kind, folder, postgres):
        self.kind = kind
        self.folder = folder
        self.postgres = postgres
        self.count = 0

    def pair(self):
        self.count += 1
        if self.kind == "postgresql":
            return self.postgres.empty(), self.postgres.empty()
        return tuple(url_of(self.folder / f"{name}-{self.count}.sqlite3") for name in ("mapping", "keys"))


@dataclass
class Installation:
    """`mapping` and `keystore` are addresses; `tell` is what the last command said."""

    folder: Path
    mapping: str
    keystore: str
    tell: str = ""
    more: str = ""
    tokens: dict = field(default_factory=dict)

    @property
    def config(self):
        return self.folder / "scormveil.toml"

    def write(self):
        text = self.more + CONFIG.format(mapping=self.mapping, keystore=self.keystore)
        self.config.write_text(text, "utf-8")

    def append(self, more):
        """Further tables of the configuration."""
        self.more = more
        self.write()

    def moved(self, mapping, keystore):
        """The same keys and journal with other databases."""
        self.mapping, self.keystore = mapping, keystore
        self.write()
        return self

    def run(self, *words, answer=None):
        """A command of ours; its exit code. What it refuses is raised."""
        given = [*words] if "--config" in words else [*words, "--config", str(self.config)]
        given = given if words[:2] != ("backup", "prune") else [*words]
        result = CliRunner().invoke(application(), given, input=answer)
        self.tell = result.output
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code

    def refuses(self, *words):
        """What a command refuses to do: the reason, or the code where there is none. A sentence is there for it."""
        with pytest.raises((ProxyError, KeyringError)) as refused:
            self.run(*words)
        reason, advice = advised(refused.value)
        assert (advice or refused.value.hint).endswith(".")
        assert isinstance(refused.value, KeyringError) or advice
        return reason or refused.value.code

    @asynccontextmanager
    async def open(self):
        """Everything that runs, as `serve` starts it, without a port."""
        house = await asyncio.to_thread(lambda: build(load(self.config), self.config))
        await house.open()
        try:
            yield house
        finally:
            await house.upstream.close()
            await house.store.close()
            await house.keystore.close()

    def learn(self, *names):
        """Everybody launches; the pseudonym of each."""
        return asyncio.run(self._learn(names))

    async def _learn(self, names):
        async with self.open() as house:
            people = await house.server._passage._carrier._names.pseudonymize(
                [sighting(name) for name in names], CONTEXT
            )
            found = {name: person.pseudonym.token for name, person in zip(names, people, strict=True)}
            self.tokens |= found
            return found

    def ask_for_results(self, *names):
        """The LMS says where results of everybody's registration go."""
        asyncio.run(self._ask_for_results(names))

    async def _ask_for_results(self, names):
        async with self.open() as house:
            for name in names:
                person = await house.names.recall("uni", self.tokens[name])
                way = SimpleNamespace(mount=house.mounts.all[0], seen=(person,))
                spec = PostbackSpec("https://lms.example.org/hook", user="hook", password="geheim")
                await house.postbacks.outward(way, Level("registration", f"registration of {name}"), spec)

    def recall(self, *names):
        """What a result that names each of them becomes again: her identifier, or None."""
        return asyncio.run(self._recall(names))

    async def _recall(self, names):
        async with self.open() as house:
            service = house.server._passage._carrier._names
            found = {}
            for name in names:
                try:
                    person = await service.recall("uni", self.tokens[name])
                except ProxyError as refused:
                    found[name] = refused.reason
                else:
                    found[name] = None if person is None else person.cleartexts[0].reveal()
            return found

    def erase(self, name):
        """Forget somebody; returns the name of her row and data key."""
        return asyncio.run(self._erase(name))

    async def _erase(self, name):
        async with self.open() as house:
            [(_, record)] = await house.store.by_pseudonym("uni", [self.tokens[name]])
            await house.forgetting.erase([record], actor="operator", reason="asked")
            await house.forgetting.scrub()
            return record.person

    def rotate(self, act):
        """An act of `keys.rotate`, put in force."""
        return asyncio.run(self._rotate(act))

    async def _rotate(self, act):
        async with self.open() as house:
            return await office_of(house).enact(act, "operator")

    def start(self):
        """A start and a stop."""
        asyncio.run(self._start())

    async def _start(self):
        async with self.open() as house:
            await house.ready()

    def rows(self, table, *, of_keys=False):
        """Every row of a table, as values by column."""
        return self.tables(table, of_keys=of_keys)[table]

    def tables(self, *names, of_keys=False):
        """The same for several tables at one look, or for all."""
        with Snapshot(self.keystore if of_keys else self.mapping, KEYSTORE if of_keys else MAPPING) as store:
            return {
                layout.table: [dict(zip(layout.columns, row, strict=True)) for row in store.rows(layout)]
                for layout in store.layouts()
                if not names or layout.table in names
            }

    def events(self):
        return [row["event"] for row in self.rows("audit")]

    def meta(self, *, of_keys=False):
        return {row["name"]: row["value"] for row in self.rows("meta", of_keys=of_keys)}

    def files(self):
        """The names of all files there are."""
        return sorted(path.name for path in self.folder.iterdir())

    def bytes_of(self, *, of_keys=False):
        """What stands in the files of a SQLite store."""
        path = parse(self.keystore if of_keys else self.mapping).path
        return b"".join(one.read_bytes() for one in sorted(path.parent.glob(f"{path.name}*")))


def office_of(house):
    """Where keys are changed."""
    return next(duty.__self__ for duty in house.housekeeping._duties if hasattr(duty, "__self__"))._office


def sighting(name):
    return Sighting(Cleartext(Kind.SUBJECT, f"id of {name}"), (Cleartext(Kind.NAME, name),))


def found_in(folder, mapping, keystore):
    """A new installation."""
    folder.mkdir(parents=True, exist_ok=True)
    one = Installation(folder, mapping, keystore)
    one.write()
    found(load(one.config), one.config)
    return one


def each(*cases):
    """Every case with files, the last one with a server too: which rows go where is the same statement on both."""
    return [*(("sqlite", one) for one in cases), ("postgresql", cases[-1])]


def copy_of(one, folder):
    """The same installation's files in another folder: what a machine that burned down has in its safe."""
    shutil.copytree(one.folder, folder)
    return Installation(folder, one.mapping, one.keystore, tokens=dict(one.tokens))


def damage(one, table):
    """A page of a table as a dying disk leaves it: cells that are not there."""
    path = parse(one.mapping).path
    with closing(sqlite3.connect(path)) as own:
        [[number]] = own.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,))
    content, page = path.read_bytes(), (number - 1) * 4096
    path.write_bytes(content[: page + 3] + b"\x00\x07" + content[page + 5 :])


def copied(url, source, name):
    """A raw copy of a database, with the identity it has."""
    if source.kind == "postgresql":
        source.postgres.drop_connections()
        new = source.postgres._created(f"TEMPLATE {url.rpartition('/')[2]}")
        return source.postgres.url(new)
    path = parse(url).path
    there = path.with_name(f"raw-{name}.sqlite3")
    for suffix in ("", "-wal"):
        if path.with_name(path.name + suffix).exists():
            shutil.copy(path.with_name(path.name + suffix), there.with_name(there.name + suffix))
    return f"sqlite:///{there}"


def node_is_alive(one):
    async def report():
        async with one.open() as house:
            await house.store.upkeep.report("node/1", 1, time.time_ns() // 1_000_000)

    asyncio.run(report())


def change(one, statement, *, of_keys=False):
    """What somebody does who goes around us."""
    engine = engine_for(parse(one.keystore if of_keys else one.mapping), BULK_WRITING)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()
