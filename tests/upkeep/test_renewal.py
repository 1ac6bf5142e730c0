"""A key change reaches every node without a restart; a node that cannot follow says so and stops minting."""

import asyncio
import itertools
import shutil

import pytest
from nodes import PEOPLE, now

from keys import FileKek, KeyringError, Purpose, open_keyring, replace_keyring, rotate
from proxy.errors import KeysUnavailable

EVERY = (Purpose.PSEUDONYM, Purpose.SEAL, Purpose.LOOKUP)


class TestAnotherNode:
    async def test_gets_a_new_keyring_through_the_stores(self, node, other):
        known = await node.seen(*PEOPLE)
        ring = await node.rotated(*EVERY)

        await other.house.housekeeping.listen()

        assert other.house.keys.ring.generation == ring.generation
        assert await other.seen(*PEOPLE) == known
        [newcomer] = await other.seen("newcomer")
        assert newcomer.pseudonym.key_id == ring.active(Purpose.PSEUDONYM).id

    async def test_keeps_it_in_its_own_file(self, node, other):
        ring = await node.rotated(Purpose.SEAL)
        await other.house.housekeeping.listen()
        await other.stop()

        await other.start()

        assert other.house.keys.ring.keys == ring.keys

    async def test_that_was_off_during_many_changes_catches_up_when_it_starts(self, node, other):
        await other.stop()
        for _ in range(3):
            ring = await node.rotated(*EVERY)
        office = await node.office()
        old = next(key for key in ring.keys if key.purpose is Purpose.PSEUDONYM and not key.protects)
        await office.enact(lambda now_: rotate.compromise(now_, old.id, now(), "laptop lost"), "operator")

        await other.start()

        assert other.house.keys.ring.generation == ring.generation + 1
        assert not other.house.renewal.trouble

    async def test_meets_what_was_sealed_under_the_new_keys_before_it_heard_of_them(self, node, other):
        await node.rotated(*EVERY)
        await node.house.housekeeping.listen()
        [person] = await node.seen("4711")
        assert other.house.keys.ring.generation == 1, "it has not heard yet"

        assert await other.recalled(person) == person
        assert await other.seen("4711") == [person]

    async def test_reports_which_generation_it_uses(self, node, other):
        ring = await node.rotated(Purpose.SEAL)
        for one in (node, other):
            await one.house.housekeeping.listen()
        workers = await node.house.store.upkeep.nodes(0)
        assert [one.generation for one in workers] == [ring.generation] * 2
        await other.house.housekeeping.stop()
        assert len(await node.house.store.upkeep.nodes(0)) == 1

    async def test_without_distribution_stops_minting_until_it_is_given_the_file(self, site, monkeypatch):
        monkeypatch.setattr("proxy.upkeep.renewal.GRACE_SECONDS", 0.0)
        node, other = site.node(keys="distribute = false"), site.node(keys="distribute = false")
        shutil.copy2(node.folder / "keyring.json.seen", other.folder / "keyring.json.seen")
        await node.start()
        await other.start()
        office = await node.office()
        office._distribute = False
        [known] = await other.seen("4711")
        ring = await office.enact(lambda old: rotate.rotate(old, Purpose.PSEUDONYM, now()), "operator")
        assert await node.house.keystore.ring(ring.generation, "any") is None

        await other.house.housekeeping.listen()

        assert other.house.renewal.trouble == "keyring-behind"
        with pytest.raises(KeysUnavailable, match="keyring-behind"):
            await other.seen("newcomer")
        assert await other.seen("4711") == [known]
        with pytest.raises(KeysUnavailable):
            await other.house.ready()

        handed = other.folder / "handed"
        shutil.copy2(node.folder / "keyring.json", handed)
        handed.rename(other.folder / "keyring.json")
        await other.house.housekeeping.listen()

        await other.house.ready()
        assert (await other.seen("newcomer"))[0].pseudonym.key_id == ring.active(Purpose.PSEUDONYM).id
        await node.stop()
        await other.stop()

    async def test_cannot_mint_under_a_replaced_key_even_if_it_hears_nothing(self, node, other, monkeypatch):
        """Its pulse may hang; the store itself refuses."""
        monkeypatch.setattr("proxy.store.statements.people.LAG_MS", -1)
        await node.rotated(Purpose.PSEUDONYM)
        with pytest.raises(KeysUnavailable, match="keyring-behind"):
            await other.seen("newcomer")
        assert (await node.events()).count("minted") == 0


