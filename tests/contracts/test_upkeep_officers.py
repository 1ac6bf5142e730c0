"""What every mapping promises to officers: requests that are used once, and honest counts."""

import asyncio
from dataclasses import replace

import pytest
from test_store_contract import mapping, newcomer

from proxy.errors import StoreFailed
from proxy.store import AuditRecord
from proxy.store.records import Headcount, RequestRecord

ASKED = AuditRecord(5, "act-requested", actor="anna", key_id="k7qx", exchange="r1", count=1)
GRANTED = AuditRecord(6, "act-approved", actor="ben", key_id="k7qx", exchange="r1", count=1)


def request(name="r1", created=5):
    return RequestRecord(name, "destroy", "k7qx", "", b"\x00sealed", 7, "anna", b"s" * 64, created, created + 100)


@pytest.fixture
def upkeep(store):
    return store.upkeep


async def events(store):
    return [entry.event for _, entry in await store.read_audit(0, 100)]


class TestRequests:
    async def test_are_kept_as_they_were_signed_the_newest_first(self, store, upkeep):
        await upkeep.submit(request("r1", 5), [ASKED])
        await upkeep.submit(request("r2", 6), [])

        assert await upkeep.requests() == [request("r2", 6), request("r1", 5)]
        assert await events(store) == ["act-requested"]

    async def test_are_used_up_by_one_approval(self, store, upkeep):
        await upkeep.submit(request(), [])

        assert await upkeep.settle("r1", "ben", b"a" * 64, 9, [GRANTED])
        assert not await upkeep.settle("r1", "cleo", b"c" * 64, 10, [GRANTED])
        assert not await upkeep.settle("r9", "cleo", b"c" * 64, 10, [GRANTED])

        assert await upkeep.requests() == [replace(request(), approver="ben", approval=b"a" * 64, decided=9)]
        assert await events(store) == ["act-approved"]

    async def test_of_two_approvals_at_once_one_counts(self, store, other_store):
        for number in range(10):
            name = f"r{number}"
            await store.upkeep.submit(request(name), [])
            answers = await asyncio.gather(
                *(one.upkeep.settle(name, "ben", b"", 9, [GRANTED]) for one in (store, other_store))
            )
            assert sorted(answers) == [False, True]
        assert await events(store) == ["act-approved"] * 10

    async def test_with_an_entry_that_could_hold_a_value_are_not_kept(self, upkeep):
        with pytest.raises(StoreFailed, match="audit-entry reason"):
            await upkeep.submit(request(), [replace(ASKED, reason="Zoë")])
        assert await upkeep.requests() == []


class TestCounts:
    async def test_whom_each_key_concerns(self, store, upkeep):
        staff = replace(newcomer(3), record=replace(mapping(3), tenant="staff"))
        course = replace(newcomer(4), record=replace(mapping(4), kind="registration"))
        await store.insert_or_get([newcomer(1, b"one", b"one-new"), newcomer(2), staff, course])

        assert await upkeep.headcounts() == [
            Headcount("lookup", "key0", "staff", "subject", 1, 1),
            Headcount("lookup", "key0", "uni", "registration", 1, 1),
            Headcount("lookup", "key0", "uni", "subject", 2, 2),
            Headcount("lookup", "key1", "uni", "subject", 1, 1),
            Headcount("pseudonym", "abcd", "staff", "subject", 1, 1),
            Headcount("pseudonym", "abcd", "uni", "registration", 1, 1),
            Headcount("pseudonym", "abcd", "uni", "subject", 2, 2),
            Headcount("people", "abcd", "staff", "subject", 1, 1),
            Headcount("people", "abcd", "uni", "registration", 1, 1),
            Headcount("people", "abcd", "uni", "subject", 2, 2),
        ]

    async def test_who_is_learning_now_is_counted_once_however_often_she_launched(self, store, upkeep):
        def opened(at, number, tenant="uni"):
            return AuditRecord(at, "session-opened", tenant=tenant, pseudonym=mapping(number).pseudonym)

        await store.append_audit([opened(10, 1), opened(20, 2), opened(21, 2), opened(22, 2, "staff")])
        await store.append_audit([replace(opened(30, 3), event="minted")])

        assert await upkeep.in_session(20) == 2
        assert await upkeep.in_session(0) == 3
        assert await upkeep.in_session(31) == 0

    async def test_a_long_log_is_read_to_where_it_is_too_old(self, store, upkeep):
        def opened(at):
            return AuditRecord(at, "session-opened", tenant="uni", pseudonym=mapping(at).pseudonym)

        await store.append_audit([opened(at) for at in range(1, 12_002)])

        assert await upkeep.in_session(1) == 12_001
        assert await upkeep.in_session(12_001) == 1

    async def test_who_was_not_seen_for_long_is_counted_by_tenant(self, store, upkeep):
        staff = replace(newcomer(30), record=replace(mapping(30), tenant="staff"))
        await store.insert_or_get([newcomer(10), newcomer(20), staff])

        assert await upkeep.count_unseen(20) == {"uni": 1}
        assert await upkeep.count_unseen(31) == {"staff": 1, "uni": 2}
