"""A database that is open: threads that read, the one that writes, and the watch over what it was when we opened it."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from sqlalchemy import Engine, text
from sqlalchemy.engine import Connection

from proxy.errors import StoreFailed
from proxy.store.chain import Chain
from proxy.store.engines import BULK_WRITING, PULSE, READERS, READING, WRITING, Address, engine_for
from proxy.store.faults import attempt
from proxy.store.migrate import UNFINISHED, Schema, require_current
from proxy.store.records import Pulse
from proxy.store.scrub import scrub
from proxy.store.statements.common import meta_value
from proxy.store.watch import FileWatch
from proxy.store.writer import WAITING, Writer

T = TypeVar("T")

PULSE_SECONDS = 4.0
"""How long a database may take to say that it is there. Then whoever is answered from memory is refused too."""

_AT_ONCE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _Open:
    """What exists between `open` and `close`."""

    reading: Engine
    writing: Engine
    pulsing: Engine
    readers: ThreadPoolExecutor
    listener: ThreadPoolExecutor
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
        self._asked: asyncio.Future[Pulse] | None = None
        self._instance = ""
        self._trouble = ""
        self.chain = Chain()
        self.waiting = WAITING
        """How many writes may wait."""

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._address.dialect

    async def open(self) -> None:
        """Connect and make sure that this is a store of ours with today's schema, and writable."""
        async with self._changing:
            if self._parts is not None:
                return
            reading, pulsing = engine_for(self._address, READING), engine_for(self._address, PULSE)
            writing = engine_for(self._address, WRITING)
            readers = ThreadPoolExecutor(READERS, thread_name_prefix="scormveil-reader")
            try:
                await asyncio.get_running_loop().run_in_executor(readers, attempt, partial(self._greet, writing))
            except BaseException:
                readers.shutdown(wait=False)
                writing.dispose()
                raise
            self._trouble = ""
            listener = ThreadPoolExecutor(1, thread_name_prefix="scormveil-pulse")
            writer = Writer(writing, self.chain, self.waiting, self._verify_file, self._refuse_in_trouble)
            self._parts = _Open(reading, writing, pulsing, readers, listener, writer)

    async def close(self) -> None:
        """Finish the writes that were handed over, then disconnect."""
        async with self._changing:
            parts, self._parts = self._parts, None
            if parts is None:
                return
            if self.chain.held is not None:
                with suppress(StoreFailed):  # its lease lapses by itself
                    await parts.writer.run(self.chain.release)
            await parts.writer.close()
            await asyncio.get_running_loop().run_in_executor(None, partial(_disconnect, parts))

    async def check(self) -> None:
        """Raise `StoreFailed` if the store is closed, its file deleted or replaced, or its server did not answer."""
        self._opened()
        self._verify_file()
        self._refuse_in_trouble()

    async def pulse(self) -> Pulse:
        """Ask the database; what is wrong with it is remembered until it answers again as it should.

        Takes `PULSE_SECONDS` at most: a server that says nothing is in trouble like one that is gone.
        """
        parts = self._opened()
        self._verify_file()
        if self._asked is None or self._asked.done():
            ask = partial(_in_connection, parts.pulsing, self._felt)
            self._asked = asyncio.get_running_loop().run_in_executor(parts.listener, _twice, ask)
            self._asked.add_done_callback(_heard)
        asked = self._asked
        await asyncio.wait((asked,), timeout=PULSE_SECONDS)
        self._now_in(_trouble_of(asked, self._instance), parts)
        self._refuse_in_trouble()
        return asked.result()

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Do `work` in a connection of its own; raises `StoreFailed`."""
        parts = self._opened()
        self._verify_file()

        def ready() -> T:
            self._refuse_in_trouble()  # it may have begun while this waited for a thread
            return _in_connection(parts.reading, work)

        # A cancelled caller leaves the thread to finish and to give its connection back.
        return await asyncio.get_running_loop().run_in_executor(parts.readers, _twice, ready)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Do `work` in a transaction, together with what others do meanwhile; it is on disk when this returns."""
        return await self._opened().writer.run(work)

    async def scrub(self) -> bool:
        """Take what was deleted out of the files as well; see `proxy.store.scrub`."""
        parts = self._opened()
        work = partial(self._scrub, parts.writing)
        return await asyncio.get_running_loop().run_in_executor(parts.readers, attempt, work)

    def _scrub(self, writing: Engine) -> bool:
        if self._address.path is not None:
            return scrub(writing, self._schema.metadata)
        patient = engine_for(self._address, BULK_WRITING)  # a table is rewritten in one statement
        try:
            return scrub(patient, self._schema.metadata)
        finally:
            patient.dispose()

    def _opened(self) -> _Open:
        if self._parts is None:
            raise StoreFailed("closed")
        return self._parts

    def _refuse_in_trouble(self) -> None:
        if self._trouble:
            raise StoreFailed(self._trouble)

    def _now_in(self, trouble: str, parts: _Open) -> None:
        """Remember a trouble. Connections from before and from within one on a server are not used again."""
        if self.dialect == "postgresql" and trouble != self._trouble:
            parts.reading.dispose()
            parts.writing.dispose()
        if trouble == "read-only":
            parts.pulsing.dispose()  # of several hosts in the address another one may be the primary now
        self._trouble = trouble

    def _verify_file(self) -> None:
        if self._watch is not None:
            self._watch.verify()

    def _greet(self, writing: Engine) -> None:
        """First contact: a write transaction proves that the store can be written, its revision that it is ours."""
        if self._address.path is not None and not self._address.path.is_file():
            raise StoreFailed("not-created")
        with writing.begin() as connection:
            require_current(connection, self._schema)
            if meta_value(connection, self._schema.metadata.tables["meta"], UNFINISHED):
                raise StoreFailed("unfinished")
            self._instance = self._felt(connection).instance
            if self._watch is not None:
                self._watch.remember()

    def _felt(self, connection: Connection) -> Pulse:
        """The pulse of a database that can be written: SQLite proves it by its lock, a server has to be asked."""
        if connection.dialect.name == "postgresql":
            read_only = connection.execute(text("SELECT current_setting('transaction_read_only')")).scalar()
            if read_only != "off":
                raise StoreFailed("read-only")
        return self._beat(connection)


def _in_connection(engine: Engine, work: Callable[[Connection], T]) -> T:
    with engine.connect() as connection:
        return work(connection)


def _twice(work: Callable[[], T]) -> T:
    """Read; if the connection breaks off, once more on another: that one broke says nothing about the server.

    Not where it took long to break: then it is the server that says nothing.
    """
    began = time.monotonic()
    try:
        return attempt(work)
    except StoreFailed as failure:
        if failure.reason != "connection" or time.monotonic() - began > _AT_ONCE_SECONDS:
            raise
    return attempt(work)


def _disconnect(parts: _Open) -> None:
    parts.readers.shutdown(wait=True)
    parts.listener.shutdown(wait=True)
    for engine in (parts.reading, parts.writing, parts.pulsing):
        engine.dispose()


def _trouble_of(asked: asyncio.Future[Pulse], instance: str) -> str:
    """What a pulse says of its database in one word, "" if all is well."""
    if not asked.done():
        return "no-answer"
    failure = asked.exception()
    if failure is not None:
        return failure.reason if isinstance(failure, StoreFailed) else "database"
    return "" if asked.result().instance == instance else "replaced"


def _heard(asked: asyncio.Future[Pulse]) -> None:
    """Whoever asked may have gone; what the database said is then no news to anybody."""
    if not asked.cancelled():
        asked.exception()
