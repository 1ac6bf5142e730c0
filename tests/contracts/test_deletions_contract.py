"""What every mapping promises to those who have the cloud forget somebody."""

import asyncio
from dataclasses import replace

import pytest
from test_store_contract import mapping, newcomer

from proxy.errors import StoreFailed
from proxy.store import AuditRecord, Erasure, PseudonymRecord
from proxy.store.deletions_port import DeletionRecord, Place

ASK = Place("uni", "api")
HAND = Place("uni", "second", "by-hand", "not-allowed")
OTHER = Place("staff", "api")
FORMER = f"sv1wxyz{1:033d}"


def ticket(number=1, application="api", **more):
    one = mapping(number)
    return DeletionRecord("uni", one.pseudonym, application, "open", "", "anna", 100, **more)


async def erased(store, *places, number=1):
    await store.insert_or_get([newcomer(number)])
    return await store.upkeep.erase([mapping(number).person], 100, [], places, "anna")


async def events(store):
    return [
        (one.event, one.mount, one.reason, one.actor)
        for _, one in await store.read_audit(0, 100)
        if "deletion" in one.event
    ]


async def test_an_erasure_leaves_a_ticket_for_each_application_of_her_tenant(store):
    await erased(store, ASK, HAND, OTHER)
    hers = [ticket(), replace(ticket(application="second"), state="by-hand", trouble="not-allowed")]
    assert await store.deletions.tickets() == hers
    assert await events(store) == [("deletion-refused", "second", "not-allowed", "anna")]


async def test_and_for_each_pseudonym_she_ever_had(store):
    await store.insert_or_get([newcomer(1)])
    coming = PseudonymRecord("uni", FORMER, "wxyz", mapping(1).person, "coming", 50)
    entry = AuditRecord(50, "pseudonym-promised")
    await store.moves.promise(mapping(1), coming, replacing=mapping(1).sealed, generation=0, entry=entry)
    await store.upkeep.erase([mapping(1).person], 100, [], [ASK], "anna")
    assert {one.pseudonym for one in await store.deletions.tickets()} == {mapping(1).pseudonym, FORMER}


async def test_what_is_no_learner_at_the_cloud_has_none(store):
    one = newcomer(1)
    registration = replace(one, record=replace(one.record, kind="registration"))
    await store.insert_or_get([registration])
    assert await store.upkeep.erase([registration.record.person], 100, [], [ASK], "anna")
    assert await store.deletions.tickets() == []


async def test_nothing_of_an_erasure_is_there_if_it_fails(store):
    await store.insert_or_get([newcomer(1)])
    with pytest.raises(StoreFailed):
        await store.upkeep.erase([mapping(1).person], 100, [AuditRecord(1, "erased", reason="Zoë")], [ASK], "anna")
    assert await store.deletions.tickets() == []


async def test_what_is_due_comes_in_its_turn(store):
    for number in (1, 2, 3):
        await erased(store, ASK, number=number)
    later = [replace(ticket(number), due=due) for number, due in ((1, 30), (2, 20), (3, 50))]
    for one in later:
        assert await store.deletions.note(one)
    assert await store.deletions.due(40, 10) == [later[1], later[0]]
    assert await store.deletions.due(40, 1) == [later[1]]
    assert await store.deletions.count_due(40) == 2
    assert await store.deletions.count_due(19) == 0


async def test_of_two_who_find_it_done_one_is_told_so(store, other_store):
    await erased(store, ASK)
    done = replace(ticket(), state="done")
    entry = AuditRecord(7, "deletion-done", tenant="uni", mount="api", pseudonym=done.pseudonym)
    told = await asyncio.gather(*(one.deletions.note(done, [entry]) for one in (store, other_store)))
    assert sorted(told) == [False, True]
    assert len(await events(store)) == 1
    assert await store.deletions.tickets() == []
    assert await store.deletions.tickets(done=True) == [done]
    assert await store.deletions.count_due(1000) == 0


async def test_an_entry_that_could_hold_a_value_is_not_written(store):
    await erased(store, ASK)
    with pytest.raises(StoreFailed):
        await store.deletions.note(ticket(), [AuditRecord(7, "deletion-done", reason="Zoë")])


@pytest.mark.parametrize(("retention", "state"), [(False, "by-hand"), (True, "open")])
async def test_what_a_restored_mapping_did_not_know_is_not_lost(store, retention, state):
    """Nobody knows any more who asked for it, and the cloud deletes for ever: a human looks, unless all must go."""
    journal = [Erasure("uni", mapping(1).pseudonym, mapping(1).person, 90)]
    await store.upkeep.replay(journal, [replace(ASK, retention=retention), HAND])
    found = await store.deletions.tickets()
    assert [(one.application, one.state, one.created) for one in found] == [
        ("api", state, 90),
        ("second", "by-hand", 90),
    ]
    assert [one.trouble for one in found] == ["" if retention else "restored", "not-allowed"]
    await store.upkeep.replay(journal, [ASK, HAND])
    assert await store.deletions.tickets() == found


async def test_an_erasure_that_is_heard_of_again_makes_no_second_ticket(store):
    rows = await erased(store, ASK)
    await store.deletions.note(replace(ticket(), state="done"))
    await store.upkeep.replay(rows, [ASK])
    assert await store.deletions.tickets() == []
