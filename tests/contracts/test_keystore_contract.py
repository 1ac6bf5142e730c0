"""What every key store promises, whatever database is behind it."""

from dataclasses import replace

import pytest

from proxy.errors import StoreFailed
from proxy.store import Erasure, PersonKeyRecord, open_keystore


def key(number, seal_key="seal", wrapped=None):
    return PersonKeyRecord(f"person-{number:04d}", wrapped or b"\x00wrapped %d\xff" % number, seal_key, number)


def erasure(number):
    return Erasure("uni", f"sv1abcd{number:033d}", f"person-{number:04d}", number)


class TestKeys:
    async def test_come_back_as_they_were_and_unknown_ones_are_absent(self, keystore):
        await keystore.put([key(1), key(2)])

        assert await keystore.get(["person-0001", "person-0002", "nobody"]) == {
            "person-0001": key(1),
            "person-0002": key(2),
        }
        assert await keystore.get([]) == {}

    async def test_who_has_one_keeps_it(self, keystore):
        await keystore.put([key(1)])
        await keystore.put([replace(key(1), wrapped=b"another"), key(2)])

        assert await keystore.get(["person-0001", "person-0002"]) == {"person-0001": key(1), "person-0002": key(2)}

    async def test_of_thousands_of_people_are_found_at_once(self, keystore):
        await keystore.put([key(number) for number in range(1200)])

        assert len(await keystore.get([key(number).person for number in range(1200)])) == 1200

    async def test_that_are_destroyed_are_gone(self, keystore):
        await keystore.put([key(1), key(2)])

        assert await keystore.destroy(["person-0001", "nobody"]) == 1

        assert await keystore.get(["person-0001", "person-0002"]) == {"person-0002": key(2)}

    async def test_are_wrapped_anew_unless_somebody_was_faster(self, keystore):
        await keystore.put([key(1)])
        mine, theirs = replace(key(1), wrapped=b"mine", seal_key="new"), replace(key(1), wrapped=b"theirs")

        assert await keystore.rewrap(theirs, replacing=key(1).wrapped) is True
        assert await keystore.rewrap(mine, replacing=key(1).wrapped) is False
        assert await keystore.rewrap(key(9), replacing=b"nothing") is False

        assert await keystore.get(["person-0001"]) == {"person-0001": theirs}

    async def test_are_counted_and_paged_by_the_key_that_wraps_them(self, keystore):
        await keystore.put([*(key(number, "old") for number in (3, 1, 2)), key(4, "new")])

        assert await keystore.usage() == {"old": 3, "new": 1}
        assert await keystore.under("old", "", 2) == [key(1, "old"), key(2, "old")]
        assert await keystore.under("old", "person-0002", 2) == [key(3, "old")]
        assert await keystore.under("never", "", 2) == []


class TestErasures:
    async def test_destroy_the_keys_and_are_noted_once_in_their_order(self, keystore):
        await keystore.put([key(1), key(2), key(3)])

        assert await keystore.replay([erasure(2), erasure(1)]) == 2
        assert await keystore.replay([erasure(1), erasure(4)]) == 0

        assert await keystore.get([key(number).person for number in range(5)]) == {"person-0003": key(3)}
        journal = await keystore.erasures(0, 10)
        assert [one for _, one in journal] == [erasure(2), erasure(1), erasure(4)]
        assert [one for _, one in await keystore.erasures(journal[0][0], 1)] == [erasure(1)]


class TestRings:
    async def test_wait_for_the_other_nodes(self, keystore):
        await keystore.put_ring(3, "d3", b"sealed")
        await keystore.put_ring(3, "d3", b"the same again")

        assert await keystore.ring(3, "d3") == b"sealed"
        assert await keystore.ring(3, "other") is None

    async def test_go_when_a_newer_one_counts_but_for_those_on_their_way(self, keystore):
        for generation, digest in ((1, "a"), (2, "b"), (2, "loser"), (3, "c")):
            await keystore.put_ring(generation, digest, b"sealed")

        await keystore.drop_rings(2, "b")

        found = [await keystore.ring(*one) for one in ((1, "a"), (2, "b"), (2, "loser"), (3, "c"))]
        assert found == [None, b"sealed", None, b"sealed"]


class TestBelonging:
    async def test_to_one_mapping_for_ever(self, keystore):
        await keystore.belongs_to("ours", opens=False)
        await keystore.belongs_to("ours", opens=True)

        with pytest.raises(StoreFailed, match="foreign-key-store"):
            await keystore.belongs_to("another", opens=False)

    async def test_an_empty_one_in_the_place_of_a_lost_one_is_noticed(self, keystore):
        with pytest.raises(StoreFailed, match="key-store-new"):
            await keystore.belongs_to("ours", opens=True)

        await keystore.adopt("ours")
        await keystore.belongs_to("ours", opens=True)


class TestLife:
    async def test_what_was_written_is_there_after_reopening(self, keystore_url, keystore):
        await keystore.put([key(1)])
        await keystore.close()
        with pytest.raises(StoreFailed, match="closed"):
            await keystore.get(["person-0001"])

        again = open_keystore(keystore_url)
        await again.open()
        assert await again.get(["person-0001"]) == {"person-0001": key(1)}
        await again.close()

    async def test_a_pulse_tells_who_it_is_and_how_far_the_journal_is(self, keystore):
        before = await keystore.pulse()
        await keystore.belongs_to("ours", opens=False)
        await keystore.replay([erasure(1)])
        after = await keystore.pulse()

        assert (before.instance, before.lineage, before.erasures) == (after.instance, "", 0)
        assert (after.lineage, after.erasures > 0) == ("ours", True)

    async def test_it_can_be_scrubbed_while_it_is_in_use(self, keystore):
        await keystore.put([key(1)])
        await keystore.destroy(["person-0001"])
        assert await keystore.scrub() is True
        assert await keystore.get(["person-0001"]) == {}

    async def test_a_mapping_is_no_key_store(self, store_url):
        wrong = open_keystore(store_url)
        with pytest.raises(StoreFailed, match="wrong-store"):
            await wrong.open()
