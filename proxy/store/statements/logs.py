"""The logs: who writes which one, its rows, what was signed. Functions of a connection."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, and_, func, literal_column, not_, or_, select, update
from sqlalchemy.engine import Connection

from proxy.store.log_port import LEASE_MS, CheckpointRecord, LeafRecord, LogRecord
from proxy.store.statements.common import chunks, insert_unless_there, now_ms, replacing_insert
from proxy.store.tables import audit, checkpoints, logs, subtrees
from proxy.tlog.entry import MEMBERS

_PAGE = 2000
_PROOF = (audit.c.seq, audit.c.log, audit.c.pos, audit.c.salt, audit.c.leaf, audit.c.mac)
_VALUES = tuple(audit.c[name] for name in MEMBERS)


def all_logs(connection: Connection) -> list[LogRecord]:
    """Every log."""
    return [_log(row) for row in connection.execute(select(logs).order_by(logs.c.log))]


def take_log(connection: Connection, holder: str) -> LogRecord:
    """Take the first log that nobody writes, or begin one; whoever wrote it before is fenced off by its epoch."""
    now = now_ms(connection)
    free = and_(logs.c.closed == "", or_(logs.c.holder.in_((holder, "")), logs.c.until <= now))
    statement = select(logs.c.log).where(free).order_by(logs.c.log).limit(1)
    if connection.dialect.name == "postgresql":
        statement = statement.with_for_update(skip_locked=True)
    found: int | None = connection.execute(statement).scalar()
    number = _begin(connection) if found is None else found
    values = {"epoch": logs.c.epoch + 1, "holder": holder, "until": now + LEASE_MS}
    connection.execute(update(logs).where(logs.c.log == number).values(**values))
    return _log(connection.execute(select(logs).where(logs.c.log == number)).one())


def _begin(connection: Connection) -> int:
    """A new log. Of two nodes that begin one at once the second waits, sees the number taken and takes the next."""
    row = {
        "tag": secrets.token_hex(4),
        "size": 0,
        "frontier": b"",
        "at": 0,
        "epoch": 0,
        "holder": "",
        "until": 0,
        "closed": "",
    }
    number: int = connection.execute(select(func.coalesce(func.max(logs.c.log), 0))).scalar_one() + 1
    while connection.execute(insert_unless_there(connection, logs).values(log=number, **row)).rowcount == 0:
        number += 1
    return number


def grow(connection: Connection, before: LogRecord, after: LogRecord) -> bool:
    """Write how a log stands; False if it is not ours any more or not as we left it."""
    same = and_(
        logs.c.log == before.log,
        logs.c.epoch == before.epoch,
        logs.c.size == before.size,
        logs.c.frontier == before.frontier,
        logs.c.closed == "",
    )
    values = {"size": after.size, "frontier": after.frontier, "at": after.at, "until": now_ms(connection) + LEASE_MS}
    return connection.execute(update(logs).where(same).values(**values)).rowcount == 1


def beat(connection: Connection, record: LogRecord) -> None:
    """Renew the lease of a log that is ours."""
    mine = and_(logs.c.log == record.log, logs.c.epoch == record.epoch)
    connection.execute(update(logs).where(mine).values(until=now_ms(connection) + LEASE_MS))


def release(connection: Connection, record: LogRecord) -> None:
    """Let go of a log that is ours."""
    mine = and_(logs.c.log == record.log, logs.c.epoch == record.epoch)
    connection.execute(update(logs).where(mine).values(holder="", until=0))


def holder_of(connection: Connection, record: LogRecord) -> bool:
    """Whether a log is still ours."""
    mine = and_(logs.c.log == record.log, logs.c.epoch == record.epoch, logs.c.closed == "")
    return connection.execute(select(logs.c.log).where(mine)).first() is not None


def close(connection: Connection, log: int, reason: str) -> bool:
    """Let nobody write a log any more."""
    this = and_(logs.c.log == log, logs.c.closed == "")
    return connection.execute(update(logs).where(this).values(closed=reason, holder="", until=0)).rowcount == 1


def close_all(connection: Connection, reason: str) -> None:
    """Let nobody go on with any log there is."""
    connection.execute(update(logs).where(logs.c.closed == "").values(closed=reason, holder="", until=0))


def count(connection: Connection, log: int) -> int:
    """How many rows a log has."""
    return connection.execute(select(func.count()).select_from(audit).where(audit.c.log == log)).scalar_one()


def leaves(connection: Connection, log: int, start: int, end: int) -> Iterator[LeafRecord]:
    """Rows in order, page by page. By position and number: in a log that was tampered with two may share a place."""
    position, number = start, -1
    while True:
        after = or_(audit.c.pos > position, and_(audit.c.pos == position, audit.c.seq > number))
        here = and_(audit.c.log == log, audit.c.pos >= position, audit.c.pos < end, after)
        statement = select(*_PROOF, *_VALUES).where(here).order_by(audit.c.pos, audit.c.seq).limit(_PAGE)
        rows = connection.execute(statement).fetchall()
        for row in rows:
            yield _leaf(row)
        if len(rows) < _PAGE:
            return
        position, number = rows[-1].pos, rows[-1].seq


def strays(connection: Connection) -> list[tuple[int, int]]:
    """Log and number of rows that no walk over a log sees: of a log that is not there, or at no position."""
    nowhere = not_(and_(audit.c.pos >= 0, audit.c.pos < 2**62))
    unknown = audit.c.log.not_in(select(logs.c.log))
    statement = select(audit.c.log, audit.c.seq).where(or_(unknown, nowhere)).order_by(audit.c.seq).limit(_PAGE)
    return [(row.log, row.seq) for row in connection.execute(statement)]


def leaf(connection: Connection, seq: int) -> LeafRecord | None:
    """One row by its number."""
    row = connection.execute(select(*_PROOF, *_VALUES).where(audit.c.seq == seq)).first()
    return None if row is None else _leaf(row)


def hashes(connection: Connection, log: int, start: int, end: int) -> list[bytes]:
    """Leaf hashes by position."""
    here = and_(audit.c.log == log, audit.c.pos >= start, audit.c.pos < end)
    return [bytes(one) for one in connection.execute(select(audit.c.leaf).where(here).order_by(audit.c.pos)).scalars()]


def kept_roots(connection: Connection, log: int, start: int, end: int) -> list[bytes]:
    """Roots over complete groups of leaves."""
    here = and_(subtrees.c.log == log, subtrees.c.number >= start, subtrees.c.number < end)
    statement = select(subtrees.c.root).where(here).order_by(subtrees.c.number)
    return [bytes(one) for one in connection.execute(statement).scalars()]


def checkpoints_of(connection: Connection, log: int) -> list[CheckpointRecord]:
    """Checkpoints by size."""
    statement = select(checkpoints).where(checkpoints.c.log == log).order_by(checkpoints.c.size)
    return [_checkpoint(row) for row in connection.execute(statement)]


def newest_checkpoint(connection: Connection, log: int) -> CheckpointRecord | None:
    """The checkpoint of the largest size."""
    statement = select(checkpoints).where(checkpoints.c.log == log).order_by(checkpoints.c.size.desc()).limit(1)
    row = connection.execute(statement).first()
    return None if row is None else _checkpoint(row)


def note(connection: Connection, record: CheckpointRecord) -> None:
    """Keep a checkpoint."""
    connection.execute(replacing_insert(connection, checkpoints, asdict(record), ("log", "size")))


def erase_salts(connection: Connection, tokens: Sequence[str]) -> int:
    """Blank whatever says of an entry whose it was: from then on it cannot be proved, nor guessed from its hash."""
    gone = 0
    for some in chunks(tokens):
        # SQLite uses the index on those that name somebody only where the statement says that it wants such.
        hers = and_(audit.c.pseudonym.in_(some), audit.c.pseudonym != literal_column("''"))
        change = update(audit).where(hers).values(pseudonym="", salt=b"")
        gone += connection.execute(change).rowcount
    return gone


def _log(row: Row[Any]) -> LogRecord:
    """Raises ValueError for what is no number where one must be: SQLite takes anything from its owner."""
    log, size, at, epoch, until = (int(one) for one in (row.log, row.size, row.at, row.epoch, row.until))
    return LogRecord(log, row.tag, size, bytes(row.frontier), at, epoch, row.holder, until, row.closed)


def _leaf(row: Row[Any]) -> LeafRecord:
    values: tuple[str | int, ...] = tuple(row)[len(_PROOF) :]
    return LeafRecord(row.seq, row.log, int(row.pos), bytes(row.salt), bytes(row.leaf), bytes(row.mac), values)


def _checkpoint(row: Row[Any]) -> CheckpointRecord:
    return CheckpointRecord(row.log, int(row.size), row.at, bytes(row.frontier), row.key_id, row.note)
