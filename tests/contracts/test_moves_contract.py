"""What every mapping promises to those who give people other pseudonyms."""

import asyncio
from dataclasses import replace

import pytest
from test_store_contract import mapping, newcomer

from proxy.errors import KeysUnavailable, StoreFailed
from proxy.store import AuditRecord, MoveRecord, Promise, PseudonymRecord
from proxy.store.moves_port import Scope

EVERYBODY = Scope("", ("abcd",))


def token(number):
    return f"sv1wxyz{number:033d}"


def coming(number, at=50):
    return PseudonymRecord("uni", token(number), "wxyz", mapping(number).person, "coming", at)


def entry(event, number):
    return AuditRecord(50, event, tenant="uni", pseudonym=token(number), key_id="wxyz", count=1)


def resealed(number, sealed=b"with both", moving=0):
    return replace(mapping(number), sealed=sealed, moving=moving)


@pytest.fixture
def moves(store):
    return store.moves


async def promised(store, number, *, moving=0):
    """A person with a coming pseudonym; the number of the change."""
    await store.insert_or_get([newcomer(number)])
    promise = await promise_of(store, number, moving=moving)
    assert promise.verdict == "promised"
    return promise.number


async def promise_of(store, number, *, moving=0, replacing=b"\x00sealed\xff", generation=0):
    return await store.moves.promise(
        resealed(number, moving=moving),
        coming(number),
        replacing=replacing,
        generation=generation,
        entry=entry("pseudonym-promised", number),
    )


async def switched(store, number, now=60):
    await promised(store, number)
    assert await switch(store, number, now)


async def switch(store, number, now=60):
    return await store.moves.switch(
        mapping(number).person,
        former=mapping(number).pseudonym,
        coming=token(number),
        now=now,
        entry=entry("pseudonym-changed", number),
    )


async def states(store, number):
    found = await store.upkeep.pseudonyms(mapping(number).person)
    return {one.pseudonym[3:7]: (one.state, one.since) for one in found}


async def events(store):
    return [one.event for _, one in await store.read_audit(0, 100)]


class TestPromise:
    async def test_both_pseudonyms_lead_to_her_and_the_old_one_leaves(self, store):
        number = await promised(store, 1, moving=999)

        found = await store.by_pseudonym("uni", [mapping(1).pseudonym, token(1)])
        whole = resealed(1, moving=999)
        assert sorted(found) == [(mapping(1).pseudonym, whole), (token(1), whole)]
        assert await states(store, 1) == {"abcd": ("current", 1), "wxyz": ("coming", 50)}
        assert (await store.pulse()).changes == number > 0
        assert await store.moves.changes(0, 10) == [(number, mapping(1).person)]
        assert await events(store) == ["pseudonym-promised"]
        assert (await store.upkeep.usage())["pseudonym"] == {"abcd": 1, "wxyz": 1}

    async def test_a_second_one_finds_her_changed(self, store):
        await promised(store, 1)
        for replacing in (b"\x00sealed\xff", b"with both"):
            assert await promise_of(store, 1, replacing=replacing) == Promise("stale")
        assert await events(store) == ["pseudonym-promised"]

    async def test_two_at_once_give_her_one(self, store, other_store):
        for number in range(1, 15):
            await store.insert_or_get([newcomer(number)])
            answers = await asyncio.gather(promise_of(store, number), promise_of(other_store, number))
            assert sorted(answer.verdict for answer in answers) == ["promised", "stale"]

    async def test_a_forgotten_persons_pseudonym_is_promised_to_nobody(self, store):
        await switched(store, 1)
        await store.upkeep.erase([mapping(1).person], 100, [])
        other = replace(mapping(2), person=mapping(1).person)
        await store.insert_or_get([newcomer(2)])

        promise = await store.moves.promise(
            resealed(2), replace(coming(1), person=mapping(2).person), replacing=other.sealed, generation=0,
            entry=entry("pseudonym-promised", 2),
        )  # fmt: skip

        assert promise == Promise("erased")
        assert await store.by_pseudonym("uni", [token(1)]) == []
        assert [one.sealed for one in await store.upkeep.people("", 10)] == [mapping(2).sealed]

    async def test_nor_one_that_another_row_has(self, store):
        await promised(store, 1)
        await store.insert_or_get([newcomer(2)])
        promise = await store.moves.promise(
            resealed(2), replace(coming(1), person=mapping(2).person), replacing=mapping(2).sealed, generation=0,
            entry=entry("pseudonym-promised", 2),
        )  # fmt: skip
        assert promise == Promise("taken")

    async def test_nothing_is_promised_under_a_keyring_that_was_replaced_a_while_ago(self, store, monkeypatch):
        await store.insert_or_get([newcomer(1)])
        await store.upkeep.announce(7, "digest", [])
        monkeypatch.setattr("proxy.store.statements.people.LAG_MS", -1)
        with pytest.raises(KeysUnavailable, match="keyring-behind"):
            await promise_of(store, 1, generation=6)
        assert (await promise_of(store, 1, generation=7)).verdict == "promised"

    async def test_an_entry_that_could_hold_a_value_promises_nothing(self, store):
        await store.insert_or_get([newcomer(1)])
        with pytest.raises(StoreFailed, match="audit-entry reason"):
            await store.moves.promise(
                resealed(1), coming(1), replacing=mapping(1).sealed, generation=0,
                entry=replace(entry("pseudonym-promised", 1), reason="Zoë"),
            )  # fmt: skip
        assert await states(store, 1) == {"abcd": ("current", 1)}


