"""A store that receives another one's rows, in batches, each of them a transaction. Blocks."""

import uuid
from collections.abc import Sequence
from functools import partial
from types import TracebackType
from typing import Any, Final, Self

from sqlalchemy import Table, UniqueConstraint, and_, bindparam, delete, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine

from proxy.errors import StoreFailed
from proxy.store.engines import BULK_WRITING, engine_for, parse
from proxy.store.faults import attempt
from proxy.store.migrate import UNFINISHED, Schema
from proxy.store.rows import Key, Layout, Row
from proxy.store.statements.common import meta_value, set_meta

COPY: Final = "copy"

OWN: Final = frozenset(("instance", "lineage", UNFINISHED))
"""Names in `meta` that are not copied: they say who a database is."""


class Target:
    """A context. The first batch marks the store as unfinished, `settle` takes the mark away."""

    def __init__(self, url: str, schema: Schema, lineage: str) -> None:
        """Nothing is opened yet."""
        self._address = parse(url)
        self._schema = schema
        self._lineage = lineage
        self._engine: Engine | None = None
        self._marked = False

    def __enter__(self) -> Self:
        """Connect at the first statement."""
        self._engine = engine_for(self._address, BULK_WRITING)
        return self

    def __exit__(self, _kind: type[BaseException] | None, _value: object, _trace: TracebackType | None) -> None:
        """Let go."""
        if self._engine is not None:
            self._engine.dispose()

    def change(self, layout: Layout, removed: Sequence[Key], written: Sequence[Row]) -> None:
        """Remove rows by their keys, then insert or update others: all or none. Raises `StoreFailed`."""
        attempt(partial(self._change, layout, removed, written))

    def settle(self, other_than: str) -> None:
        """Say that the store is whole, whose continuation it is, and that it is another database than `other_than`."""
        attempt(partial(self._settle, other_than))

    def _change(self, layout: Layout, removed: Sequence[Key], written: Sequence[Row]) -> None:
        table = self._schema.metadata.tables[layout.table]
        with self._begun() as connection:
            if not self._marked:
                set_meta(connection, self._meta, UNFINISHED, COPY)
                set_meta(connection, self._meta, "lineage", self._lineage)
            if removed:
                remove(connection, table, layout, removed)
            if written:
                write(connection, table, layout, written)
        self._marked = True

    def _settle(self, other_than: str) -> None:
        with self._begun() as connection:
            if self._lineage:
                set_meta(connection, self._meta, "lineage", self._lineage)
            if meta_value(connection, self._meta, "instance") in {"", other_than}:
                set_meta(connection, self._meta, "instance", uuid.uuid4().hex)
            connection.execute(delete(self._meta).where(self._meta.c.name == UNFINISHED))
            count_on(connection, self._schema)

    def _begun(self) -> Any:
        if self._engine is None:
            raise StoreFailed("closed")
        return self._engine.begin()

    @property
    def _meta(self) -> Table:
        return self._schema.metadata.tables["meta"]


def careful(table: Table) -> bool:
    """Whether more than the key must be unique: then a row may have to go before another can come."""
    return any(index.unique for index in table.indexes) or any(
        isinstance(one, UniqueConstraint) for one in table.constraints
    )


def remove(connection: Connection, table: Table, layout: Layout, keys: Sequence[Key]) -> None:
    """Delete rows by their keys."""
    names = [layout.columns[at] for at in layout.key]
    same = and_(*(table.c[name] == bindparam(f"key_{name}") for name in names))
    values = [{f"key_{name}": part for name, part in zip(names, key, strict=True)} for key in keys]
    connection.execute(delete(table).where(same), values)


def write(connection: Connection, table: Table, layout: Layout, rows: Sequence[Row]) -> None:
    """Insert rows, or put them in place of those with the same key."""
    keys = [layout.columns[at] for at in layout.key]
    insert: Any = postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
    others = {name: insert.excluded[name] for name in layout.columns if name not in keys}
    whole = (
        insert.on_conflict_do_update(index_elements=keys, set_=others) if others else insert.on_conflict_do_nothing()
    )
    connection.execute(whole, [dict(zip(layout.columns, row, strict=True)) for row in rows])


def count_on(connection: Connection, schema: Schema) -> None:
    """Let numbers go on where the rows end, and the planner know how many there are; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in schema.metadata.sorted_tables:
        if "seq" in table.c:
            last = select(func.coalesce(func.max(table.c.seq), 0)).scalar_subquery()
            sequence = func.pg_get_serial_sequence(table.name, "seq")
            connection.execute(select(func.setval(sequence, func.greatest(last, 1), last > 0)))
        connection.execute(text(f"ANALYZE {table.name}"))
