"""What every store promises, whatever database is behind it."""

import asyncio
from dataclasses import replace

import pytest

from proxy.errors import KeysUnavailable, StoreFailed
from proxy.store import (
    Admission,
    AuditRecord,
    LookupRecord,
    MappingRecord,
    Newcomer,
    PackageRecord,
    PinRecord,
    open_store,
    upgrade,
)

TOKEN = "sv1abcd" + "e" * 33


def mapping(number, *, tenant="uni", kind="subject", created=None):
    return MappingRecord(
        tenant=tenant,
        kind=kind,
        person=f"{number:032x}",
        pseudonym=f"sv1abcd{number:033d}",
        pseudonym_key="abcd",
        sealed=b"\x00sealed\xff",
        seal_key="",
        created=number if created is None else created,
        last_seen=number,
    )


def newcomer(number, *values, entries=(), **changes):
    """A person with index values under as many keys as there are `values`."""
    values = values or (b"lookup-%d" % number,)
    lookups = tuple(LookupRecord(value, f"key{at}") for at, value in enumerate(values))
    return Newcomer(mapping(number, **changes), lookups, tuple(entries))


def new(one):
    return Admission(one.record, "new")


def known(one):
    return Admission(one.record, "known")


def minted(number):
    return AuditRecord(at=number, event="minted", actor="proxy", tenant="uni", pseudonym=TOKEN, key_id="abcd", count=1)


def package(digest="d1", **changes):
    whole = PackageRecord(
        digest=digest,
        tenant="uni",
        launch_path="/dispatch/launch",
        roles={"LEARNER_ID": "learnerid", "LEARNER_FNAME": "fname"},
        fixed=("methodName", "tenant"),
        dispatch_root="/dispatch",
        hosts=("cloud.example",),
        created=5,
    )
    return replace(whole, **changes)


