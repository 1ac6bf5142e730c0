"""Other pseudonyms for people: promised, held, switched, retired. See `proxy.store.moves_port`."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import ColumnElement, and_, delete, exists, func, literal_column, or_, select, true, update
from sqlalchemy.engine import Connection

from proxy.store.moves_port import Scope
from proxy.store.records import NOT_PEOPLE, AuditRecord, MappingRecord, MoveRecord, Promise, PseudonymRecord
from proxy.store.statements.common import chunks, in_turn, now_ms, replacing_insert
from proxy.store.statements.ledger import append_audit
from proxy.store.statements.people import refuse_outdated, select_people
from proxy.store.statements.restricted_again import note_pseudonym
from proxy.store.tables import changes, erasures, moves, people, pseudonyms

_REMEMBERED_MS = 60 * 60 * 1000
"""How long a change is listed. No node keeps anybody in memory for so long."""


def count(connection: Connection, scope: Scope) -> dict[tuple[str, str], int]:
    """People in scope by tenant and key."""
    columns = (people.c.tenant, people.c.pseudonym_key)
    statement = select(*columns, func.count()).where(_in(scope)).group_by(*columns)
    return {(row[0], row[1]): row[2] for row in connection.execute(statement)}


def page(connection: Connection, scope: Scope, after: str, limit: int) -> list[MappingRecord]:
    """A page of people in scope."""
    return select_people(connection, and_(people.c.person > after, _in(scope)), limit)


def _in(scope: Scope) -> ColumnElement[bool]:
    coming = exists().where(and_(pseudonyms.c.person == people.c.person, pseudonyms.c.state == "coming"))
    there = people.c.tenant == scope.tenant if scope.tenant else true()
    return and_(there, people.c.kind.notin_(NOT_PEOPLE), or_(people.c.pseudonym_key.in_(scope.keys), coming))


def read(connection: Connection, person: str) -> MappingRecord | None:
    """One person."""
    return next(iter(select_people(connection, people.c.person == person, 1)), None)


def promise(
    connection: Connection,
    *,
    record: MappingRecord,
    coming: PseudonymRecord,
    replacing: bytes,
    generation: int,
    entry: AuditRecord,
) -> Promise:
    """Give a person a second pseudonym, or say why not; nothing is written then."""
    in_turn(connection)
    refuse_outdated(connection, generation)
    hers = and_(erasures.c.tenant == coming.tenant, erasures.c.pseudonym == coming.pseudonym)
    if connection.execute(select(exists().where(hers))).scalar():
        return Promise("erased")
    there = read(connection, record.person)
    same = there is not None and (there.sealed, there.pseudonym) == (replacing, record.pseudonym)
    if not same or _has(connection, pseudonyms.c.person == record.person, pseudonyms.c.state == "coming"):
        return Promise("stale")
    if _has(connection, pseudonyms.c.tenant == coming.tenant, pseudonyms.c.pseudonym == coming.pseudonym):
        return Promise("taken")
    connection.execute(pseudonyms.insert().values(**asdict(coming)))
    note_pseudonym(connection, coming)
    _seal(connection, record, moving=record.moving)
    append_audit(connection, [entry])
    return Promise("promised", note_change(connection, record.person))


def hold(connection: Connection, person: str, until: int) -> int:
    """Begin to hold."""
    in_turn(connection)
    if not _has(connection, pseudonyms.c.person == person, pseudonyms.c.state == "coming"):
        return 0
    connection.execute(update(people).where(people.c.person == person).values(moving=until))
    return note_change(connection, person)


def prolong(connection: Connection, names: Sequence[str], until: int) -> None:
    """Hold longer."""
    in_turn(connection)
    for some in chunks(names):
        held = and_(people.c.person.in_(some), people.c.moving != 0)
        connection.execute(update(people).where(held).values(moving=until))


def let_go(connection: Connection, person: str) -> None:
    """End a hold."""
    in_turn(connection)
    if connection.execute(update(people).where(people.c.person == person).values(moving=0)).rowcount:
        note_change(connection, person)


def stalled(connection: Connection, before: int, limit: int) -> list[MappingRecord]:
    """People whose hold ends before a moment."""
    held: ColumnElement[bool] = literal_column(
        "people.moving > 0"
    )  # as the index says it: a bound value would not be known to imply it
    return select_people(connection, and_(held, people.c.moving < before), limit)


def note(connection: Connection, outcomes: Sequence[MoveRecord], entries: Sequence[AuditRecord]) -> None:
    """What became of moves; of people only who are still there."""
    in_turn(connection)
    for one in outcomes:
        if read(connection, one.person) is not None:
            row = asdict(one)
            connection.execute(replacing_insert(connection, moves, row, ("person", "pseudonym", "application")))
    append_audit(connection, entries)


def switch(connection: Connection, *, person: str, former: str, coming: str, now: int, entry: AuditRecord) -> bool:
    """Exchange the current pseudonym for the coming one."""
    in_turn(connection)
    hers = pseudonyms.c.person == person
    there = read(connection, person)
    if there is None:
        return False
    if there.pseudonym == coming:
        return True
    key_id = connection.execute(
        select(pseudonyms.c.key_id).where(and_(hers, pseudonyms.c.pseudonym == coming, pseudonyms.c.state == "coming"))
    ).scalar()
    if key_id is None or there.pseudonym != former:
        return False
    for token, state in ((former, "former"), (coming, "current")):
        one = and_(hers, pseudonyms.c.pseudonym == token)
        connection.execute(update(pseudonyms).where(one).values(state=state, since=now))
    values = {"pseudonym": coming, "pseudonym_key": key_id, "moving": 0}
    connection.execute(update(people).where(people.c.person == person).values(**values))
    append_audit(connection, [entry])
    note_change(connection, person)
    return True


def aged(connection: Connection, *, state: str, before: int, after: str, limit: int) -> list[PseudonymRecord]:
    """Pseudonyms that stand so for a while."""
    old = and_(pseudonyms.c.state == state, pseudonyms.c.since < before, pseudonyms.c.pseudonym > after)
    return _pseudonyms(connection, old, limit)


def not_current(connection: Connection, tenant: str, after: str, limit: int) -> list[PseudonymRecord]:
    """Pseudonyms that do not leave."""
    there = pseudonyms.c.tenant == tenant if tenant else true()
    return _pseudonyms(connection, and_(there, pseudonyms.c.state != "current", pseudonyms.c.pseudonym > after), limit)


def retire(
    connection: Connection, *, record: MappingRecord, pseudonym: str, replacing: bytes, entry: AuditRecord
) -> bool:
    """Take a pseudonym away that does not leave."""
    in_turn(connection)
    there = read(connection, record.person)
    if there is None or (there.sealed, there.pseudonym) != (replacing, record.pseudonym):
        return False
    gone = and_(
        pseudonyms.c.person == record.person, pseudonyms.c.pseudonym == pseudonym, pseudonyms.c.state != "current"
    )
    if connection.execute(delete(pseudonyms).where(gone)).rowcount == 0:
        return False
    told = or_(moves.c.former == pseudonym, moves.c.pseudonym == pseudonym)
    connection.execute(delete(moves).where(and_(moves.c.person == record.person, told)))
    _seal(connection, record)
    append_audit(connection, [entry])
    note_change(connection, record.person)
    return True


def outcomes(connection: Connection, names: Sequence[str]) -> list[MoveRecord]:
    """What was noted of people's moves."""
    columns = [moves.c[name] for name in MoveRecord.__dataclass_fields__]
    found: list[MoveRecord] = []
    for some in chunks(names):
        statement = select(*columns).where(moves.c.person.in_(some)).order_by(moves.c.person, moves.c.application)
        found += [MoveRecord(*row) for row in connection.execute(statement)]
    return found


