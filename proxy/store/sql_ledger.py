"""The audit log as its readers see it, on SQLAlchemy Core. See `proxy.store.ledger_port`."""

from collections.abc import Mapping, Sequence
from functools import partial

from proxy.store.database import Database
from proxy.store.ledger_port import AuditQuery, AuditRow, Covering, LogPlace, Span
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

    async def heads(self) -> Mapping[int, int]:
        """Return how long each log is."""
        return await self._database.read(ledger_reading.heads)

    async def stretch(self, query: AuditQuery, place: LogPlace, end: int, limit: int) -> list[AuditRow]:
        """Return entries of one log by position."""
        work = partial(ledger_reading.stretch, query=query, place=place, end=end, limit=limit)
        return await self._database.read(work)

    async def count_from(self, query: AuditQuery, place: LogPlace, end: int) -> int:
        """Count entries of one log by position."""
        return await self._database.read(partial(ledger_reading.count_from, query=query, place=place, end=end))

    async def leaf(self, place: LogPlace) -> bytes | None:
        """Return the hash of one leaf."""
        return await self._database.read(partial(ledger_reading.leaf, place=place))

    async def covering(self, place: LogPlace) -> Covering | None:
        """Return the first checkpoint over a place."""
        return await self._database.read(partial(ledger_reading.covering, place=place))

    async def entry(self, number: int) -> AuditRow | None:
        """Return one entry."""
        return await self._database.read(partial(ledger_reading.entry, number=number))

    async def pseudonyms_ever(self, pseudonym: str) -> Sequence[str]:
        """Return every pseudonym that is remembered of whoever has or had this one."""
        return await self._database.read(partial(ledger_reading.pseudonyms_ever, pseudonym=pseudonym))
