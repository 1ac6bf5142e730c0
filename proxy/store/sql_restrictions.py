"""Restrictions in the mapping, on SQLAlchemy Core. See `proxy.store.restrictions_port`."""

from collections.abc import Sequence
from functools import partial

from proxy.store.database import Database
from proxy.store.records import AuditRecord, check_entries
from proxy.store.restrictions_port import Replayed, RestrictionNote, RestrictionRecord
from proxy.store.statements import restriction_notes as notes_of_either
from proxy.store.statements import restrictions
from proxy.store.tables import restriction_notes


class SqlRestrictions:
    """A `Restrictions` on a database that its `SqlStore` opens and closes."""

    def __init__(self, database: Database) -> None:
        """Use `database`."""
        self._database = database

    async def restrict(self, record: RestrictionRecord, entries: Sequence[AuditRecord]) -> int:
        """Restrict a person; the number of the change, 0 if nothing was to be done."""
        check_entries(entries)
        return await self._database.write(partial(restrictions.restrict, record=record, entries=tuple(entries)))

    async def release(self, record: RestrictionRecord, entries: Sequence[AuditRecord]) -> int:
        """Let a person be used again; the number of the change, 0 if nothing was to be done."""
        check_entries(entries)
        return await self._database.write(partial(restrictions.release, record=record, entries=tuple(entries)))

    async def all(self, tenant: str) -> list[RestrictionRecord]:
        """Return who is restricted in a tenant."""
        return await self._database.read(partial(restrictions.of_tenant, tenant=tenant))

    async def of(self, person: str) -> RestrictionRecord | None:
        """Return the restriction of a person."""
        return await self._database.read(partial(restrictions.of_person, person=person))

    async def notes(self, after: int, limit: int) -> list[tuple[int, RestrictionNote]]:
        """Return notes above `after`."""
        work = partial(notes_of_either.read_notes, table=restriction_notes, after=after, limit=limit)
        return await self._database.read(work)

    async def replay(self, notes: Sequence[RestrictionNote], now: int) -> Replayed:
        """Do once more what notes kept elsewhere say."""
        return await self._database.write(partial(restrictions.replay, notes=tuple(notes), now=now))
