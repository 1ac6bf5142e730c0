"""What reading the audit log promises, whatever database is behind it."""

from dataclasses import replace

import pytest

from proxy.store import AuditQuery, AuditRecord, AuditRow, Erasure, LogPlace, PseudonymRecord, Span
from tests.contracts.test_store_contract import mapping, newcomer

ONE, TWO, OTHER = (f"sv1abcd{letter * 33}" for letter in "abc")
LOG = (
    AuditRecord(1000, "started", "system"),
    AuditRecord(2000, "minted", "browser", "uni", "cloud", "v2.launch", "subject", ONE, "abcd", "x-1", "", 1),
    AuditRecord(2000, "session-opened", "browser", "uni", "cloud", "v2.launch", "subject", ONE, "", "x-1", "", 1),
    AuditRecord(4000, "refused", "cloud", "", "cloud", "v2.launch", "", "", "", "x-2", "unknown-route", 1),
    AuditRecord(3000, "minted", "cloud", "uni", "results", "postback", "subject", TWO, "efgh", "x-3", "", 1),  # a clock that is behind
    AuditRecord(5000, "key-destroyed", "anna", kind="lookup", key_id="abcd", exchange="x-4", count=1),
)  # fmt: skip


@pytest.fixture
async def ledger(store, other_store):
    """What two nodes wrote, whose clocks differ: each has a log of its own."""
    await store.append_audit(LOG[:4])
    await other_store.append_audit(LOG[4:5])
    await store.append_audit(LOG[5:])
    return store.ledger


async def found(ledger, **asked):
    """The numbers of what a filter lets through, read in pages of two, both ways."""
    query = AuditQuery(**asked)
    span = await ledger.span(query)
    numbers, rest = [], span
    while page := await ledger.page(query, rest, 2):
        assert [row.entry for row in page] == [LOG[row.number - 1] for row in page]
        numbers += [row.number for row in page]
        rest = Span(page[-1].number, rest.to)
    backwards, rest = [], span
    while page := await ledger.page(query, rest, 2, newest_first=True):
        backwards += [row.number for row in page]
        rest = Span(rest.after, page[-1].number - 1)
    assert backwards == numbers[::-1]
    assert await ledger.count(query, span) == len(numbers)
    return numbers


class TestFilters:
    async def test_each_lets_through_what_it_says(self, ledger):
        for asked, expected in (
            ({}, [1, 2, 3, 4, 5, 6]),
            ({"since": 2000}, [2, 3, 4, 5, 6]),
            ({"since": 3000}, [4, 5, 6]),
            ({"until": 4000}, [1, 2, 3, 5]),
            ({"since": 3000, "until": 4000}, [5]),
            ({"since": 9000}, []),
            ({"until": 1000}, []),
            ({"events": ("minted", "refused")}, [2, 4, 5]),
            ({"actor": "cloud"}, [4, 5]),
            ({"tenant": "uni"}, [2, 3, 5]),
            ({"mount": "results"}, [5]),
            ({"route": "v2.launch"}, [2, 3, 4]),
            ({"kind": "lookup"}, [6]),
            ({"pseudonyms": (ONE,)}, [2, 3]),
            ({"pseudonyms": (ONE, TWO)}, [2, 3, 5]),
            ({"pseudonyms": (OTHER,)}, []),
            ({"key_id": "abcd"}, [2, 6]),
            ({"exchange": "x-1"}, [2, 3]),
            ({"reason": "unknown-route"}, [4]),
            ({"log": 1}, [1, 2, 3, 4, 6]),
            ({"log": 2, "events": ("minted",)}, [5]),
            ({"log": 7}, []),
            ({"events": ("minted",), "actor": "cloud", "since": 2500}, [5]),
            ({"actor": "' OR 1=1 --"}, []),
        ):
            assert await found(ledger, **asked) == expected, asked

    async def test_an_empty_log_has_nothing(self, store):
        assert await store.ledger.span(AuditQuery()) == Span(0, 0)
        assert await store.ledger.span(AuditQuery(since=5)) == Span(0, 0)
        assert await store.ledger.page(AuditQuery(), Span(0, 0), 5) == []
        assert await store.ledger.entry(1) is None

    async def test_what_is_appended_later_is_not_in_a_span_taken_before(self, ledger, store):
        query = AuditQuery()
        span = await ledger.span(query)
        await store.append_audit([AuditRecord(1, "stopped")])
        assert await ledger.count(query, span) == len(LOG)

    async def test_a_tail_holds_the_last_so_many_that_are_wanted(self, ledger):
        query = AuditQuery(events=("minted", "refused"))
        span = await ledger.span(query)
        for count, expected in ((1, [5]), (2, [4, 5]), (3, [2, 4, 5]), (9, [2, 4, 5])):
            part = await ledger.tail(query, span, count)
            assert [row.number for row in await ledger.page(query, part, 9)] == expected

    async def test_one_entry_by_its_number(self, ledger):
        assert await ledger.entry(4) == AuditRow(4, 1, 3, LOG[3])
        assert await ledger.entry(5) == AuditRow(5, 2, 0, LOG[4])


