"""What the house's own upkeep asks of the mapping: announcing keyrings, re-indexing, forgetting, taking turns."""

from collections.abc import Sequence
from typing import Protocol

from proxy.store.deletions_port import Place
from proxy.store.records import (
    AuditRecord,
    Erasure,
    Headcount,
    JobRecord,
    LookupRecord,
    MappingRecord,
    NodeRecord,
    PseudonymRecord,
    RequestRecord,
)


class Upkeep(Protocol):
    """The mapping as those see it who look after it. Every method raises `StoreFailed` only."""

    async def announce(self, generation: int, digest: str, entries: Sequence[AuditRecord]) -> bool:
        """Claim a keyring generation, with its audit entries; False if another keyring has that number already."""

    async def report(self, node: str, generation: int, now: int, heard: int = 0) -> None:
        """Say which keyring generation a worker uses, and up to which change of pseudonyms it has heard."""

    async def retire(self, node: str) -> None:
        """Say that a worker has ended."""

    async def nodes(self, since: int) -> list[NodeRecord]:
        """Return the workers that were heard of since then."""

    async def take(self, job: str, holder: str, now: int, until: int) -> bool:
        """Take a turn at a job unless somebody else has it; whoever has it may take it again."""

    async def progress(self, job: str, holder: str, done: int, remaining: int, state: str) -> None:
        """Note how a job stands."""

    async def release(self, job: str, holder: str) -> None:
        """Give a turn back before its time."""

    async def jobs(self) -> list[JobRecord]:
        """Return every job that was ever begun."""

    async def usage(self) -> dict[str, dict[str, int]]:
        """Count what each key made.

        By purpose: `lookup`, `pseudonym` (every state), `seal` (records of old form), `postback` (sealed addresses),
        `audit` (logs that go on, by the key of their newest checkpoint).
        """

    async def headcounts(self) -> list[Headcount]:
        """Count whom each LOOKUP and PSEUDONYM key concerns, by tenant and kind.

        Everybody is counted once more as `people`, under the key of the pseudonym that she has now.
        """

    async def in_session(self, since: int) -> int:
        """Count the people for whom a session was opened since then."""

    async def submit(self, request: RequestRecord, entries: Sequence[AuditRecord]) -> None:
        """Remember what an officer asks for, with the entries."""

    async def requests(self) -> list[RequestRecord]:
        """Return every request, the newest first."""

    async def settle(
        self, request: str, approver: str, approval: bytes, now: int, entries: Sequence[AuditRecord]
    ) -> bool:
        """Use a request up, with the entries; False if somebody did already, or if there is none."""

    async def has_own_keys(self) -> bool:
        """Tell whether anybody's record is sealed under a data key of her own."""

    async def people(self, after: str, limit: int) -> list[MappingRecord]:
        """Return people above `after`, by `person`."""

    async def under_seal_key(self, after: str, limit: int) -> list[MappingRecord]:
        """Return people whose record is still sealed directly under a SEAL key, by `person` above `after`."""

    async def without_index(self, key_id: str, after: str, limit: int) -> list[MappingRecord]:
        """Return people who have no index value under the LOOKUP key, by `person` above `after`."""

    async def count_without_index(self, key_id: str) -> int:
        """Count them."""

    async def add_lookups(self, record: MappingRecord, lookups: Sequence[LookupRecord]) -> None:
        """Give a person further index values; nothing if she is gone meanwhile."""

    async def drop_lookups(self, key_id: str, keeping: str, limit: int) -> int:
        """Remove up to `limit` index values made by a key, of people who have one under `keeping`; returns how many."""

    async def unseen_since(self, moment: int, limit: int) -> list[MappingRecord]:
        """Return people who were last seen before `moment`, those longest unseen first."""

    async def count_unseen(self, moment: int) -> dict[str, int]:
        """Count, by tenant, the people who were last seen before `moment`."""

    async def belongings(self, person: str) -> list[MappingRecord]:
        """Return the registrations of a person whose ids have pseudonyms of their own."""

    async def about(self, pseudonyms: Sequence[str], after: int, limit: int) -> list[tuple[int, AuditRecord]]:
        """Return audit entries above the number `after` that name one of these pseudonyms, in order."""

    async def pseudonyms(self, person: str) -> list[PseudonymRecord]:
        """Return every pseudonym of a person."""

    async def erase(
        self,
        people: Sequence[str],
        now: int,
        entries: Sequence[AuditRecord],
        places: Sequence[Place] = (),
        actor: str = "",
    ) -> list[Erasure]:
        """Forget people: rows, index, pseudonyms; note each pseudonym in the journal, with `entries`, all at once.

        And with a ticket (`proxy.store.deletions_port`) for each pseudonym and each of `places` of her tenant.
        """

    async def erasures(self, after: int, limit: int) -> list[tuple[int, Erasure]]:
        """Return journal entries above `after`, in the order in which they became visible."""

    async def replay(self, erasures: Sequence[Erasure], places: Sequence[Place] = ()) -> int:
        """Forget people once more, as a journal kept elsewhere says; returns how many rows were still there.

        What the mapping's own journal did not know gets tickets for `places`.
        """

    async def set_identity(self, lineage: str, instance: str) -> None:
        """Say whose continuation this database is, and that it is another one than before (after a restore)."""

    async def scrub(self) -> bool:
        """Take what was deleted out of the database's files too; False if somebody kept us from it for now."""
