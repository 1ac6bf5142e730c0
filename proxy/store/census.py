"""Counts what is in the two stores, and what does not fit together. Blocks; changes nothing."""

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, exists, func, select, text

from proxy.store.faults import attempt
from proxy.store.migrate import UNFINISHED, wanted
from proxy.store.occupancy import LIVE_MS
from proxy.store.records import Erasure
from proxy.store.restrictions_port import RestrictionNote
from proxy.store.rows import Form, Layout
from proxy.store.snapshot import Snapshot, in_order
from proxy.store.statements import keystore, upkeep
from proxy.store.tables import (
    audit,
    erasures,
    keyrings,
    lookups,
    packages,
    people,
    person_keys,
    pins,
    postbacks,
    pseudonyms,
)

_NAME = Layout("people", ("person",), (Form.TEXT,), (0,))
SETTLED_MS = 60 * 60 * 1000
"""A data key is stored before its person is; one that is older than that belongs to nobody who is just coming."""

Counts = dict[str, int]


@dataclass(frozen=True, slots=True)
class Database:
    """What both stores are: the database, whose store it is, and how much there is of it in bytes."""

    dialect: str
    version: str
    revision: str
    lineage: str
    instance: str
    bytes: int
    rows: Counts
    archived: bool
    """Whether a server archives its log: what is deleted lives on there."""
    damage: str
    """What SQLite's quick check says, "" if it is content or was not asked."""
    unfinished: bool
    """Whether a copy or a restore was cut short."""


@dataclass(frozen=True, slots=True)
class Worker:
    """A running worker, the keyring generation it uses, and how many seconds ago it said so."""

    node: str
    generation: int
    seconds: int


@dataclass(frozen=True, slots=True)
class MappingCensus:
    """The mapping. Times in milliseconds since 1970 (UTC), 0 for never."""

    database: Database
    people: Counts
    lookups: Counts
    pseudonyms: Counts
    old_form: Counts
    audit_entries: int
    audit_first: int
    audit_last: int
    audit_number: int
    pins: Counts
    packages: Counts
    postbacks: Counts
    generation: int
    digest: str
    keyrings: int
    workers: list[Worker]
    jobs: list[dict[str, Any]]
    lookups_without_person: int
    pseudonyms_without_person: int
    people_without_lookup: int
    people_without_pseudonym: int
    erased_again: int


@dataclass(frozen=True, slots=True)
class KeyStoreCensus:
    """The key store: data keys by the SEAL key that wraps them."""

    database: Database
    keys: Counts
    erased_again: int


@dataclass(frozen=True, slots=True)
class Fit:
    """How the two stores fit together."""

    people_without_key: int
    keys_without_person: int


def mapping_census(store: Snapshot) -> MappingCensus:
    """Count the mapping. Raises `StoreFailed`."""
    usage = attempt(partial(upkeep.usage, store.connection))
    first, last, number, entries = _row(
        store,
        select(func.min(audit.c.at), func.max(audit.c.at), func.max(audit.c.seq), func.count()).select_from(audit),
    )
    return MappingCensus(
        database=_database(store),
        people=_by(store, people, people.c.tenant),
        lookups=usage["lookup"],
        pseudonyms=usage["pseudonym"],
        old_form=usage["seal"],
        audit_entries=entries,
        audit_first=first or 0,
        audit_last=last or 0,
        audit_number=number or 0,
        pins=_by(store, pins, pins.c.state),
        packages=_by(store, packages, packages.c.tenant),
        postbacks=_by(store, postbacks, postbacks.c.level),
        generation=store.pulse.generation,
        digest=store.pulse.digest,
        keyrings=_count(store, keyrings, None),
        workers=_workers(store),
        jobs=[asdict(one) for one in attempt(partial(upkeep.all_jobs, store.connection))],
        lookups_without_person=_count(store, lookups, ~_has(people, lookups)),
        pseudonyms_without_person=_count(store, pseudonyms, ~_has(people, pseudonyms)),
        people_without_lookup=_count(store, people, ~_has(lookups, people)),
        people_without_pseudonym=_count(store, people, ~_has_own_pseudonym()),
        erased_again=_count(store, people, _has(erasures, people)),
    )


def keystore_census(store: Snapshot) -> KeyStoreCensus:
    """Count the key store. Raises `StoreFailed`."""
    journal = store.schema.metadata.tables["erasures"]
    return KeyStoreCensus(
        database=_database(store),
        keys=attempt(partial(keystore.usage, store.connection)),
        erased_again=_count(store, person_keys, _has(journal, person_keys)),
    )


def fit(mapping: Snapshot, keys: Snapshot, age_ms: int = SETTLED_MS) -> Fit:
    """Compare the people of a mapping with the data keys of a key store, both read in order: nothing is kept.

    Only data keys of at least that age are counted as nobody's.
    """
    return Fit(sum(1 for _ in without_key(mapping, keys)), sum(1 for _ in without_person(mapping, keys, age_ms)))


def without_key(mapping: Snapshot, keys: Snapshot) -> Iterator[str]:
    """People whose data key is not there; a record of the old form needs none."""
    return (one for one, key in pairs(with_own_keys(mapping), keys.names("person_keys")) if not key)


