"""Whoever looks a person up by hand asks here first: what may be shown, recorded before it is."""

from dataclasses import dataclass

from proxy.audit import AuditLog, Entry, Event
from proxy.cli.desk import Desk, clock

FIELDS = frozenset({"id", "name", "email", "pseudonyms"})
"""Everything that can be shown of a person."""


@dataclass(frozen=True, slots=True)
class Why:
    """Who asks, why, and which request a second officer approved."""

    actor: str
    reason: str
    case: str
    approval: str


async def granted(desk: Desk, why: Why, tenant: str, pseudonym: str) -> frozenset[str]:
    """What may be shown of her; the entry is on disk when this returns. Raises `AuditFailed`.

    `pseudonym` is "" if nobody was found: who guesses is recorded as well.
    """
    reference = f"{why.reason}/{why.case}".lower()
    await AuditLog(desk.stores.mapping, clock).append(
        Entry(Event.DISCLOSED, why.actor, tenant, pseudonym=pseudonym, reason=reference, count=1)
    )
    return FIELDS
