"""What the transparency log asks of the mapping store, and what it hears. Times are milliseconds since 1970 (UTC)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from proxy.tlog.entry import entry_leaf, place_bytes
from proxy.tlog.merkle import Frontier

T = TypeVar("T")

SUBTREE_LEAVES = 256
"""Roots over so many leaves are kept, so that a proof need not hash everything."""

LEASE_MS = 30_000
"""How long a log is its writer's after it last said something; then another process may go on with it."""


RESTORED: Final = "restored"
"""A log that a backup has: it was longer when it was lost."""
ACCEPTED: Final = "accepted"
"""A log that an officer closed because it was found broken."""
OLD_FORM: Final = "old-form"
"""What was written before the log was one. These three are why a log is closed."""


class Mac(Protocol):
    """The keyed code of a row's place and leaf, 16 bytes: who owns the database cannot make it."""

    @property
    def complete(self) -> bool:
        """Whether every key that may have made one is still here."""

    def of(self, data: bytes) -> bytes:
        """The code under the key in force."""

    def fits(self, data: bytes, code: bytes) -> bool:
        """Whether it was made with a key of ours that is here."""


@dataclass(frozen=True, slots=True)
class LogRecord:
    """A log as it stands: its size and packed frontier, when the last entry was, who writes it, why it is closed.

    `tag` is random: a database that was restored begins a log of the same number, and it is another log.
    """

    log: int
    tag: str
    size: int
    frontier: bytes
    at: int
    epoch: int
    holder: str
    until: int
    closed: str


def before_the_log(record: LogRecord) -> bool:
    """Whether this is what was written before the log was one. It has no codes, is signed once, and does not grow."""
    return record.log == 0 and record.closed == OLD_FORM


@dataclass(frozen=True, slots=True)
class LeafRecord:
    """A row of the log: where it stands, what makes it a leaf, and the entry's values in the order of `tlog.MEMBERS`.

    `salt` is empty where it was erased, `mac` where whoever wrote it had no keys.
    """

    seq: int
    log: int
    pos: int
    salt: bytes
    leaf: bytes
    mac: bytes
    values: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class CheckpointRecord:
    """A signed note about the first `size` leaves of a log, with the frontier there and the AUDIT key that signed."""

    log: int
    size: int
    at: int
    frontier: bytes
    key_id: str
    note: str


def fits(record: LogRecord, row: LeafRecord, mac: Mac | None) -> bool:
    """Whether a row's hash is that of its values, and its code that of its hash and place. Without keys: the hash."""
    if row.salt and entry_leaf(row.salt, row.values) != row.leaf:
        return False
    return mac is None or mac.fits(place_bytes(row.log, record.tag, row.pos, row.leaf), row.mac)


def grew_to(
    record: LogRecord, newest: CheckpointRecord | None, count: int, rows: Iterable[LeafRecord], mac: Mac | None
) -> Frontier | None:
    """The tree of a log, if what came since its newest checkpoint is what was written; None if it is not.

    `count` is how many rows it has at least, `rows` are those from that checkpoint on.
    """
    before = before_the_log(record)
    if before and newest is not None and newest.size != record.size:
        return None
    start, packed = (0, b"") if newest is None else (newest.size, newest.frontier)
    if start > record.size or count < record.size:
        return None
    try:
        tree, there = Frontier.unpack(start, packed), Frontier.unpack(record.size, record.frontier)
    except ValueError:
        return None
    for row in rows:
        if row.pos != tree.size or not fits(record, row, None if before else mac):
            return None
        tree.append(row.leaf)
    return there if tree.packed == there.packed else None


class LogReader(Protocol):
    """One moment of the store. Blocks; raises `StoreFailed`."""

    def logs(self) -> list[LogRecord]:
        """Every log, the first first."""

    def leaves(self, log: int, start: int = 0, end: int = 2**62) -> Iterator[LeafRecord]:
        """Rows of a log by position from `start` up to, not including, `end`."""

    def count(self, log: int) -> int:
        """How many rows a log has."""

    def hashes(self, log: int, start: int, end: int) -> list[bytes]:
        """Leaf hashes by position."""

    def subtrees(self, log: int, start: int, end: int) -> list[bytes]:
        """Kept roots over `SUBTREE_LEAVES` leaves each, by number."""

    def checkpoints(self, log: int) -> list[CheckpointRecord]:
        """Checkpoints of a log by size."""

    def strays(self) -> list[tuple[int, int]]:
        """Log and number of rows that `leaves` gives for no log there is."""

    def leaf(self, seq: int) -> LeafRecord | None:
        """The row of an entry's number."""


class Logs(Protocol):
    """The logs of a mapping. Raises `StoreFailed`."""

    @property
    def ours(self) -> LogRecord | None:
        """The log of ours as far as it is committed; None if there is none."""

    def stop(self, reason: str) -> None:
        """Write no entry any more: whoever asks hears `reason`."""

    async def claim(self) -> LogRecord:
        """Take a log to write, and make sure that it is whole. `log-broken` if one that is free is not."""

    async def beat(self) -> None:
        """Say that we are still here."""

    async def release(self) -> None:
        """Let another process go on with ours."""

    async def all(self) -> list[LogRecord]:
        """Every log."""

    async def newest(self, log: int) -> CheckpointRecord | None:
        """The newest checkpoint of a log."""

    async def note(self, record: CheckpointRecord) -> None:
        """Keep a checkpoint; one of the same size is replaced."""

    async def close_log(self, log: int, reason: str) -> bool:
        """Let nobody write a log any more; False if there is no such log or it was closed before."""

    async def reading(self, work: Callable[[LogReader], T]) -> T:
        """Do blocking `work` in a thread, on one moment of the store."""

    async def erase_salts(self, tokens: Sequence[str]) -> int:
        """Blank pseudonym and salt of every entry of these pseudonyms; how many there were."""