class TestAlongALog:
    async def test_it_is_read_by_position_as_far_as_it_goes(self, ledger):
        assert await ledger.heads() == {1: 5, 2: 1}
        everything = AuditQuery()
        page = await ledger.stretch(everything, LogPlace(1, 1), 5, 2)
        assert [(row.pos, row.entry) for row in page] == [(1, LOG[1]), (2, LOG[2])]
        rest = await ledger.stretch(everything, LogPlace(1, 3), 5, 9)
        assert [row.entry for row in rest] == [LOG[3], LOG[5]]
        assert await ledger.stretch(everything, LogPlace(1, 3), 4, 9) == rest[:1]
        assert await ledger.stretch(everything, LogPlace(2, 1), 1, 9) == []

    async def test_filters_hold_there_too(self, ledger):
        minted = AuditQuery(events=("minted",))
        assert [row.entry for row in await ledger.stretch(minted, LogPlace(1, 0), 5, 9)] == [LOG[1]]
        assert await ledger.count_from(minted, LogPlace(1, 0), 5) == 1
        assert await ledger.count_from(AuditQuery(log=2), LogPlace(1, 0), 5) == 0

    async def test_a_leaf_is_of_one_place_and_stays(self, ledger, store):
        leaf = await ledger.leaf(LogPlace(1, 2))
        assert len(leaf) == 32
        assert leaf != await ledger.leaf(LogPlace(1, 3))
        await store.append_audit([AuditRecord(9000, "stopped")])
        assert await ledger.leaf(LogPlace(1, 2)) == leaf
        assert await ledger.leaf(LogPlace(1, 6)) is None
        assert await ledger.leaf(LogPlace(9, 0)) is None


class TestPseudonymsEver:
    async def test_of_somebody_who_was_renamed(self, store):
        one, stranger, registration = newcomer(1), newcomer(3), newcomer(2, kind="registration")
        registration = replace(registration, record=replace(registration.record, owner=one.record.person))
        await store.insert_or_get([one, registration, stranger])
        coming = PseudonymRecord("uni", TWO, "efgh", one.record.person, "coming", 5)
        entry = AuditRecord(5, "pseudonym-promised", pseudonym=TWO)
        await store.moves.promise(one.record, coming, replacing=one.record.sealed, generation=0, entry=entry)
        await store.moves.switch(one.record.person, former=one.record.pseudonym, coming=TWO, now=6, entry=entry)

        hers = sorted([one.record.pseudonym, TWO, registration.record.pseudonym])
        for token in (one.record.pseudonym, TWO):
            assert await store.ledger.pseudonyms_ever(token) == hers

    async def test_of_somebody_who_was_forgotten(self, store):
        person = mapping(1).person
        await store.upkeep.replay([Erasure("uni", ONE, person, 5), Erasure("uni", TWO, person, 5)], ())
        assert await store.ledger.pseudonyms_ever(TWO) == [ONE, TWO]

    async def test_of_nobody(self, store):
        assert await store.ledger.pseudonyms_ever(OTHER) == []
