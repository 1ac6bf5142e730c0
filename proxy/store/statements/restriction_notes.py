"""What is remembered of restrictions, in either store. See `proxy.store.restrictions_port`."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from sqlalchemy import Table, and_, delete, select
from sqlalchemy.engine import Connection

from proxy.store.records import Erasure
from proxy.store.restrictions_port import RestrictionNote
from proxy.store.statements.common import chunks, in_turn

_Place = tuple[str, str]


def read_notes(connection: Connection, table: Table, after: int, limit: int) -> list[tuple[int, RestrictionNote]]:
    """Notes above a number, in order."""
    columns = [table.c[name] for name in RestrictionNote.__dataclass_fields__]
    statement = select(table.c.seq, *columns).where(table.c.seq > after).order_by(table.c.seq).limit(limit)
    return [(row[0], RestrictionNote(*row[1:])) for row in connection.execute(statement)]


def keep_notes(
    connection: Connection, table: Table, erasures: Table, notes: Sequence[RestrictionNote]
) -> list[RestrictionNote]:
    """Write the notes that are later than what is known; returns those. Of who was forgotten nothing is noted.

    In turn: numbers must become visible in their order, or a node that has read number 8 would never look for a number
    7 that was committed after it.
    """
    in_turn(connection)
    tokens = sorted({one.pseudonym for one in notes})
    known = noted(connection, table, tokens)
    gone = _erased(connection, erasures, tokens)
    news: dict[_Place, RestrictionNote] = {}
    for one in notes:
        place = (one.tenant, one.pseudonym)
        if place not in gone and one.outdates(news.get(place, known.get(place))):
            news[place] = one
    for one in news.values():
        same = and_(table.c.tenant == one.tenant, table.c.pseudonym == one.pseudonym)
        connection.execute(delete(table).where(same))
        connection.execute(table.insert().values(**asdict(one)))
    return list(news.values())


def drop_notes(connection: Connection, table: Table, erasures: Sequence[Erasure]) -> None:
    """Remember nothing of who was forgotten, whatever name her row had then."""
    gone = {(one.tenant, one.pseudonym) for one in erasures}
    people = {one.person for one in erasures}
    for some in chunks(sorted({one.pseudonym for one in erasures})):
        people |= {one.person for place, one in noted(connection, table, some).items() if place in gone}
    for some in chunks(sorted(people)):
        connection.execute(delete(table).where(table.c.person.in_(some)))


def noted(connection: Connection, table: Table, tokens: Sequence[str]) -> dict[_Place, RestrictionNote]:
    """What is noted under pseudonyms, by tenant and pseudonym."""
    columns = [table.c[name] for name in RestrictionNote.__dataclass_fields__]
    found: dict[_Place, RestrictionNote] = {}
    for some in chunks(tokens):
        for row in connection.execute(select(*columns).where(table.c.pseudonym.in_(some))):
            one = RestrictionNote(*row)
            found[one.tenant, one.pseudonym] = one
    return found


def latest(notes: Iterable[RestrictionNote]) -> RestrictionNote | None:
    """The note that counts, None if there is none."""
    found: RestrictionNote | None = None
    for one in notes:
        if one.outdates(found):
            found = one
    return found


def _erased(connection: Connection, erasures: Table, tokens: Sequence[str]) -> set[_Place]:
    gone: set[_Place] = set()
    for some in chunks(tokens):
        statement = select(erasures.c.tenant, erasures.c.pseudonym).where(erasures.c.pseudonym.in_(some))
        gone.update((row[0], row[1]) for row in connection.execute(statement))
    return gone
