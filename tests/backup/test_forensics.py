"""Somebody is forgotten while the program serves; then all that is left, and all that was put by before, is searched.

What is searched is shown to be able to give her away: with the data key of a raw copy of the key store made before,
the same search finds her, as docs/security.md says that it does for the days such a copy may be kept.
"""

import asyncio
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path

import pytest

from keys import KeyRoom
from proxy.config import load
from proxy.identity import Records
from proxy.keepers import RingFile
from proxy.people import Kind
from proxy.store import open_keystore, open_store
from proxy.store.engines import url_of
from tests.kill.program import Program
from tests.oracle import Oracle
from tests.passage.conftest import installation
from tests.passage.corridor import LAUNCH, LI, OBRIEN, PROXY_HOST, WORD, ZOE
from tests.passage.wire import Stub, request, send_raw
from tests.processes import attended, scormveil

__all__ = ["installation"]

PEOPLE = (ZOE, OBRIEN, LI, WORD)
MAPPING, KEYS = "scormveil.sqlite3", "scormveil-keys.sqlite3"
SEARCHED = Oracle({"zoe": [ZOE.id, f"{ZOE.first} {ZOE.last}", ZOE.last]})


@dataclass
class Scene:
    """What was found out before and after; `her` is what only her records hold."""

    program: Program
    copies: Path
    token: str
    person: str
    her: tuple[bytes, bytes]
    audit: list[tuple]
    log: bytes = b""

    @property
    def folder(self) -> Path:
        return self.program.folder


async def launched(program, who):
    fields = [("Host", PROXY_HOST)]
    answer = await send_raw(program.port, request("GET", LAUNCH + who.query(), fields))
    assert answer.status == 200, answer.raw


async def command(folder, *words):
    process = await attended(scormveil, *words, "--config", str(folder / "scormveil.toml"))
    out, err = await process.communicate()
    assert process.returncode == 0, (words, out, err)
    return out.decode() + err.decode()


async def opened(folder, mapping, keys):
    """Everybody in two stores whom the keys in force can open: (pseudonym, row, data key, texts) by the LMS's id."""
    file = folder / "scormveil.toml"
    ring = await asyncio.to_thread(lambda: RingFile(load(file), file).load().ring)
    store, keystore = open_store(url_of(mapping)), open_keystore(url_of(keys))
    await store.open()
    await keystore.open()

    async def nothing_newer():
        raise AssertionError("a key that is not in the keyring")

    rows = await store.upkeep.people("", 100)
    known = await Records(KeyRoom(ring), keystore, nothing_newer).open(rows)
    wrapped = await keystore.get([row.person for row in rows])
    await store.close()
    await keystore.close()
    return {
        known[row.person].person.text(Kind.SUBJECT).reveal(): (
            row,
            wrapped[row.person].wrapped,
            "\n".join(text.reveal() for text in known[row.person].person.cleartexts),
        )
        for row in rows
        if known[row.person] is not None
    }


def beside(folder, name):
    """A raw copy of a database of a copied folder, that may be opened and so altered."""
    scratch = folder.parent / f"opened-{folder.name}-{name}"
    scratch.mkdir(exist_ok=True)
    for suffix in ("", "-wal"):
        if (folder / (name + suffix)).exists():
            shutil.copyfile(folder / (name + suffix), scratch / (name + suffix))
    return scratch / name


