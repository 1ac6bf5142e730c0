"""One state of a store, read as a whole while nodes go on writing. Blocks."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from types import MappingProxyType, TracebackType
from typing import Any, Final, Self

from sqlalchemy import ColumnElement, Select, Table, Text, func, select
from sqlalchemy.engine import Connection, CursorResult, Engine

from proxy.errors import StoreFailed
from proxy.store.engines import BULK_READING, Address, engine_for, parse
from proxy.store.faults import attempt
from proxy.store.migrate import MAPPING, Schema, require_current
from proxy.store.records import Pulse
from proxy.store.rows import Form, Layout, Row, layout_of, row_from
from proxy.store.statements import keystore, upkeep
from proxy.store.statements.common import meta_value

PAGE: Final = 1000
"""Rows that are in memory at once."""

STREAMED: Final[Mapping[str, Any]] = MappingProxyType({"stream_results": True, "yield_per": PAGE})
"""For statements whose result is longer than memory."""

PASSING: Final = frozenset(("nodes",))
"""Tables about what runs just now: neither copied nor backed up."""


class Snapshot:
    """A context: inside it every answer is of the same moment. Raises `StoreFailed` only.

    SQLite: a read transaction, which keeps the write-ahead log from being emptied. PostgreSQL: REPEATABLE READ, READ
    ONLY, which keeps deleted rows from being vacuumed. So neither should last longer than it must.
    """

    def __init__(self, url: str, schema: Schema) -> None:
        """Nothing is opened yet."""
        self.address: Address = parse(url)
        self.schema = schema
        self._engine: Engine | None = None
        self._connection: Connection | None = None
        self.pulse = Pulse("", "", 0, "", 0)

    def __enter__(self) -> Self:
        """Connect, and make sure that this is a store of ours with today's schema."""
        if self.address.path is not None and not self.address.path.is_file():
            raise StoreFailed("not-created")
        self._engine = engine_for(self.address, BULK_READING)
        try:
            attempt(partial(self._begin, self._engine))
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, _kind: type[BaseException] | None, _value: object, _trace: TracebackType | None) -> None:
        """Let go."""
        self._end()

    def layouts(self) -> tuple[Layout, ...]:
        """The tables that make up the store, by name."""
        names = sorted(self.schema.metadata.tables.keys() - PASSING)
        return tuple(layout_of(self._table(name)) for name in names)

    def meta(self, name: str) -> str:
        """What the store says of itself under a name, "" if nothing."""
        return attempt(partial(meta_value, self.connection, self._table("meta"), name))

    def rows(self, layout: Layout) -> Iterator[Row]:
        """The rows of a table in the order of its key, `PAGE` of them in memory."""
        table = self._table(layout.table)
        return self.stream(layout, select(table).order_by(*in_order(table, self.connection.dialect.name)))

    def stream(self, layout: Layout, statement: Select[Any]) -> Iterator[Row]:
        """The rows of a statement, which must have the columns of `layout`."""
        execute = partial(self.connection.execute, statement, execution_options=STREAMED)
        result: CursorResult[Any] = attempt(execute)
        while page := attempt(partial(result.fetchmany, PAGE)):
            for values in page:
                yield row_from(layout, values)

    def names(self, table: str) -> Iterator[str]:
        """The names of the people that a table has rows of, each once, in order."""
        column = self._table(table).c.person
        ordered = plainly(column, self.connection.dialect.name)
        layout = Layout(table, ("person",), (Form.TEXT,), (0,))
        for row in self.stream(layout, select(column).group_by(column).order_by(ordered)):
            yield str(row[0])

    def count(self, table: str) -> int:
        """How many rows a table has."""
        statement = select(func.count()).select_from(self._table(table))
        return attempt(lambda: self.connection.execute(statement).scalar_one())

    @property
    def connection(self) -> Connection:
        """For statements of this room."""
        if self._connection is None:
            raise StoreFailed("closed")
        return self._connection

    def _table(self, name: str) -> Table:
        return self.schema.metadata.tables[name]

    def _begin(self, engine: Engine) -> None:
        connection = engine.connect()
        self._connection = connection
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        require_current(connection, self.schema)
        beat = upkeep.pulse if self.schema is MAPPING else keystore.pulse
        self.pulse = beat(connection)  # the first read of the tables: from here on it is this moment

    def _end(self) -> None:
        connection, self._connection = self._connection, None
        with suppress(StoreFailed):  # a connection that broke cannot be given back
            if connection is not None:
                attempt(connection.close)
        if self._engine is not None:
            self._engine.dispose()


def in_order(table: Table, dialect: str) -> list[ColumnElement[Any]]:
    """The columns of a table's key, to order by as `Layout.key_of` compares."""
    return [plainly(column, dialect) for column in table.primary_key.columns]


def plainly(column: ColumnElement[Any], dialect: str) -> ColumnElement[Any]:
    """By code points: a PostgreSQL database has a language, in which A may come after b."""
    return column.collate("C") if dialect == "postgresql" and isinstance(column.type, Text) else column
