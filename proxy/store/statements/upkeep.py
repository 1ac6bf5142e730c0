"""Keyrings announced, jobs and who does them, people page by page, erasure."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import ColumnElement, Table, and_, delete, exists, func, or_, select, update
from sqlalchemy.engine import Connection

from proxy.store.deletions_port import Place
from proxy.store.records import (
    NOT_PEOPLE,
    AuditRecord,
    Erasure,
    JobRecord,
    LookupRecord,
    MappingRecord,
    NodeRecord,
    PseudonymRecord,
    Pulse,
)
from proxy.store.statements import deletions
from proxy.store.statements.common import (
    chunks,
    in_turn,
    insert_unless_there,
    meta_value,
    newest,
    note_erasures,
    now_ms,
    replacing_insert,
    set_meta,
)
from proxy.store.statements.ledger import append_audit
from proxy.store.statements.people import COLUMNS, record_of, select_people, unseen
from proxy.store.statements.restriction_notes import drop_notes
from proxy.store.tables import (
    changes,
    checkpoints,
    erasures,
    jobs,
    keyrings,
    logs,
    lookups,
    meta,
    moves,
    nodes,
    people,
    postbacks,
    pseudonyms,
    restriction_notes,
    restrictions,
)

_WITHOUT_HOLDER = ""
_SYSTEM = "system"


def pulse(connection: Connection) -> Pulse:
    """What a running node must hear of at once."""
    statement = select(keyrings.c.generation, keyrings.c.digest).order_by(keyrings.c.generation.desc()).limit(1)
    generation, digest = connection.execute(statement).first() or (0, "")
    instance, lineage = meta_value(connection, meta, "instance"), meta_value(connection, meta, "lineage")
    numbers = (newest(connection, table) for table in (erasures, changes, restriction_notes))
    return Pulse(instance, lineage, generation, digest, *numbers)


def announce(connection: Connection, generation: int, digest: str, entries: Sequence[AuditRecord]) -> bool:
    """Claim a generation. Saying the same thing twice is true twice, and recorded once."""
    row = {"generation": generation, "digest": digest, "at": now_ms(connection)}
    if connection.execute(insert_unless_there(connection, keyrings).values(**row)).rowcount == 1:
        append_audit(connection, entries)
        return True
    there = connection.execute(select(keyrings.c.digest).where(keyrings.c.generation == generation)).scalar()
    return there == digest


def report(connection: Connection, *, node: str, generation: int, now: int, heard: int) -> None:
    """Note which generation a worker uses, and what it has heard of."""
    row = {"node": node, "generation": generation, "heard": heard, "seen": now}
    connection.execute(replacing_insert(connection, nodes, row, ("node",)))


def retire(connection: Connection, node: str) -> None:
    """Strike a worker that has ended."""
    connection.execute(delete(nodes).where(nodes.c.node == node))


def alive(connection: Connection, since: int) -> list[NodeRecord]:
    """Workers heard of since then."""
    columns = [nodes.c[name] for name in NodeRecord.__dataclass_fields__]
    statement = select(*columns).where(nodes.c.seen >= since)
    return [NodeRecord(*row) for row in connection.execute(statement.order_by(nodes.c.node))]


def take(connection: Connection, job: str, holder: str, now: int, until: int) -> bool:
    """Take a turn: the WHERE decides, so two that ask at once are answered differently."""
    row = {"name": job, "holder": holder, "until": until, "done": 0, "remaining": 0, "state": "begun"}
    if connection.execute(insert_unless_there(connection, jobs).values(**row)).rowcount == 1:
        return True
    free = or_(jobs.c.holder.in_((holder, _WITHOUT_HOLDER)), jobs.c.until <= now)
    statement = update(jobs).where(and_(jobs.c.name == job, free)).values(holder=holder, until=until)
    return bool(connection.execute(statement).rowcount == 1)


def progress(connection: Connection, *, job: str, holder: str, done: int, remaining: int, state: str) -> None:
    """Note how a job stands, if it is still ours."""
    mine = and_(jobs.c.name == job, jobs.c.holder == holder)
    connection.execute(update(jobs).where(mine).values(done=done, remaining=remaining, state=state))


def release(connection: Connection, job: str, holder: str) -> None:
    """Let another one take the next turn at once."""
    mine = and_(jobs.c.name == job, jobs.c.holder == holder)
    connection.execute(update(jobs).where(mine).values(holder=_WITHOUT_HOLDER))


def all_jobs(connection: Connection) -> list[JobRecord]:
    """Every job."""
    columns = [jobs.c[name] for name in JobRecord.__dataclass_fields__]
    return [JobRecord(*row) for row in connection.execute(select(*columns).order_by(jobs.c.name))]


def usage(connection: Connection) -> dict[str, dict[str, int]]:
    """Rows by the key that made them."""
    return {
        "lookup": _count_by(connection, lookups, lookups.c.key_id),
        "pseudonym": _count_by(connection, pseudonyms, pseudonyms.c.key_id),
        "seal": _count_by(connection, people, people.c.seal_key),
        "postback": _count_by(connection, postbacks, postbacks.c.seal_key),
        "audit": _signed_by(connection),
    }


def _signed_by(connection: Connection) -> dict[str, int]:
    """Logs that go on, by the key of their newest checkpoint: until another key signs them, that one is needed."""
    last = select(func.max(checkpoints.c.size)).where(checkpoints.c.log == logs.c.log).correlate(logs).scalar_subquery()
    goes_on = or_(logs.c.closed == "", logs.c.log == 0)
    statement = (
        select(checkpoints.c.key_id, func.count())
        .join(logs, and_(logs.c.log == checkpoints.c.log, checkpoints.c.size == last))
        .where(goes_on)
        .group_by(checkpoints.c.key_id)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}


def _count_by(connection: Connection, table: Table, column: ColumnElement[str]) -> dict[str, int]:
    statement = select(column, func.count()).select_from(table).where(column != "").group_by(column)
    return {row[0]: row[1] for row in connection.execute(statement)}


def has_own_keys(connection: Connection) -> bool:
    """Whether anybody has a data key."""
    return connection.execute(select(people.c.person).where(people.c.seal_key == "").limit(1)).first() is not None


def people_after(connection: Connection, after: str, limit: int) -> list[MappingRecord]:
    """A page of people."""
    return select_people(connection, people.c.person > after, limit)


def under_seal_key(connection: Connection, after: str, limit: int) -> list[MappingRecord]:
    """A page of people whose record is of the old form."""
    return select_people(connection, and_(people.c.person > after, people.c.seal_key != ""), limit)


def without_index(connection: Connection, key_id: str, after: str, limit: int) -> list[MappingRecord]:
    """A page of people who lack an index value under a key."""
    return select_people(connection, and_(people.c.person > after, _lacks(key_id)), limit)


def count_without_index(connection: Connection, key_id: str) -> int:
    """How many lack one."""
    return connection.execute(select(func.count()).select_from(people).where(_lacks(key_id))).scalar_one()


def _lacks(key_id: str) -> ColumnElement[bool]:
    return ~exists().where(and_(lookups.c.person == people.c.person, lookups.c.key_id == key_id))


def add_lookups(connection: Connection, record: MappingRecord, values: Sequence[LookupRecord]) -> None:
    """Add index values, unless the person is gone: a value without a person would keep her from being minted."""
    in_turn(connection)
    if not select_people(connection, people.c.person == record.person, 1):
        return
    for one in values:
        row = {"tenant": record.tenant, "kind": record.kind, "person": record.person, **asdict(one)}
        connection.execute(insert_unless_there(connection, lookups).values(**row))


def drop_lookups(connection: Connection, key_id: str, keeping: str, limit: int) -> int:
    """Remove some of a key's index values, of people only who have one under the key `keeping` as well."""
    in_turn(connection)
    other = lookups.alias()
    safe = exists().where(and_(other.c.person == lookups.c.person, other.c.key_id == keeping))
    some = select(lookups.c.tenant, lookups.c.kind, lookups.c.value).where(and_(lookups.c.key_id == key_id, safe))
    gone = 0
    for tenant, kind, value in connection.execute(some.limit(limit)).fetchall():
        same = and_(lookups.c.tenant == tenant, lookups.c.kind == kind, lookups.c.value == value)
        gone += connection.execute(delete(lookups).where(same)).rowcount
    return gone


