"""What every mapping promises about the addresses of postbacks and about deliveries."""

import asyncio
from dataclasses import replace

import pytest
from test_store_contract import newcomer

from proxy.store import Delivery, PostbackRecord
from proxy.store.postbacks_port import KEEP_MS

NOW = 1_790_000_000_000


def address(number, target=b"registration 1", *, person="", seal_key="s1s1", created=NOW):
    digest = bytes((number,)) * 32
    return PostbackRecord(
        digest, "uni", "cloud", "registration", target, person, b"sealed-%d" % number, seal_key, created
    )


def result(stamp, holder="a", registration=b"registration 1"):
    return Delivery("cloud", registration, stamp, holder)


@pytest.fixture
def postbacks(store):
    return store.postbacks


class TestAddresses:
    async def test_an_address_is_found_by_its_digest_and_by_what_it_was_set_for(self, postbacks):
        assert await postbacks.register(address(1))

        assert await postbacks.find(address(1).digest) == address(1)
        assert await postbacks.current("cloud", b"registration 1") == address(1)
        assert await postbacks.find(address(2).digest) is None
        assert await postbacks.current("other", b"registration 1") is None
        assert await postbacks.current("cloud", b"registration 2") is None

    async def test_a_newer_one_takes_its_place_and_the_old_one_is_still_found(self, postbacks):
        await postbacks.register(address(1))

        assert await postbacks.register(address(2, created=NOW + 5), replacing=address(1).digest)

        assert await postbacks.current("cloud", b"registration 1") == address(2, created=NOW + 5)
        assert await postbacks.find(address(1).digest) == replace(address(1), replaced_at=NOW + 5)

    async def test_who_comes_second_is_told_and_changes_nothing(self, postbacks):
        await postbacks.register(address(1))

        assert not await postbacks.register(address(2))
        assert not await postbacks.register(address(2), replacing=address(9).digest)
        assert await postbacks.register(address(3), replacing=address(1).digest)
        assert not await postbacks.register(address(2), replacing=address(1).digest)
        assert not await postbacks.register(address(1), replacing=address(3).digest), "a digest is used once"

        assert await postbacks.find(address(2).digest) is None
        assert (await postbacks.current("cloud", b"registration 1")).digest == address(3).digest

    async def test_of_two_nodes_at_once_one_wins(self, store, other_store):
        for number in range(8):
            one, other = (address(2 * number + side, target=b"t%d" % number) for side in (0, 1))
            won = await asyncio.gather(store.postbacks.register(one), other_store.postbacks.register(other))
            assert sorted(won) == [False, True]

    async def test_withdrawn_it_counts_no_more_and_leads_on(self, postbacks):
        await postbacks.register(address(1))

        assert await postbacks.withdraw("cloud", b"registration 1", NOW + 9)
        assert not await postbacks.withdraw("cloud", b"registration 1", NOW + 10)

        assert await postbacks.current("cloud", b"registration 1") is None
        assert await postbacks.find(address(1).digest) == replace(address(1), replaced_at=NOW + 9)
        assert await postbacks.register(address(2)), "and another one may be set"

    async def test_it_is_sealed_anew_unless_somebody_was_faster(self, store, postbacks):
        for number in (1, 2, 3):
            await postbacks.register(address(number, target=b"t%d" % number))
        newer = replace(address(2, target=b"t2"), sealed=b"anew", seal_key="s2s2", person="her")

        assert await postbacks.reseal(newer, replacing=b"sealed-2")
        assert not await postbacks.reseal(newer, replacing=b"sealed-2")

        assert await postbacks.find(newer.digest) == newer
        assert (await store.upkeep.usage())["postback"] == {"s1s1": 2, "s2s2": 1}
        page = await postbacks.under("s1s1", b"", 1)
        assert [one.digest[0] for one in page] == [1]
        assert [one.digest[0] for one in await postbacks.under("s1s1", page[0].digest, 9)] == [3]

    async def test_those_of_a_person_go_with_her(self, store, postbacks):
        await store.insert_or_get([newcomer(1), newcomer(2)])
        hers, his = newcomer(1).record.person, newcomer(2).record.person
        await postbacks.register(address(1, target=b"1", person=hers))
        await postbacks.register(address(2, target=b"2", person=his))
        await postbacks.register(address(3, target=b"3"))

        erasures = await store.upkeep.erase([hers], NOW, [])

        assert await postbacks.find(address(1).digest) is None
        assert await postbacks.find(address(2).digest) is not None
        assert await postbacks.find(address(3).digest) is not None
        await postbacks.register(address(1, target=b"1", person=hers))
        await store.upkeep.replay(erasures)
        assert await postbacks.find(address(1).digest) is None, "nor does a restored store remember"


