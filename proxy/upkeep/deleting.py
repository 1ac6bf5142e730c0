"""Follows an erasure into the cloud, to its end: asks, looks again and again, and says when nothing is left.

It begins after the local erasure, never before. Nobody's forgetting may wait for a third party; and what is needed, her
pseudonyms, lead to nobody by then, so a ticket that lies about for days betrays nothing. That the pseudonyms are not
lost with her is why tickets are written in the transaction that erases her (`Upkeep.erase`): whoever is killed, and
whenever, she is either known still or has all her tickets.

A message may have been on its way when she was erased, and make something new under her pseudonym. So a ticket is done
only when nothing was seen twice, `settle_seconds` apart; what appears between is asked to be deleted again.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from proxy.cloud import Asked, Deleter
from proxy.store.deletions_port import DeletionRecord, Deletions
from proxy.store.port import AuditRecord, Clock

_AT_ONCE = 8
_FIRST_MS = 2_000
_LONGEST_MS = 10 * 60 * 1000
_HUMAN_MS = 60 * 60 * 1000
"""How often it is looked whether a human has done it."""
_AGAIN_MS = 60 * 60 * 1000
"""After so long with something left, it is asked once more."""
_NO_APPLICATION = "no-application"
_NOT_ALLOWED = "not-allowed"

Deleters = Mapping[tuple[str, str], Deleter]
"""By tenant and name."""


class FollowDeletions:
    """A `Job`. Its tickets are in the mapping, and each step may be done twice."""

    name = "deletions"

    def __init__(self, deletions: Deletions, deleters: Deleters, clock: Clock) -> None:
        """Remember the means."""
        self._deletions = deletions
        self._deleters = deleters
        self._clock = clock
        self.failed = 0

    async def left(self) -> int:
        """Tickets that are due."""
        return await self._deletions.count_due(self._clock())

    async def step(self, limit: int) -> int:
        """Work on some of them."""
        tickets = await self._deletions.due(self._clock(), min(limit, _AT_ONCE))
        await asyncio.gather(*(self._one(one) for one in tickets))
        return len(tickets)

    async def _one(self, ticket: DeletionRecord) -> None:
        deleter = self._deleters.get((ticket.tenant, ticket.application))
        if deleter is None:
            await self._later(ticket, ticket.trouble or _NO_APPLICATION, _HUMAN_MS)
        elif ticket.state == "open":
            await (self._ask(ticket, deleter) if deleter.allowed else self._hand_over(ticket, _NOT_ALLOWED))
        else:
            await self._look(ticket, deleter)

    async def _ask(self, ticket: DeletionRecord, deleter: Deleter) -> None:
        said = await deleter.ask(ticket.pseudonym)
        now = self._clock()
        match said.asked:
            case Asked.STARTED | Asked.NOBODY:
                asked = replace(ticket, state="asked", trouble="", asked=now, emptied=0, due=now + _FIRST_MS, tries=0)
                await self._deletions.note(asked, [self._entry("deletion-asked", ticket, said.reason)])
            case Asked.FORBIDDEN:
                await self._hand_over(ticket, said.reason)
            case Asked.FAILED:
                await self._later(ticket, said.reason)

    async def _look(self, ticket: DeletionRecord, deleter: Deleter) -> None:
        found = await deleter.look(ticket.pseudonym)
        now = self._clock()
        if isinstance(found, str):
            await self._later(ticket, found if ticket.state == "asked" else ticket.trouble)
        elif found:
            await self._still_there(replace(ticket, emptied=0), now)
        elif not ticket.emptied and deleter.settle_ms:
            await self._deletions.note(replace(ticket, emptied=now, due=now + deleter.settle_ms, tries=0))
        elif ticket.emptied and now < ticket.emptied + deleter.settle_ms:  # looked at before its time
            await self._deletions.note(replace(ticket, due=ticket.emptied + deleter.settle_ms))
        else:
            done = replace(ticket, state="done", trouble="", emptied=ticket.emptied or now, due=0)
            await self._deletions.note(done, [self._entry("deletion-done", ticket)])

    async def _still_there(self, ticket: DeletionRecord, now: int) -> None:
        if ticket.state == "by-hand":
            await self._deletions.note(replace(ticket, due=now + _HUMAN_MS))
        elif now - ticket.asked >= _AGAIN_MS:
            await self._deletions.note(replace(ticket, state="open", trouble="still-there", due=now, tries=0))
        else:
            await self._later(ticket, "")

    async def _hand_over(self, ticket: DeletionRecord, trouble: str) -> None:
        """A human has to do it; it is looked whether she has."""
        now = self._clock()
        mine = replace(ticket, state="by-hand", trouble=trouble, due=now + _FIRST_MS, tries=0)
        await self._deletions.note(mine, [self._entry("deletion-refused", ticket, trouble)])

    async def _later(self, ticket: DeletionRecord, trouble: str, pause: int = 0) -> None:
        """Again, at growing distances."""
        wait = pause or min(_FIRST_MS * 2 ** min(ticket.tries, 20), _LONGEST_MS)
        after = replace(ticket, trouble=trouble, due=self._clock() + wait, tries=ticket.tries + 1)
        await self._deletions.note(after)

    def _entry(self, event: str, ticket: DeletionRecord, reason: str = "") -> AuditRecord:
        return entry_of(event, ticket, self._clock(), reason=reason)


def entry_of(event: str, ticket: DeletionRecord, at: int, *, actor: str = "", reason: str = "") -> AuditRecord:
    """What the audit log says of a ticket."""
    return AuditRecord(
        at=at,
        event=event,
        actor=actor or ticket.actor,
        tenant=ticket.tenant,
        mount=ticket.application,
        pseudonym=ticket.pseudonym,
        reason=reason,
        count=1,
    )


async def close_by_hand(deletions: Deletions, tickets: Sequence[DeletionRecord], now: int, actor: str) -> int:
    """An officer says that she has seen to it. Returns how many were closed."""
    closed = 0
    for one in tickets:
        entry = entry_of("deletion-done", one, now, actor=actor, reason="by-hand")
        closed += await deletions.note(replace(one, state="done", trouble="by-hand", emptied=now, due=0), [entry])
    return closed


async def ask_again(deletions: Deletions, tickets: Sequence[DeletionRecord], now: int) -> int:
    """What was handed over or waits is asked for at once. Returns how many."""
    again = 0
    for one in tickets:
        again += await deletions.note(replace(one, state="open", trouble="", emptied=0, due=now, tries=0))
    return again