def unseen_since(connection: Connection, moment: int, limit: int) -> list[MappingRecord]:
    """People last seen before a moment."""
    statement = select(*COLUMNS).where(unseen(moment)).order_by(people.c.last_seen).limit(limit)
    return [record_of(row) for row in connection.execute(statement)]


def pseudonyms_of(connection: Connection, person: str) -> list[PseudonymRecord]:
    """Every pseudonym of a person, the oldest first."""
    columns = [pseudonyms.c[name] for name in PseudonymRecord.__dataclass_fields__]
    statement = select(*columns).where(pseudonyms.c.person == person)
    ordered = statement.order_by(pseudonyms.c.since, pseudonyms.c.pseudonym)
    return [PseudonymRecord(*row) for row in connection.execute(ordered)]


def erase(
    connection: Connection,
    *,
    names: Sequence[str],
    now: int,
    entries: Sequence[AuditRecord],
    places: Sequence[Place],
    actor: str,
) -> list[Erasure]:
    """Forget people and note it, with a ticket for every place where a learner has to be forgotten as well."""
    in_turn(connection)
    names = [*names, *_owned_by(connection, names)]
    forgotten: list[Erasure] = []
    for some in chunks(names):
        columns = (pseudonyms.c.tenant, pseudonyms.c.pseudonym, pseudonyms.c.person)
        statement = select(*columns).where(pseudonyms.c.person.in_(some)).order_by(*columns)
        forgotten += [Erasure(*row, at=now) for row in connection.execute(statement)]
    note_erasures(connection, erasures, forgotten)
    drop_notes(connection, restriction_notes, forgotten)
    others = _not_learners(connection, names) if places else set()
    deletions.order(connection, [one for one in forgotten if one.person not in others], places, actor=actor)
    _remove(connection, names)
    append_audit(connection, entries)
    return forgotten


