"""Removes what leads to nobody: data keys without a person, index values and pseudonyms without one. Blocks."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice

from sqlalchemy import ColumnElement, Table, delete, exists
from sqlalchemy.engine import Connection, Engine

from proxy.errors import StoreFailed
from proxy.store.census import SETTLED_MS, without_person
from proxy.store.engines import BULK_WRITING, engine_for, parse
from proxy.store.faults import attempt
from proxy.store.migrate import KEYSTORE, MAPPING
from proxy.store.snapshot import PAGE, Snapshot
from proxy.store.statements import keystore
from proxy.store.statements.common import in_turn
from proxy.store.tables import lookups, people, pseudonyms


@dataclass(frozen=True, slots=True)
class Tidied:
    """How much led to nobody."""

    keys: int
    lookups: int
    pseudonyms: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.keys + self.lookups + self.pseudonyms


def tidy(mapping_url: str, keystore_url: str, *, dry_run: bool) -> Tidied:
    """Remove it, or count it. Nodes may go on serving. Raises `StoreFailed`; `foreign-key-store` for two strangers."""
    with Snapshot(mapping_url, MAPPING) as mapping, Snapshot(keystore_url, KEYSTORE) as keys:
        if keys.pulse.lineage not in {"", mapping.pulse.lineage}:
            raise StoreFailed("foreign-key-store")
        orphans = without_person(mapping, keys, SETTLED_MS)
        destroyed = sum(1 for _ in orphans) if dry_run else _destroy(keystore_url, orphans)
    engine = engine_for(parse(mapping_url), BULK_WRITING)
    try:
        gone = attempt(partial(_remove, engine, dry_run=dry_run))
    finally:
        engine.dispose()
    return Tidied(destroyed, *gone)


def _destroy(url: str, names: Iterator[str]) -> int:
    engine = engine_for(parse(url), BULK_WRITING)
    gone = 0
    try:
        while page := list(islice(names, PAGE)):
            gone += attempt(partial(_destroy_page, engine, page))
    finally:
        engine.dispose()
    return gone


def _destroy_page(engine: Engine, page: list[str]) -> int:
    with engine.begin() as connection:
        return keystore.destroy(connection, page)


def _remove(engine: Engine, *, dry_run: bool) -> tuple[int, int]:
    with engine.connect() as connection, connection.begin() as transaction:
        in_turn(connection)
        counts = (_remove_from(connection, lookups), _remove_from(connection, pseudonyms))
        if dry_run:
            transaction.rollback()
    return counts


def _remove_from(connection: Connection, table: Table) -> int:
    somebody: ColumnElement[bool] = exists().where(people.c.person == table.c.person)
    return connection.execute(delete(table).where(~somebody)).rowcount
