"""The audit log as its readers see it, on SQLAlchemy Core. See `proxy.store.ledger_port`."""

from collections.abc import Sequence
from functools import partial

from proxy.store.database import Database
from proxy.store.ledger_port import AuditQuery, AuditRow, Span
from proxy.store.statements import ledger_reading


class SqlLedger:
    """A `Ledger` on a database that its `SqlStore` opens and closes."""

    def __init__(self, database: Database) -> None:
        """Use `database`."""
        self._database = database

    async def span(self, query: AuditQuery) -> Span:
        """Return between which numbers everything stands that is wanted."""
        return await self._database.read(partial(ledger_reading.span, query=query))

    async def page(self, query: AuditQuery, span: Span, limit: int, *, newest_first: bool = False) -> list[AuditRow]:
        """Return a page of entries."""
        work = partial(ledger_reading.page, query=query, span=span, limit=limit, newest_first=newest_first)
        return await self._database.read(work)

    async def count(self, query: AuditQuery, span: Span) -> int:
        """Count entries."""
        return await self._database.read(partial(ledger_reading.count, query=query, span=span))

    async def tail(self, query: AuditQuery, span: Span, count: int) -> Span:
        """Return where the last `count` entries begin."""
        return await self._database.read(partial(ledger_reading.tail, query=query, span=span, count=count))

    async def entry(self, number: int) -> AuditRow | None:
        """Return one entry."""
        return await self._database.read(partial(ledger_reading.entry, number=number))

    async def pseudonyms_ever(self, pseudonym: str) -> Sequence[str]:
        """Return every pseudonym that is remembered of whoever has or had this one."""
        return await self._database.read(partial(ledger_reading.pseudonyms_ever, pseudonym=pseudonym))
