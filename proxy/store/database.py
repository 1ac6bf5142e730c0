"""A database that is open: threads that read, the one that writes, and the watch over what it was when we opened it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from proxy.errors import StoreFailed
from proxy.store.engines import READERS, Address, attempt, engine_for
from proxy.store.migrate import Schema, require_current
from proxy.store.records import Pulse
from proxy.store.scrub import scrub
from proxy.store.watch import FileWatch
from proxy.store.writer import Writer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Open:
    """What exists between `open` and `close`."""

    reading: Engine
    writing: Engine
    readers: ThreadPoolExecutor
    writer: Writer


class Database:
    """See `proxy.store.port.Openable`. Belongs to the loop that opened it."""

    def __init__(self, address: Address, schema: Schema, beat: Callable[[Connection], Pulse]) -> None:
        """Remember where the database is, what must be in it, and the statement that takes its pulse."""
        self._address = address
        self._schema = schema
        self._beat = beat
        self._watch = FileWatch(address.path) if address.path is not None else None
        self._parts: _Open | None = None
        self._changing = asyncio.Lock()
        self._instance = ""
        self._trouble = ""

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._address.dialect

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
            self._trouble = ""
            self._parts = _Open(reading, writing, readers, Writer(writing, self._verify_file))

    async def close(self) -> None:
        """Finish the writes that were handed over, then disconnect."""
        async with self._changing:
            parts, self._parts = self._parts, None
            if parts is None:
                return
            await parts.writer.close()
            await asyncio.get_running_loop().run_in_executor(None, partial(_disconnect, parts))

    async def check(self) -> None:
        """Raise `StoreFailed` if the store is closed, its file deleted or replaced, or its server did not answer."""
        self._opened()
        self._verify_file()
        if self._trouble:
            raise StoreFailed(self._trouble)

    async def pulse(self) -> Pulse:
        """Ask the database; what is wrong with it is remembered until it answers again as it should."""
        try:
            pulse = await self.read(self._beat)
        except StoreFailed as failure:
            self._trouble = failure.reason
            raise
        self._trouble = "" if pulse.instance == self._instance else "replaced"
        if self._trouble:
            raise StoreFailed(self._trouble)
        return pulse

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Do `work` in a connection of its own; raises `StoreFailed`."""
        parts = self._opened()
        self._verify_file()
        loop = asyncio.get_running_loop()
        # A cancelled caller leaves the thread to finish and to give its connection back.
        return await loop.run_in_executor(parts.readers, attempt, partial(_in_connection, parts.reading, work))

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Do `work` in a transaction, together with what others do meanwhile; it is on disk when this returns."""
        return await self._opened().writer.run(work)

    async def scrub(self) -> bool:
        """Take what was deleted out of the files as well; see `proxy.store.scrub`."""
        parts = self._opened()
        work = partial(scrub, parts.writing, self._schema.metadata)
        return await asyncio.get_running_loop().run_in_executor(parts.readers, attempt, work)

    def _opened(self) -> _Open:
        if self._parts is None:
            raise StoreFailed("closed")
        return self._parts

    def _verify_file(self) -> None:
        if self._watch is not None:
            self._watch.verify()

    def _greet(self, writing: Engine) -> None:
        """First contact: a write transaction proves that the store can be written, its revision that it is ours."""
        if self._address.path is not None and not self._address.path.is_file():
            raise StoreFailed("not-created")
        with writing.begin() as connection:
            require_current(connection, self._schema)
            self._instance = self._beat(connection).instance
            if self._watch is not None:
                self._watch.remember()


def _in_connection(engine: Engine, work: Callable[[Connection], T]) -> T:
    with engine.connect() as connection:
        return work(connection)


def _disconnect(parts: _Open) -> None:
    parts.readers.shutdown(wait=True)
    parts.reading.dispose()
    parts.writing.dispose()
