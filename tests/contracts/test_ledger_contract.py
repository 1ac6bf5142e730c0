"""What reading the audit log promises, whatever database is behind it."""

from dataclasses import replace

import pytest

from proxy.store import AuditQuery, AuditRecord, AuditRow, Erasure, PseudonymRecord, Span
from tests.contracts.test_store_contract import mapping, newcomer

ONE, TWO, OTHER = (f"sv1abcd{letter * 33}" for letter in "abc")
LOG = (
    AuditRecord(1000, "started", "system"),
    AuditRecord(2000, "minted", "browser", "uni", "cloud", "v2.launch", "subject", ONE, "abcd", "x-1", "", 1),
    AuditRecord(2000, "session-opened", "browser", "uni", "cloud", "v2.launch", "subject", ONE, "", "x-1", "", 1),
    AuditRecord(4000, "refused", "cloud", "", "cloud", "v2.launch", "", "", "", "x-2", "unknown-route", 1),
    AuditRecord(3000, "minted", "cloud", "uni", "results", "postback", "subject", TWO, "efgh", "x-3", "", 1),  # a clock that went back
    AuditRecord(5000, "key-destroyed", "anna", kind="lookup", key_id="abcd", exchange="x-4", count=1),
)  # fmt: skip


@pytest.fixture
async def ledger(store):
    await store.append_audit(LOG)
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
        assert await ledger.entry(4) == AuditRow(4, LOG[3])


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