class TestHold:
    async def test_lasts_until_she_is_let_go_and_each_is_a_change(self, store, moves):
        first = await promised(store, 1)
        second = await moves.hold(mapping(1).person, 500)
        assert second > first
        assert (await moves.read(mapping(1).person)).moving == 500

        await moves.prolong([mapping(1).person], 900)
        assert (await moves.read(mapping(1).person)).moving == 900
        assert (await store.pulse()).changes == second, "longer is no news"

        await moves.let_go(mapping(1).person)
        assert (await moves.read(mapping(1).person)).moving == 0
        assert (await store.pulse()).changes > second
        await moves.prolong([mapping(1).person], 950)
        assert (await moves.read(mapping(1).person)).moving == 0, "who was let go is not held again by that"

    async def test_is_for_people_only_who_are_to_be_moved(self, store, moves):
        await store.insert_or_get([newcomer(1)])
        assert await moves.hold(mapping(1).person, 500) == 0
        assert await moves.hold("nobody", 500) == 0
        assert (await moves.read(mapping(1).person)).moving == 0
        assert await moves.read("nobody") is None

    async def test_that_nobody_prolongs_is_found(self, store, moves):
        await promised(store, 1, moving=300)
        await promised(store, 2, moving=400)
        await promised(store, 3)
        assert [one.person for one in await moves.stalled(400, 10)] == [mapping(1).person]
        assert [one.person for one in await moves.stalled(401, 10)] == [mapping(1).person, mapping(2).person]
        assert len(await moves.stalled(401, 1)) == 1

    async def test_of_nobody_tells_who_listens(self, store, moves):
        number = await moves.ping()
        assert (await store.pulse()).changes == number
        await store.upkeep.report("a", 1, 10, number)
        await store.upkeep.report("b", 1, 10)
        assert {one.node: one.heard for one in await store.upkeep.nodes(0)} == {"a": number, "b": 0}

    async def test_changes_are_listed_for_an_hour(self, moves, monkeypatch):
        numbers = [await moves.ping() for _ in range(3)]
        assert [number for number, _ in await moves.changes(numbers[0], 10)] == numbers[1:]
        monkeypatch.setattr("proxy.store.statements.moves._REMEMBERED_MS", -60_000)
        last = await moves.ping()
        assert await moves.changes(0, 10) == [(last, "")]
        assert last > numbers[-1]


class TestSwitch:
    async def test_the_new_one_leaves_and_the_old_one_leads_to_her_still(self, store, moves):
        await promised(store, 1, moving=999)

        assert await switch(store, 1)

        [(_, there)] = await store.by_pseudonym("uni", [mapping(1).pseudonym])
        assert (there.pseudonym, there.pseudonym_key, there.moving) == (token(1), "wxyz", 0)
        assert await store.by_lookup("uni", "subject", [b"lookup-1"]) == [(b"lookup-1", there)]
        assert await states(store, 1) == {"abcd": ("former", 60), "wxyz": ("current", 60)}
        assert (await store.pulse()).changes == (await moves.changes(0, 10))[-1][0]
        assert len(await moves.changes(0, 10)) == 2
        assert await events(store) == ["pseudonym-promised", "pseudonym-changed"]

    async def test_twice_is_true_twice_and_recorded_once(self, store):
        await switched(store, 1)
        assert await switch(store, 1, now=70)
        assert await states(store, 1) == {"abcd": ("former", 60), "wxyz": ("current", 60)}
        assert (await events(store)).count("pseudonym-changed") == 1

    async def test_without_a_promise_changes_nothing(self, store):
        await store.insert_or_get([newcomer(1)])
        assert not await switch(store, 1)
        assert not await switch(store, 2)
        assert await events(store) == []

    async def test_of_two_nodes_at_once_is_one_switch(self, store, other_store):
        for number in range(1, 15):
            await promised(store, number)
            assert await asyncio.gather(switch(store, number), switch(other_store, number)) == [True, True]
        assert (await events(store)).count("pseudonym-changed") == 14

    async def test_whoever_read_her_before_cannot_write_her(self, store):
        """What is sealed is the same before and after; the pseudonym is not."""
        await promised(store, 1)
        before = await store.moves.read(mapping(1).person)
        await switch(store, 1)
        assert not await store.reseal(replace(before, sealed=b"news"), replacing=before.sealed)
        assert not await store.reseal(replace(before, sealed=b"news"))
        after = await store.moves.read(mapping(1).person)
        assert await store.reseal(replace(after, sealed=b"news"), replacing=after.sealed)

    async def test_erasing_her_takes_all_her_pseudonyms_into_the_journal(self, store, moves):
        await switched(store, 1)
        await moves.note([MoveRecord(mapping(1).person, "api", mapping(1).pseudonym, token(1), "renamed", 60)])
        erased = await store.upkeep.erase([mapping(1).person], 100, [])
        assert sorted(one.pseudonym for one in erased) == [mapping(1).pseudonym, token(1)]
        assert await moves.outcomes([mapping(1).person]) == []
        await moves.note([MoveRecord(mapping(1).person, "api", mapping(1).pseudonym, token(1), "renamed", 60)])
        assert await moves.outcomes([mapping(1).person]) == [], "nothing is noted of who is gone"


