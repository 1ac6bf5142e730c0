"""From the entry to the auditor: a real log in a real database, a real witness, and the verifier that stands alone."""

import asyncio
import json
import sys
from datetime import UTC, datetime

import pytest

from keys import FileKek, KeyRoom, Purpose, create_keyring, rotate
from proxy.audit import AuditLog, Entry, Event
from proxy.audit.checkpoints import Checkpoints, RoomMac, signer
from proxy.audit.notebook import Notebook
from proxy.audit.proof import Proof
from proxy.audit.tree import Tree
from proxy.store import MAPPING, open_store, upgrade
from proxy.tlog import parse_checkpoint
from proxy.tlog.entry import MEMBERS
from proxy.witness import WitnessPlace
from tests.witness.kit import NOW
from tools import verify_audit

LINEAGE = "0123456789abcdef"


class Node:
    """A process with a log, whose checkpoints go to a notebook and a witness."""

    def __init__(self, store, room, folder, posts):
        self.store, self.room = store, room
        self.audit = AuditLog(store, lambda: NOW * 1000)
        self.notebook = Notebook(folder)
        self.told = []
        self.checkpoints = Checkpoints(
            store.logs, room, self.lineage, self.notebook, lambda: NOW * 1000, posts=posts, tell=self.tell
        )

    async def lineage(self):
        return LINEAGE

    def tell(self, event, facts):
        self.told.append((event, facts))

    async def happens(self, count):
        await self.audit.append(*(Entry(Event.MINTED, mount="cloud", reason=f"p{one}") for one in range(count)))

    async def export(self):
        """Every leaf as `audit export --format transparency` writes it, and what proves the third."""

        def read(reader):
            (log,) = reader.logs()
            rows = [
                {
                    "log": f"{log.log}-{log.tag}",
                    "pos": leaf.pos,
                    "salt": leaf.salt.hex() or None,
                    "leaf": leaf.leaf.hex(),
                    "entry": dict(zip(MEMBERS, leaf.values, strict=True)),
                }
                for leaf in reader.leaves(log.log)
            ]
            (third,) = reader.leaves(log.log, 2, 3)
            note = self.notebook.last(self.origin(log))
            size = parse_checkpoint(note).size
            proof = Proof(third.values, third.salt, 2, tuple(Tree(reader, log.log, size).inclusion(2)), note)
            return rows, str(proof), self.notebook.path(self.origin(log)).read_text("utf-8"), self.origin(log)

        return await self.store.logs.reading(read)

    @staticmethod
    def origin(log):
        return f"scormveil/{LINEAGE}/{log.log}-{log.tag}"


def verified(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["verify_audit.py", *map(str, arguments)])
    return verify_audit.main(), capsys.readouterr().out


