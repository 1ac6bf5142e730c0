"""Restrictions on both databases: one winner, a change for each row of hers, gone with her."""

import asyncio
from dataclasses import replace

from proxy.store import AuditRecord
from proxy.store.records import LookupRecord, MappingRecord, Newcomer
from proxy.store.restrictions_port import Replayed, RestrictionNote, RestrictionRecord

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


def note(state="restricted", at=5, *, letter="a", person="zoe"):
    return RestrictionNote("uni", "sv1" + letter * 37, person, state, at, "case-1")


async def noted(notes):
    return sorted((one.pseudonym[3], one.state, one.at) for _, one in await notes(0, 9))


async def test_of_two_notes_the_later_counts_and_of_the_same_moment_the_restriction(store, keystore):
    await admitted(store, row("zoe"))
    for one, state in (
        (note("released", 4), "released"),
        (note("restricted", 4), "restricted"),
        (note("released", 4), "restricted"),
        (note("restricted", 3), "restricted"),
        (note("released", 6), "released"),
        (note("restricted", 5), "released"),
    ):
        await store.restrictions.replay([one], 9)
        await keystore.note_restrictions([one])
        assert [kept for _, kept, _ in await noted(store.restrictions.notes)] == [state]
        assert await noted(store.restrictions.notes) == await noted(keystore.restriction_notes)
        assert bool(await store.restrictions.of("zoe")) is (state == "restricted")
    events = [entry.event for _, entry in await store.read_audit(0, 9)]
    assert events == ["restricted-again", "released-again"], "only what changed something is recorded"


async def test_an_act_is_later_than_all_before_it_whatever_the_clock_says(store):
    await admitted(store, row("zoe"))
    await store.restrictions.restrict(of("zoe"), ())
    await store.restrictions.release(replace(of("zoe"), since=7), ())
    assert await noted(store.restrictions.notes) == [("a", "released", 1235)]
    assert await store.restrictions.replay([note(at=1234)], 9) == Replayed()


async def test_who_comes_anew_is_restricted_as_noted_under_any_pseudonym_of_hers_in_her_tenant(store):
    await store.restrictions.replay([note(), note(letter="b", person="li"), note("released", letter="c")], 9)
    assert await store.restrictions.all("uni") == [], "nobody of them is there"
    former = tuple(note(letter=one).pseudonym for one in "ef")
    await store.restrictions.replay([note(letter="e")], 9)
    rows = [row("zoe-2"), row("sue", letter="c"), row("li-2", letter="g"), row("ann", letter="h")]
    rows.append(replace(row("bob", letter="b"), tenant="college"))
    newcomers = [Newcomer(one, (LookupRecord(one.person.encode(), "bbbb"),), (), ()) for one in rows]
    newcomers[2] = replace(newcomers[2], former=former)
    admissions = await store.insert_or_get(newcomers)
    assert {one.record.person: one.record.restricted for one in admissions} == {
        "zoe-2": 5,
        "sue": 0,
        "li-2": 5,
        "ann": 0,
        "bob": 0,
    }
    assert {one.person for one in await store.restrictions.all("uni")} == {"zoe-2", "li-2"}
    assert await store.restrictions.release(of("li-2"), ())
    assert ("e", "released", 1234) in await noted(store.restrictions.notes)
    assert ("g", "released", 1234) in await noted(store.restrictions.notes)


async def test_nothing_is_noted_of_who_was_forgotten(store, keystore):
    await admitted(store, row("zoe"))
    await store.restrictions.restrict(of("zoe"), ())
    await keystore.note_restrictions([note()])
    erasures = await store.upkeep.erase(["zoe"], 2, ())
    await keystore.replay(erasures)
    for notes in (store.restrictions.notes, keystore.restriction_notes):
        assert await noted(notes) == []
    await store.restrictions.replay([note(at=99)], 9)
    await keystore.note_restrictions([note(at=99)])
    for notes in (store.restrictions.notes, keystore.restriction_notes):
        assert await noted(notes) == []
