"""Tickets for the cloud to forget somebody. See `proxy.store.deletions_port`."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import ColumnElement, and_, func, select, true, update
from sqlalchemy.engine import Connection

from proxy.store.deletions_port import DeletionRecord, Place
from proxy.store.records import AuditRecord, Erasure
from proxy.store.statements.common import insert_unless_there
from proxy.store.statements.ledger import append_audit
from proxy.store.tables import deletions

_COLUMNS = [deletions.c[name] for name in DeletionRecord.__dataclass_fields__]
_RESTORED = "restored"


def order(
    connection: Connection, erasures: Sequence[Erasure], places: Sequence[Place], *, actor: str, restored: bool = False
) -> None:
    """Write a ticket for each erasure and each place of its tenant.

    `restored`: a journal kept elsewhere says so, and nobody knows any more who asked for it. The cloud deletes for
    ever; so a human has to look, unless whoever is forgotten here is to be forgotten there in any case.
    """
    for erasure in erasures:
        for place in places:
            if place.tenant != erasure.tenant:
                continue
            doubtful = restored and not place.retention and place.state == "open"
            record = DeletionRecord(
                tenant=erasure.tenant,
                pseudonym=erasure.pseudonym,
                application=place.application,
                state="by-hand" if doubtful else place.state,
                trouble=_RESTORED if doubtful else place.trouble,
                actor=actor,
                created=erasure.at,
            )
            new = connection.execute(insert_unless_there(connection, deletions).values(**asdict(record))).rowcount
            if new and record.state == "by-hand":
                append_audit(connection, [_refused(record)])


def _refused(record: DeletionRecord) -> AuditRecord:
    return AuditRecord(
        at=record.created,
        event="deletion-refused",
        actor=record.actor,
        tenant=record.tenant,
        mount=record.application,
        pseudonym=record.pseudonym,
        reason=record.trouble,
        count=1,
    )


def due(connection: Connection, now: int, limit: int) -> list[DeletionRecord]:
    """Tickets to be worked on."""
    return _read(connection, _is_due(now), deletions.c.due, limit)


def count_due(connection: Connection, now: int) -> int:
    """How many."""
    return connection.execute(select(func.count()).select_from(deletions).where(_is_due(now))).scalar_one()


def tickets(connection: Connection, *, done: bool) -> list[DeletionRecord]:
    """Tickets, the oldest first."""
    return _read(connection, true() if done else deletions.c.state != "done", deletions.c.created)


def note(connection: Connection, record: DeletionRecord, entries: Sequence[AuditRecord]) -> bool:
    """Write how a ticket stands: two that work on one are not both told that it is done."""
    names = ("tenant", "pseudonym", "application")
    same = and_(*(deletions.c[name] == getattr(record, name) for name in names), deletions.c.state != "done")
    values = {name: value for name, value in asdict(record).items() if name not in names}
    if connection.execute(update(deletions).where(same).values(**values)).rowcount == 0:
        return False
    append_audit(connection, entries)
    return True


def _is_due(now: int) -> ColumnElement[bool]:
    return and_(deletions.c.state != "done", deletions.c.due <= now)


def _read(
    connection: Connection, condition: ColumnElement[bool], order_by: ColumnElement[int], limit: int | None = None
) -> list[DeletionRecord]:
    ordered = select(*_COLUMNS).where(condition).order_by(order_by, deletions.c.pseudonym, deletions.c.application)
    return [DeletionRecord(*row) for row in connection.execute(ordered.limit(limit))]
