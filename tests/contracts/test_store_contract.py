"""What every store promises, whatever database is behind it."""

import asyncio
from dataclasses import replace

import pytest

from proxy.errors import StoreFailed
from proxy.store import AuditRecord, MappingRecord, PackageRecord, PinRecord, open_store, upgrade

TOKEN = "sv1abcd" + "e" * 33


def mapping(number, *, lookup=None, tenant="uni", kind="subject", created=None):
    return MappingRecord(
        tenant=tenant,
        kind=kind,
        pseudonym=f"sv1abcd{number:033d}",
        pseudonym_key="abcd",
        lookup=lookup if lookup is not None else b"lookup-%d" % number,
        lookup_key="efgh",
        sealed=b"\x00sealed\xff",
        seal_key="ijkm",
        created=number if created is None else created,
        last_seen=number,
    )


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
        record = mapping(1)

        assert await store.insert_or_get([record]) == [record]

        assert await store.by_lookup("uni", "subject", [b"nobody", record.lookup]) == [record]
        assert await store.by_pseudonym("uni", [record.pseudonym, "unknown"]) == [record]

    async def test_who_is_unknown_is_absent(self, store):
        assert await store.by_lookup("uni", "subject", [b"nobody"]) == []
        assert await store.by_lookup("uni", "subject", []) == []
        assert await store.by_pseudonym("uni", ["nobody"]) == []

    async def test_tenants_and_kinds_do_not_see_each_other(self, store):
        here, there = mapping(1, lookup=b"same"), mapping(2, lookup=b"same", tenant="clinic")
        mail = mapping(3, lookup=b"same", kind="email")

        assert await store.insert_or_get([here, there, mail]) == [here, there, mail]

        assert await store.by_lookup("clinic", "subject", [b"same"]) == [there]
        assert await store.by_lookup("uni", "email", [b"same"]) == [mail]
        assert await store.by_pseudonym("clinic", [here.pseudonym]) == []

    async def test_the_first_mapping_of_a_person_wins_over_a_later_one(self, store):
        first, second = mapping(1, lookup=b"her"), mapping(2, lookup=b"her")
        await store.insert_or_get([first])

        assert await store.insert_or_get([second, mapping(3)]) == [first, mapping(3)]

        assert await store.by_pseudonym("uni", [second.pseudonym]) == []

    async def test_one_person_twice_in_a_batch_is_one_mapping(self, store):
        first, second = mapping(1, lookup=b"her"), mapping(2, lookup=b"her")

        assert await store.insert_or_get([first, second]) == [first, first]

    async def test_the_same_pseudonym_under_another_lookup_key_is_the_same_mapping(self, store):
        first = mapping(1, lookup=b"under the old key")
        await store.insert_or_get([first])

        assert await store.insert_or_get([replace(first, lookup=b"under the new key")]) == [first]

    async def test_mappings_come_oldest_first(self, store):
        late, early = mapping(1, created=20), mapping(2, created=10)
        await store.insert_or_get([late, early])

        assert await store.by_lookup("uni", "subject", [late.lookup, early.lookup]) == [early, late]

    async def test_nodes_that_race_agree_on_one_mapping(self, store, other_store):
        nodes = [store, other_store]
        for person in range(20):
            records = [mapping(100 * person + number, lookup=b"person-%d" % person) for number in range(6)]

            answers = await asyncio.gather(
                *(nodes[number % 2].insert_or_get([record]) for number, record in enumerate(records))
            )

            assert len({answer[0].pseudonym for answer in answers}) == 1
            assert await other_store.by_lookup("uni", "subject", [b"person-%d" % person]) == answers[0]


