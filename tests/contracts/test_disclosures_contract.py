"""What every mapping promises to whoever decides about look-ups: one at a time, on all nodes, and nothing forgotten."""

import asyncio
import time
from functools import partial

import pytest
from test_upkeep_officers import request

from proxy.errors import StoreFailed
from proxy.store import AuditRecord

LIMIT = 5


def entry(at, actor="anna", event="disclosed", route="disclosure", number=1):
    return AuditRecord(at, event, actor, route=route, exchange=f"x{number}", count=1)


def within(limit, number, past, there):
    """A look-up as long as the budget lasts."""
    del there
    full = sum(one.event == "disclosed" for one in past) >= limit
    return [entry(100, event="refused" if full else "disclosed", number=number)]


async def test_the_past_is_that_of_the_officer_and_of_look_ups_since_then(store):
    ours = [entry(50), entry(60, event="refused"), entry(70, event="disclosure-alarm")]
    await store.append_audit([entry(49), *ours, entry(75, actor="ben"), entry(76, route="destroy")])
    seen = []

    def judge(past, there):
        seen.append((list(past), there))
        return []

    assert await store.disclosures.decide("anna", 50, judge) == []
    assert seen == [(ours, False)]
    assert [(one.at, one.actor) for one in await store.disclosures.past(60)] == [
        (60, "anna"),
        (70, "anna"),
        (75, "ben"),
    ]


async def test_a_node_whose_clock_is_slow_does_not_hide_what_was_shown(store, other_store):
    hour = 60 * 60 * 1000
    await store.append_audit([entry(10 * hour, number=number) for number in range(LIMIT)])
    await other_store.append_audit([entry(hour, event="minted", route="launch")])
    [answer] = await store.disclosures.decide("anna", 9 * hour, partial(within, LIMIT, 99))
    assert answer.event == "refused"
    assert len(await other_store.disclosures.past(9 * hour)) == LIMIT + 1


async def test_a_budget_holds_over_processes_that_ask_at_once(store, other_store):
    asked = [
        one.disclosures.decide("anna", 0, partial(within, LIMIT, number))
        for number in range(20)
        for one in (store, other_store)
    ]
    answers = await asyncio.gather(*asked)
    assert sorted(one.event for [one] in answers) == ["disclosed"] * LIMIT + ["refused"] * (40 - LIMIT)
    assert sum(one.event == "disclosed" for one in await store.disclosures.past(0)) == LIMIT
    [mine] = await other_store.disclosures.decide("ben", 0, partial(within, LIMIT, 99))
    assert mine.event == "disclosed", "her budget is her own"


async def test_an_approved_request_is_used_once(store, other_store):
    await store.upkeep.submit(request("r1"), [])

    def judge(past, there):
        del past
        return [entry(100, event="disclosed" if there else "refused")]

    answers = await asyncio.gather(
        *(one.disclosures.decide("anna", 0, judge, "r1") for one in (store, other_store) * 3)
    )
    assert sorted(one.event for [one] in answers) == ["disclosed"] + ["refused"] * 5
    assert await store.upkeep.requests() == []


async def test_a_refusal_does_not_use_it_up(store):
    await store.upkeep.submit(request("r1"), [])
    await store.disclosures.decide("anna", 0, lambda _past, _there: [entry(100, event="refused")], "r1")
    assert await store.upkeep.requests() == [request("r1")]


async def test_what_could_hold_a_value_is_not_written_and_uses_nothing_up(store):
    await store.upkeep.submit(request("r1"), [])
    bad = AuditRecord(1, "disclosed", "anna", route="disclosure", reason="Zoë")
    with pytest.raises(StoreFailed, match="audit-entry reason"):
        await store.disclosures.decide("anna", 0, lambda _past, _there: [bad], "r1")
    assert await store.upkeep.requests() == [request("r1")]
    assert await store.disclosures.past(0) == []


async def test_of_a_long_log_the_end_is_read(store):
    hour = 60 * 60 * 1000
    await store.append_audit([entry(at, number=at) for at in range(3)])
    await store.append_audit([entry(hour + at, event="minted", route="launch") for at in range(5_000)])
    await store.append_audit([entry(2 * hour - 1, number=8), entry(2 * hour, number=9)])
    assert [one.exchange for one in await store.disclosures.past(2 * hour - 1)] == ["x8", "x9"]


async def test_other_rules_than_the_last_are_written_down_once_whoever_decides(store, other_store):
    def by(digest):
        return AuditRecord(7, "disclosure-alarm", "anna", route="disclosure", exchange=digest, reason="other-rules")

    first, second = by("aaaa"), by("bbbb")
    judge = partial(within, LIMIT, 1)
    heard = [
        len(await one.disclosures.decide("anna", 0, judge, rules=rules))
        for one, rules in ((store, first), (other_store, first), (store, second), (other_store, second), (store, first))
    ]
    assert heard == [1, 1, 2, 1, 2]
    assert [one.exchange for one in await store.disclosures.past(0) if one.reason == "other-rules"] == ["bbbb", "aaaa"]


async def test_the_time_that_decides_is_not_what_an_officer_set_her_clock_to(store, store_url):
    real = int(time.time() * 1000)
    hour = 60 * 60 * 1000
    await store.upkeep.report("node-1", 0, real)
    assert await store.disclosures.now(real - 2 * hour) >= real - hour, "a slow one"
    fast = await store.disclosures.now(real + 2 * hour)
    assert (fast < real + hour) is store_url.startswith("postgresql"), "SQLite has no clock of its own"
