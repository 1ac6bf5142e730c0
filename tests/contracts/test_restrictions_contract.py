"""Restrictions on both databases: one winner, a change for each row of hers, gone with her."""

import asyncio

from proxy.store import AuditRecord
from proxy.store.records import LookupRecord, MappingRecord, Newcomer
from proxy.store.restrictions_port import RestrictionRecord

DAY_MS = 24 * 60 * 60 * 1000


def row(person, *, owner="", kind="subject", letter="a"):
    token = "sv1" + letter * 37
    return MappingRecord("uni", kind, person, token, "aaaa", b"sealed", "", 1, 1, 0, owner)


async def admitted(store, *rows):
    newcomers = [Newcomer(one, (LookupRecord(one.person.encode(), "bbbb"),)) for one in rows]
    assert [one.verdict for one in await store.insert_or_get(newcomers)] == ["new"] * len(rows)


def of(person, case="case-1"):
    return RestrictionRecord(person, "uni", 1234, case)


ENTRY = (AuditRecord(1, "restricted", reason="case-1"),)


async def test_she_and_her_registrations_are_restricted_wherever_they_are_read(store):
    await admitted(store, row("zoe"), row("li", letter="b"))
    await admitted(store, row("r-1", owner="zoe", kind="registration", letter="c"))
    assert await store.restrictions.restrict(of("zoe"), ENTRY)
    assert await store.restrictions.of("zoe") == of("zoe")
    assert await store.restrictions.all("uni") == [of("zoe")]
    assert await store.restrictions.all("college") == []
    found = await store.by_lookup("uni", "subject", [b"zoe", b"li"])
    assert {one.person: one.restricted for _, one in found} == {"zoe": 1234, "li": 0}
    [(_, owned)] = await store.by_pseudonym("uni", [row("", letter="c").pseudonym])
    assert owned.restricted == 1234
    assert {one.person: one.restricted for one in await store.upkeep.people("", 9)} == {
        "zoe": 1234,
        "li": 0,
        "r-1": 1234,
    }

    assert await store.restrictions.release(of("zoe"), ())
    assert {one.restricted for one in await store.upkeep.people("", 9)} == {0}
    assert await store.restrictions.of("zoe") is None


async def test_nodes_hear_of_each_row_of_hers(store):
    await admitted(store, row("zoe"), row("li", letter="b"))
    await admitted(store, row("r-1", owner="zoe", kind="registration", letter="c"))
    number = await store.restrictions.restrict(of("zoe"), ENTRY)
    assert (await store.pulse()).changes == number
    assert {person for _, person in await store.moves.changes(0, 9)} == {"zoe", "r-1"}
    assert [entry for _, entry in await store.read_audit(0, 9)] == list(ENTRY)


async def test_of_two_officers_one_restricts_and_only_that_is_recorded(store, other_store):
    await admitted(store, row("zoe"))
    numbers = await asyncio.gather(
        store.restrictions.restrict(of("zoe"), ENTRY), other_store.restrictions.restrict(of("zoe", "case-2"), ENTRY)
    )
    assert sorted(map(bool, numbers)) == [False, True]
    assert len(await store.read_audit(0, 9)) == 1
    assert await store.restrictions.release(of("nobody"), ENTRY) == 0
    assert await store.restrictions.restrict(of("nobody"), ENTRY) == 0
    assert len(await store.read_audit(0, 9)) == 1


async def test_time_forgets_nobody_who_is_restricted_and_an_erasure_ends_it(store):
    await admitted(store, row("zoe"), row("li", letter="b"))
    await store.restrictions.restrict(of("zoe"), ENTRY)
    assert [one.person for one in await store.upkeep.unseen_since(DAY_MS, 9)] == ["li"]
    assert await store.upkeep.count_unseen(DAY_MS) == {"uni": 1}
    await store.upkeep.erase(["zoe"], 2, ())
    assert await store.restrictions.all("uni") == []