class TestTwoOfficers:
    async def test_who_change_the_ring_at_once_are_told_apart(self, node, other):
        offices = [await one.office() for one in (node, other)]
        outcomes = await asyncio.gather(
            *(one.enact(lambda old: rotate.rotate(old, Purpose.SEAL, now()), "operator") for one in offices),
            return_exceptions=True,
        )

        refused = [one for one in outcomes if isinstance(one, KeyringError)]
        assert [one.code for one in refused] in ([], ["keyring-stale"])
        for one in (node, other):
            await one.house.housekeeping.listen()
            assert not one.house.renewal.trouble
        assert node.house.keys.ring.keys == other.house.keys.ring.keys
        assert (await node.events()).count("key-activated") == 2 - len(refused)

    async def test_a_ring_that_was_changed_in_a_copy_is_noticed(self, node, other, tmp_path):
        """The same generation, other keys: which of them is in force must not depend on the node."""
        await node.rotated(Purpose.SEAL)
        await node.stop()
        await other.stop()
        forked = other.folder
        for name in ("keyring.json", "keyring.json.seen"):
            shutil.copy2(forked / name, tmp_path / name)
        kek = FileKek(forked / "kek.key")
        ring = await asyncio.to_thread(open_keyring, forked / "keyring.json", kek)
        mine = rotate.rotate(ring, Purpose.SEAL, now())
        await asyncio.to_thread(replace_keyring, forked / "keyring.json", kek, mine)

        with pytest.raises(KeysUnavailable, match="keyring-forked"):
            await other.start()
        await other.stop()


class TestTheKek:
    async def test_is_changed_while_nodes_run(self, node, other):
        known = await node.seen(*PEOPLE)
        for one in (node, other):
            await asyncio.to_thread(new_kek_beside, one)
        (other.folder / "new.key").write_bytes((node.folder / "new.key").read_bytes())
        office = await node.office()

        ring = await office.change_kek("operator")
        for one in (node, other):
            await one.house.housekeeping.listen()
            assert (one.house.renewal.trouble, one.house.keys.ring.generation) == ("", ring.generation)
            assert await one.seen(*PEOPLE) == known
        assert (await node.events())[-1] == "kek-changed"

        for one in (node, other):
            await one.stop()
            (one.folder / "kek.key").unlink()
            text = one.file.read_text("utf-8").replace("[keys.new_kek]", "[keys.kek]")
            one.file.write_text(text, "utf-8")
            await one.start()
            assert await one.seen(*PEOPLE) == known

    async def test_a_node_that_was_not_given_the_new_one_says_so(self, node, other, monkeypatch):
        monkeypatch.setattr("proxy.upkeep.renewal.GRACE_SECONDS", 0.0)
        await asyncio.to_thread(new_kek_beside, node)
        [known] = await other.seen("4711")
        await (await node.office()).change_kek("operator")

        await other.house.housekeeping.listen()

        assert other.house.renewal.trouble == "kek-wrong"
        assert await other.seen("4711") == [known]
        with pytest.raises(KeysUnavailable, match="kek-wrong"):
            await other.seen("newcomer")

    async def test_without_a_new_one_named_nothing_is_changed(self, node):
        with pytest.raises(KeyringError) as refused:
            await (await node.office()).change_kek("operator")
        assert refused.value.code == "kek-unchanged"


def new_kek_beside(node) -> None:
    """Describe the next key-encryption key in a node's configuration, as an officer does before `keys rewrap`."""
    FileKek.create(node.folder / "new.key")
    text = node.file.read_text("utf-8")
    table = '[keys.new_kek]\nprovider = "file"\npath = "new.key"\n'
    node.file.write_text(text.replace("[store]", f"{table}[store]"), "utf-8")