def ping(connection: Connection) -> int:
    """A change of nobody."""
    in_turn(connection)
    return note_change(connection, "")


def listed(connection: Connection, after: int, limit: int) -> list[tuple[int, str]]:
    """Changes above a number."""
    statement = select(changes.c.seq, changes.c.person).where(changes.c.seq > after)
    return [(row[0], row[1]) for row in connection.execute(statement.order_by(changes.c.seq).limit(limit))]


def note_change(connection: Connection, person: str) -> int:
    """Note a change for the nodes to hear of. In turn: numbers become visible in their order."""
    now = connection.execute(select(now_ms(connection))).scalar_one()
    connection.execute(delete(changes).where(changes.c.at < now - _REMEMBERED_MS))
    made = connection.execute(changes.insert().values(person=person, at=now)).inserted_primary_key
    return int(made[0]) if made else 0


def _seal(connection: Connection, record: MappingRecord, **more: int) -> None:
    values = {"sealed": record.sealed, "seal_key": record.seal_key, **more}
    connection.execute(update(people).where(people.c.person == record.person).values(**values))


def _has(connection: Connection, *conditions: ColumnElement[bool]) -> bool:
    return bool(connection.execute(select(exists().where(and_(*conditions)))).scalar())


def _pseudonyms(connection: Connection, condition: ColumnElement[bool], limit: int) -> list[PseudonymRecord]:
    columns = [pseudonyms.c[name] for name in PseudonymRecord.__dataclass_fields__]
    statement = select(*columns).where(condition).order_by(pseudonyms.c.pseudonym).limit(limit)
    return [PseudonymRecord(*row) for row in connection.execute(statement)]
