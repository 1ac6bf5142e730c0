"""Addresses that the cloud posts results to, and whose turn it is to deliver a result."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, func, or_, select, update
from sqlalchemy.engine import Connection

from proxy.store.postbacks_port import KEEP_MS, Delivery, PostbackRecord, Turn
from proxy.store.statements.common import insert_unless_there
from proxy.store.tables import deliveries, postbacks

_COLUMNS = tuple(postbacks.c[name] for name in PostbackRecord.__dataclass_fields__)
_NOBODY = ""


def register(connection: Connection, record: PostbackRecord, replacing: bytes) -> bool:
    """Put an address in another one's place; the unique index decides between two that come at once."""
    if replacing:
        there = and_(postbacks.c.digest == replacing, postbacks.c.replaced_at == 0)
        if connection.execute(update(postbacks).where(there).values(replaced_at=record.created)).rowcount != 1:
            return False
    if connection.execute(insert_unless_there(connection, postbacks).values(**asdict(record))).rowcount == 1:
        return True
    if replacing:  # a digest that is there already: the other one must go on counting
        connection.execute(update(postbacks).where(postbacks.c.digest == replacing).values(replaced_at=0))
    return False


def find(connection: Connection, digest: bytes) -> PostbackRecord | None:
    """The address with a digest."""
    return _one(connection, postbacks.c.digest == digest)


def current(connection: Connection, mount: str, target: bytes) -> PostbackRecord | None:
    """The address that counts for a target."""
    return _one(connection, _counts_for(mount, target))


def withdraw(connection: Connection, mount: str, target: bytes, now: int) -> bool:
    """Let no address count for a target."""
    statement = update(postbacks).where(_counts_for(mount, target)).values(replaced_at=now)
    return bool(connection.execute(statement).rowcount == 1)


def reseal(connection: Connection, record: PostbackRecord, replacing: bytes) -> bool:
    """Seal anew what is still sealed as it was read."""
    same = and_(postbacks.c.digest == record.digest, postbacks.c.sealed == replacing)
    values = {"sealed": record.sealed, "seal_key": record.seal_key, "person": record.person}
    return bool(connection.execute(update(postbacks).where(same).values(**values)).rowcount == 1)


def under(connection: Connection, seal_key: str, after: bytes, limit: int) -> list[PostbackRecord]:
    """A page of the addresses sealed under a key."""
    mine = and_(postbacks.c.seal_key == seal_key, postbacks.c.digest > after)
    statement = select(*_COLUMNS).where(mine).order_by(postbacks.c.digest).limit(limit)
    return [_record_of(row) for row in connection.execute(statement)]


def of_person(connection: Connection, person: str) -> list[PostbackRecord]:
    """The addresses of a person."""
    statement = select(*_COLUMNS).where(postbacks.c.person == person)
    ordered = statement.order_by(postbacks.c.created, postbacks.c.digest)
    return [_record_of(row) for row in connection.execute(ordered)]


def take(connection: Connection, delivery: Delivery, now: int, until: int) -> Turn:
    """Take the turn: the WHERE decides, so two that ask at once are answered differently."""
    row = {
        "mount": delivery.mount,
        "registration": delivery.registration,
        "stamp": 0,
        "at": now,
        "holder": delivery.holder,
        "until": until,
    }
    if connection.execute(insert_unless_there(connection, deliveries).values(**row)).rowcount == 1:
        return "clear"
    free = or_(deliveries.c.until <= now, deliveries.c.holder.in_((delivery.holder, _NOBODY)))
    newest = or_(deliveries.c.stamp <= delivery.stamp, deliveries.c.at < now - KEEP_MS)
    mine = and_(_of(delivery), free, newest)
    taken = connection.execute(update(deliveries).where(mine).values(holder=delivery.holder, until=until))
    if taken.rowcount == 1:
        return "clear"
    stale = select(deliveries.c.stamp).where(and_(_of(delivery), ~newest))
    return "stale" if connection.execute(stale).first() is not None else "busy"


def settle(connection: Connection, delivery: Delivery, now: int, *, accepted: bool) -> None:
    """Give the turn back; a turn that another one has taken meanwhile is hers."""
    if accepted:
        newer = and_(_of(delivery), deliveries.c.stamp <= delivery.stamp)
        connection.execute(update(deliveries).where(newer).values(stamp=delivery.stamp, at=now))
    mine = and_(_of(delivery), deliveries.c.holder == delivery.holder)
    connection.execute(update(deliveries).where(mine).values(holder=_NOBODY, until=0))


def outdated(connection: Connection, before: int) -> int:
    """How many rows nobody needs any more."""
    counts = (
        select(func.count()).select_from(postbacks).where(_replaced(before)),
        select(func.count()).select_from(deliveries).where(_settled(before)),
    )
    return sum(connection.execute(one).scalar_one() for one in counts)


def sweep(connection: Connection, before: int, limit: int) -> int:
    """Remove some of them."""
    old = select(postbacks.c.digest).where(_replaced(before)).limit(limit)
    gone = connection.execute(delete(postbacks).where(postbacks.c.digest.in_(old))).rowcount
    some = select(deliveries.c.mount, deliveries.c.registration).where(_settled(before)).limit(limit)
    for mount, registration in connection.execute(some).fetchall():
        same = and_(deliveries.c.mount == mount, deliveries.c.registration == registration, _settled(before))
        gone += connection.execute(delete(deliveries).where(same)).rowcount
    return gone


def _counts_for(mount: str, target: bytes) -> ColumnElement[bool]:
    return and_(postbacks.c.mount == mount, postbacks.c.target == target, postbacks.c.replaced_at == 0)


def _of(delivery: Delivery) -> ColumnElement[bool]:
    return and_(deliveries.c.mount == delivery.mount, deliveries.c.registration == delivery.registration)


def _replaced(before: int) -> ColumnElement[bool]:
    return and_(postbacks.c.replaced_at > 0, postbacks.c.replaced_at < before)


def _settled(before: int) -> ColumnElement[bool]:
    return and_(deliveries.c.at < before, deliveries.c.until < before)


def _one(connection: Connection, condition: ColumnElement[bool]) -> PostbackRecord | None:
    row = connection.execute(select(*_COLUMNS).where(condition)).first()
    return None if row is None else _record_of(row)


def _record_of(row: Row[Any]) -> PostbackRecord:
    digest, tenant, mount, level, target, person, sealed, seal_key, created, replaced_at = tuple(row)
    return PostbackRecord(
        bytes(digest), tenant, mount, level, bytes(target), person, bytes(sealed), seal_key, created, replaced_at
    )
