"""The statements, each a function of a connection, and the way between rows and records."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Insert, Row, Table, and_, case, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from proxy.errors import StoreFailed
from proxy.store.port import AuditRecord, MappingRecord, PackageRecord, PinRecord
from proxy.store.tables import audit, mappings, packages, pins

_AUDIT_COLUMNS = [column for column in audit.c if column.name != "seq"]


def mappings_by_lookup(connection: Connection, tenant: str, kind: str, lookups: Sequence[bytes]) -> list[MappingRecord]:
    """Mappings with any of the blind indexes, oldest first."""
    same = and_(mappings.c.tenant == tenant, mappings.c.kind == kind, mappings.c.lookup.in_(lookups))
    return _mappings(connection, same)


def mappings_by_pseudonym(connection: Connection, tenant: str, pseudonyms: Sequence[str]) -> list[MappingRecord]:
    """Mappings with any of the pseudonyms, oldest first."""
    return _mappings(connection, and_(mappings.c.tenant == tenant, mappings.c.pseudonym.in_(pseudonyms)))


def insert_or_get(
    connection: Connection, records: Sequence[MappingRecord], entries: Sequence[Sequence[AuditRecord]]
) -> list[MappingRecord]:
    """Insert, or return what was there first; the entries of winners only."""
    winners: list[MappingRecord] = []
    for place, record in enumerate(records):
        statement = _insert_unless_there(connection, mappings).values(**asdict(record))
        if connection.execute(statement).rowcount == 1:
            winners.append(record)
            append_audit(connection, entries[place] if entries else ())
        else:
            winners.append(_the_earlier(connection, record))
    return winners


def _the_earlier(connection: Connection, record: MappingRecord) -> MappingRecord:
    by_lookup = and_(mappings.c.kind == record.kind, mappings.c.lookup == record.lookup)
    # The pseudonym meets without the lookup when the other process had another LOOKUP key: the same person still,
    # since both were derived from the same input.
    same = and_(mappings.c.tenant == record.tenant, or_(by_lookup, mappings.c.pseudonym == record.pseudonym))
    found = _mappings(connection, same)
    exact = [one for one in found if one.lookup == record.lookup and one.kind == record.kind]
    if not (exact or found):
        raise StoreFailed("conflict")
    return (exact or found)[0]


def reseal(connection: Connection, record: MappingRecord, replacing: bytes | None) -> bool:
    """Write what is sealed anew; False if `replacing` is not what is there. `StoreFailed` if the row is gone."""
    row = and_(mappings.c.tenant == record.tenant, mappings.c.pseudonym == record.pseudonym)
    expected = row if replacing is None else and_(row, mappings.c.sealed == replacing)
    statement = (
        update(mappings)
        .where(expected)
        .values(sealed=record.sealed, seal_key=record.seal_key, last_seen=record.last_seen)
    )
    if connection.execute(statement).rowcount == 1:
        return True
    if not _mappings(connection, row):
        raise StoreFailed("no-such-mapping")
    return False


def append_audit(connection: Connection, entries: Sequence[AuditRecord]) -> None:
    """Append entries in order."""
    if entries:
        connection.execute(audit.insert(), [asdict(entry) for entry in entries])


def read_audit(connection: Connection, after: int, limit: int) -> list[tuple[int, AuditRecord]]:
    """Entries after a sequence number."""
    statement = select(audit.c.seq, *_AUDIT_COLUMNS).where(audit.c.seq > after).order_by(audit.c.seq).limit(limit)
    return [(row[0], AuditRecord(*row[1:])) for row in connection.execute(statement)]


def pin(connection: Connection, record: PinRecord) -> PinRecord:
    """Remember a script, return the one that counts."""
    insert = _insert_unless_there(connection, pins)
    values = asdict(record)
    if connection.execute(insert.values(**values)).rowcount == 0 and record.state == "approved":
        connection.execute(insert.values(**{**values, "state": "pending"}))
    there = _pins(connection, and_(pins.c.mount == record.mount, pins.c.path == record.path))
    return next(one for one in there if one.state == "approved" or one.digest == record.digest)


def all_pins(connection: Connection) -> list[PinRecord]:
    """Every pin, the approved one of a path first."""
    return _pins(connection, pins.c.mount.is_not(None))


def approve(connection: Connection, mount: str, path: str, digest: str) -> PinRecord:
    """Approve one script of a path instead of another."""
    here = and_(pins.c.mount == mount, pins.c.path == path)
    connection.execute(update(pins).where(and_(here, pins.c.digest != digest)).values(state="pending"))
    chosen = and_(here, pins.c.digest == digest)
    if connection.execute(update(pins).where(chosen).values(state="approved")).rowcount == 0:
        raise StoreFailed("no-such-pin")
    return _pins(connection, chosen)[0]


def register_package(connection: Connection, record: PackageRecord) -> None:
    """Insert or replace a package; it keeps the moment it was first registered."""
    values = {
        **asdict(record),
        "roles": dict(record.roles),
        "fixed": list(record.fixed),
        "hosts": list(record.hosts),
        "prelaunch_keys": list(record.prelaunch_keys),
    }
    if connection.execute(_insert_unless_there(connection, packages).values(**values)).rowcount == 1:
        return
    same = and_(packages.c.tenant == record.tenant, packages.c.digest == record.digest)
    values.pop("created")
    connection.execute(update(packages).where(same).values(**values))


def packages_of(connection: Connection, tenant: str) -> list[PackageRecord]:
    """Packages of a tenant, oldest first."""
    statement = select(packages).where(packages.c.tenant == tenant).order_by(packages.c.created, packages.c.digest)
    return [
        PackageRecord(
            digest=row.digest,
            tenant=row.tenant,
            launch_path=row.launch_path,
            roles=dict(row.roles),
            fixed=tuple(row.fixed),
            dispatch_root=row.dispatch_root,
            hosts=tuple(row.hosts),
            created=row.created,
            prelaunch_path=row.prelaunch_path,
            prelaunch_keys=tuple(row.prelaunch_keys),
            config_path=row.config_path,
        )
        for row in connection.execute(statement)
    ]


def _mappings(connection: Connection, condition: ColumnElement[bool]) -> list[MappingRecord]:
    statement = select(mappings).where(condition).order_by(mappings.c.created, mappings.c.pseudonym)
    return [_mapping(row) for row in connection.execute(statement)]


def _mapping(row: Row[Any]) -> MappingRecord:
    values = row._asdict()
    return MappingRecord(**{**values, "lookup": bytes(values["lookup"]), "sealed": bytes(values["sealed"])})


def _pins(connection: Connection, condition: ColumnElement[bool]) -> list[PinRecord]:
    approved_first = case((pins.c.state == "approved", 0), else_=1)
    statement = (
        select(pins)
        .where(condition)
        .order_by(pins.c.mount, pins.c.path, approved_first, pins.c.first_seen, pins.c.digest)
    )
    return [PinRecord(*row) for row in connection.execute(statement)]


def _insert_unless_there(connection: Connection, table: Table) -> Insert:
    """INSERT … ON CONFLICT DO NOTHING, which each dialect spells in a class of its own."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()
