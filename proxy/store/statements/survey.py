"""Counting: whom keys concern, who is learning right now, who was not seen for long."""

from sqlalchemy import Table, distinct, func, literal, select
from sqlalchemy.engine import Connection

from proxy.store.records import Headcount, MappingRecord
from proxy.store.statements.people import select_people, unseen
from proxy.store.tables import audit, lookups, people, pseudonyms

_PAGE = 10_000


def headcounts(connection: Connection) -> list[Headcount]:
    """Whom each LOOKUP and PSEUDONYM key concerns, and who there is."""
    group = (people.c.pseudonym_key, people.c.tenant, people.c.kind)
    everybody = select(literal("people"), *group, func.count(), func.count()).group_by(*group).order_by(*group)
    return [
        *_by_key(connection, "lookup", lookups),
        *_by_key(connection, "pseudonym", pseudonyms),
        *(Headcount(*row) for row in connection.execute(everybody)),
    ]


def _by_key(connection: Connection, purpose: str, table: Table) -> list[Headcount]:
    group = (table.c.key_id, people.c.tenant, people.c.kind)
    counts = (func.count(distinct(people.c.person)), func.count())
    statement = (
        select(literal(purpose), *group, *counts)
        .select_from(table.join(people, people.c.person == table.c.person))
        .group_by(*group)
        .order_by(*group)
    )
    return [Headcount(*row) for row in connection.execute(statement)]


def belongings(connection: Connection, person: str) -> list[MappingRecord]:
    """The registrations of a person."""
    return select_people(connection, people.c.owner == person, _PAGE)


def in_session(connection: Connection, since: int) -> int:
    """How many people had a session opened since then.

    Read from the end, for the log is long and has no index of times; the clocks of several nodes differ by less than a
    page that is older as a whole.
    """
    found: set[tuple[str, str]] = set()
    before: int | None = None
    while True:
        columns = (audit.c.seq, audit.c.at, audit.c.event, audit.c.tenant, audit.c.pseudonym)
        page = select(*columns).order_by(audit.c.seq.desc()).limit(_PAGE)
        rows = connection.execute(page if before is None else page.where(audit.c.seq < before)).all()
        found.update((row.tenant, row.pseudonym) for row in rows if row.event == "session-opened" and row.at >= since)
        if len(rows) < _PAGE or all(row.at < since for row in rows):
            return len(found)
        before = rows[-1].seq


def count_unseen(connection: Connection, moment: int) -> dict[str, int]:
    """How many people of each tenant were last seen before a moment."""
    statement = select(people.c.tenant, func.count()).where(unseen(moment)).group_by(people.c.tenant)
    return {row[0]: row[1] for row in connection.execute(statement.order_by(people.c.tenant))}
