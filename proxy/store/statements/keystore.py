"""Data keys, the journal's second copy, keyrings on their way to other nodes."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlalchemy.engine import Connection

from proxy.errors import StoreFailed
from proxy.store.records import Erasure, PersonKeyRecord, Pulse
from proxy.store.restrictions_port import RestrictionNote
from proxy.store.statements.common import chunks, insert_unless_there, meta_value, newest, note_erasures, set_meta
from proxy.store.statements.restriction_notes import drop_notes, keep_notes
from proxy.store.tables import keystore_erasures, keystore_meta, keystore_restriction_notes, person_keys, rings

_COLUMNS = tuple(person_keys.c[name] for name in PersonKeyRecord.__dataclass_fields__)


def pulse(connection: Connection) -> Pulse:
    """Who this database is."""
    instance = meta_value(connection, keystore_meta, "instance")
    lineage = meta_value(connection, keystore_meta, "lineage")
    return Pulse(instance, lineage, generation=0, digest="", erasures=newest(connection, keystore_erasures))


def put(connection: Connection, records: Sequence[PersonKeyRecord]) -> None:
    """Store keys of people who have none."""
    for one in records:
        connection.execute(insert_unless_there(connection, person_keys).values(**asdict(one)))


def get(connection: Connection, names: Sequence[str]) -> dict[str, PersonKeyRecord]:
    """Keys by person."""
    found = {}
    for some in chunks(names):
        for row in connection.execute(select(*_COLUMNS).where(person_keys.c.person.in_(some))):
            found[row[0]] = _record(row)
    return found


def rewrap(connection: Connection, record: PersonKeyRecord, replacing: bytes) -> bool:
    """Put a key in place of another wrapping of it."""
    same = and_(person_keys.c.person == record.person, person_keys.c.wrapped == replacing)
    statement = update(person_keys).where(same).values(wrapped=record.wrapped, seal_key=record.seal_key)
    return bool(connection.execute(statement).rowcount == 1)


def destroy(connection: Connection, names: Sequence[str]) -> int:
    """Delete keys; the connection overwrites what it deletes (SQLite) or is vacuumed after it (PostgreSQL)."""
    gone = 0
    for some in chunks(names):
        gone += connection.execute(delete(person_keys).where(person_keys.c.person.in_(some))).rowcount
    return gone


def under(connection: Connection, seal_key: str, after: str, limit: int) -> list[PersonKeyRecord]:
    """A page of the keys that one SEAL key wraps."""
    wrapped = and_(person_keys.c.seal_key == seal_key, person_keys.c.person > after)
    statement = select(*_COLUMNS).where(wrapped).order_by(person_keys.c.person).limit(limit)
    return [_record(row) for row in connection.execute(statement)]


def usage(connection: Connection) -> dict[str, int]:
    """Keys by the SEAL key that wraps them."""
    statement = select(person_keys.c.seal_key, func.count()).group_by(person_keys.c.seal_key)
    return {row[0]: row[1] for row in connection.execute(statement)}


def replay(connection: Connection, journal: Sequence[Erasure]) -> int:
    """Destroy the keys of forgotten people and note them."""
    note_erasures(connection, keystore_erasures, journal)
    drop_notes(connection, keystore_restriction_notes, journal)
    return destroy(connection, [one.person for one in journal])


def note_restrictions(connection: Connection, notes: Sequence[RestrictionNote]) -> None:
    """Remember what is later than what is remembered here."""
    keep_notes(connection, keystore_restriction_notes, keystore_erasures, notes)


def put_ring(connection: Connection, generation: int, digest: str, content: bytes) -> None:
    """Leave a sealed keyring."""
    row = {"generation": generation, "digest": digest, "content": content}
    connection.execute(insert_unless_there(connection, rings).values(**row))


def ring(connection: Connection, generation: int, digest: str) -> bytes | None:
    """A sealed keyring."""
    found = connection.execute(select(rings.c.content).where(_this_ring(generation, digest))).scalar()
    return None if found is None else bytes(found)


def drop_rings(connection: Connection, generation: int, digest: str) -> None:
    """Delete every other one up to this generation; later ones may be on their way."""
    older = and_(rings.c.generation <= generation, ~_this_ring(generation, digest))
    connection.execute(delete(rings).where(older))


def belongs_to(connection: Connection, lineage: str, *, opens: bool) -> None:
    """Note the lineage at first, compare it ever after."""
    there = meta_value(connection, keystore_meta, "lineage")
    if there == lineage:
        return
    if there:
        raise StoreFailed("foreign-key-store")
    if opens:
        raise StoreFailed("key-store-new")
    adopt(connection, lineage)


def adopt(connection: Connection, lineage: str) -> None:
    """Note the lineage."""
    set_meta(connection, keystore_meta, "lineage", lineage)


def _this_ring(generation: int, digest: str) -> ColumnElement[bool]:
    return and_(rings.c.generation == generation, rings.c.digest == digest)


def _record(row: Sequence[Any]) -> PersonKeyRecord:
    person, wrapped, seal_key, created = row
    return PersonKeyRecord(person, bytes(wrapped), seal_key, created)