class TestMappings:
    async def test_a_new_person_is_stored_and_found_by_index_and_by_pseudonym(self, store):
        one = newcomer(1)

        assert await store.insert_or_get([one]) == [new(one)]

        assert await store.by_lookup("uni", "subject", [b"nobody", b"lookup-1"]) == [(b"lookup-1", one.record)]
        token = one.record.pseudonym
        assert await store.by_pseudonym("uni", [token, "unknown"]) == [(token, one.record)]

    async def test_who_is_unknown_is_absent(self, store):
        assert await store.by_lookup("uni", "subject", [b"nobody"]) == []
        assert await store.by_lookup("uni", "subject", []) == []
        assert await store.by_pseudonym("uni", ["nobody"]) == []

    async def test_tenants_and_kinds_do_not_see_each_other(self, store):
        here, there = newcomer(1, b"same"), newcomer(2, b"same", tenant="clinic")
        mail = newcomer(3, b"same", kind="email")

        assert await store.insert_or_get([here, there, mail]) == [new(here), new(there), new(mail)]

        assert await store.by_lookup("clinic", "subject", [b"same"]) == [(b"same", there.record)]
        assert await store.by_lookup("uni", "email", [b"same"]) == [(b"same", mail.record)]
        assert await store.by_pseudonym("clinic", [here.record.pseudonym]) == []

    async def test_the_first_mapping_of_a_person_wins_over_a_later_one(self, store):
        first, second, other = newcomer(1, b"her"), newcomer(2, b"her"), newcomer(3)
        await store.insert_or_get([first])

        assert await store.insert_or_get([second, other]) == [known(first), new(other)]

        assert await store.by_pseudonym("uni", [second.record.pseudonym]) == []

    async def test_one_person_twice_in_a_batch_is_one_mapping(self, store):
        first, second = newcomer(1, b"her"), newcomer(2, b"her")

        assert await store.insert_or_get([first, second]) == [new(first), known(first)]

    async def test_the_same_pseudonym_under_another_lookup_key_is_the_same_mapping(self, store):
        first = newcomer(1, b"under the old key")
        await store.insert_or_get([first])
        again = newcomer(1, b"under the new key")

        assert await store.insert_or_get([replace(again, record=replace(again.record, person="f" * 32))]) == [
            known(first)
        ]

        values = [b"under the old key", b"under the new key"]
        assert {record for _, record in await store.by_lookup("uni", "subject", values)} == {first.record}

    async def test_who_shares_one_index_value_is_the_same_person_and_is_given_the_others(self, store):
        """One node has heard of a new LOOKUP key and of a new PSEUDONYM key, the other has not."""
        behind, ahead = newcomer(1, b"old"), newcomer(2, b"new", b"old")
        await store.insert_or_get([behind])

        assert await store.insert_or_get([ahead]) == [known(behind)]

        found = await store.by_lookup("uni", "subject", [b"old", b"new"])
        assert sorted(found) == [(b"new", behind.record), (b"old", behind.record)]
        assert await store.by_pseudonym("uni", [ahead.record.pseudonym]) == []

    async def test_and_the_other_way_round(self, store):
        ahead, behind = newcomer(2, b"new", b"old"), newcomer(1, b"old")
        await store.insert_or_get([ahead])

        assert await store.insert_or_get([behind]) == [known(ahead)]

    async def test_mappings_come_oldest_first(self, store):
        late, early = newcomer(1, created=20), newcomer(2, created=10)
        await store.insert_or_get([late, early])

        found = await store.by_lookup("uni", "subject", [b"lookup-1", b"lookup-2"])
        assert [record for _, record in found] == [early.record, late.record]

    async def test_nodes_that_race_agree_on_one_mapping(self, store, other_store):
        nodes = [store, other_store]
        for person in range(20):
            racing = [newcomer(100 * person + number, b"person-%d" % person) for number in range(6)]

            answers = await asyncio.gather(
                *(nodes[number % 2].insert_or_get([one]) for number, one in enumerate(racing))
            )

            assert len({answer[0].record.pseudonym for answer in answers}) == 1
            assert [answer[0].verdict for answer in answers].count("new") == 1
            found = await other_store.by_lookup("uni", "subject", [b"person-%d" % person])
            assert [record for _, record in found] == [answers[0][0].record]

    async def test_nodes_that_meet_the_same_people_in_opposite_orders_do_not_stop_each_other(self, store, other_store):
        """Each transaction holds what the other one waits for; a server then lets one of them go."""
        people = range(40)
        forth = [newcomer(number, b"person-%d" % number) for number in people]
        back = [newcomer(1000 + number, b"person-%d" % number) for number in reversed(people)]

        one, other = await asyncio.gather(store.insert_or_get(forth), other_store.insert_or_get(back))

        assert [answer.record for answer in one] == [answer.record for answer in reversed(other)]

    async def test_nobody_is_minted_under_a_keyring_that_was_replaced_a_while_ago(self, store, monkeypatch):
        await store.upkeep.announce(7, "digest", [])
        assert await store.insert_or_get([newcomer(1)], generation=6) == [new(newcomer(1))], "at first both may"

        monkeypatch.setattr("proxy.store.statements.people.LAG_MS", -1)
        with pytest.raises(KeysUnavailable, match="keyring-behind"):
            await store.insert_or_get([newcomer(2)], generation=6)
        for generation in (7, 8):
            await store.insert_or_get([newcomer(generation)], generation=generation)
        assert await store.by_pseudonym("uni", [mapping(2).pseudonym]) == []


class TestResealing:
    async def test_changes_what_is_sealed_and_nothing_else(self, store):
        one = newcomer(1)
        await store.insert_or_get([one])
        changed = replace(one.record, sealed=b"new", seal_key="nnnn", last_seen=99)

        assert await store.reseal(changed) is True

        assert await store.by_pseudonym("uni", [changed.pseudonym]) == [(changed.pseudonym, changed)]

    async def test_whoever_comes_second_is_told_so(self, store):
        record = newcomer(1).record
        await store.insert_or_get([newcomer(1)])
        mine, theirs = replace(record, sealed=b"mine"), replace(record, sealed=b"theirs")

        assert await store.reseal(theirs, replacing=record.sealed) is True
        assert await store.reseal(mine, replacing=record.sealed) is False

        assert await store.by_pseudonym("uni", [record.pseudonym]) == [(record.pseudonym, theirs)]

    async def test_of_an_unknown_mapping_is_refused(self, store):
        with pytest.raises(StoreFailed, match="no-such-mapping"):
            await store.reseal(mapping(1))


