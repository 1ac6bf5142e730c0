"""One log, row by row: what is wrong with it, and where. Pure.

Three looks, each of which sees what the others cannot. Every row's hash must be that of its values (an entry that was
changed), and its keyed code that of its hash and place (an entry that was changed, put in or moved by somebody who made
the hashes anew). The tree over all hashes must have the root that each checkpoint signed (whoever has the keys, too,
cannot change what left this machine). And a log must be as long as the longest checkpoint known of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from proxy.audit.events import Event
from proxy.store.log_port import ACCEPTED, RESTORED, SUBTREE_LEAVES, LeafRecord, LogRecord, Mac, before_the_log
from proxy.tlog import Checkpoint, Frontier, Note
from proxy.tlog.entry import MEMBERS, entry_leaf, place_bytes

_EVENT, _REASON, _COUNT = MEMBERS.index("event"), MEMBERS.index("reason"), MEMBERS.index("count")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something is wrong with positions `first` to `last` of a log; `what` is a word of `WORDS`."""

    log: int
    first: int
    last: int
    what: str
    seq: int = 0
    source: str = ""


WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "changed": "the entry is not the one that was written",
        "moved": "the entry does not belong here: it was put in, moved, or changed and hashed anew",
        "uncoded": "the entry has no code: nobody who has the keys wrote it, or its code was taken away",
        "missing": "entries are not there",
        "doubled": "two entries stand in one place",
        "truncated": "the log ends before what was signed of it",
        "surplus": "there are entries behind the end of the log",
        "replaced": "among these entries are others than those that were signed",
        "state": "what the database says of the log's tree is not so",
        "blanked": "an entry lost its salt, and no erasure that is recorded accounts for it",
        "subtree": "a root that spares hashing is wrong: proofs from it will not verify",
        "forged": "a checkpoint was not signed by a key of this log",
        "forked": "two checkpoints of one size disagree",
        "deleted": "checkpoints are known of a log that is not there",
        "closed": "the log is said to be closed, and no entry records that",
    }
)
"""What can be wrong, in a sentence for the auditor."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint that is known, and from where: `database`, `notebook`, or a file's name."""

    checkpoint: Checkpoint
    note: Note
    source: str


@dataclass(slots=True)
class Report:
    """What was looked at, and what was found."""

    entries: int = 0
    erased: int = 0
    uncoded: int = 0
    checkpoints: int = 0
    logs: int = 0
    unsigned: int = 0
    lost: int = 0
    accounted: int = 0
    blanks: list[tuple[int, int, int]] = field(default_factory=list)
    """Entries without a salt: log, position, number; and how many of them erasures account for."""
    closings: set[str] = field(default_factory=set)
    """What entries say of logs that were closed: their numbers, and `restored` for all of a backup."""
    findings: list[Finding] = field(default_factory=list)


