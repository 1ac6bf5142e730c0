"""Reading the audit log: filters, pages by number, who had which pseudonyms. See `proxy.store.ledger_port`."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, true
from sqlalchemy.engine import Connection

from proxy.store.ledger_port import AuditQuery, AuditRow, Span
from proxy.store.records import AuditRecord
from proxy.store.statements.common import newest
from proxy.store.tables import audit, erasures, people, pseudonyms

_COLUMNS = tuple(audit.c[name] for name in AuditRecord.__dataclass_fields__)
_EXACT = ("actor", "tenant", "mount", "route", "kind", "key_id", "exchange", "reason")


def span(connection: Connection, query: AuditQuery) -> Span:
    """Between which numbers everything stands that is wanted: one look into the index of times for either end."""
    after, to = 0, newest(connection, audit)
    if query.since is not None:
        first = connection.execute(select(func.min(audit.c.seq)).where(audit.c.at >= query.since)).scalar()
        after = to if first is None else first - 1
    if query.until is not None:
        to = connection.execute(select(func.max(audit.c.seq)).where(audit.c.at < query.until)).scalar() or 0
    return Span(after, max(after, to))


def page(connection: Connection, query: AuditQuery, span: Span, limit: int, newest_first: bool) -> list[AuditRow]:
    """Entries in order of their numbers, or from the newest on."""
    order = audit.c.seq.desc() if newest_first else audit.c.seq
    statement = select(audit.c.seq, *_COLUMNS).where(_wanted(query, span)).order_by(order).limit(limit)
    return _rows(connection, statement)


def count(connection: Connection, query: AuditQuery, span: Span) -> int:
    """How many there are."""
    return connection.execute(select(func.count()).select_from(audit).where(_wanted(query, span))).scalar_one()


def tail(connection: Connection, query: AuditQuery, span: Span, count: int) -> Span:
    """Where the last so many begin."""
    statement = select(audit.c.seq).where(_wanted(query, span)).order_by(audit.c.seq.desc()).offset(count - 1).limit(1)
    first = connection.execute(statement).scalar()
    return span if first is None else Span(first - 1, span.to)


def entry(connection: Connection, number: int) -> AuditRow | None:
    """One entry."""
    return next(iter(_rows(connection, select(audit.c.seq, *_COLUMNS).where(audit.c.seq == number))), None)


def pseudonyms_ever(connection: Connection, pseudonym: str) -> list[str]:
    """What the mapping and the journal of erasures remember of whoever has or had it, with her registrations."""
    persons: set[str] = set()
    for table in (pseudonyms, erasures):
        persons |= set(connection.execute(select(table.c.person).where(table.c.pseudonym == pseudonym)).scalars())
    persons |= set(connection.execute(select(people.c.person).where(people.c.owner.in_(sorted(persons)))).scalars())
    tokens: set[str] = set()
    for table in (pseudonyms, erasures):
        hers = select(table.c.pseudonym).where(table.c.person.in_(sorted(persons)))
        tokens |= set(connection.execute(hers).scalars())
    return sorted(tokens)


def _rows(connection: Connection, statement: Select[Any]) -> list[AuditRow]:
    return [AuditRow(row[0], AuditRecord(*row[1:])) for row in connection.execute(statement)]


def _wanted(query: AuditQuery, span: Span) -> ColumnElement[bool]:
    exact = [audit.c[name] == getattr(query, name) for name in _EXACT if getattr(query, name)]
    return and_(
        audit.c.seq > span.after,
        audit.c.seq <= span.to,
        # `+ 0`: the span has used the index of times already, and here it would cost the order of the numbers.
        audit.c.at + 0 >= query.since if query.since is not None else true(),
        audit.c.at + 0 < query.until if query.until is not None else true(),
        audit.c.event.in_(query.events) if query.events else true(),
        audit.c.pseudonym.in_(query.pseudonyms) if query.pseudonyms else true(),
        *exact,
    )
