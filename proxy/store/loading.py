"""Fills a new store from rows that come from elsewhere, in one transaction: until its end there is nothing. Blocks.

The tables are made as they were when the rows were written, filled, read back and compared; only then the migrations
follow that came since.
"""

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import islice
from types import TracebackType
from typing import Final, Self

from sqlalchemy import MetaData, Table, delete, select, text
from sqlalchemy.engine import Connection

from proxy.errors import StoreFailed
from proxy.store.chain import Chain, collect
from proxy.store.deletions_port import Place
from proxy.store.engines import BULK_WRITING, engine_for, parse
from proxy.store.faults import attempt
from proxy.store.log_port import RESTORED, Mac
from proxy.store.migrate import MAPPING, UNFINISHED, Schema, create_file, knows, upgrade_in
from proxy.store.records import AuditRecord, Erasure, check_entries
from proxy.store.restrictions_port import Replayed, RestrictionNote
from proxy.store.rows import Layout, Row, line_of, row_from
from proxy.store.snapshot import PAGE, STREAMED, plainly
from proxy.store.statements import keystore, logs, restrictions, upkeep
from proxy.store.statements.common import newest, set_meta
from proxy.store.tables import audit
from proxy.store.target import count_on, write

RESTORE: Final = "restore"


class Loading:
    """A context. Raises `StoreFailed`: `schema-newer` for rows of a later version, `differs`, and what databases do."""

    def __init__(self, url: str, schema: Schema, revision: str, mac: Mac | None = None) -> None:
        """Nothing is opened yet. `revision` is the one that the rows were written under, `mac` codes audit entries."""
        self._address = parse(url)
        self._schema = schema
        self._revision = revision
        self._ending = ExitStack()
        self._begun: Connection | None = None
        self._chain = Chain()
        self._chain.mac = mac
        self._after = 0

    def __enter__(self) -> Self:
        """Make the tables. What is there already must be of no use to anybody: it goes with the same transaction."""
        if not knows(self._schema, self._revision):
            raise StoreFailed("schema-newer")
        try:
            attempt(self._begin)
        except BaseException:
            self._ending.close()
            raise
        return self

    def __exit__(self, _kind: type[BaseException] | None, _value: object, _trace: TracebackType | None) -> None:
        """Let go; without `finish` nothing has happened."""
        self._ending.close()

    def fill(self, layout: Layout, rows: Iterator[Row]) -> int:
        """Write the rows of a table, in the order of its key, and read them back; returns how many there are."""
        table = attempt(partial(self._emptied, layout))
        digest, count = hashlib.sha256(), 0
        while page := list(islice(rows, PAGE)):
            for row in page:
                digest.update(line_of(layout, row) + b"\n")
            values = [dict(zip(layout.columns, row, strict=True)) for row in page]
            attempt(partial(self._connection.execute, table.insert(), values))
            count += len(page)
        if attempt(partial(self._digest, table, layout)) != digest.hexdigest():
            raise StoreFailed("differs")
        return count

    def migrate(self) -> None:
        """Bring the tables to today's form. What is written after it is numbered above what is there."""
        attempt(partial(upgrade_in, self._connection, self._schema))
        attempt(partial(count_on, self._connection, self._schema))

    def add(self, layout: Layout, rows: Iterator[Row]) -> int:
        """After `migrate`: write further rows, in place of those with the same key; returns how many there were."""
        table, count = self._schema.metadata.tables[layout.table], 0
        while page := list(islice(rows, PAGE)):
            attempt(partial(write, self._connection, table, layout, page))
            count += len(page)
        return count

    def forget(self, erasures: Sequence[Erasure], places: Sequence[Place] = ()) -> None:
        """After `migrate`: forget people once more, and note it, in a mapping with tickets for `places`."""
        of_mapping = partial(upkeep.replay, places=tuple(places))
        replay = of_mapping if self._schema is MAPPING else keystore.replay
        attempt(partial(replay, self._connection, tuple(erasures)))

    def remember(self, notes: Sequence[RestrictionNote], now: int) -> Replayed:
        """After `forget`: note what is noted elsewhere of restrictions; in a mapping, do what it says."""
        if self._schema is MAPPING:
            return attempt(partial(restrictions.replay, self._connection, tuple(notes), now))
        attempt(partial(keystore.note_restrictions, self._connection, tuple(notes)))
        return Replayed()

    def record(self, entry: AuditRecord, after: int) -> None:
        """After `migrate`: write an audit entry whose number is above `after` and above all that are there.

        It begins a new log: those that are in the backup were longer when they were lost, and may not go on.
        """
        check_entries((entry,))
        self._after = max(self._after, after)
        collect(self._connection, (entry,))

    def finish(self, lineage: str) -> None:
        """Name the store as another one of `lineage`, marked as unfinished, and commit. See `Target.settle`."""
        attempt(partial(self._finish, lineage))

    @property
    def _connection(self) -> Connection:
        if self._begun is None:
            raise StoreFailed("closed")
        return self._begun

    def _begin(self) -> None:
        if self._address.path is not None:
            create_file(self._address.path)
        engine = engine_for(self._address, BULK_WRITING)
        self._ending.callback(engine.dispose)
        connection = self._begun = self._ending.enter_context(engine.connect())
        connection.begin()
        self._chain.begin(connection)
        self._schema.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
        upgrade_in(connection, self._schema, self._revision)

    def _emptied(self, layout: Layout) -> Table:
        """The table as it is at this revision, without what its making put in."""
        table = Table(layout.table, MetaData(), autoload_with=self._connection)
        if set(table.c.keys()) != set(layout.columns):
            raise StoreFailed("differs")
        self._connection.execute(delete(table))
        return table

    def _digest(self, table: Table, layout: Layout) -> str:
        dialect = self._connection.dialect.name
        columns = [table.c[name] for name in layout.columns]
        statement = select(*columns).order_by(*(plainly(columns[at], dialect) for at in layout.key))
        found = self._connection.execute(statement, execution_options=STREAMED)
        digest = hashlib.sha256()
        for page in found.partitions():
            for values in page:
                digest.update(line_of(layout, row_from(layout, values)) + b"\n")
        return digest.hexdigest()

    def _finish(self, lineage: str) -> None:
        meta = self._schema.metadata.tables["meta"]
        for name, value in (("lineage", lineage), ("instance", uuid.uuid4().hex), (UNFINISHED, RESTORE)):
            set_meta(self._connection, meta, name, value)
        if self._schema is MAPPING:
            logs.close_all(self._connection, RESTORED)
            number = max(self._after, newest(self._connection, audit)) + 1
            self._chain.seal(self._connection, number)
            self._chain.release(self._connection)
        count_on(self._connection, self._schema)
        self._connection.commit()
