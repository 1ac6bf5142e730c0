"""What the mapping promises to whoever decides about looking people up: what was decided before, and one at a time."""

from collections.abc import Callable, Sequence
from typing import Protocol

from proxy.store.records import AuditRecord

ROUTE = "disclosure"
"""The `route` of every entry about looking people up by hand."""
DISCLOSED = "disclosed"
"""The event of those that were granted."""

Judge = Callable[[Sequence[AuditRecord], bool], Sequence[AuditRecord]]
"""Makes the entries to be written of those before it, and of whether the approved request is still there. Pure."""


class Disclosures(Protocol):
    """The audit log as far as it tells of looking people up. Raises `StoreFailed` only."""

    async def decide(
        self, actor: str, since: int, judge: Judge, request: str = "", rules: AuditRecord | None = None
    ) -> Sequence[AuditRecord]:
        """Give `judge` an officer's entries since then, and write those it makes, in one transaction.

        Whoever decides at the same time, in whatever process, waits. A `request` is used up if somebody was disclosed.
        `rules` is written, too, and returned last, if its `exchange` is another than that of the last decision.
        They are on disk when this returns them.
        """

    async def now(self, ours: int) -> int:
        """Return the time that decides, in milliseconds since 1970; `ours` is that of this machine's clock.

        That of the database's server, where it has one: an officer may set the clock of her machine. Without (SQLite)
        it is ours, or what a node that serves has noted last, if that is later.
        """

    async def past(self, since: int) -> list[AuditRecord]:
        """Return everybody's entries since then, the oldest first."""
