"""Whoever was restricted and is written down anew, because the mapping is older than she is, is restricted again."""

from collections.abc import Sequence
from dataclasses import asdict, replace

from sqlalchemy import and_, select, update
from sqlalchemy.engine import Connection

from proxy.store.records import AuditRecord, MappingRecord, Newcomer, PseudonymRecord, check_entries
from proxy.store.restrictions_port import RestrictionNote, RestrictionRecord
from proxy.store.statements.ledger import append_audit
from proxy.store.statements.restriction_notes import keep_notes, latest, noted
from proxy.store.tables import erasures, restriction_notes, restrictions

Standing = dict[str, RestrictionNote]
"""Restrictions by the name of the newcomer's row."""


def standing(connection: Connection, newcomers: Sequence[Newcomer]) -> Standing:
    """What is noted of newcomers under any pseudonym that they get, or got under an earlier key."""
    people = [one for one in newcomers if not one.record.owner]
    notes = noted(connection, restriction_notes, sorted({token for one in people for token in _tokens(one)}))
    found: Standing = {}
    for one in people if notes else ():
        last = latest(notes[one.record.tenant, token] for token in _tokens(one) if (one.record.tenant, token) in notes)
        if last is not None and last.state == "restricted":
            found[one.record.person] = last
    return found


def restrict_newcomer(connection: Connection, record: MappingRecord, last: RestrictionNote) -> MappingRecord:
    """Restrict somebody who was just written down; returns her as she stands now."""
    row = RestrictionRecord(record.person, record.tenant, last.at, last.case)
    connection.execute(restrictions.insert().values(**asdict(row)))
    # Under her pseudonym of before, she is another row now: who lets her go, lets her go there too.
    before = and_(restriction_notes.c.tenant == last.tenant, restriction_notes.c.pseudonym == last.pseudonym)
    connection.execute(update(restriction_notes).where(before).values(person=record.person))
    hers = replace(last, pseudonym=record.pseudonym, person=record.person)
    keep_notes(connection, restriction_notes, erasures, [hers])
    told = again(last, record.created, kind=record.kind, pseudonym=record.pseudonym, key_id=record.pseudonym_key)
    append_audit(connection, [told])
    return replace(record, restricted=last.at)


def note_pseudonym(connection: Connection, coming: PseudonymRecord) -> None:
    """What is noted of a person is noted under a further pseudonym of hers."""
    columns = (restriction_notes.c[name] for name in RestrictionNote.__dataclass_fields__)
    rows = connection.execute(select(*columns).where(restriction_notes.c.person == coming.person))
    last = latest(RestrictionNote(*row) for row in rows)
    if last is not None:
        keep_notes(connection, restriction_notes, erasures, [replace(last, pseudonym=coming.pseudonym)])


def again(last: RestrictionNote, now: int, *, kind: str, pseudonym: str, key_id: str) -> AuditRecord:
    """The entry: what an officer had decided was done once more. `StoreFailed` if the case was altered to a value."""
    told = AuditRecord(
        at=now,
        event=f"{last.state}-again",
        actor="system",
        tenant=last.tenant,
        kind=kind,
        pseudonym=pseudonym,
        key_id=key_id,
        reason=last.case,
        count=1,
    )
    check_entries([told])
    return told


def _tokens(one: Newcomer) -> tuple[str, ...]:
    return one.record.pseudonym, *one.former
