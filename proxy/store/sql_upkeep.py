"""The mapping as those see it who look after it, on SQLAlchemy Core. See `proxy.store.upkeep_port`."""

from collections.abc import Sequence
from functools import partial

from proxy.store.database import Database
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
    check_entries,
)
from proxy.store.statements import common, ledger, officers, survey, upkeep
from proxy.store.tables import erasures


class SqlUpkeep:
    """An `Upkeep` on a database that its `SqlStore` opens and closes."""

    def __init__(self, database: Database) -> None:
        """Use `database`."""
        self._database = database
        self.scrub = database.scrub

    async def announce(self, generation: int, digest: str, entries: Sequence[AuditRecord]) -> bool:
        """Claim a keyring generation; False if another keyring has that number."""
        check_entries(entries)
        work = partial(upkeep.announce, generation=generation, digest=digest, entries=tuple(entries))
        return await self._database.write(work)

    async def report(self, node: str, generation: int, now: int, heard: int = 0) -> None:
        """Say which generation a worker uses, and what it has heard of."""
        await self._database.write(partial(upkeep.report, node=node, generation=generation, now=now, heard=heard))

    async def retire(self, node: str) -> None:
        """Say that a worker has ended."""
        await self._database.write(partial(upkeep.retire, node=node))

    async def nodes(self, since: int) -> list[NodeRecord]:
        """Return the workers heard of since then."""
        return await self._database.read(partial(upkeep.alive, since=since))

    async def take(self, job: str, holder: str, now: int, until: int) -> bool:
        """Take a turn at a job."""
        return await self._database.write(partial(upkeep.take, job=job, holder=holder, now=now, until=until))

    async def progress(self, job: str, holder: str, done: int, remaining: int, state: str) -> None:
        """Note how a job stands."""
        work = partial(upkeep.progress, job=job, holder=holder, done=done, remaining=remaining, state=state)
        await self._database.write(work)

    async def release(self, job: str, holder: str) -> None:
        """Give the turn back."""
        await self._database.write(partial(upkeep.release, job=job, holder=holder))

    async def jobs(self) -> list[JobRecord]:
        """Return every job."""
        return await self._database.read(upkeep.all_jobs)

    async def usage(self) -> dict[str, dict[str, int]]:
        """Count what each key made."""
        return await self._database.read(upkeep.usage)

    async def headcounts(self) -> list[Headcount]:
        """Count whom each key concerns."""
        return await self._database.read(survey.headcounts)

    async def in_session(self, since: int) -> int:
        """Count the people for whom a session was opened since then."""
        return await self._database.read(partial(survey.in_session, since=since))

    async def submit(self, request: RequestRecord, entries: Sequence[AuditRecord]) -> None:
        """Remember a request."""
        check_entries(entries)
        await self._database.write(partial(officers.submit, request=request, entries=tuple(entries)))

    async def requests(self) -> list[RequestRecord]:
        """Return every request, the newest first."""
        return await self._database.read(officers.all_requests)

    async def settle(
        self, request: str, approver: str, approval: bytes, now: int, entries: Sequence[AuditRecord]
    ) -> bool:
        """Use a request up; False if somebody did already."""
        check_entries(entries)
        answer: dict[str, str | bytes | int] = {"approver": approver, "approval": approval, "decided": now}
        work = partial(officers.settle, request=request, answer=answer, entries=tuple(entries))
        return await self._database.write(work)

    async def has_own_keys(self) -> bool:
        """Tell whether anybody has a data key."""
        return await self._database.read(upkeep.has_own_keys)

    async def people(self, after: str, limit: int) -> list[MappingRecord]:
        """Return a page of people."""
        return await self._database.read(partial(upkeep.people_after, after=after, limit=limit))

    async def under_seal_key(self, after: str, limit: int) -> list[MappingRecord]:
        """Return a page of people whose record is of the old form."""
        return await self._database.read(partial(upkeep.under_seal_key, after=after, limit=limit))

    async def without_index(self, key_id: str, after: str, limit: int) -> list[MappingRecord]:
        """Return a page of people who lack an index value."""
        return await self._database.read(partial(upkeep.without_index, key_id=key_id, after=after, limit=limit))

    async def count_without_index(self, key_id: str) -> int:
        """Count them."""
        return await self._database.read(partial(upkeep.count_without_index, key_id=key_id))

    async def add_lookups(self, record: MappingRecord, lookups: Sequence[LookupRecord]) -> None:
        """Give a person further index values."""
        await self._database.write(partial(upkeep.add_lookups, record=record, values=tuple(lookups)))

    async def drop_lookups(self, key_id: str, keeping: str, limit: int) -> int:
        """Remove index values of a key of people who have one under `keeping`."""
        return await self._database.write(partial(upkeep.drop_lookups, key_id=key_id, keeping=keeping, limit=limit))

    async def unseen_since(self, moment: int, limit: int) -> list[MappingRecord]:
        """Return people last seen before `moment`."""
        return await self._database.read(partial(upkeep.unseen_since, moment=moment, limit=limit))

    async def count_unseen(self, moment: int) -> dict[str, int]:
        """Count people last seen before `moment`."""
        return await self._database.read(partial(survey.count_unseen, moment=moment))

    async def belongings(self, person: str) -> list[MappingRecord]:
        """Return the registrations of a person."""
        return await self._database.read(partial(survey.belongings, person=person))

    async def about(self, pseudonyms: Sequence[str], after: int, limit: int) -> list[tuple[int, AuditRecord]]:
        """Return audit entries that name one of these."""
        work = partial(ledger.about, tokens=tuple(pseudonyms), after=after, limit=limit)
        return await self._database.read(work)

    async def pseudonyms(self, person: str) -> list[PseudonymRecord]:
        """Return every pseudonym of a person."""
        return await self._database.read(partial(upkeep.pseudonyms_of, person=person))

    async def erase(
        self,
        people: Sequence[str],
        now: int,
        entries: Sequence[AuditRecord],
        places: Sequence[Place] = (),
        actor: str = "",
    ) -> list[Erasure]:
        """Forget people."""
        check_entries(entries)
        noted = tuple(entries)
        work = partial(upkeep.erase, names=tuple(people), now=now, entries=noted, places=tuple(places), actor=actor)
        return await self._database.write(work)

    async def erasures(self, after: int, limit: int) -> list[tuple[int, Erasure]]:
        """Return journal entries above `after`."""
        return await self._database.read(partial(common.read_erasures, table=erasures, after=after, limit=limit))

    async def replay(self, erasures: Sequence[Erasure], places: Sequence[Place] = ()) -> int:
        """Forget people once more."""
        return await self._database.write(partial(upkeep.replay, journal=tuple(erasures), places=tuple(places)))

    async def set_identity(self, lineage: str, instance: str) -> None:
        """Say whose continuation this database is, and that it is another one than before."""
        await self._database.write(partial(upkeep.set_identity, lineage=lineage, instance=instance))