def shows(content):
    """Whether she can be read in it. Sealed bytes unfold to no end: they are searched as they are, in every disguise."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return [*SEARCHED._search_bytes(content), *SEARCHED._search_texts(content)]
    return SEARCHED.search(content)


def where_she_is(folder, her):
    """The files in which she is, readable or sealed, or her data key."""
    contents = {path.name: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    return [name for name, content in contents.items() if any(one in content for one in her) or shows(content)]


def audit(program, tmp_path):
    return program.rows("SELECT * FROM audit ORDER BY seq", tmp_path / "rows")


@pytest.fixture
async def scene(tmp_path, installation):
    """Four people learn; backups and raw copies are made; one is forgotten; it all happens while the program serves."""
    cloud = Stub("cloud.localhost")
    await cloud.start()
    program = Program.written(tmp_path / "house", installation, cloud)
    copies = tmp_path / "copies"
    await program.start()
    for who in PEOPLE:
        await launched(program, who)
    await command(program.folder, "backup", "make", str(tmp_path / "mapping.backup"))
    await command(program.folder, "backup", "keys", str(tmp_path / "keys.backup"))
    await asyncio.to_thread(shutil.copytree, program.folder, copies)
    before = await opened(program.folder, beside(copies, MAPPING), beside(copies, KEYS))
    assert set(before) == {who.id for who in PEOPLE}
    row, wrapped, texts = before[ZOE.id]
    assert SEARCHED.search(texts.encode()), "whoever has her data key reads her name, and the search finds it"
    made = Scene(program, copies, row.pseudonym, row.person, (row.sealed, wrapped), audit(program, tmp_path))
    assert shows(b"\xff\0" + texts.encode()), "among bytes of any kind, too"
    found = await asyncio.to_thread(where_she_is, program.folder, made.her)
    assert {MAPPING, KEYS} <= {name.removesuffix("-wal") for name in found}, "the search finds her where she is"

    await command(program.folder, "people", "erase", "--tenant", "uni", "--pseudonym", row.pseudonym, "--yes")
    for who in PEOPLE[1:]:
        await launched(program, who)
    yield made
    if program.process.returncode is None:
        program.kill()
        await program.ended()
    await cloud.stop()


async def stopped(scene):
    scene.program.process.send_signal(signal.SIGTERM)
    await scene.program.ended()
    scene.log = b"".join(await scene.program.reading)


async def test_nothing_of_her_is_left_and_nothing_made_before_brings_her_back(scene, tmp_path):
    program, folder = scene.program, scene.folder
    assert await asyncio.to_thread(where_she_is, folder, scene.her) == [], "while it serves"
    await stopped(scene)
    assert await asyncio.to_thread(where_she_is, folder, scene.her) == [], "after it has stopped"
    assert b"exchange" in scene.log
    assert SEARCHED.search(scene.log) == []

    await other_copies_do_not_open(scene, tmp_path)
    await audit_is_as_it_was(scene, tmp_path)
    await restored(scene, tmp_path)
    await put_back(scene, program)


async def other_copies_do_not_open(scene, tmp_path):
    """Copies of the mapping made before, with every key that there is now: all others are read, she is not."""
    everybody_else = {who.id for who in PEOPLE[1:]}
    for mapping in (scene.folder / MAPPING, beside(scene.copies, MAPPING)):
        found = await opened(scene.folder, mapping, scene.folder / KEYS)
        assert set(found) == everybody_else
        assert SEARCHED.search("\n".join(texts for _, _, texts in found.values()).encode()) == []
    for bundle in ("mapping.backup", "keys.backup"):
        content = await asyncio.to_thread((tmp_path / bundle).read_bytes)
        assert shows(content) == []
        assert not any(one in content for one in scene.her)
    thief = await opened(scene.folder, beside(scene.copies, MAPPING), beside(scene.copies, KEYS))
    assert SEARCHED.search(thief[ZOE.id][2].encode()), "but for a raw copy of the key store, as long as it is kept"


async def audit_is_as_it_was(scene, tmp_path):
    """Every entry from before stands as it stood, hers too, and one tells of the erasure."""
    now = audit(scene.program, tmp_path)
    assert now[: len(scene.audit)] == scene.audit
    assert any(scene.token in entry for entry in scene.audit)
    said = await command(scene.folder, "audit", "list")
    assert said.count(scene.token) == sum(entry.count(scene.token) for entry in now)
    assert "erased" in said
    assert scene.program.rows("PRAGMA integrity_check", tmp_path / "rows") == [("ok",)]


async def restored(scene, tmp_path):
    """Both backups made before, into new places."""
    mapping, keys = tmp_path / "restored-mapping", tmp_path / "restored-keys"
    into = ("--into", url_of(mapping)), ("--keys-into", url_of(keys))
    said = await command(scene.folder, "backup", "restore", str(tmp_path / "mapping.backup"), *into[0])
    assert "1 in the backup were forgotten since; they stay forgotten" in " ".join(said.split())
    await command(scene.folder, "backup", "restore", str(tmp_path / "keys.backup"), *into[0], *into[1])
    assert set(await opened(scene.folder, mapping, keys)) == {who.id for who in PEOPLE[1:]}
    for path in (mapping, keys):
        content = await asyncio.to_thread(path.read_bytes)
        assert not any(one in content for one in scene.her)


async def put_back(scene, program):
    """The raw copies of both databases in the place of the living ones: the next start forgets her again."""
    for name in (MAPPING, KEYS):
        for suffix in ("-wal", "-shm"):
            (scene.folder / (name + suffix)).unlink(missing_ok=True)
        for suffix in ("", "-wal"):
            if (scene.copies / (name + suffix)).exists():
                shutil.copyfile(scene.copies / (name + suffix), scene.folder / (name + suffix))
    tokens = {row.pseudonym for row, _, _ in (await opened_now(scene)).values()}
    assert scene.token in tokens, "she is there until somebody serves from it"
    refused = await attended(scormveil, "serve", "--config", str(scene.folder / "scormveil.toml"))
    _, said = await refused.communicate()
    assert (refused.returncode, b"log-truncated" in said) == (2, True), "its audit log ends before what was signed"
    await command(scene.folder, "audit", "close", "--all", "--yes")
    await program.start()
    await launched(program, OBRIEN)
    await stopped(scene)
    found = await opened_now(scene)
    assert set(found) == {who.id for who in PEOPLE[1:]}
    assert {row.pseudonym for row, _, _ in found.values()} == tokens - {scene.token}


async def opened_now(scene):
    return await opened(scene.folder, beside(scene.folder, MAPPING), beside(scene.folder, KEYS))
