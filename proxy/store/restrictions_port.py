"""What is asked of the mapping to keep what is held on a person and not to use it (GDPR Article 18).

Whoever restricts or releases somebody notes a *change* of hers (see `proxy.store.moves_port`) in the same transaction:
so every node drops her from memory within seconds, reads her anew, and acknowledges that nothing from before is under
way any more.

Each act is *noted* too, under every pseudonym she has. Notes stand in both stores and in a file of each node
(`proxy.upkeep.restricting`), so that a database that is older than an act hears of it before anybody is served. Of two
notes of one pseudonym the later counts. They name nobody, and go when she is forgotten.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from proxy.store.records import AuditRecord

State = Literal["restricted", "released"]


@dataclass(frozen=True, slots=True)
class RestrictionRecord:
    """Whose data are not used. `person` is her row, `since` milliseconds since 1970, `case` the officer's reference."""

    person: str
    tenant: str
    since: int
    case: str


@dataclass(frozen=True, slots=True)
class RestrictionNote:
    """What an officer decided last of her who has, or had, this pseudonym: when (ms since 1970), and by what case."""

    tenant: str
    pseudonym: str
    person: str
    state: State
    at: int
    case: str

    def outdates(self, other: "RestrictionNote | None") -> bool:
        """Whether this is the later one; of two of the same moment the restriction counts."""
        if other is None:
            return True
        return (self.at, self.state == "restricted") > (other.at, other.state == "restricted")


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many people an older mapping had forgotten to restrict, and how many to let go."""

    restricted: int = 0
    released: int = 0

    def __add__(self, other: "Replayed") -> "Replayed":
        """Both."""
        return Replayed(self.restricted + other.restricted, self.released + other.released)


class Restrictions(Protocol):
    """Every method raises `StoreFailed` only."""

    async def restrict(self, record: RestrictionRecord, entries: Sequence[AuditRecord]) -> int:
        """Restrict a person, with the entries; returns the number of the change for nodes to hear of.

        0, and nothing is written, if she is restricted already or is gone.
        """

    async def release(self, record: RestrictionRecord, entries: Sequence[AuditRecord]) -> int:
        """Let a person be used again, with the entries; `since` is from when on, `case` why.

        0, and nothing is written, if she is not restricted.
        """

    async def all(self, tenant: str) -> list[RestrictionRecord]:
        """Return who is restricted in a tenant, the longest first."""

    async def of(self, person: str) -> RestrictionRecord | None:
        """Return the restriction of a person, None if there is none."""

    async def notes(self, after: int, limit: int) -> list[tuple[int, RestrictionNote]]:
        """Return notes above the number `after`, in the order in which they became visible."""

    async def replay(self, notes: Sequence[RestrictionNote], now: int) -> Replayed:
        """Do once more what notes kept elsewhere say, where they are later than what is known here.

        With an audit entry for each person who is there; who is not is restricted when she is written down anew.
        """