@pytest.fixture
def keyring(tmp_path):
    return create_keyring(tmp_path / "keyring", FileKek.create(tmp_path / "kek"), datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def database(tmp_path):
    url = f"sqlite:///{tmp_path / 'mapping.db'}"
    upgrade(url, MAPPING)
    return url


async def test_from_the_entry_to_the_auditor(scene, database, keyring, tmp_path, monkeypatch, capsys):
    room, store = KeyRoom(keyring), open_store(database)
    await store.open()
    store.logs.use(RoomMac(room))
    log = await store.logs.claim()
    key = signer(room, Node.origin(log), room.audit.active).key
    settings = scene.folder / "witness.toml"
    await asyncio.to_thread(
        settings.write_text, f'name = "{scene.key.name}"\nlisten = "127.0.0.1:0"\nlogs = ["{key}"]\n'
    )
    async with scene.serving():
        node = Node(store, room, tmp_path / "notes", (scene.post(),))
        running = asyncio.ensure_future(node.checkpoints.run(10**9, 10**9, look=3600))
        await asyncio.sleep(0)
        for count in (5, 600, 3):
            await node.happens(count)
            await node.checkpoints.settle(10)
        ring = room.ring
        room.install(rotate.rotate(ring, Purpose.AUDIT, ring.keys[-1].created))
        await node.happens(2)
        await node.checkpoints.settle(10)
        await node.happens(1)
        await node.checkpoints.settle(10)
        assert node.checkpoints.behind() == []
        assert [facts for _, facts in node.told] == []
        running.cancel()
        rows, proof, notes, origin = await node.export()
        await store.close()
    seen = (await asyncio.to_thread(WitnessPlace(scene.folder).seen, scene.key))[origin]
    assert (seen.size, len(seen.retired), len(seen.learned)) == (len(rows), 1, 1)
    assert seen.learned[0] == signer(room, origin, room.audit.active).key

    def put(name, text):
        (tmp_path / name).write_text(text, "utf-8")
        return tmp_path / name

    lines = [json.dumps(row) + "\n" for row in rows]
    given = ("--key", key, "--witness", scene.key)
    whole = await asyncio.to_thread(put, "export", "".join(lines))
    noted = await asyncio.to_thread(put, "noted", notes)
    newest = await asyncio.to_thread(put, "entry.tlog-proof", proof)
    bent = await asyncio.to_thread(put, "bent", "".join(lines).replace('"p2"', '"p3"', 1))

    def judge():
        return (
            verified(monkeypatch, capsys, "export", whole, "--notes", noted, *given),
            verified(monkeypatch, capsys, "export", bent, "--notes", noted, *given),
            verified(monkeypatch, capsys, "proof", newest, "--key", seen.learned[0], "--witness", scene.key),
        )

    (good, said), (bad, where), (proved, words) = await asyncio.to_thread(judge)
    assert (good, bad, proved) == (0, 1, 0), said + words
    assert f"log {origin.rpartition('/')[2]}: {len(rows)} of {len(rows)} entries are as they were signed" in said
    assert f"hands over to the key {seen.learned[0]}" in said
    assert f"entry 2 of log {origin.rpartition('/')[2]}: what it says is not what its hash was made from" in where
    assert f"  seen by    {scene.key.name} at 2026-09-21 14:13:20+00:00" in words
    assert "  reason     p2" in words


async def lived(scene, database, keyring, folder, counts):
    """A process on this database that writes, has it witnessed, and ends; gives what is behind and the log's key."""
    room, store = KeyRoom(keyring), open_store(database)
    await store.open()
    store.logs.use(RoomMac(room))
    log = await store.logs.claim()
    key = signer(room, Node.origin(log), room.audit.active).key
    settings = scene.folder / "witness.toml"
    await asyncio.to_thread(
        settings.write_text, f'name = "{scene.key.name}"\nlisten = "127.0.0.1:0"\nlogs = ["{key}"]\n'
    )
    async with scene.serving():
        node = Node(store, room, folder, (scene.post(),))
        running = asyncio.ensure_future(node.checkpoints.run(10**9, 10**9, look=3600))
        await asyncio.sleep(0)
        for count in counts:
            await node.happens(count)
            await node.checkpoints.settle(1)
        behind = [(one.name, one.reason) for one in node.checkpoints.behind()]
        running.cancel()
    await store.logs.release()
    await store.close()
    return behind


async def test_the_owner_of_the_database_goes_back_and_takes_the_files_along(scene, database, keyring, tmp_path):
    """He has the database and the notebook; what he does not have is the witness's memory."""
    assert await lived(scene, database, keyring, tmp_path / "notes", [5]) == []
    file = tmp_path / "mapping.db"
    yesterday = await asyncio.to_thread(file.read_bytes)
    assert await lived(scene, database, keyring, tmp_path / "notes", [4, 4]) == []
    await asyncio.to_thread(file.write_bytes, yesterday)
    saw = [("witness:witness.example/w1", "witness-saw-more")]
    assert await lived(scene, database, keyring, tmp_path / "other-notes", [2]) == saw
    another = [("witness:witness.example/w1", "witness-saw-another-past")]
    assert await lived(scene, database, keyring, tmp_path / "other-notes", [20]) == another
