"""Makes the entries of a transaction leaves of this process's log, right before COMMIT. Belongs to the writing thread.

Statements hand their entries to `collect`; `seal` gives each its place, salt and hash and writes them all at once,
together with how the log stands then. What is known of the log changes only when the transaction is committed.

One process writes one log. Taking a log raises its epoch, and every transaction writes only where the epoch is still
its own and the log stands as it left it: of two processes that believe a log is theirs, the first to write again finds
that it is not, and goes on with another. A log that does not stand as we left it though it is ours was altered.
"""

import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Final

from sqlalchemy.engine import Connection

from proxy.errors import StoreFailed
from proxy.store.log_port import SUBTREE_LEAVES, LogRecord, Mac, grew_to
from proxy.store.records import AuditRecord
from proxy.store.statements import logs as statements
from proxy.store.tables import audit, subtrees
from proxy.tlog.entry import MEMBERS, SALT_BYTES, entry_leaf, place_bytes
from proxy.tlog.merkle import Frontier

_PENDING: Final = "scormveil-audit"
_VALUES: Final = attrgetter(*MEMBERS)
_CLOCK_SLACK_MS: Final = 5_000
_MOST_SECONDS: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class _Held:
    """A log of ours as we know it to be."""

    record: LogRecord
    tree: Frontier
    behind: bool = False
    """The clock was behind the log when it was last written, and the log says so."""


def collect(connection: Connection, entries: Sequence[AuditRecord]) -> None:
    """Hand entries over, to be written before the transaction ends."""
    connection.info.setdefault(_PENDING, []).extend(entries)


class Chain:
    """See above. `mac` may be given later, by whoever has the keys."""

    def __init__(self) -> None:
        """Hold no log yet."""
        self.mac: Mac | None = None
        self.stopped = ""
        """Why nothing is written any more, if so: the log was found to be altered."""
        self._holder = uuid.uuid4().hex
        self._held: _Held | None = None
        self._next: _Held | None = None

    @property
    def held(self) -> LogRecord | None:
        """The log of ours as it was last committed, None if there is none. Any thread may ask."""
        held = self._held
        return None if held is None else held.record

    def begin(self, connection: Connection) -> None:
        """A transaction begins."""
        connection.info[_PENDING] = []
        self._next = self._held

    def seal(self, connection: Connection, first: int = 0) -> None:
        """Write what was collected, numbered from `first` on if that is given. `StoreFailed`: `log-…`."""
        pending: list[AuditRecord] = connection.info.pop(_PENDING, [])
        if pending and self.stopped:
            raise StoreFailed(self.stopped)
        if pending:
            self._write(connection, pending, first)

    def committed(self) -> None:
        """The transaction is on disk."""
        self._held = self._next

    def doubted(self) -> None:
        """Nobody can tell whether it is: ask the store before the next one."""
        self._held = self._next = None

    def claim(self, connection: Connection) -> LogRecord:
        """Make sure that a log is ours, and that it is whole if it was not ours before. `StoreFailed`: `log-broken`."""
        if self._next is None or not statements.holder_of(connection, self._next.record):
            record = statements.take_log(connection, self._holder)
            self._next = _Held(record, whole(connection, record, self.mac))
        return self._next.record

    def beat(self, connection: Connection) -> None:
        """Keep the log that is ours."""
        if self._next is not None:
            statements.beat(connection, self._next.record)

    def release(self, connection: Connection) -> None:
        """Let go of it."""
        if self._next is not None:
            statements.release(connection, self._next.record)
            self._next = None

    def _write(self, connection: Connection, entries: Sequence[AuditRecord], first: int) -> None:
        if self._next is None:
            self.claim(connection)
        if self._append(connection, entries, first):
            return
        if self._next is not None and statements.holder_of(connection, self._next.record):
            raise StoreFailed("log-altered")
        self._next = None
        self.claim(connection)
        if not self._append(connection, entries, first):
            raise StoreFailed("log-altered")

    def _append(self, connection: Connection, entries: Sequence[AuditRecord], first: int) -> bool:
        """Claim the places first, so that nobody else can be writing there, then fill them."""
        held = self._next
        if held is None:
            return False
        timed, behind = _in_time(entries, held)
        tree, made, kept = held.tree.copy(), [], []
        salts = os.urandom(SALT_BYTES * len(timed))
        for number, entry in enumerate(timed):
            salt = salts[number * SALT_BYTES : (number + 1) * SALT_BYTES]
            values = _VALUES(entry)
            leaf = entry_leaf(salt, values)
            mac = self.mac.of(place_bytes(held.record.log, held.record.tag, tree.size, leaf)) if self.mac else b""
            row = {"log": held.record.log, "pos": tree.size, "salt": salt, "leaf": leaf, "mac": mac}
            if first:
                row["seq"] = first + number
            made.append(dict(zip(MEMBERS, values, strict=True)) | row)
            tree.append(leaf)
            if tree.size % SUBTREE_LEAVES == 0:
                root = tree.last_root(SUBTREE_LEAVES)
                kept.append({"log": held.record.log, "number": tree.size // SUBTREE_LEAVES - 1, "root": root})
        after = replace(held.record, size=tree.size, frontier=tree.packed, at=timed[-1].at)
        if not statements.grow(connection, held.record, after):
            return False
        connection.execute(audit.insert(), made)
        if kept:
            connection.execute(subtrees.insert(), kept)
        self._next = _Held(after, tree, behind)
        return True


def _in_time(entries: Sequence[AuditRecord], held: _Held) -> tuple[list[AuditRecord], bool]:
    """Within a log time does not run backwards: if the clock does, an entry says by how much, and time stands still."""
    last, behind, timed = held.record.at, held.behind, []
    for entry in entries:
        lag = last - entry.at
        if lag > _CLOCK_SLACK_MS and not behind:
            seconds = min(lag // 1000, _MOST_SECONDS)
            timed.append(AuditRecord(last, "clock-backwards", actor="system", reason="seconds", count=seconds))
        behind = lag > _CLOCK_SLACK_MS
        last = max(last, entry.at)
        timed.append(replace(entry, at=last))
    return timed, behind


def whole(connection: Connection, record: LogRecord, mac: Mac | None) -> Frontier:
    """The tree of a log, after a look at its number of rows and at all that came after its last checkpoint.

    `StoreFailed` `log-broken` if rows are missing, too many, altered, or not those that the log had when it was left.
    What lies before the last checkpoint is looked at by whoever verifies the log.
    """
    newest = statements.newest_checkpoint(connection, record.log)
    count = statements.count(connection, record.log)
    rows = statements.leaves(connection, record.log, newest.size if newest else 0, record.size + 1)
    tree = grew_to(record, newest, count, rows, mac) if count == record.size else None
    if tree is None:
        raise StoreFailed("log-broken", place=str(record.log))
    return tree