class TestAudit:
    async def test_entries_are_read_back_in_order_and_by_pages(self, store):
        await store.append_audit([minted(1), minted(2)])
        await store.append_audit([minted(3)])

        first_page = await store.read_audit(0, 2)
        rest = await store.read_audit(first_page[-1][0], 10)

        assert [entry for _, entry in [*first_page, *rest]] == [minted(1), minted(2), minted(3)]
        numbers = [number for number, _ in [*first_page, *rest]]
        assert numbers == sorted(set(numbers))

    async def test_entries_of_the_winner_are_kept_and_of_the_loser_are_not(self, store):
        first = newcomer(1, b"her", entries=[minted(1), minted(11)])
        second = newcomer(2, b"her", entries=[minted(2)])

        await store.insert_or_get([first, second])

        assert [entry.at for _, entry in await store.read_audit(0, 10)] == [1, 11]

    async def test_an_entry_that_could_hold_a_value_is_refused_with_its_mapping(self, store):
        spoiled = replace(minted(1), reason="Zoë Müller-Østergård")

        with pytest.raises(StoreFailed, match="audit-entry reason") as refused:
            await store.insert_or_get([newcomer(1, entries=[spoiled])])
        with pytest.raises(StoreFailed):
            await store.append_audit([minted(2), spoiled])

        assert "Zoë" not in repr(refused.value)
        assert await store.read_audit(0, 10) == []
        assert await store.by_pseudonym("uni", [mapping(1).pseudonym]) == []


class TestPins:
    async def test_the_first_sight_of_a_script_is_remembered_as_asked(self, store):
        seen = PinRecord("cloud", "/loader.js", "d1", "approved", 1)

        assert await store.pin(seen) == seen
        assert await store.pin(replace(seen, first_seen=2)) == seen
        assert await store.pins() == [seen]

    async def test_another_script_at_the_path_is_pending_and_the_approved_one_counts(self, store):
        approved = await store.pin(PinRecord("cloud", "/loader.js", "d1", "approved", 1))

        assert await store.pin(PinRecord("cloud", "/loader.js", "d2", "pending", 2)) == approved
        assert await store.pin(PinRecord("cloud", "/loader.js", "d3", "approved", 3)) == approved

        assert [(pin.digest, pin.state) for pin in await store.pins()] == [
            ("d1", "approved"),
            ("d2", "pending"),
            ("d3", "pending"),
        ]

    async def test_with_none_approved_the_script_itself_counts(self, store):
        await store.pin(PinRecord("cloud", "/loader.js", "d1", "pending", 1))
        second = PinRecord("cloud", "/loader.js", "d2", "pending", 2)

        assert await store.pin(second) == second

    async def test_a_pending_script_is_not_approved_by_being_seen_again(self, store):
        pending = await store.pin(PinRecord("cloud", "/loader.js", "d1", "pending", 1))

        assert await store.pin(replace(pending, state="approved")) == pending

    async def test_approving_one_script_takes_the_approval_from_the_other(self, store):
        await store.pin(PinRecord("cloud", "/loader.js", "d1", "approved", 1))
        await store.pin(PinRecord("cloud", "/loader.js", "d2", "pending", 2))
        elsewhere = await store.pin(PinRecord("cloud", "/driver.js", "d1", "approved", 1))

        approved = await store.approve("cloud", "/loader.js", "d2")

        assert approved == PinRecord("cloud", "/loader.js", "d2", "approved", 2)
        assert await store.pins() == [
            elsewhere,
            approved,
            PinRecord("cloud", "/loader.js", "d1", "pending", 1),
        ]

    async def test_approving_an_unknown_script_changes_nothing(self, store):
        approved = await store.pin(PinRecord("cloud", "/loader.js", "d1", "approved", 1))

        with pytest.raises(StoreFailed, match="no-such-pin"):
            await store.approve("cloud", "/loader.js", "d9")

        assert await store.pins() == [approved]


