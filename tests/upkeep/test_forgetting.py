"""Who was forgotten stays forgotten, on every node and in whatever database comes back."""

import asyncio
import shutil

import pytest
from nodes import PEOPLE

from proxy.errors import AuditFailed, SealFailed, StoreFailed
from proxy.identity import Records
from proxy.store import KEYSTORE, open_store, upgrade
from proxy.upkeep import Journal

MAPPING, KEYS = "mapping.db", "keys.db"


async def erase(node, person):
    [(_, record)] = await node.house.store.by_pseudonym("uni", [person.pseudonym.token])
    await node.house.forgetting.erase([record], actor="operator", reason="asked-for")
    return record


class TestErasing:
    async def test_takes_her_from_both_stores_and_leaves_her_pseudonym_in_three_journals(self, node):
        zoe, plato = await node.seen("4711", "Plato")
        record = await erase(node, zoe)

        assert await node.house.keystore.get([record.person]) == {}
        assert await node.house.store.by_pseudonym("uni", [zoe.pseudonym.token]) == []
        journals = [
            [one for _, one in await node.house.store.upkeep.erasures(0, 9)],
            [one for _, one in await node.house.keystore.erasures(0, 9)],
            await asyncio.to_thread(Journal(node.folder / "erasures.journal").read),
        ]
        assert [[one.pseudonym for one in journal] for journal in journals] == [[zoe.pseudonym.token]] * 3
        assert await node.recalled(plato) == plato
        assert (await node.events())[-1] == "erased"

    async def test_is_heard_by_every_node_with_its_next_pulse(self, node, other):
        [zoe] = await node.seen("4711")
        assert await other.recalled(zoe) == zoe
        await erase(node, zoe)
        assert await node.recalled(zoe) is None, "the node that did it knows at once"
        assert await other.recalled(zoe) == zoe, "it has not heard yet"

        await other.house.housekeeping.listen()

        assert await other.recalled(zoe) is None
        read = await asyncio.to_thread(Journal(other.folder / "erasures.journal").read)
        assert [one.pseudonym for one in read] == [zoe.pseudonym.token]

    async def test_that_was_cut_off_after_the_first_step_is_finished_by_whoever_hears_of_it(self, node, other):
        [zoe] = await node.seen("4711")
        [(_, record)] = await node.house.store.by_pseudonym("uni", [zoe.pseudonym.token])
        await node.house.store.upkeep.erase([record.person], 1, [])
        assert await node.house.keystore.get([record.person]) != {}

        await other.house.housekeeping.listen()

        assert await node.house.keystore.get([record.person]) == {}

    async def test_that_was_cut_off_is_finished_by_the_next_start(self, node):
        [zoe] = await node.seen("4711")
        [(_, record)] = await node.house.store.by_pseudonym("uni", [zoe.pseudonym.token])
        await node.house.store.upkeep.erase([record.person], 1, [])
        await node.stop()

        await node.start()

        assert await node.house.keystore.get([record.person]) == {}
        assert "forgotten-again" in await node.events()

    async def test_whoever_comes_back_is_somebody_new_on_every_node(self, node, other):
        [before] = await node.seen("4711")
        await other.seen("4711")
        await erase(node, before)
        await other.house.housekeeping.listen()

        [after] = await other.seen("4711")

        assert after.pseudonym != before.pseudonym
        assert await node.seen("4711") == [after]


async def older_log_is_accepted(node):
    """An older mapping has an older audit log, which is refused until an officer says that she knows (`audit close`)."""
    with pytest.raises(AuditFailed, match="log-truncated"):
        await node.start()
    mapping = node.house.store
    for one in await mapping.logs.all():
        await mapping.logs.close_log(one.log, "accepted")
    await mapping.close()
    await node.house.keystore.close()


class TestOlderDatabases:
    """Raw copies of database files, put back while nobody serves. The journal of the node stays what it is."""

    @pytest.fixture
    async def scene(self, file_node):
        node, folder = file_node, file_node.folder.parent
        people = await node.seen(*PEOPLE)
        await node.stop()
        copies = folder / "copies"
        copies.mkdir()
        for name in (MAPPING, KEYS):
            shutil.copy2(folder / name, copies / name)
        house = await node.start()
        record = await erase(node, people[0])
        await house.forgetting.scrub()
        await node.stop()
        return people, record, copies

    @pytest.mark.parametrize("back", [(MAPPING,), (KEYS,), (MAPPING, KEYS)], ids=["mapping", "keys", "both"])
    async def test_do_not_bring_her_back(self, file_node, scene, back):
        node, (people, record, copies) = file_node, scene
        for name in back:
            shutil.copy2(copies / name, node.folder.parent / name)

        if MAPPING in back:
            await older_log_is_accepted(node)
        await node.start()

        assert await node.recalled(people[0]) is None
        assert await node.house.keystore.get([record.person]) == {}
        assert await node.house.store.by_pseudonym("uni", [people[0].pseudonym.token]) == []
        assert await node.seen(*PEOPLE[1:]) == people[1:]
        [again] = await node.seen(PEOPLE[0])
        assert again.pseudonym != people[0].pseudonym
        assert "forgotten-again" in await node.events()

    async def test_are_unreadable_with_all_keys_that_are_left(self, file_node, scene):
        """Somebody opens a copy of the mapping beside the living key store."""
        people, record, copies = scene
        house = await file_node.start()
        copy = open_store(f"sqlite:///{copies / MAPPING}")
        await copy.open()
        [(_, old)] = await copy.by_pseudonym("uni", [people[0].pseudonym.token])
        assert old.person == record.person
        assert await Records(house.keys, house.keystore, house.renewal.renew).open([old]) == {old.person: None}
        await copy.close()


class TestLostKeyStores:
    async def test_an_empty_one_in_its_place_does_not_start(self, file_node):
        await file_node.seen("4711")
        await file_node.stop()
        for suffix in ("", "-wal", "-shm"):
            (file_node.folder.parent / (KEYS + suffix)).unlink(missing_ok=True)
        await asyncio.to_thread(upgrade, f"sqlite:///{file_node.folder.parent / KEYS}", KEYSTORE)

        with pytest.raises(StoreFailed, match="key-store-new"):
            await file_node.start()

    async def test_a_key_that_is_missing_without_an_erasure_forgets_nobody(self, node):
        [zoe] = await node.seen("4711")
        [(_, record)] = await node.house.store.by_pseudonym("uni", [zoe.pseudonym.token])
        await node.house.keystore.destroy([record.person])
        await node.stop()
        await node.start()
        with pytest.raises(SealFailed, match="person-key-missing"):
            await node.recalled(zoe)
        assert [one.pseudonym for one in await node.seen("4711")] == [zoe.pseudonym]
