"""Whose data are kept and not used. See `proxy.store.restrictions_port`."""

from collections.abc import Sequence
from dataclasses import asdict, replace

from sqlalchemy import delete, or_, select
from sqlalchemy.engine import Connection

from proxy.store.records import AuditRecord
from proxy.store.restrictions_port import Replayed, RestrictionNote, RestrictionRecord, State
from proxy.store.statements.common import chunks, in_turn, insert_unless_there
from proxy.store.statements.ledger import append_audit
from proxy.store.statements.moves import note_change
from proxy.store.statements.restricted_again import again
from proxy.store.statements.restriction_notes import keep_notes, latest, noted
from proxy.store.tables import erasures, people, pseudonyms, restriction_notes, restrictions

_COLUMNS = tuple(restrictions.c[name] for name in RestrictionRecord.__dataclass_fields__)
_NOTES = tuple(restriction_notes.c[name] for name in RestrictionNote.__dataclass_fields__)


def restrict(connection: Connection, record: RestrictionRecord, entries: Sequence[AuditRecord]) -> int:
    """Restrict a person who is there and is not restricted."""
    in_turn(connection)
    there = connection.execute(select(people.c.person).where(people.c.person == record.person)).first()
    if there is None:
        return 0
    if not connection.execute(insert_unless_there(connection, restrictions).values(**asdict(record))).rowcount:
        return 0
    _note(connection, record, "restricted")
    append_audit(connection, entries)
    return _told(connection, record.person)


def release(connection: Connection, record: RestrictionRecord, entries: Sequence[AuditRecord]) -> int:
    """Let a person be used again."""
    in_turn(connection)
    if not connection.execute(delete(restrictions).where(restrictions.c.person == record.person)).rowcount:
        return 0
    _note(connection, record, "released")
    append_audit(connection, entries)
    return _told(connection, record.person)


def replay(connection: Connection, notes: Sequence[RestrictionNote], now: int) -> Replayed:
    """Do what later notes say, to whoever of those people is there."""
    news = keep_notes(connection, restriction_notes, erasures, notes)
    done = Replayed()
    for person in _whose(connection, news):
        last = latest(_notes_of(connection, person))
        if last is not None:
            done += _redone(connection, person, last, now)
    return done


def of_tenant(connection: Connection, tenant: str) -> list[RestrictionRecord]:
    """Everybody who is restricted in a tenant."""
    statement = select(*_COLUMNS).where(restrictions.c.tenant == tenant)
    ordered = statement.order_by(restrictions.c.since, restrictions.c.person)
    return [RestrictionRecord(*row) for row in connection.execute(ordered)]


def of_person(connection: Connection, person: str) -> RestrictionRecord | None:
    """The restriction of a person."""
    row = connection.execute(select(*_COLUMNS).where(restrictions.c.person == person)).first()
    return RestrictionRecord(*row) if row is not None else None


def _note(connection: Connection, record: RestrictionRecord, state: State) -> None:
    """Under each pseudonym of hers, later than whatever was noted before: the clock may have been wrong then."""
    last = latest(_notes_of(connection, record.person))
    at = record.since if last is None else max(record.since, last.at + 1)
    tokens = connection.execute(select(pseudonyms.c.pseudonym).where(pseudonyms.c.person == record.person)).scalars()
    notes = [RestrictionNote(record.tenant, token, record.person, state, at, record.case) for token in tokens]
    known = _notes_of(connection, record.person)  # also under pseudonyms that were retired since
    notes += [replace(one, person=record.person, state=state, at=at, case=record.case) for one in known]
    keep_notes(connection, restriction_notes, erasures, notes)


def _notes_of(connection: Connection, person: str) -> list[RestrictionNote]:
    """By the name of her row and by each pseudonym: an older form has other names."""
    rows = connection.execute(
        select(pseudonyms.c.tenant, pseudonyms.c.pseudonym).where(pseudonyms.c.person == person)
    ).all()
    found = noted(connection, restriction_notes, [row[1] for row in rows])
    hers = {(row[0], row[1]): found[row[0], row[1]] for row in rows if (row[0], row[1]) in found}
    for row in connection.execute(select(*_NOTES).where(restriction_notes.c.person == person)):
        one = RestrictionNote(*row)
        hers[one.tenant, one.pseudonym] = one
    return list(hers.values())


def _whose(connection: Connection, notes: Sequence[RestrictionNote]) -> list[str]:
    """The people who are there of whom notes speak."""
    names = {one.person for one in notes}
    places = {(one.tenant, one.pseudonym) for one in notes}
    for some in chunks(sorted(one.pseudonym for one in notes)):
        columns = (pseudonyms.c.tenant, pseudonyms.c.pseudonym, pseudonyms.c.person)
        found = connection.execute(select(*columns).where(pseudonyms.c.pseudonym.in_(some)))
        names |= {row[2] for row in found if (row[0], row[1]) in places}
    there: list[str] = []
    for some in chunks(sorted(names)):
        there += connection.execute(select(people.c.person).where(people.c.person.in_(some))).scalars()
    return there


def _redone(connection: Connection, person: str, last: RestrictionNote, now: int) -> Replayed:
    restricting = last.state == "restricted"
    if (of_person(connection, person) is not None) is restricting:
        return Replayed()
    if restricting:
        row = RestrictionRecord(person, last.tenant, last.at, last.case)
        connection.execute(restrictions.insert().values(**asdict(row)))
    else:
        connection.execute(delete(restrictions).where(restrictions.c.person == person))
    columns = (people.c.kind, people.c.pseudonym, people.c.pseudonym_key)
    kind, pseudonym, key_id = connection.execute(select(*columns).where(people.c.person == person)).one()
    append_audit(connection, [again(last, now, kind=kind, pseudonym=pseudonym, key_id=key_id)])
    _told(connection, person)
    return Replayed(restricted=int(restricting), released=int(not restricting))


def _told(connection: Connection, person: str) -> int:
    """A change of hers and of each registration of hers: nodes have them in memory under rows of their own."""
    hers = or_(people.c.person == person, people.c.owner == person)
    rows = connection.execute(select(people.c.person).where(hers).order_by(people.c.person)).scalars().all()
    return max(note_change(connection, row) for row in rows)
