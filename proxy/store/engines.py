"""Where a store is, and how to connect to it: a SQLite file, or PostgreSQL."""

import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Engine, Pool, QueuePool, create_engine, event, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.exc import ArgumentError

from proxy.errors import StoreFailed
from proxy.store.faults import attempt

READERS = 4
"""Connections and threads for reading."""

_DRIVER = "postgresql+psycopg"
_BUSY_SECONDS = 5.0
_PRAGMAS = (
    "PRAGMA foreign_keys=ON",
    # Deleted cells are overwritten with zeros: what is forgotten must not stay on a free page.
    "PRAGMA secure_delete=ON",
    # With a write-ahead log FULL flushes it at every commit; NORMAL would lose the last ones with the power.
    "PRAGMA synchronous=FULL",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA trusted_schema=OFF",
)


@dataclass(frozen=True, slots=True)
class Use:
    """What an engine is for. The two limits hold for a server: for each statement, and for its silence."""

    writes: bool
    connections: int
    statement_seconds: int
    silence_seconds: float


READING = Use(writes=False, connections=READERS, statement_seconds=10, silence_seconds=12.0)
WRITING = Use(writes=True, connections=1, statement_seconds=10, silence_seconds=12.0)
PULSE = Use(writes=False, connections=1, statement_seconds=2, silence_seconds=3.0)
"""A connection of its own: a pulse that waits behind long statements says nothing about the server."""
BULK_READING = Use(writes=False, connections=1, statement_seconds=0, silence_seconds=900.0)
BULK_WRITING = Use(writes=True, connections=1, statement_seconds=0, silence_seconds=900.0)
"""Migrating, copying, vacuuming: one statement may sort or rewrite a whole table."""


@dataclass(frozen=True, slots=True)
class Address:
    """A store's URL, read. `path` is the file of a SQLite database, None for a server."""

    url: URL
    path: Path | None

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.url.get_backend_name()


def parse(url: str) -> Address:
    """Read a store URL; `StoreFailed` for anything but a SQLite file or PostgreSQL through psycopg."""
    parsed: URL | None = None
    with suppress(ArgumentError):
        parsed = make_url(url)
    if parsed is None or parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise StoreFailed("url")
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername=_DRIVER)
    if parsed.get_backend_name() == "postgresql":
        if parsed.drivername != _DRIVER:
            raise StoreFailed("url")
        return Address(parsed, None)
    if not parsed.database or parsed.database.startswith((":memory:", "file:")):
        raise StoreFailed("not-durable")
    return Address(parsed, Path(parsed.database).absolute())


def url_of(path: Path) -> str:
    """The store URL of a SQLite file."""
    return URL.create("sqlite", database=str(path)).render_as_string()


def engine_for(address: Address, use: Use) -> Engine:
    """Build an engine; it connects when it is first used. SQLite files are opened, never created."""
    if address.path is not None:
        return _sqlite(address.path, use)
    return attempt(partial(_server, address.url, use))


def _server(url: URL, use: Use) -> Engine:
    from proxy.store.postgres import server  # an installation on SQLite needs no driver

    return server(
        url,
        connections=use.connections,
        statement_seconds=use.statement_seconds,
        silence_seconds=use.silence_seconds,
    )


def _sqlite(path: Path, use: Use) -> Engine:
    def connect() -> sqlite3.Connection:
        # mode=rw: a wrong path must fail, not start a second history of who is who.
        raw = sqlite3.connect(
            f"file:{quote(str(path))}?mode=rw",
            uri=True,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            for pragma in _PRAGMAS:
                raw.execute(pragma).close()
        except sqlite3.Error:
            raw.close()
            raise
        return raw

    pool: type[Pool] = QueuePool
    engine = create_engine(
        "sqlite://",
        creator=connect,
        poolclass=pool,
        pool_size=use.connections,
        max_overflow=0,
        hide_parameters=True,
    )
    # The driver would begin a transaction at the first INSERT only; ours begin where we say, and a writer takes the
    # lock at once, because a lock taken later in a transaction fails instead of waiting.
    begin = "BEGIN IMMEDIATE" if use.writes else "BEGIN"

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "begin", on_begin)
    return engine
