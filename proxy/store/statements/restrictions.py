"""Whose data are kept and not used. See `proxy.store.restrictions_port`."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import delete, or_, select
from sqlalchemy.engine import Connection

from proxy.store.records import AuditRecord
from proxy.store.restrictions_port import RestrictionRecord
from proxy.store.statements.common import in_turn, insert_unless_there
from proxy.store.statements.ledger import append_audit
from proxy.store.statements.moves import note_change
from proxy.store.tables import people, restrictions

_COLUMNS = tuple(restrictions.c[name] for name in RestrictionRecord.__dataclass_fields__)


def restrict(connection: Connection, record: RestrictionRecord, entries: Sequence[AuditRecord]) -> int:
    """Restrict a person who is there and is not restricted."""
    in_turn(connection)
    there = connection.execute(select(people.c.person).where(people.c.person == record.person)).first()
    if there is None:
        return 0
    if not connection.execute(insert_unless_there(connection, restrictions).values(**asdict(record))).rowcount:
        return 0
    return _noted(connection, record.person, entries)


def release(connection: Connection, person: str, entries: Sequence[AuditRecord]) -> int:
    """Let a person be used again."""
    in_turn(connection)
    if not connection.execute(delete(restrictions).where(restrictions.c.person == person)).rowcount:
        return 0
    return _noted(connection, person, entries)


def of_tenant(connection: Connection, tenant: str) -> list[RestrictionRecord]:
    """Everybody who is restricted in a tenant."""
    statement = select(*_COLUMNS).where(restrictions.c.tenant == tenant)
    ordered = statement.order_by(restrictions.c.since, restrictions.c.person)
    return [RestrictionRecord(*row) for row in connection.execute(ordered)]


def of_person(connection: Connection, person: str) -> RestrictionRecord | None:
    """The restriction of a person."""
    row = connection.execute(select(*_COLUMNS).where(restrictions.c.person == person)).first()
    return RestrictionRecord(*row) if row is not None else None


def _noted(connection: Connection, person: str, entries: Sequence[AuditRecord]) -> int:
    """A change of hers and of each registration of hers: nodes have them in memory under rows of their own."""
    append_audit(connection, entries)
    hers = or_(people.c.person == person, people.c.owner == person)
    rows = connection.execute(select(people.c.person).where(hers).order_by(people.c.person)).scalars().all()
    return max(note_change(connection, row) for row in rows)
