"""Audit entries, pins and packages: the statements, each a function of a connection."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import ColumnElement, and_, case, literal_column, select, update
from sqlalchemy.engine import Connection

from proxy.errors import StoreFailed
from proxy.store.chain import collect
from proxy.store.records import AuditRecord, PackageRecord, PinRecord
from proxy.store.statements.common import insert_unless_there
from proxy.store.tables import audit, packages, pins
from proxy.tlog.entry import MEMBERS

_AUDIT_COLUMNS = [audit.c[name] for name in MEMBERS]


def append_audit(connection: Connection, entries: Sequence[AuditRecord]) -> None:
    """Append entries in order: they are written right before the transaction ends."""
    collect(connection, entries)


def read_audit(connection: Connection, after: int, limit: int) -> list[tuple[int, AuditRecord]]:
    """Entries after a sequence number."""
    statement = select(audit.c.seq, *_AUDIT_COLUMNS).where(audit.c.seq > after).order_by(audit.c.seq).limit(limit)
    return [(row[0], AuditRecord(*row[1:])) for row in connection.execute(statement)]


def about(connection: Connection, tokens: Sequence[str], after: int, limit: int) -> list[tuple[int, AuditRecord]]:
    """Entries above a number that name one of these pseudonyms."""
    named = audit.c.pseudonym != literal_column("''")  # or SQLite does not use the index on these
    hers = and_(audit.c.pseudonym.in_(tokens), named, audit.c.seq > after)
    statement = select(audit.c.seq, *_AUDIT_COLUMNS).where(hers).order_by(audit.c.seq).limit(limit)
    return [(row[0], AuditRecord(*row[1:])) for row in connection.execute(statement)]


def pin(connection: Connection, record: PinRecord) -> PinRecord:
    """Remember a script, return the one that counts."""
    insert = insert_unless_there(connection, pins)
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
    if connection.execute(insert_unless_there(connection, packages).values(**values)).rowcount == 1:
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


def _pins(connection: Connection, condition: ColumnElement[bool]) -> list[PinRecord]:
    approved_first = case((pins.c.state == "approved", 0), else_=1)
    statement = (
        select(pins)
        .where(condition)
        .order_by(pins.c.mount, pins.c.path, approved_first, pins.c.first_seen, pins.c.digest)
    )
    return [PinRecord(*row) for row in connection.execute(statement)]
