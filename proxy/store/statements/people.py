"""People: found by index or pseudonym, admitted once, sealed anew."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, exists, func, select, update
from sqlalchemy.engine import Connection

from proxy.errors import KeysUnavailable, StoreFailed
from proxy.store.port import LAG_MS
from proxy.store.records import NOT_PEOPLE, Admission, LookupRecord, MappingRecord, Newcomer
from proxy.store.statements.common import in_turn, insert_unless_there, now_ms
from proxy.store.statements.ledger import append_audit
from proxy.store.statements.restricted_again import Standing, restrict_newcomer, standing
from proxy.store.tables import erasures, keyrings, lookups, people, pseudonyms, restrictions

_RESTRICTED = (
    select(func.coalesce(func.max(restrictions.c.since), 0))
    .where(restrictions.c.person.in_((people.c.person, people.c.owner)))
    .correlate(people)
    .scalar_subquery()
)
"""Since when nothing of hers may be used; of a registration, since when nothing of its owner's."""

_HERS = tuple(name for name in MappingRecord.__dataclass_fields__ if name in people.c)
COLUMNS = (*(people.c[name] for name in _HERS), _RESTRICTED.label("restricted"))


def by_lookup(
    connection: Connection, tenant: str, kind: str, values: Sequence[bytes]
) -> list[tuple[bytes, MappingRecord]]:
    """Mappings with any of the index values, oldest first."""
    same = and_(lookups.c.tenant == tenant, lookups.c.kind == kind, lookups.c.value.in_(values))
    statement = (
        select(lookups.c.value, *COLUMNS)
        .join(people, people.c.person == lookups.c.person)
        .where(same)
        .order_by(people.c.created, people.c.pseudonym)
    )
    return [(bytes(row[0]), record_of(row[1:])) for row in connection.execute(statement)]


def by_pseudonym(connection: Connection, tenant: str, tokens: Sequence[str]) -> list[tuple[str, MappingRecord]]:
    """Mappings with any of the pseudonyms, in whatever state, oldest first."""
    statement = (
        select(pseudonyms.c.pseudonym, *COLUMNS)
        .join(people, people.c.person == pseudonyms.c.person)
        .where(and_(pseudonyms.c.tenant == tenant, pseudonyms.c.pseudonym.in_(tokens)))
        .order_by(people.c.created, people.c.pseudonym)
    )
    return [(row[0], record_of(row[1:])) for row in connection.execute(statement)]


def insert_or_get(connection: Connection, newcomers: Sequence[Newcomer], generation: int) -> list[Admission]:
    """Admit each, or return who was there first."""
    in_turn(connection)
    refuse_outdated(connection, generation)
    restricted = standing(connection, newcomers)
    return [_admit(connection, one, restricted) for one in newcomers]


def refuse_outdated(connection: Connection, generation: int) -> None:
    """Two nodes must not go on minting under different keys: whoever has missed a new keyring stops. 0 is not asked."""
    if not generation:
        return
    age = now_ms(connection) - keyrings.c.at
    statement = select(keyrings.c.generation).where(and_(keyrings.c.generation > generation, age > LAG_MS)).limit(1)
    if connection.execute(statement).first() is not None:
        raise KeysUnavailable("keyring-behind")


def _admit(connection: Connection, newcomer: Newcomer, restricted: Standing) -> Admission:
    record = newcomer.record
    if _was_erased(connection, record):
        return Admission(record, "erased")
    if record.owner and not select_people(connection, people.c.person == record.owner, 1):
        raise StoreFailed("owner-gone")  # forgotten a moment ago; whoever asks again speaks of somebody new
    taken = [one.value for one in newcomer.lookups if not _add_lookup(connection, record, one)]
    statement = insert_unless_there(connection, pseudonyms).values(
        tenant=record.tenant,
        pseudonym=record.pseudonym,
        key_id=record.pseudonym_key,
        person=record.person,
        state="current",
        since=record.created,
    )
    if connection.execute(statement).rowcount == 1 and not taken:
        connection.execute(people.insert().values(**{name: getattr(record, name) for name in _HERS}))
        append_audit(connection, newcomer.entries)
        if record.person in restricted:
            record = restrict_newcomer(connection, record, restricted[record.person])
        return Admission(record, "new")
    return Admission(_the_earlier(connection, record, taken), "known")


def _was_erased(connection: Connection, record: MappingRecord) -> bool:
    hers = and_(erasures.c.tenant == record.tenant, erasures.c.pseudonym == record.pseudonym)
    return bool(connection.execute(select(exists().where(hers))).scalar())


def _add_lookup(connection: Connection, record: MappingRecord, lookup: LookupRecord) -> bool:
    row = {"tenant": record.tenant, "kind": record.kind, "person": record.person, **asdict(lookup)}
    return bool(connection.execute(insert_unless_there(connection, lookups).values(**row)).rowcount == 1)


def _the_earlier(connection: Connection, record: MappingRecord, taken: Sequence[bytes]) -> MappingRecord:
    """Find who was there first, and give her the index values and nothing else of the newcomer.

    By index value if one was taken; else by the pseudonym, which meets alone where the other process had none of our
    LOOKUP keys: the same person still, since both were derived from the same input.
    """
    found = [one for _, one in by_lookup(connection, record.tenant, record.kind, taken)] if taken else []
    found = found or [one for _, one in by_pseudonym(connection, record.tenant, (record.pseudonym,))]
    if not found:
        raise StoreFailed("conflict")
    if found[0].person == record.person:
        return found[0]  # this very newcomer, whose commit was not heard of
    mine = lookups.c.person == record.person
    connection.execute(update(lookups).where(mine).values(person=found[0].person))
    connection.execute(delete(pseudonyms).where(pseudonyms.c.person == record.person))
    return found[0]


def reseal(connection: Connection, record: MappingRecord, replacing: bytes | None) -> bool:
    """Write what is sealed anew; False if `replacing` is not what is there. `StoreFailed` if the row is gone."""
    in_turn(connection)
    row = people.c.person == record.person
    expected = and_(row, people.c.pseudonym == record.pseudonym)
    if replacing is not None:
        expected = and_(expected, people.c.sealed == replacing)
    values = {"sealed": record.sealed, "seal_key": record.seal_key, "last_seen": record.last_seen}
    if connection.execute(update(people).where(expected).values(**values)).rowcount == 1:
        return True
    if not select_people(connection, row, 1):
        raise StoreFailed("no-such-mapping")
    return False


def unseen(moment: int) -> ColumnElement[bool]:
    """Nobody was seen since then. A registration is forgotten with its owner, a tag with nobody.

    Whose data are restricted is not forgotten by time: she may need what is held (GDPR Article 18(1) (b) and (c)).
    """
    kept = exists().where(restrictions.c.person == people.c.person)
    return and_(people.c.last_seen < moment, people.c.owner == "", people.c.kind.notin_(NOT_PEOPLE), ~kept)


def select_people(connection: Connection, condition: ColumnElement[bool], limit: int) -> list[MappingRecord]:
    """People that fulfil a condition, by `person`."""
    statement = select(*COLUMNS).where(condition).order_by(people.c.person).limit(limit)
    return [record_of(row) for row in connection.execute(statement)]


def record_of(row: Row[Any] | Sequence[Any]) -> MappingRecord:
    """A row of `COLUMNS` as a record; drivers give bytes in types of their own."""
    values = dict(zip(MappingRecord.__dataclass_fields__, row, strict=True))
    return MappingRecord(**{**values, "sealed": bytes(values["sealed"])})
