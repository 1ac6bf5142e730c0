"""Reading the audit log: filters, pages by number, who had which pseudonyms. See `proxy.store.ledger_port`."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, select, true
from sqlalchemy.engine import Connection

from proxy.store.ledger_port import AuditQuery, AuditRow, Covering, LogPlace, Span
from proxy.store.records import AuditRecord
from proxy.store.statements.common import newest
from proxy.store.tables import audit, checkpoints, erasures, logs, people, pseudonyms

_COLUMNS = (audit.c.seq, audit.c.log, audit.c.pos, *(audit.c[name] for name in AuditRecord.__dataclass_fields__))
_NOTHING: ColumnElement[str] = literal_column("''")
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
    statement = select(*_COLUMNS).where(and_(_within(span), _wanted(query))).order_by(order).limit(limit)
    return _rows(connection, statement)


def count(connection: Connection, query: AuditQuery, span: Span) -> int:
    """How many there are."""
    return connection.execute(
        select(func.count()).select_from(audit).where(and_(_within(span), _wanted(query)))
    ).scalar_one()


def tail(connection: Connection, query: AuditQuery, span: Span, count: int) -> Span:
    """Where the last so many begin."""
    wanted = select(audit.c.seq).where(and_(_within(span), _wanted(query)))
    statement = wanted.order_by(audit.c.seq.desc()).offset(count - 1).limit(1)
    first = connection.execute(statement).scalar()
    return span if first is None else Span(first - 1, span.to)


def heads(connection: Connection) -> dict[int, int]:
    """How long each log is."""
    return {row.log: row.size for row in connection.execute(select(logs.c.log, logs.c.size).order_by(logs.c.log))}


def stretch(connection: Connection, query: AuditQuery, place: LogPlace, end: int, limit: int) -> list[AuditRow]:
    """Entries of one log by position."""
    there = and_(_along(place, end), _wanted(query))
    return _rows(connection, select(*_COLUMNS).where(there).order_by(audit.c.pos).limit(limit))


def count_from(connection: Connection, query: AuditQuery, place: LogPlace, end: int) -> int:
    """How many entries there are along a log."""
    there = and_(_along(place, end), _wanted(query))
    return connection.execute(select(func.count()).select_from(audit).where(there)).scalar_one()


def leaf(connection: Connection, place: LogPlace) -> bytes | None:
    """The hash of one leaf."""
    there = and_(audit.c.log == place.log, audit.c.pos == place.pos)
    found = connection.execute(select(audit.c.leaf).where(there)).scalar()
    return None if found is None else bytes(found)


def covering(connection: Connection, place: LogPlace) -> Covering | None:
    """The first checkpoint over a place."""
    over = and_(checkpoints.c.log == place.log, checkpoints.c.size > place.pos)
    statement = select(checkpoints.c.size, checkpoints.c.at).where(over).order_by(checkpoints.c.size).limit(1)
    found = connection.execute(statement).first()
    return None if found is None else Covering(found.size, found.at)


def entry(connection: Connection, number: int) -> AuditRow | None:
    """One entry."""
    return next(iter(_rows(connection, select(*_COLUMNS).where(audit.c.seq == number))), None)


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
    return [AuditRow(row[0], row[1], row[2], AuditRecord(*row[3:])) for row in connection.execute(statement)]


def _within(span: Span) -> ColumnElement[bool]:
    return and_(audit.c.seq > span.after, audit.c.seq <= span.to)


def _along(place: LogPlace, end: int) -> ColumnElement[bool]:
    return and_(audit.c.log == place.log, audit.c.pos >= place.pos, audit.c.pos < end)


def _wanted(query: AuditQuery) -> ColumnElement[bool]:
    exact = [audit.c[name] == getattr(query, name) for name in _EXACT if getattr(query, name)]
    return and_(
        audit.c.log == query.log if query.log is not None else true(),
        # `+ 0`: the span has used the index of times already, and here it would cost the order of the numbers.
        audit.c.at + 0 >= query.since if query.since is not None else true(),
        audit.c.at + 0 < query.until if query.until is not None else true(),
        audit.c.event.in_(query.events) if query.events else true(),
        audit.c.pseudonym.in_(query.pseudonyms) if query.pseudonyms else true(),
        # The index has only entries that name somebody or something, and SQLite wants to be told so in its own words.
        audit.c.pseudonym != _NOTHING if query.pseudonyms else true(),
        audit.c.exchange != _NOTHING if query.exchange else true(),
        *exact,
    )