class TestAsking:
    async def test_a_keeper_that_refuses_is_asked_ever_more_rarely(self, node, monkeypatch):
        """A HSM locks after a few wrong PINs; each second would be the end of it."""
        renewal, asked, clock = node.house.renewal, [], [1000.0]
        renewal._now = lambda: clock[0]

        def refuse():
            asked.append(clock[0])
            raise KeyringError("kek-unavailable")

        monkeypatch.setattr(renewal._source, "load", refuse)
        (node.folder / "keyring.json").touch()
        for _ in range(120):
            await node.house.housekeeping.listen()
            clock[0] += 1.0

        gaps = [after - before for before, after in itertools.pairwise(asked)]
        assert gaps[:4] == [1.0, 2.0, 4.0, 8.0]
        assert max(gaps) == 30.0

    async def test_a_wrong_pin_is_never_tried_again_by_itself(self, node, monkeypatch):
        renewal, asked, clock = node.house.renewal, [], [1000.0]
        renewal._now = lambda: clock[0]

        def refuse():
            asked.append(clock[0])
            raise KeyringError("kek-pin")

        monkeypatch.setattr(renewal._source, "load", refuse)
        (node.folder / "keyring.json").touch()
        for _ in range(50):
            await node.house.housekeeping.listen()
            clock[0] += 60.0
        assert len(asked) == 1
        (node.folder / "keyring.json").touch()
        await node.house.housekeeping.listen()
        assert len(asked) == 2

    async def test_many_at_once_share_one_look(self, node, monkeypatch):
        renewal, asked, load = node.house.renewal, [], node.house.renewal._source.load

        def counted():
            asked.append(1)
            return load()

        monkeypatch.setattr(renewal._source, "load", counted)
        (node.folder / "keyring.json").touch()
        await asyncio.gather(*(renewal.ready() for _ in range(50)))
        assert asked == [1]

    async def test_a_look_that_began_before_a_change_is_not_taken_for_an_answer(self, node, other, monkeypatch):
        """Who meets a key that is new here joins a look that may have read everything already."""
        store, read, go = other.house.store, asyncio.Event(), asyncio.Event()
        pulse = store.pulse

        async def slow():
            found = await pulse()
            read.set()
            await go.wait()
            return found

        monkeypatch.setattr(store, "pulse", slow)
        async with asyncio.TaskGroup() as group:
            group.create_task(other.house.renewal.renew())
            await read.wait()
            ring = await node.rotated(*EVERY)
            met = group.create_task(other.house.renewal.renew())
            await asyncio.sleep(0)  # it has joined
            go.set()
            await met
        assert other.house.keys.ring.generation == ring.generation

    async def test_a_keyring_that_is_followed_while_it_is_fetched_is_no_trouble(self, node, other, monkeypatch):
        """Whoever announces the next one takes the one before out of the key store."""
        keystore, fetch, asked = other.house.keystore, other.house.keystore.ring, []
        await node.rotated(Purpose.SEAL)

        async def late(generation, digest):
            asked.append(generation)
            if len(asked) == 1:
                await node.rotated(Purpose.SEAL)
            return await fetch(generation, digest)

        monkeypatch.setattr(keystore, "ring", late)
        await other.house.renewal.renew()

        assert asked == [2, 3]
        assert not other.house.renewal.trouble
        assert other.house.keys.ring.generation == 3

    async def test_a_wrong_pin_is_not_tried_again_by_whoever_sends_a_cookie(self, node, monkeypatch):
        """Anybody can invent a cookie of a key we have never heard of."""
        renewal, asked = node.house.renewal, []

        def refuse():
            asked.append(1)
            raise KeyringError("kek-pin")

        monkeypatch.setattr(renewal._source, "load", refuse)
        (node.folder / "keyring.json").touch()
        for _ in range(5):
            await renewal.renew()
        assert asked == [1]
        (node.folder / "keyring.json").touch()
        await asyncio.gather(*(renewal.renew() for _ in range(5)))
        assert asked == [1, 1], "nor by those who come while it is asked"