class TestResealing:
    async def test_changes_what_is_sealed_and_nothing_else(self, store):
        record = mapping(1)
        await store.insert_or_get([record])
        changed = replace(record, sealed=b"new", seal_key="nnnn", last_seen=99)

        assert await store.reseal(changed) is True

        assert await store.by_pseudonym("uni", [record.pseudonym]) == [changed]

    async def test_whoever_comes_second_is_told_so(self, store):
        record = mapping(1)
        await store.insert_or_get([record])
        mine, theirs = replace(record, sealed=b"mine"), replace(record, sealed=b"theirs")

        assert await store.reseal(theirs, replacing=record.sealed) is True
        assert await store.reseal(mine, replacing=record.sealed) is False

        assert await store.by_pseudonym("uni", [record.pseudonym]) == [theirs]

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
        first, second = mapping(1, lookup=b"her"), mapping(2, lookup=b"her")

        await store.insert_or_get([first, second], [(minted(1), minted(11)), (minted(2),)])

        assert [entry.at for _, entry in await store.read_audit(0, 10)] == [1, 11]

    async def test_an_entry_that_could_hold_a_value_is_refused_with_its_mapping(self, store):
        spoiled = replace(minted(1), reason="Zoë Müller-Østergård")

        with pytest.raises(StoreFailed, match="audit-entry reason") as refused:
            await store.insert_or_get([mapping(1)], [(spoiled,)])
        with pytest.raises(StoreFailed):
            await store.append_audit([minted(2), spoiled])

        assert "Zoë" not in repr(refused.value)
        assert await store.read_audit(0, 10) == []
        assert await store.by_pseudonym("uni", [mapping(1).pseudonym]) == []

    async def test_entries_must_be_given_for_every_record_or_for_none(self, store):
        with pytest.raises(StoreFailed, match="entries-per-record"):
            await store.insert_or_get([mapping(1), mapping(2)], [(minted(1),)])


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
        await store.insert_or_get([mapping(1)])
        await store.close()

        again = open_store(store_url)
        await again.open()
        assert await again.by_pseudonym("uni", [mapping(1).pseudonym]) == [mapping(1)]
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

        for call in (store.check(), store.pins(), store.insert_or_get([mapping(1)]), store.append_audit([minted(1)])):
            with pytest.raises(StoreFailed, match="closed"):
                await call

    async def test_closing_finishes_the_writes_that_were_begun(self, store):
        writes = [asyncio.ensure_future(store.insert_or_get([mapping(number)])) for number in range(50)]
        await asyncio.sleep(0)
        await store.close()
        await asyncio.gather(*writes)

        await store.open()
        assert len(await store.by_pseudonym("uni", [mapping(number).pseudonym for number in range(50)])) == 50

    async def test_migrating_again_changes_nothing(self, store_url, store):
        await store.insert_or_get([mapping(1)])
        await store.close()

        upgrade(store_url)

        await store.open()
        assert await store.by_pseudonym("uni", [mapping(1).pseudonym]) == [mapping(1)]

    async def test_a_caller_that_gives_up_harms_nobody(self, store):
        given_up = [asyncio.ensure_future(store.insert_or_get([mapping(number)])) for number in range(20)]
        reading = [asyncio.ensure_future(store.pins()) for _ in range(20)]
        await asyncio.sleep(0)
        for task in [*given_up, *reading]:
            task.cancel()
        await asyncio.gather(*given_up, *reading, return_exceptions=True)

        assert await store.insert_or_get([mapping(99)]) == [mapping(99)]
        assert await store.by_pseudonym("uni", [mapping(99).pseudonym]) == [mapping(99)]

    async def test_the_mistake_of_one_caller_does_not_spoil_the_others(self, store):
        broken = replace(mapping(3), created="no number at all\x00" * 3, tenant=None)

        answers = await asyncio.gather(
            store.insert_or_get([mapping(1)], [(minted(1),)]),
            store.insert_or_get([broken]),
            store.insert_or_get([mapping(2)], [(minted(2),)]),
            store.approve("cloud", "/none.js", "d"),
            store.append_audit([minted(4)]),
            return_exceptions=True,
        )

        assert answers[0] == [mapping(1)]
        assert answers[2] == [mapping(2)]
        assert answers[4] is None
        assert isinstance(answers[1], StoreFailed)
        assert isinstance(answers[3], StoreFailed)
        assert [entry.at for _, entry in await store.read_audit(0, 10)] == [1, 2, 4]
