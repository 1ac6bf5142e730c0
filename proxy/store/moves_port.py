"""What giving people other pseudonyms asks of the mapping. Each method is one transaction.

A person's move has four stations. *Promised*: she has a second pseudonym, `coming`, that leads to her; outward nothing
has changed. *Held* (`moving` is a time to come): nobody may be told of her until she is let go. *Switched*: the coming
pseudonym is the current one, the other one is `former`. *Retired*: the former one leads nowhere any more. Whatever a
node may have in memory of her is a *change* with a number that nodes hear of (`Pulse.changes`) and acknowledge
(`NodeRecord.heard`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from proxy.store.records import AuditRecord, MappingRecord, MoveRecord, Promise, PseudonymRecord, PseudonymState


@dataclass(frozen=True, slots=True)
class Scope:
    """Who is to be moved: people of `tenant` ("" for all) whose pseudonym was made by one of `keys`.

    And whoever is on her way (has a coming pseudonym), whatever the key: what was begun is finished first.
    """

    tenant: str
    keys: tuple[str, ...]


class Moves(Protocol):
    """See the module. Every method raises `StoreFailed`; `promise` also `KeysUnavailable`."""

    async def count(self, scope: Scope) -> dict[tuple[str, str], int]:
        """Count the people in scope by (tenant, key of their current pseudonym)."""

    async def people(self, scope: Scope, after: str, limit: int) -> list[MappingRecord]:
        """Return people in scope, by `person` above `after`."""

    async def read(self, person: str) -> MappingRecord | None:
        """Return one person as she stands now."""

    async def promise(
        self, record: MappingRecord, coming: PseudonymRecord, *, replacing: bytes, generation: int, entry: AuditRecord
    ) -> Promise:
        """Write `record` with its new seal in place of `replacing`, the coming pseudonym, and the audit entry.

        She is held at once if `record.moving` says so. `generation` is that of the keyring that made the pseudonym:
        `KeysUnavailable` as for `insert_or_get`.
        """

    async def hold(self, person: str, until: int) -> int:
        """Begin to hold a person who has a coming pseudonym; returns the number of the change, 0 if she has none."""

    async def prolong(self, people: Sequence[str], until: int) -> None:
        """Hold people longer who are held."""

    async def let_go(self, person: str) -> None:
        """End the hold."""

    async def stalled(self, before: int, limit: int) -> list[MappingRecord]:
        """Return people whose hold ends before that time: whoever moves them has died."""

    async def note(self, outcomes: Sequence[MoveRecord], entries: Sequence[AuditRecord] = ()) -> None:
        """Write down what became of moves in the cloud."""

    async def switch(self, person: str, *, former: str, coming: str, now: int, entry: AuditRecord) -> bool:
        """Make the coming pseudonym the current one and end the hold; False if she has neither the one nor the other.

        To say it twice is true twice, and recorded once.
        """

    async def aged(self, state: PseudonymState, before: int, after: str, limit: int) -> list[PseudonymRecord]:
        """Return pseudonyms of a state that stand so since before that time, by pseudonym above `after`."""

    async def retire(self, record: MappingRecord, pseudonym: str, *, replacing: bytes, entry: AuditRecord) -> bool:
        """Take a former or coming pseudonym away, writing `record` with its new seal in place of `replacing`.

        False if she is not as she was read, or has no such pseudonym (any more).
        """

    async def not_current(self, tenant: str, after: str, limit: int) -> list[PseudonymRecord]:
        """Return former and coming pseudonyms, by pseudonym above `after`."""

    async def outcomes(self, people: Sequence[str]) -> list[MoveRecord]:
        """Return what was noted of people's moves."""

    async def ping(self) -> int:
        """Note a change of nobody, to learn from `NodeRecord.heard` who listens; returns its number."""

    async def changes(self, after: int, limit: int) -> list[tuple[int, str]]:
        """Return (number, person) of changes above `after`, of the last hour at least."""
