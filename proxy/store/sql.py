"""The store on SQLAlchemy Core: SQLite in one place, PostgreSQL for many nodes, with the same statements."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from proxy.errors import StoreFailed
from proxy.store import statements
from proxy.store.engines import READERS, Address, attempt, engine_for, parse
from proxy.store.migrate import require_current
from proxy.store.port import AuditRecord, MappingRecord, PackageRecord, PinRecord, faulty_field
from proxy.store.watch import FileWatch
from proxy.store.writer import Writer

T = TypeVar("T")


def open_store(url: str) -> "SqlStore":
    """Make a store for `sqlite:///file` or `postgresql+psycopg://…`; nothing is touched before `open()`."""
    return SqlStore(parse(url))


@dataclass(frozen=True, slots=True)
class _Open:
    """What exists between `open` and `close`."""

    reading: Engine
    writing: Engine
    readers: ThreadPoolExecutor
    writer: Writer


class SqlStore:
    """A `Store` (see `proxy.store.port` for what each method promises). Belongs to the loop that opened it."""

    def __init__(self, address: Address) -> None:
        """Remember where the database is."""
        self._address = address
        self._watch = FileWatch(address.path) if address.path is not None else None
        self._parts: _Open | None = None
        self._changing = asyncio.Lock()

    async def open(self) -> None:
        """Connect and make sure that this is a store of ours with today's schema, and writable."""
        async with self._changing:
            if self._parts is not None:
                return
            reading = engine_for(self._address, writing=False)
            writing = engine_for(self._address, writing=True)
            readers = ThreadPoolExecutor(READERS, thread_name_prefix="scormveil-reader")
            try:
                await asyncio.get_running_loop().run_in_executor(readers, attempt, partial(self._greet, writing))
            except BaseException:
                readers.shutdown(wait=False)
                writing.dispose()
                raise
            self._parts = _Open(reading, writing, readers, Writer(writing, self._verify))

    async def close(self) -> None:
        """Finish the writes that were handed over, then disconnect."""
        async with self._changing:
            parts, self._parts = self._parts, None
            if parts is None:
                return
            await parts.writer.close()
            await asyncio.get_running_loop().run_in_executor(None, partial(_disconnect, parts))

    async def check(self) -> None:
        """Raise `StoreFailed` if the store is closed, or its file deleted or replaced."""
        self._opened()
        self._verify()

    async def by_lookup(self, tenant: str, kind: str, lookups: Sequence[bytes]) -> list[MappingRecord]:
        """Return the mappings of any of `lookups`, oldest first."""
        return await self._read(
            partial(statements.mappings_by_lookup, tenant=tenant, kind=kind, lookups=tuple(lookups))
        )

    async def by_pseudonym(self, tenant: str, pseudonyms: Sequence[str]) -> list[MappingRecord]:
        """Return the mappings of any of `pseudonyms`, oldest first."""
        return await self._read(partial(statements.mappings_by_pseudonym, tenant=tenant, pseudonyms=tuple(pseudonyms)))

    async def insert_or_get(
        self, records: Sequence[MappingRecord], audit: Sequence[Sequence[AuditRecord]] = ()
    ) -> list[MappingRecord]:
        """Insert each record or return the one that was there first, with the entries of the winners."""
        if audit and len(audit) != len(records):
            raise StoreFailed("entries-per-record")
        for entries in audit:
            _check_entries(entries)
        return await self._write(partial(statements.insert_or_get, records=tuple(records), entries=tuple(audit)))

    async def reseal(self, record: MappingRecord, *, replacing: bytes | None = None) -> bool:
        """Write what is sealed of a mapping anew; False if it is no longer `replacing`."""
        return await self._write(partial(statements.reseal, record=record, replacing=replacing))

    async def append_audit(self, entries: Sequence[AuditRecord]) -> None:
        """Append entries; they are on disk when this returns."""
        _check_entries(entries)
        await self._write(partial(statements.append_audit, entries=tuple(entries)))

    async def read_audit(self, after: int, limit: int) -> list[tuple[int, AuditRecord]]:
        """Return up to `limit` entries after sequence number `after`."""
        return await self._read(partial(statements.read_audit, after=after, limit=limit))

    async def pin(self, record: PinRecord) -> PinRecord:
        """Remember a script and return the one that counts for its path."""
        return await self._write(partial(statements.pin, record=record))

    async def pins(self) -> list[PinRecord]:
        """Return every pin, the approved one of a path first."""
        return await self._read(statements.all_pins)

    async def approve(self, mount: str, path: str, digest: str) -> PinRecord:
        """Approve a remembered script."""
        return await self._write(partial(statements.approve, mount=mount, path=path, digest=digest))

    async def register_package(self, record: PackageRecord) -> None:
        """Remember a package."""
        await self._write(partial(statements.register_package, record=record))

    async def packages(self, tenant: str) -> list[PackageRecord]:
        """Return the packages of `tenant`."""
        return await self._read(partial(statements.packages_of, tenant=tenant))

    async def _read(self, work: Callable[[Connection], T]) -> T:
        parts = self._opened()
        self._verify()
        loop = asyncio.get_running_loop()
        # A cancelled caller leaves the thread to finish and to give its connection back.
        return await loop.run_in_executor(parts.readers, attempt, partial(_in_connection, parts.reading, work))

    async def _write(self, work: Callable[[Connection], T]) -> T:
        return await self._opened().writer.run(work)

    def _opened(self) -> _Open:
        if self._parts is None:
            raise StoreFailed("closed")
        return self._parts

    def _verify(self) -> None:
        if self._watch is not None:
            self._watch.verify()

    def _greet(self, writing: Engine) -> None:
        """First contact: a write transaction proves that the store can be written, its revision that it is ours."""
        if self._address.path is not None and not self._address.path.is_file():
            raise StoreFailed("not-created")
        with writing.begin() as connection:
            require_current(connection)
            if self._watch is not None:
                self._watch.remember()


def _in_connection(engine: Engine, work: Callable[[Connection], T]) -> T:
    with engine.connect() as connection:
        return work(connection)


def _disconnect(parts: _Open) -> None:
    parts.readers.shutdown(wait=True)
    parts.reading.dispose()
    parts.writing.dispose()


def _check_entries(entries: Sequence[AuditRecord]) -> None:
    for entry in entries:
        faulty = faulty_field(entry)
        if faulty:
            raise StoreFailed("audit-entry", place=faulty)
