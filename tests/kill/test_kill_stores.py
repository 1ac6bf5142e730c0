"""kill -9 in the middle of copying, backing up and restoring: the same command done again completes it, nothing is lost."""

import asyncio
import shutil

import pytest

from proxy.errors import StoreFailed
from proxy.store import KEYSTORE, MAPPING, open_keystore, open_store
from proxy.store.engines import parse, url_of
from proxy.store.snapshot import Snapshot
from tests.backup.installation import ZOE, Installation, found_in
from tests.backup.test_copy import equal
from tests.kill.moments import Deadly

PEOPLE = 300
ROUNDS = 10
NOT_SERVED = {"not-created", "unfinished", "gone"}
"""What a start says of a store that is not whole."""


@pytest.fixture(scope="module")
def crowd(tmp_path_factory):
    """An installation with many people, to copy from."""
    folder = tmp_path_factory.mktemp("crowd")
    made = found_in(folder / "house", url_of(folder / "mapping.sqlite3"), url_of(folder / "keys.sqlite3"))
    made.learn(ZOE)
    made.learn(*(f"learner {number}" for number in range(1, PEOPLE)))
    return made


@pytest.fixture
def one(crowd, tmp_path):
    """A copy of its own for the test."""
    shutil.copytree(crowd.folder, tmp_path / "house")
    for url in (crowd.mapping, crowd.keystore):
        shutil.copy(parse(url).path, tmp_path)
    made = Installation(tmp_path / "house", "", "", tokens=dict(crowd.tokens))
    return made.moved(*(url_of(tmp_path / parse(url).path.name) for url in (crowd.mapping, crowd.keystore)))


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request, tmp_path):
    """Makes addresses of two databases that are not there yet, or empty."""

    def pair(name):
        if request.param == "postgresql":
            server = request.getfixturevalue("postgres")
            return server.empty(), server.empty()
        return url_of(tmp_path / f"{name}-mapping"), url_of(tmp_path / f"{name}-keys")

    return pair


def people_in(url, schema):
    """How many people or data keys somebody finds who serves from it, or why nobody can."""

    async def opened():
        store = open_store(url) if schema is MAPPING else open_keystore(url)
        await store.open()
        await store.close()

    try:
        asyncio.run(opened())
    except StoreFailed as refused:
        return refused.reason
    with Snapshot(url, schema) as store:
        return store.count("people" if schema is MAPPING else "person_keys")


def whole_or_refused(mapping, keystore, *, counts=(PEOPLE,)):
    """Whatever was killed: what is there is a whole store, or nobody can take it for one."""
    states = [people_in(mapping, MAPPING), people_in(keystore, KEYSTORE)]
    assert set(states) <= NOT_SERVED | set(counts), states
    return states


def test_copying(one, fresh):
    deadly = Deadly(one, 4711)
    first, second = fresh("first"), fresh("second")
    deadly.whole("store", "copy", "--to", first[0], "--keys-to", first[1])
    states = []
    while deadly.kills < ROUNDS or "unfinished" not in states:
        deadly.killed("store", "copy", "--to", second[0], "--keys-to", second[1])
        states += whole_or_refused(*second)

    deadly.whole("store", "copy", "--to", second[0], "--keys-to", second[1])

    equal(one, Installation(one.folder, *second))
    assert "\nidentical\n" in deadly.whole("store", "copy", "--to", second[0], "--keys-to", second[1])


@pytest.mark.parametrize("what", ["make", "keys"])
def test_making_a_backup(one, tmp_path, what):
    deadly = Deadly(one, 20260105)
    folder = tmp_path / "safe"
    folder.mkdir()
    deadly.whole("backup", what, str(folder / "first"))
    while deadly.kills < ROUNDS:
        file = folder / f"backup-{deadly.kills % 2}"
        deadly.killed("backup", what, str(file))
        if file.exists():
            assert one.run("backup", "verify", str(file)) == 0
            file.unlink()
    for number in range(2):
        deadly.whole("backup", what, str(folder / f"backup-{number}"))
        assert one.run("backup", "verify", str(folder / f"backup-{number}")) == 0
    assert sorted(path.name for path in folder.iterdir()) == ["backup-0", "backup-1", "first"]
    assert len(one.rows("people")) == PEOPLE


def test_restoring(one, fresh, tmp_path):
    """Into new places, with an erasure since; each killed time and again, until it is whole."""
    deadly = Deadly(one, 8128)
    backup, keys = tmp_path / "mapping.backup", tmp_path / "keys.backup"
    one.run("backup", "make", str(backup))
    one.run("backup", "keys", str(keys))
    token, person = one.tokens[ZOE], one.erase(ZOE)
    into = [restored(deadly, fresh, *what) for what in ((backup, "--into", 0), (keys, "--keys-into", 1))]

    new = one.moved(*into)
    new.start()
    assert people_in(into[0], MAPPING) == people_in(into[1], KEYSTORE) == PEOPLE - 1
    assert person not in {row["person"] for row in new.rows("person_keys", of_keys=True)}
    assert new.recall(ZOE, "learner 7") == {ZOE: None, "learner 7": "id of learner 7"}
    assert new.learn(ZOE)[ZOE] != token


def restored(deadly, fresh, file, where, of_keys):
    """A store restored after all the kills; where one came too late, the next go to another place."""
    schema = KEYSTORE if of_keys else MAPPING
    deadly.whole("backup", "restore", str(file), where, fresh("first")[of_keys])
    into, before = fresh("second")[of_keys], deadly.kills
    while deadly.kills < before + ROUNDS:
        deadly.killed("backup", "restore", str(file), where, into)
        found = people_in(into, schema)
        assert found in NOT_SERVED or found == PEOPLE - 1
        if found not in NOT_SERVED:
            into = fresh(f"after-{deadly.kills}")[of_keys]
    deadly.whole("backup", "restore", str(file), where, into)
    return into


def test_restoring_in_place_of_what_is_there(one, tmp_path):
    """On SQLite the files there are put aside: at every moment either they, or the new ones, or nothing is in place."""
    deadly = Deadly(one, 496)
    backup = tmp_path / "mapping.backup"
    one.run("backup", "make", str(backup))
    one.learn("somebody later")
    deadly.whole("backup", "restore", str(backup), "--replace")
    while deadly.kills < ROUNDS:
        deadly.killed("backup", "restore", str(backup), "--replace")
        whole_or_refused(one.mapping, one.keystore, counts=(PEOPLE, PEOPLE + 1))
    deadly.whole("backup", "restore", str(backup), "--replace")
    assert len(one.rows("people")) == PEOPLE
    assert one.learn(ZOE, "somebody later")[ZOE] == one.tokens[ZOE]
    path = parse(one.mapping).path
    assert not list(path.parent.glob(".*"))
    oldest = min(path.parent.glob(f"{path.name}.before-restore-*"))
    assert people_in(url_of(oldest), MAPPING) == PEOPLE + 1, "what was there first is still to be had"