class TestDeliveries:
    async def test_one_result_of_a_registration_at_a_time(self, postbacks):
        assert await postbacks.take(result(5), NOW, NOW + 60) == "clear"
        assert await postbacks.take(result(6, "b"), NOW + 1, NOW + 61) == "busy"
        assert await postbacks.take(result(6, "b", b"registration 2"), NOW + 1, NOW + 61) == "clear"

        await postbacks.settle(result(6, "b"), NOW + 2, accepted=False)
        assert await postbacks.take(result(6, "b"), NOW + 2, NOW + 62) == "busy", "not hers to give back"
        await postbacks.settle(result(5), NOW + 2, accepted=True)
        assert await postbacks.take(result(6, "b"), NOW + 3, NOW + 63) == "clear"

    async def test_an_older_one_than_was_accepted_is_stale(self, postbacks):
        await postbacks.take(result(5), NOW, NOW + 60)
        await postbacks.settle(result(5), NOW, accepted=True)

        assert await postbacks.take(result(4), NOW + 1, NOW + 61) == "stale"
        assert await postbacks.take(result(5), NOW + 1, NOW + 61) == "clear", "the same may be another one"
        await postbacks.settle(result(5), NOW + 1, accepted=False)
        assert await postbacks.take(result(6), NOW + 1, NOW + 61) == "clear"

    async def test_what_was_not_accepted_keeps_nothing_back(self, postbacks):
        await postbacks.take(result(5), NOW, NOW + 60)
        await postbacks.settle(result(5), NOW, accepted=False)

        assert await postbacks.take(result(4), NOW + 1, NOW + 61) == "clear"

    async def test_the_turn_of_who_was_killed_lapses(self, postbacks):
        await postbacks.take(result(5), NOW, NOW + 60)

        assert await postbacks.take(result(5, "b"), NOW + 59, NOW + 119) == "busy"
        assert await postbacks.take(result(5, "b"), NOW + 60, NOW + 120) == "clear"
        await postbacks.settle(result(5), NOW + 61, accepted=True)
        assert await postbacks.take(result(6, "c"), NOW + 61, NOW + 121) == "busy", "hers now"
        assert await postbacks.take(result(4, "c"), NOW + 61, NOW + 121) == "stale"

    async def test_after_two_days_nothing_is_kept_back(self, postbacks):
        await postbacks.take(result(5), NOW, NOW)
        await postbacks.settle(result(5), NOW, accepted=True)

        assert await postbacks.take(result(4), NOW + KEEP_MS + 1, NOW + KEEP_MS + 61) == "clear"

    async def test_two_nodes_at_once_are_answered_differently(self, store, other_store):
        for number in range(8):
            turns = await asyncio.gather(
                store.postbacks.take(result(1, "a", b"%d" % number), NOW, NOW + 60),
                other_store.postbacks.take(result(2, "b", b"%d" % number), NOW, NOW + 60),
            )
            assert sorted(turns) == ["busy", "clear"]


class TestSweeping:
    async def test_what_nobody_needs_goes_by_the_page(self, postbacks):
        for number in (1, 2, 3, 4):
            await postbacks.register(address(number, target=b"t%d" % number))
        for number in (1, 2, 3):
            await postbacks.withdraw("cloud", b"t%d" % number, NOW + number)
        await postbacks.take(result(5), NOW + 1, NOW + 60)
        await postbacks.settle(result(5), NOW + 1, accepted=True)

        assert await postbacks.outdated(NOW + 3) == 3
        assert await postbacks.sweep(NOW + 3, 1) == 2
        assert await postbacks.sweep(NOW + 3, 5) == 1
        assert await postbacks.sweep(NOW + 3, 5) == 0

        assert [await postbacks.find(address(number).digest) is not None for number in (1, 2, 3, 4)] == [
            False,
            False,
            True,
            True,
        ]
