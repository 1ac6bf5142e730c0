"""What is asked of the mapping to have the cloud forget whom we have forgotten. Each method is one transaction.

A ticket is written in the transaction that erases a person: one for each pseudonym she ever had and each application of
the cloud. It holds nothing of her but that pseudonym, which leads to nobody any more, and it is closed when the
application has nothing under it for long enough.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from proxy.store.records import AuditRecord

DeletionState = Literal["open", "asked", "by-hand", "done"]


@dataclass(frozen=True, slots=True)
class Place:
    """An application to which an erasure is followed: `application` is the name of its mount.

    `state` is that of a new ticket, `trouble` why a human must do it. `retention`: also for people who were forgotten
    because they were not seen for long, and not because somebody asked.
    """

    tenant: str
    application: str
    state: DeletionState = "open"
    trouble: str = ""
    retention: bool = False


@dataclass(frozen=True, slots=True)
class DeletionRecord:
    """A ticket. Times are milliseconds since 1970, 0 for never.

    `open`: the application is to be asked. `asked`: it was, at `asked`, and is looked at. `by-hand`: a human has to,
    for `trouble`; it is looked at, too. `done`: it has nothing under `pseudonym`. `emptied` is when that was first
    seen, `due` when to look next, `tries` counts calls since the last success, `actor` is who had the person erased.
    """

    tenant: str
    pseudonym: str
    application: str
    state: DeletionState
    trouble: str
    actor: str
    created: int
    asked: int = 0
    emptied: int = 0
    due: int = 0
    tries: int = 0


class Deletions(Protocol):
    """See the module. Every method raises `StoreFailed` and nothing else."""

    async def due(self, now: int, limit: int) -> list[DeletionRecord]:
        """Return tickets that are to be worked on now, the longest due first."""

    async def count_due(self, now: int) -> int:
        """Count them."""

    async def tickets(self, *, done: bool = False) -> list[DeletionRecord]:
        """Return the tickets that are not done, or with `done` all, the oldest first."""

    async def note(self, record: DeletionRecord, entries: Sequence[AuditRecord] = ()) -> bool:
        """Write how a ticket stands, with the entries; False if it is done already, and then nothing is written."""
