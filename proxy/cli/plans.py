"""A plan in words: which keys change, whom that touches, what is noticed, how long it takes, what stays done."""

from collections.abc import Sequence
from datetime import timedelta
from math import ceil

from rich.console import Console

from keys import KeyringError, KeyState, Purpose
from keys.plan import NOTES, Change, Plan
from proxy.cli.desk import Desk, longest_session
from proxy.cli.orders import Order, counted, needs
from proxy.errors import KeysUnavailable
from proxy.upkeep import Survey
from proxy.upkeep.estimate import Estimate, reindexing, resealing

_HOUR = timedelta(hours=1)
_SOON = 90
_MINUTE = 60


async def show(order: Order, planned: Plan, desk: Desk, survey: Survey, out: Console) -> None:
    """Print everything that an officer must know before she says yes. Raises `StoreFailed`."""
    before = desk.ring.generation
    out.print(f"Plan: {order.act} {order.subject}. Keyring generation {before} → {planned.generation}.")
    for change in planned.changes:
        out.print(f"  {_changed(change, survey)}")
    for note in planned.noticed:
        out.print(NOTES[note])
    hours = longest_session(desk.config) / _HOUR
    who = counted(survey.in_course, "person", "people")
    out.print(f"In mid-course: {who} launched within the last {hours:g} hours.")
    for note in planned.hints:
        out.print(NOTES[note])
    for line in await _work(planned, desk, survey):
        out.print(line)
    for note in planned.final:
        out.print(f"Cannot be undone: {NOTES[note]}")


def _changed(change: Change, survey: Survey) -> str:
    name, purpose = change.key_id or "a new key", change.purpose
    states = f"{change.before.value} → {change.after.value}" if change.before else change.after.value
    line = f"{name}  {purpose.value}  {states}"
    return f"{line}: needed for {needs(purpose, survey, change.key_id)}" if change.key_id else line


async def _work(planned: Plan, desk: Desk, survey: Survey) -> Sequence[str]:
    """What is sealed or indexed anew afterwards, and for how long."""
    begun = {change.purpose for change in planned.changes if change.after is KeyState.ACTIVE}
    allowed = desk.config.upkeep.records_per_second
    upkeep, keystore = desk.stores.mapping.upkeep, desk.stores.keystore
    try:
        if Purpose.SEAL in begun:
            return work_lines("sealed", await resealing(desk.records(), keystore, allowed))
        if Purpose.LOOKUP in begun:
            count = survey.people + survey.registrations
            return work_lines("indexed", await reindexing(desk.keys, desk.records(), upkeep, count, allowed))
    except (KeyringError, KeysUnavailable) as trouble:
        return [f"How long the work afterwards takes could not be measured: {trouble.code}."]
    return ["Records touched: none, now or later."]


def work_lines(done: str, estimate: Estimate) -> list[str]:
    """How many records, how long, and what bounds it."""
    if not estimate.count:
        return ["Records touched: none, for there are none."]
    machine = f"this machine reads and opens about {estimate.machine:,.0f} a second"
    if estimate.bounded_by_setting:
        setting = f"upkeep.records_per_second = {estimate.allowed:,}"
        pace = f"about {duration(estimate.seconds)}, bounded by {setting} ({machine})"
    else:
        pace = f"at least {duration(estimate.seconds)}, bounded by this: {machine}, and writing comes on top"
    sentence = (
        f"Records touched: {estimate.count:,} are {done} anew afterwards, in the background, while everything is "
        f"served; {pace}. `scormveil keys reseal` shows the progress."
    )
    return [sentence]


def duration(seconds: float) -> str:
    """A length of time as one says it."""
    if seconds < _SOON:
        return f"{max(1, ceil(seconds))} s"
    if seconds < _SOON * _MINUTE:
        return f"{ceil(seconds / _MINUTE)} min"
    return f"{seconds / _MINUTE / _MINUTE:.1f} h"