class TestScope:
    async def test_is_people_of_a_key_and_whoever_is_on_her_way(self, store, moves):
        await store.insert_or_get([newcomer(1), newcomer(2), newcomer(3, tenant="clinic")])
        await promised(store, 4)

        assert [one.person for one in await moves.people(EVERYBODY, "", 2)] == [mapping(1).person, mapping(2).person]
        assert len(await moves.people(EVERYBODY, mapping(2).person, 9)) == 2
        assert await moves.count(EVERYBODY) == {("uni", "abcd"): 3, ("clinic", "abcd"): 1}
        assert await moves.count(Scope("clinic", ("abcd",))) == {("clinic", "abcd"): 1}
        assert await moves.count(Scope("", ())) == {("uni", "abcd"): 1}, "what was begun is finished"

        await switch(store, 4)
        assert await moves.count(EVERYBODY) == {("uni", "abcd"): 2, ("clinic", "abcd"): 1}
        assert await moves.count(Scope("", ("wxyz",))) == {("uni", "wxyz"): 1}


class TestOutcomes:
    async def test_the_last_word_of_each_application_counts(self, store, moves):
        await promised(store, 1)
        unclear = MoveRecord(mapping(1).person, "api", mapping(1).pseudonym, token(1), "unclear", 60)
        other = replace(unclear, application="other", outcome="nothing-there")
        await moves.note([unclear, other], [entry("leak-suspected", 1)])
        await moves.note([replace(unclear, outcome="renamed", at=70)])

        assert await moves.outcomes([mapping(1).person, "nobody"]) == [
            replace(unclear, outcome="renamed", at=70),
            other,
        ]
        assert await events(store) == ["pseudonym-promised", "leak-suspected"]

    async def test_a_word_that_is_none_is_refused(self, store, moves):
        await promised(store, 1)
        with pytest.raises(StoreFailed):
            await moves.note([MoveRecord(mapping(1).person, "api", "a", "b", "perhaps", 60)])


class TestRetiring:
    async def retire(self, store, number, pseudonym, replacing=b"with both"):
        there = await store.moves.read(mapping(number).person)
        return await store.moves.retire(
            replace(there, sealed=b"with one"), pseudonym, replacing=replacing, entry=entry("pseudonym-retired", number)
        )

    async def test_takes_a_former_pseudonym_and_what_was_noted_of_it(self, store, moves):
        await switched(store, 1)
        await moves.note([MoveRecord(mapping(1).person, "api", mapping(1).pseudonym, token(1), "renamed", 60)])

        assert await self.retire(store, 1, mapping(1).pseudonym)

        assert await store.by_pseudonym("uni", [mapping(1).pseudonym]) == []
        [(_, there)] = await store.by_pseudonym("uni", [token(1)])
        assert there.sealed == b"with one"
        assert (await store.upkeep.usage())["pseudonym"] == {"wxyz": 1}
        assert await moves.outcomes([mapping(1).person]) == []
        assert (await events(store))[-1] == "pseudonym-retired"
        assert len(await moves.changes(0, 10)) == 3

    async def test_never_the_one_that_leaves_and_not_twice(self, store):
        await switched(store, 1)
        assert not await self.retire(store, 1, token(1))
        assert await self.retire(store, 1, mapping(1).pseudonym)
        assert not await self.retire(store, 1, mapping(1).pseudonym, b"with one")
        assert (await events(store)).count("pseudonym-retired") == 1

    async def test_not_if_she_was_written_meanwhile(self, store):
        await switched(store, 1)
        assert not await self.retire(store, 1, mapping(1).pseudonym, b"something older")
        assert len(await states(store, 1)) == 2

    async def test_a_hold_stays(self, store, moves):
        await promised(store, 1, moving=999)
        assert await self.retire(store, 1, token(1))
        assert (await moves.read(mapping(1).person)).moving == 999

    async def test_those_that_stand_so_for_long_come_by_the_page(self, store, moves):
        for number in (1, 2, 3):
            await switched(store, number, now=100 * number)
        await promised(store, 4)

        assert [one.since for one in await moves.aged("former", 300, "", 10)] == [100, 200]
        assert [one.since for one in await moves.aged("former", 301, mapping(1).pseudonym, 1)] == [200]
        assert [one.pseudonym for one in await moves.aged("coming", 51, "", 10)] == [token(4)]
        assert await moves.aged("coming", 50, "", 10) == []
        assert len(await moves.not_current("", "", 10)) == 4
        assert [one.pseudonym for one in await moves.not_current("uni", mapping(3).pseudonym, 9)] == [token(4)]
        assert await moves.not_current("clinic", "", 10) == []