class LogWalk:
    """One log, row by row in the order of `LogReader.leaves`."""

    def __init__(
        self, record: LogRecord, signed: Sequence[Signed], roots: Sequence[bytes], mac: Mac | None, report: Report
    ) -> None:
        """`signed` are the checkpoints of this log that verify; `roots` the kept ones."""
        self.record = record
        self.report = report
        self._signed = sorted(signed, key=lambda one: one.checkpoint.size)
        self._roots = roots
        self._mac = mac
        self._tree = Frontier()
        self._before = before_the_log(record)
        self._covered = self._signed[-1].checkpoint.size if signed else 0
        self._whole = True
        self._good = 0
        self._next = 0
        self._at = 0
        self._short: tuple[int, str] | None = None

    def row(self, row: LeafRecord) -> None:
        """Look at the next row."""
        if row.pos >= self.record.size:
            self._find(row.pos, row.pos, "surplus", row.seq)
            return
        if row.pos < self._next:
            self._find(row.pos, row.pos, "doubled", row.seq)
            self._whole = False
            return
        if row.pos > self._next:
            self._find(self._next, row.pos - 1, "missing")
            self._whole = False
        self._next = row.pos + 1
        self.report.entries += 1
        self._excuse(row, believed=self._content(row))
        if self._whole:
            self._tree.append(row.leaf)
            self._compare()

    def judge(self, *, others: bool) -> None:
        """All rows of all logs were seen: whether a log may be closed, and shorter than what was signed of it.

        `others`: whether anything is known to have been signed of another log.
        """
        number, closings = str(self.record.log), self.report.closings
        known = {RESTORED: RESTORED in closings, ACCEPTED: number in closings, "": True}
        if not self._before and not known.get(self.record.closed, False):
            self._find(0, 0, "closed")
        if self._before and not (self._covered == 0 and (RESTORED in closings or not others)):
            self._judge_before()
        if self._short is None:
            return
        size, source = self._short
        if self.record.closed and closings & {number, RESTORED}:
            self.report.lost += size - self.record.size
        else:
            self._find(self.record.size, size - 1, "truncated", source=source)

    def _judge_before(self) -> None:
        """What was written before the log was one is signed once, before any other log, and does not grow."""
        if self.record.size > self._covered:
            self._find(self._covered, self.record.size - 1, "moved")

    def end(self) -> None:
        """All rows were seen."""
        size = self.record.size
        if self._next < size:
            self._find(self._next, size - 1, "missing")
            self._whole = False
        elif self._whole and self._tree.packed != self.record.frontier:
            self._find(0, size - 1, "state")
        longest = self._signed[-1] if self._signed else None
        if longest is not None and longest.checkpoint.size > size:
            self._short = (longest.checkpoint.size, longest.source)
        self.report.unsigned += max(0, size - (longest.checkpoint.size if longest else 0))

    def _content(self, row: LeafRecord) -> bool:
        """Whether what an entry says can be believed: it has its salt, and a code; see `fits` of `proxy.store`.

        A code of a key that is destroyed cannot be checked any more; then it is the tree that vouches.
        """
        if not row.salt:
            self.report.erased += 1
            self.report.blanks.append((row.log, row.pos, row.seq))
        elif entry_leaf(row.salt, row.values) != row.leaf:
            self._find(row.pos, row.pos, "changed", row.seq)
            return False
        if self._before or self._mac is None:
            self.report.uncoded += not row.mac
            return bool(row.salt) and not self._before
        if self._mac.fits(place_bytes(row.log, self.record.tag, row.pos, row.leaf), row.mac):
            return bool(row.salt)
        if row.mac and row.pos < self._covered and not self._mac.complete:
            return bool(row.salt)
        self._find(row.pos, row.pos, "moved" if row.mac else "uncoded", row.seq)
        return False

    def _excuse(self, row: LeafRecord, *, believed: bool) -> None:
        """Three kinds of entries say why something is not there. Who could forge one could hide anything."""
        if not believed:
            return
        if row.values[_EVENT] == Event.BACKUP_RESTORED:
            self.report.closings.add(RESTORED)
        elif row.values[_EVENT] == Event.LOG_CLOSED:
            self.report.closings.add(str(row.values[_REASON]))
        elif row.values[_EVENT] == Event.ENTRIES_ERASED:
            self.report.accounted += int(row.values[_COUNT])

    def _compare(self) -> None:
        """Compare with whatever was signed of, or kept for, a tree of this size."""
        size = self._tree.size
        group, rest = divmod(size, SUBTREE_LEAVES)
        if not rest and (group > len(self._roots) or self._roots[group - 1] != self._tree.last_root(SUBTREE_LEAVES)):
            self._find(size - SUBTREE_LEAVES, size - 1, "subtree")
        while self._at < len(self._signed) and self._signed[self._at].checkpoint.size <= size:
            one = self._signed[self._at]
            self._at += 1
            if one.checkpoint.size != size:
                continue
            if one.checkpoint.root == self._tree.root():
                self._good = size
            else:
                self._find(self._good, size - 1, "replaced", source=one.source)
                self._whole = False
                return

    def _find(self, first: int, last: int, what: str, seq: int = 0, source: str = "") -> None:
        self.report.findings.append(Finding(self.record.log, first, last, what, seq, source))
