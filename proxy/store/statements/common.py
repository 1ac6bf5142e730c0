"""What both stores and both databases share: identity of the database, its clock, the journal of erasures."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Insert, Table, func, literal_column, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from proxy.store.records import Erasure

T = TypeVar("T")

CHUNK = 500
"""Values in one IN: SQLite takes 32,766 parameters a statement, and a page of people has several."""

_PEOPLE_LOCK = 0x5C0E_7A5E


def insert_unless_there(connection: Connection, table: Table) -> Insert:
    """INSERT … ON CONFLICT DO NOTHING, which each dialect spells in a class of its own; `rowcount` says what it did."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    return sqlite.insert(table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)


def replacing_insert(connection: Connection, table: Table, values: dict[str, Any], keys: Sequence[str]) -> Insert:
    """INSERT … ON CONFLICT DO UPDATE of everything but `keys`."""
    changed = {name: value for name, value in values.items() if name not in keys}
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).values(**values).on_conflict_do_update(index_elements=keys, set_=changed)
    return sqlite.insert(table).values(**values).on_conflict_do_update(index_elements=keys, set_=changed)


def in_turn(connection: Connection) -> None:
    """Wait until nobody else writes people; for the rest of the transaction.

    SQLite has one writer anyway. On PostgreSQL two nodes that write the same people in different orders would each hold
    what the other waits for, and every node commits whole groups at once.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _PEOPLE_LOCK})


def now_ms(connection: Connection) -> ColumnElement[int]:
    """The database's own clock in milliseconds since 1970: the one clock that all nodes share."""
    if connection.dialect.name == "postgresql":
        return literal_column("(extract(epoch from clock_timestamp()) * 1000)::bigint")
    return literal_column("CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)")


def meta_value(connection: Connection, meta: Table, name: str) -> str:
    """A value of the `meta` table, "" if it is not there."""
    found: str | None = connection.execute(select(meta.c.value).where(meta.c.name == name)).scalar()
    return found or ""


def set_meta(connection: Connection, meta: Table, name: str, value: str) -> None:
    """Write a value of the `meta` table."""
    connection.execute(replacing_insert(connection, meta, {"name": name, "value": value}, ("name",)))


def newest(connection: Connection, table: Table) -> int:
    """The highest sequence number of a table, 0 if it is empty."""
    found: int | None = connection.execute(select(func.max(table.c.seq))).scalar()
    return found or 0


def read_erasures(connection: Connection, table: Table, after: int, limit: int) -> list[tuple[int, Erasure]]:
    """Journal entries above `after`, in order."""
    columns = [table.c[name] for name in ("tenant", "pseudonym", "person", "at")]
    statement = select(table.c.seq, *columns).where(table.c.seq > after).order_by(table.c.seq).limit(limit)
    return [(row[0], Erasure(*row[1:])) for row in connection.execute(statement)]


def note_erasures(connection: Connection, table: Table, erasures: Sequence[Erasure]) -> list[Erasure]:
    """Write journal entries that are not there yet; returns those.

    In turn: numbers must become visible in their order, or a node that has read number 8 would never look for a number
    7 that was committed after it.
    """
    in_turn(connection)
    known: set[tuple[str, str]] = set()
    for some in chunks([one.pseudonym for one in erasures]):
        statement = select(table.c.tenant, table.c.pseudonym).where(table.c.pseudonym.in_(some))
        known.update((row[0], row[1]) for row in connection.execute(statement))
    new = [one for one in erasures if (one.tenant, one.pseudonym) not in known]
    for one in new:
        connection.execute(insert_unless_there(connection, table).values(**asdict(one)))
    return new


def chunks(values: Sequence[T]) -> Iterable[Sequence[T]]:
    """Cut a long list for IN."""
    return (values[at : at + CHUNK] for at in range(0, len(values), CHUNK))