class TestPackages:
    async def test_what_was_learned_comes_back_as_it_was(self, store):
        await store.register_package(package("d1"))
        await store.register_package(package("d2", created=1))
        await store.register_package(package("d3", tenant="clinic"))

        assert await store.packages("uni") == [package("d2", created=1), package("d1")]

    async def test_registering_again_replaces_what_was_learned_and_keeps_the_date(self, store):
        await store.register_package(package("d1"))
        await store.register_package(package("d1", roles={"LEARNER_ID": "sid"}, created=77))

        assert await store.packages("uni") == [package("d1", roles={"LEARNER_ID": "sid"})]


class TestLife:
    async def test_what_was_written_is_there_after_reopening(self, store_url, store):
        await store.insert_or_get([newcomer(1)])
        await store.close()

        again = open_store(store_url)
        await again.open()
        assert await again.by_pseudonym("uni", [mapping(1).pseudonym]) == [(mapping(1).pseudonym, mapping(1))]
        await again.close()

    async def test_opening_and_closing_twice_is_harmless(self, store):
        await store.open()
        await store.check()
        await store.close()
        await store.close()
        await store.open()
        assert await store.pins() == []

    async def test_a_closed_store_refuses_everything(self, store):
        await store.close()

        for call in (store.check(), store.pins(), store.insert_or_get([newcomer(1)]), store.append_audit([minted(1)])):
            with pytest.raises(StoreFailed, match="closed"):
                await call

    async def test_closing_finishes_the_writes_that_were_begun(self, store):
        writes = [asyncio.ensure_future(store.insert_or_get([newcomer(number)])) for number in range(50)]
        await asyncio.sleep(0)
        await store.close()
        await asyncio.gather(*writes)

        await store.open()
        assert len(await store.by_pseudonym("uni", [mapping(number).pseudonym for number in range(50)])) == 50

    async def test_migrating_again_changes_nothing(self, store_url, store):
        await store.insert_or_get([newcomer(1)])
        await store.close()

        upgrade(store_url)

        await store.open()
        assert await store.by_pseudonym("uni", [mapping(1).pseudonym]) == [(mapping(1).pseudonym, mapping(1))]

    async def test_a_caller_that_gives_up_harms_nobody(self, store):
        given_up = [asyncio.ensure_future(store.insert_or_get([newcomer(number)])) for number in range(20)]
        reading = [asyncio.ensure_future(store.pins()) for _ in range(20)]
        await asyncio.sleep(0)
        for task in [*given_up, *reading]:
            task.cancel()
        await asyncio.gather(*given_up, *reading, return_exceptions=True)

        assert await store.insert_or_get([newcomer(99)]) == [new(newcomer(99))]
        assert await store.by_pseudonym("uni", [mapping(99).pseudonym]) == [(mapping(99).pseudonym, mapping(99))]

    async def test_the_mistake_of_one_caller_does_not_spoil_the_others(self, store):
        broken = replace(newcomer(3), record=replace(mapping(3), created="no number at all\x00" * 3, tenant=None))

        answers = await asyncio.gather(
            store.insert_or_get([newcomer(1, entries=[minted(1)])]),
            store.insert_or_get([broken]),
            store.insert_or_get([newcomer(2, entries=[minted(2)])]),
            store.approve("cloud", "/none.js", "d"),
            store.append_audit([minted(4)]),
            return_exceptions=True,
        )

        assert answers[0] == [new(newcomer(1))]
        assert answers[2] == [new(newcomer(2))]
        assert answers[4] is None
        assert isinstance(answers[1], StoreFailed)
        assert isinstance(answers[3], StoreFailed)
        assert [entry.at for _, entry in await store.read_audit(0, 10)] == [1, 2, 4]
