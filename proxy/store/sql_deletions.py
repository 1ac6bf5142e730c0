"""The tickets of the mapping for the cloud to forget somebody, on SQLAlchemy Core. See `proxy.store.deletions_port`."""

from collections.abc import Sequence
from functools import partial

from proxy.store.database import Database
from proxy.store.deletions_port import DeletionRecord
from proxy.store.records import AuditRecord, check_entries
from proxy.store.statements import deletions


class SqlDeletions:
    """A `Deletions` on a database that its `SqlStore` opens and closes."""

    def __init__(self, database: Database) -> None:
        """Use `database`."""
        self._database = database

    async def due(self, now: int, limit: int) -> list[DeletionRecord]:
        """Return tickets to be worked on."""
        return await self._database.read(partial(deletions.due, now=now, limit=limit))

    async def count_due(self, now: int) -> int:
        """Count them."""
        return await self._database.read(partial(deletions.count_due, now=now))

    async def tickets(self, *, done: bool = False) -> list[DeletionRecord]:
        """Return tickets."""
        return await self._database.read(partial(deletions.tickets, done=done))

    async def note(self, record: DeletionRecord, entries: Sequence[AuditRecord] = ()) -> bool:
        """Write how a ticket stands."""
        check_entries(entries)
        return await self._database.write(partial(deletions.note, record=record, entries=tuple(entries)))