def _owned_by(connection: Connection, owners: Sequence[str]) -> list[str]:
    """The registrations of people: their ids may say who they are."""
    names: list[str] = []
    for some in chunks(owners):
        names += connection.execute(select(people.c.person).where(people.c.owner.in_(some))).scalars()
    return [name for name in names if name not in owners]


def _not_learners(connection: Connection, names: Sequence[str]) -> set[str]:
    """Rows that stand for something of a person's that the cloud knows by an id of its own."""
    found: set[str] = set()
    for some in chunks(names):
        which = and_(people.c.person.in_(some), people.c.kind.in_(NOT_PEOPLE))
        found |= set(connection.execute(select(people.c.person).where(which)).scalars())
    return found


def replay(connection: Connection, journal: Sequence[Erasure], places: Sequence[Place] = ()) -> int:
    """Forget people once more, by the names of their rows and by their pseudonyms: an older form has other names.

    What the journal of this mapping did not know, it was restored without, and so without the tickets.
    """
    new = note_erasures(connection, erasures, journal)
    drop_notes(connection, restriction_notes, journal)
    deletions.order(connection, new, places, actor=_SYSTEM, restored=True)
    forgotten = {(one.tenant, one.pseudonym) for one in journal}
    names = {one.person for one in journal}
    for some in chunks(sorted(one.pseudonym for one in journal)):
        columns = (pseudonyms.c.tenant, pseudonyms.c.pseudonym, pseudonyms.c.person)
        found = connection.execute(select(*columns).where(pseudonyms.c.pseudonym.in_(some)))
        names |= {row[2] for row in found if (row[0], row[1]) in forgotten}
    return _remove(connection, sorted({*names, *_owned_by(connection, sorted(names))}))


def _remove(connection: Connection, names: Sequence[str]) -> int:
    rows = 0
    for some in chunks(names):
        for table in (lookups, pseudonyms, moves, postbacks, restrictions, people):
            gone = connection.execute(delete(table).where(table.c.person.in_(some))).rowcount
            rows += gone if table is people else 0
    return rows


def set_identity(connection: Connection, lineage: str, instance: str) -> None:
    """Say whose continuation a restored or copied database is."""
    set_meta(connection, meta, "lineage", lineage)
    set_meta(connection, meta, "instance", instance)
