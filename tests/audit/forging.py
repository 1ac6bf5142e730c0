"""A log with everything that belongs to it, and hands that alter it as the owner of the database could."""

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace

from sqlalchemy import text

from keys import KeyRoom
from keys.keyring import first_keyring
from proxy.audit.checkpoints import Checkpoints, RoomMac, name_of, prefix_of, verifiers
from proxy.audit.notebook import Notebook
from proxy.audit.verify import verify
from proxy.store import AuditRecord, open_store
from proxy.store.engines import BULK_WRITING, engine_for, parse
from proxy.store.sql_logs import SqlLogReader
from proxy.tlog.entry import MEMBERS, entry_leaf, place_bytes

SIZE, STEP = 600, 200
TOKEN = "sv1abcd" + "e" * 33


def entry(number, at=None):
    return AuditRecord(
        at or 1_800_000_000_000 + number, "minted", actor="proxy", exchange=f"x{number}", pseudonym=TOKEN
    )


def ring():
    return KeyRoom(first_keyring(datetime(2026, 11, 1, tzinfo=UTC)))


def checkpoints_of(store, keys, folder, clock=lambda: 1_800_000_000_000, **more):
    async def lineage():
        return (await store.pulse()).lineage

    store.logs.use(RoomMac(keys))
    return Checkpoints(store.logs, keys, lineage, Notebook(folder), clock, **more)


@dataclass(frozen=True)
class Scene:
    """A log of 600 entries, signed three times, its notebook, and its keys."""

    url: str
    keys: KeyRoom
    notebook: Notebook
    prefix: str

    @contextmanager
    def hands(self):
        """A transaction in the database that is undone at the end."""
        engine = engine_for(parse(self.url), BULK_WRITING)
        try:
            with engine.connect() as connection:
                began = connection.begin()
                try:
                    yield Hands(connection, self)
                finally:
                    began.rollback()
        finally:
            engine.dispose()


class Hands:
    """What somebody does who owns the database; `with_keys` if he has the AUDIT key as well."""

    def __init__(self, connection, scene):
        self.connection = connection
        self.scene = scene
        self.mac = RoomMac(scene.keys)

    def sql(self, statement, **values):
        return self.connection.execute(text(statement), values)

    def tag(self, log):
        return self.sql("SELECT tag FROM logs WHERE log = :log", log=log).scalar_one()

    def row(self, pos, log=1):
        return next(iter(SqlLogReader(self.connection).leaves(log, pos, pos + 1)))

    def change(self, pos, *, log=1, hashed=False, with_keys=False, **values):
        """Alter an entry; then its hash, too, and even its code."""
        row = self.row(pos, log)
        before = dict(zip(MEMBERS, row.values, strict=True))
        after = before | values
        leaf = entry_leaf(row.salt, tuple(after.values())) if hashed else row.leaf
        mac = self.mac.of(place_bytes(row.log, self.tag(row.log), pos, leaf)) if with_keys else row.mac
        sets = ", ".join(f"{name} = :{name}" for name in values)
        self.sql(
            f"UPDATE audit SET {sets}, leaf = :leaf, mac = :mac WHERE seq = :seq",  # noqa: S608  names of ours
            **values,
            leaf=leaf,
            mac=mac,
            seq=row.seq,
        )

    def append(self, **values):
        """Write an entry at the end as the program does."""
        pos = SIZE
        made = replace(entry(pos), **values)
        salt, whole = bytes(range(16)), tuple(getattr(made, name) for name in MEMBERS)
        leaf = entry_leaf(salt, whole)
        mac = self.mac.of(place_bytes(1, self.tag(1), pos, leaf))
        marks = ", ".join(f":{name}" for name in MEMBERS)
        self.sql(
            f"INSERT INTO audit (log, pos, salt, leaf, mac, {', '.join(MEMBERS)}) VALUES (1, :pos, :salt, :leaf, :mac, {marks})",  # noqa: S608
            pos=pos,
            salt=salt,
            leaf=leaf,
            mac=mac,
            **dict(zip(MEMBERS, whole, strict=True)),
        )
        self.rehang()

    def shift(self, first, by):
        """Move all entries from a position on."""
        self.sql("DROP INDEX ix_audit_log")
        self.sql("UPDATE audit SET pos = pos + :by WHERE log = 1 AND pos >= :first", by=by, first=first)

    def insert_like(self, other, pos, **values):
        """Put an entry in, made from another one."""
        row = replace(self.row(other), pos=pos)
        whole = dict(zip(MEMBERS, row.values, strict=True)) | values
        leaf = entry_leaf(row.salt, tuple(whole.values()))
        names = ", ".join(whole)
        marks = ", ".join(f":{name}" for name in whole)
        self.sql(
            f"INSERT INTO audit (log, pos, salt, leaf, mac, {names}) VALUES (1, :pos, :salt, :leaf, :mac, {marks})",  # noqa: S608  names of ours
            pos=pos,
            salt=row.salt,
            leaf=leaf,
            mac=row.mac,
            **whole,
        )

    def another(self, log, closed=""):
        """A log of one entry."""
        row = next(one for one in SqlLogReader(self.connection).logs() if one.log == 1)
        self.sql(
            "INSERT INTO logs VALUES (:log, 'another', 1, :frontier, 0, 0, '', 0, :closed)",
            log=log,
            frontier=row.frontier[:32],
            closed=closed,
        )

    def rehang(self):
        """Make everything that the database itself knows of the tree fit what is there now."""
        from proxy.store.log_port import SUBTREE_LEAVES
        from proxy.tlog.merkle import Frontier

        tree = Frontier()
        self.sql("DELETE FROM subtrees WHERE log = 1")
        for row in SqlLogReader(self.connection).leaves(1):
            tree.append(row.leaf)
            if tree.size % SUBTREE_LEAVES == 0:
                number, root = tree.size // SUBTREE_LEAVES - 1, tree.last_root(SUBTREE_LEAVES)
                self.sql(
                    "INSERT INTO subtrees (log, number, root) VALUES (1, :number, :root)", number=number, root=root
                )
        self.sql("UPDATE logs SET size = :size, frontier = :packed WHERE log = 1", size=tree.size, packed=tree.packed)
        return tree

    def verified(self, only=None):
        """What an auditor hears of it now, as (what, first, last), in order."""
        scene = self.scene
        elsewhere = {
            one: [("notebook", note) for note in scene.notebook.all(one)]
            for one in scene.notebook.origins(scene.prefix)
        }

        report = verify(
            SqlLogReader(self.connection),
            origin_of=lambda record: scene.prefix + name_of(record),
            keys_of=partial(verifiers, scene.keys),
            elsewhere=elsewhere,
            mac=self.mac,
            only=only,
        )
        found = [(one.what, one.first, one.last) for one in report.findings]
        return SimpleNamespace(found=found, findings=report.findings, report=report)


def made(url, folder):
    """Write and sign the log."""

    async def write():
        keys, store = ring(), open_store(url)
        checkpoints = checkpoints_of(store, keys, folder)
        await store.open()
        for number in range(SIZE):
            if number % 50 == 0:
                await store.append_audit([entry(one) for one in range(number, number + 50)])
            if (number + 1) % STEP == 0:
                await checkpoints.make()
        prefix = prefix_of((await store.pulse()).lineage)
        await store.close()
        return Scene(url, keys, Notebook(folder), prefix)

    return asyncio.run(write())
