"""Decides about one look-up from the rules and what the same officer did before. Pure: no clock, no store."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from proxy.disclosure.model import Approved, Ask, Rules, Verdict
from proxy.store.port import AuditRecord

HOUR_MS = 60 * 60 * 1000
DAY_MS = 24 * HOUR_MS
_MINUTE_MS = 60 * 1000
_CASE = re.compile(r"[A-Za-z0-9._:/-]{1,40}")
_REFERENCE = re.compile(r"[a-z0-9._:/-]{1,80}")

DISCLOSED, REFUSED, ALARM = "disclosed", "refused", "disclosure-alarm"


def looks_back(rules: Rules) -> int:
    """How many milliseconds of the past a decision depends on."""
    return max(DAY_MS if rules.alarm_people_per_day else HOUR_MS, rules.alarm_minutes * _MINUTE_MS)


def reason_problem(rules: Rules, ask: Ask) -> str:
    """Why an officer may not ask this at all, "" if she may: `no-reason`, `no-role`, `no-case`, `no-field`."""
    reason = rules.reasons.get(ask.reason)
    if reason is None:
        return "no-reason"
    if not rules.has(ask.actor, reason.roles):
        return "no-role"
    if not _CASE.fullmatch(ask.case) or not re.fullmatch(reason.case, ask.case):
        return "no-case"
    return "" if ask.needs <= reason.fields else "no-field"


def judge(
    rules: Rules, ask: Ask, approved: Approved | None, past: Sequence[AuditRecord], now: int, *, asking: bool = False
) -> Verdict:
    """Decide. `past` are entries of the officer about look-ups, `approved` a request that can still be used.

    `asking` is who looks for somebody in order to ask for approval: it needs none, and costs the same.
    """
    refused = reason_problem(rules, ask)
    if not refused and not asking and rules.reasons[ask.reason].second_person and not _covers(approved, ask):
        refused = "needs-approval"
    hour = used(past, now - HOUR_MS)
    known = bool(ask.pseudonym) and ask.pseudonym in hour
    if not refused and not known and len(hour) >= rules.people_per_hour:
        refused = "over-budget"
    return Verdict(refused, _alarms(rules, ask, refused, past, now))


def used(past: Sequence[AuditRecord], since: int) -> set[str]:
    """Whom somebody was shown since then; who was looked up without a pseudonym counts as one more each time."""
    return {one.pseudonym or one.exchange for one in past if one.event == DISCLOSED and one.at >= since}


def reference(ask: Ask) -> str:
    """What the audit log has of reason and case: short words of ours only."""
    text = "/".join(word for word in (ask.reason, ask.case) if word).lower()
    return text if _REFERENCE.fullmatch(text) else ""


def _covers(approved: Approved | None, ask: Ask) -> bool:
    """Whether it is just this that was approved; of nobody in particular nothing can be."""
    said = Approved(ask.actor, ask.reason, ask.case, ask.tenant, ask.pseudonym)
    return bool(ask.pseudonym) and approved == said


def _alarms(rules: Rules, ask: Ask, refused: str, past: Sequence[AuditRecord], now: int) -> dict[str, int]:
    since = now - rules.alarm_minutes * _MINUTE_MS
    found: dict[str, int] = {}
    if refused:
        refusals = 1 + sum(one.event == REFUSED and one.at >= since for one in past)
        if refusals >= rules.alarm_refusals:
            found["many-refusals"] = refusals
        if refused == "over-budget":
            found["over-budget"] = rules.people_per_hour
    else:
        people = _with(used(past, since), ask)
        if people >= rules.alarm_people:
            found["many-people"] = people
        of_a_day = _with(used(past, now - DAY_MS), ask)
        if of_a_day >= rules.alarm_people_per_day > 0:
            found["many-a-day"] = of_a_day
        if not _at_work(rules, now):
            found["out-of-hours"] = 1
    begins = {"many-a-day": now - DAY_MS}
    said = {one.reason for one in past if one.event == ALARM and one.at >= begins.get(one.reason, since)}
    return {word: count for word, count in found.items() if word not in said}


def _with(seen: set[str], ask: Ask) -> int:
    """How many they are with whom is asked for now."""
    return len(seen) + (not ask.pseudonym or ask.pseudonym not in seen)


def _at_work(rules: Rules, now: int) -> bool:
    here = datetime.fromtimestamp(now / 1000, UTC).astimezone(rules.zone)
    return here.weekday() in rules.days and rules.begins <= here.time() < rules.ends
