"""What is asked of the mapping to keep what is held on a person and not to use it (GDPR Article 18).

Whoever restricts or releases somebody notes a *change* of hers (see `proxy.store.moves_port`) in the same transaction:
so every node drops her from memory within seconds, reads her anew, and acknowledges that nothing from before is under
way any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from proxy.store.records import AuditRecord


@dataclass(frozen=True, slots=True)
class RestrictionRecord:
    """Whose data are not used. `person` is her row, `since` milliseconds since 1970, `case` the officer's reference."""

    person: str
    tenant: str
    since: int
    case: str


class Restrictions(Protocol):
    """Every method raises `StoreFailed` only."""

    async def restrict(self, record: RestrictionRecord, entries: Sequence[AuditRecord]) -> int:
        """Restrict a person, with the entries; returns the number of the change for nodes to hear of.

        0, and nothing is written, if she is restricted already or is gone.
        """

    async def release(self, person: str, entries: Sequence[AuditRecord]) -> int:
        """Let a person be used again, with the entries; 0, and nothing is written, if she is not restricted."""

    async def all(self, tenant: str) -> list[RestrictionRecord]:
        """Return who is restricted in a tenant, the longest first."""

    async def of(self, person: str) -> RestrictionRecord | None:
        """Return the restriction of a person, None if there is none."""
