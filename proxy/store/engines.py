"""Connects to SQLite or PostgreSQL, and turns what drivers raise into `StoreFailed` without a word of theirs."""

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar
from urllib.parse import quote

from sqlalchemy import URL, Engine, Pool, QueuePool, create_engine, event, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError, SQLAlchemyError

from proxy.errors import ProxyError, StoreFailed

T = TypeVar("T")

_SERVER_SECONDS = 5
_STATEMENT_MS = 15_000
_LOCK_MS = 5_000
_SERVER_OPTIONS = (
    # The server's own default may be weaker; what we say is on disk must be.
    "-c synchronous_commit=on",
    f"-c statement_timeout={_STATEMENT_MS}",
    f"-c lock_timeout={_LOCK_MS}",
    "-c idle_in_transaction_session_timeout=60000",
    "-c application_name=scormveil",
)
_KEEPALIVE = MappingProxyType(
    {
        "connect_timeout": _SERVER_SECONDS,
        "keepalives_idle": _SERVER_SECONDS,
        "keepalives_interval": 1,
        "keepalives_count": 3,
        # A cable that was pulled out answers nothing at all: give up what was sent and not acknowledged.
        "tcp_user_timeout": _SERVER_SECONDS * 1000,
    }
)
_SQLSTATES = MappingProxyType(
    {
        "08": "connection",
        "23": "constraint",
        "25": "read-only",
        "28": "login",
        "3D": "no-database",
        "40": "deadlock",
        "53": "server-full",
        "55": "locked",
        "57": "connection",
    }
)
"""Classes of SQLSTATE (PostgreSQL documentation, appendix A) in words of ours."""

READERS = 4
"""Connections and threads for reading."""

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
    if parsed.get_backend_name() == "postgresql":
        return Address(parsed, None)
    if not parsed.database or parsed.database.startswith((":memory:", "file:")):
        raise StoreFailed("not-durable")
    return Address(parsed, Path(parsed.database).absolute())


def engine_for(address: Address, *, writing: bool) -> Engine:
    """Build an engine; it connects when it is first used. SQLite files are opened, never created."""
    if address.path is not None:
        return _sqlite(address.path, writing=writing)
    return attempt(partial(_server, address.url, writing=writing))


def _server(url: URL, *, writing: bool) -> Engine:
    given = dict(url.query)
    options = " ".join((*_SERVER_OPTIONS, *([str(given.pop("options"))] if "options" in given else [])))
    return create_engine(
        url.set(query=given),
        hide_parameters=True,
        pool_size=1 if writing else READERS,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args={**_KEEPALIVE, "options": options},
    )


def _sqlite(path: Path, *, writing: bool) -> Engine:
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
        pool_size=1 if writing else READERS,
        max_overflow=0,
        hide_parameters=True,
    )
    # The driver would begin a transaction at the first INSERT only; ours begin where we say, and a writer takes the
    # lock at once, because a lock taken later in a transaction fails instead of waiting.
    begin = "BEGIN IMMEDIATE" if writing else "BEGIN"

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "begin", on_begin)
    return engine


def attempt(work: Callable[[], T]) -> T:
    """Do `work`; whatever a driver, the library or the system raises becomes `StoreFailed` with one word."""
    reason = ""
    try:
        return work()
    except ProxyError:
        raise
    except Exception as failure:  # noqa: BLE001  the promise is "StoreFailed and nothing else"
        reason = _word_for(failure)
    # Raised outside the handler, so that the driver's exception (its parameters!) is not even attached as context.
    raise StoreFailed(reason)


def _word_for(failure: Exception) -> str:
    origin = failure.orig if isinstance(failure, DBAPIError) else failure
    name = getattr(origin, "sqlite_errorname", None)
    if isinstance(name, str):
        return name.lower().replace("_", "-")
    state = getattr(origin, "sqlstate", None)
    if isinstance(state, str):
        return _SQLSTATES.get(state[:2], "database")
    if isinstance(failure, OperationalError):
        return "connection"
    if isinstance(failure, (ModuleNotFoundError, NoSuchModuleError)):
        return "no-driver"
    if isinstance(failure, OSError):
        return "system"
    return "database" if isinstance(failure, SQLAlchemyError) else "statement"