def without_person(mapping: Snapshot, keys: Snapshot, age_ms: int = 0) -> Iterator[str]:
    """The names that data keys of at least that age stand under and nobody in the mapping has."""
    settled = person_keys.c.created <= time.time_ns() // 1_000_000 - age_ms
    theirs = _names(keys, person_keys, settled)
    return (key for one, key in pairs(mapping.names("people"), theirs) if not one)


@dataclass(frozen=True, slots=True)
class Ledger:
    """What a mapping keeps besides people: the number of the newest audit entry, packages, scripts, by their keys."""

    audit_number: int
    packages: frozenset[tuple[str, str]]
    pins: frozenset[tuple[str, str, str]]


def ledger_of(store: Snapshot) -> Ledger:
    """Read it. Raises `StoreFailed`."""

    def all_of(*columns: ColumnElement[str]) -> frozenset[Any]:
        found = attempt(lambda: store.connection.execute(select(*columns)).fetchall())
        return frozenset(tuple(map(str, row)) for row in found)

    newest = _row(store, select(func.coalesce(func.max(audit.c.seq), 0)))[0]
    return Ledger(
        newest, all_of(packages.c.tenant, packages.c.digest), all_of(pins.c.mount, pins.c.path, pins.c.digest)
    )


def with_own_keys(mapping: Snapshot) -> Iterator[str]:
    """The people who must have a data key: a record of the old form needs none."""
    return _names(mapping, people, people.c.seal_key == "")


def pairs(ours: Iterator[str], theirs: Iterator[str]) -> Iterator[tuple[str, str]]:
    """Names in order side by side, "" where one of the two is missing."""
    one, key = next(ours, ""), next(theirs, "")
    while one or key:
        if not key or (one and one < key):
            yield one, ""
            one = next(ours, "")
        elif not one or key < one:
            yield "", key
            key = next(theirs, "")
        else:
            yield one, key
            one, key = next(ours, ""), next(theirs, "")


def journal_of(store: Snapshot) -> list[Erasure]:
    """Every entry of a store's journal of erasures."""
    table = store.schema.metadata.tables["erasures"]
    statement = select(table.c.tenant, table.c.pseudonym, table.c.person, table.c.at).order_by(table.c.seq)
    return [Erasure(*row) for row in attempt(lambda: store.connection.execute(statement).fetchall())]


def notes_of(store: Snapshot) -> list[RestrictionNote]:
    """Everything that a store remembers of restrictions."""
    table = store.schema.metadata.tables["restriction_notes"]
    columns = [table.c[name] for name in RestrictionNote.__dataclass_fields__]
    return [RestrictionNote(*row) for row in attempt(lambda: store.connection.execute(select(*columns)).fetchall())]


def _names(store: Snapshot, table: Table, condition: ColumnElement[bool]) -> Iterator[str]:
    statement = select(table.c.person).where(condition).order_by(*in_order(table, store.connection.dialect.name))
    return (str(row[0]) for row in store.stream(_NAME, statement))


def _database(store: Snapshot) -> Database:
    path = store.address.path
    if path is None:
        version, size = _row(
            store, text("SELECT current_setting('server_version'), pg_database_size(current_database())")
        )
        archived = _row(store, text("SELECT current_setting('archive_mode')"))[0] != "off"
        damage = ""
    else:
        version, archived = _row(store, text("SELECT sqlite_version()"))[0], False
        size = sum(one.stat().st_size for one in (path, path.with_name(path.name + "-wal")) if one.exists())
        checked = _row(store, text("PRAGMA quick_check(1)"))[0]
        damage = "" if checked == "ok" else "quick-check"
    return Database(
        dialect=store.connection.dialect.name,
        version=str(version),
        revision=wanted(store.schema),
        lineage=store.pulse.lineage,
        instance=store.pulse.instance,
        bytes=int(size),
        rows={layout.table: store.count(layout.table) for layout in store.layouts()},
        archived=archived,
        damage=damage,
        unfinished=bool(store.meta(UNFINISHED)),
    )


def _workers(store: Snapshot) -> list[Worker]:
    now = time.time_ns() // 1_000_000
    alive = attempt(partial(upkeep.alive, store.connection, since=now - LIVE_MS))
    return [Worker(one.node, one.generation, max(now - one.seen, 0) // 1000) for one in alive]


def _row(store: Snapshot, statement: Any) -> Any:
    return attempt(lambda: store.connection.execute(statement).one())


def _by(store: Snapshot, table: Table, column: ColumnElement[str]) -> Counts:
    statement = select(column, func.count()).select_from(table).group_by(column).order_by(column)
    return {row[0]: row[1] for row in attempt(lambda: store.connection.execute(statement).fetchall())}


def _count(store: Snapshot, table: Table, condition: ColumnElement[bool] | None) -> int:
    statement = select(func.count()).select_from(table)
    found = _row(store, statement if condition is None else statement.where(condition))
    return int(found[0])


def _has(table: Table, of: Table) -> ColumnElement[bool]:
    return exists().where(table.c.person == of.c.person)


def _has_own_pseudonym() -> ColumnElement[bool]:
    same = and_(pseudonyms.c.person == people.c.person, pseudonyms.c.pseudonym == people.c.pseudonym)
    return exists().where(same)
