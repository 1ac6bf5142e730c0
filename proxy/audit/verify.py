"""Verifies logs against everything that was ever signed of them, and says exactly where they break. Blocks.

Three looks, each of which sees what the others cannot. Every row's hash must be that of its values (an entry that was
changed), and its keyed code that of its hash and place (an entry that was changed, put in or moved by somebody who made
the hashes anew). The tree over all hashes must have the root that each checkpoint signed (whoever has the keys, too,
cannot change what left this machine). And a log must be as long as the longest checkpoint known of it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from proxy.audit.events import Event
from proxy.store.log_port import RESTORED, SUBTREE_LEAVES, LeafRecord, LogReader, LogRecord, Mac
from proxy.tlog import Checkpoint, Frontier, Note, NoteInvalid, NoteKey, parse_checkpoint, parse_note
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
        self._record = record
        self._signed = sorted(signed, key=lambda one: one.checkpoint.size)
        self._roots = roots
        self._mac = mac
        self._report = report
        self._tree = Frontier()
        self._whole = True
        self._good = 0
        self._next = 0
        self._at = 0
        self._short: tuple[int, str] | None = None

    def row(self, row: LeafRecord) -> None:
        """Look at the next row."""
        if row.pos >= self._record.size:
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
        self._report.entries += 1
        self._excuse(row, believed=self._content(row))
        if self._whole:
            self._tree.append(row.leaf)
            self._compare()

    def judge(self) -> None:
        """All rows of all logs were seen: whether a log may be shorter than what was signed of it."""
        if self._short is None:
            return
        size, source = self._short
        if self._record.closed and self._report.closings & {str(self._record.log), RESTORED}:
            self._report.lost += size - self._record.size
        else:
            self._find(self._record.size, size - 1, "truncated", source=source)

    def end(self) -> None:
        """All rows were seen."""
        size = self._record.size
        if self._next < size:
            self._find(self._next, size - 1, "missing")
            self._whole = False
        elif self._whole and self._tree.packed != self._record.frontier:
            self._find(0, size - 1, "state")
        longest = self._signed[-1] if self._signed else None
        if longest is not None and longest.checkpoint.size > size:
            self._short = (longest.checkpoint.size, longest.source)
        self._report.unsigned += max(0, size - (longest.checkpoint.size if longest else 0))

    def _content(self, row: LeafRecord) -> bool:
        """Whether what an entry says can be believed: with its salt it has a code, or a checkpoint that covers it."""
        if not row.salt:
            self._report.erased += 1
            self._report.blanks.append((row.log, row.pos, row.seq))
        elif entry_leaf(row.salt, row.values) != row.leaf:
            self._find(row.pos, row.pos, "changed", row.seq)
            return False
        if not row.mac:
            self._report.uncoded += 1
            covered = self._signed[-1].checkpoint.size if self._signed else 0
            return bool(row.salt) and (self._mac is None or row.pos < covered)
        if self._mac is not None and not self._mac.fits(place_bytes(row.log, row.pos, row.leaf), row.mac):
            self._find(row.pos, row.pos, "moved", row.seq)
            return False
        return bool(row.salt)

    def _excuse(self, row: LeafRecord, *, believed: bool) -> None:
        """Three kinds of entries say why something is not there. Who could forge one could hide anything.

        A backup is restored without keys: its entry has no code, and is covered when the next process has started.
        """
        if row.values[_EVENT] == Event.BACKUP_RESTORED and row.salt:
            self._report.closings.add(RESTORED)
        elif not believed:
            return
        elif row.values[_EVENT] == Event.LOG_CLOSED:
            self._report.closings.add(str(row.values[_REASON]))
        elif row.values[_EVENT] == Event.ENTRIES_ERASED:
            self._report.accounted += int(row.values[_COUNT])

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
        self._report.findings.append(Finding(self._record.log, first, last, what, seq, source))


def verify(
    reader: LogReader,
    *,
    origin_of: Callable[[LogRecord], str],
    keys_of: Callable[[str], Sequence[NoteKey]],
    elsewhere: Mapping[str, Iterable[tuple[str, Note]]],
    mac: Mac | None,
    only: int | None = None,
    told: Callable[[int], None] = lambda _entries: None,
) -> Report:
    """Verify every log, or `only` one of them.

    `keys_of` gives the keys that may sign a log of this origin; `elsewhere` the notes that are kept outside the
    database, by origin, each with where. `told` hears how many entries were seen, now and then.
    """
    report, walks = Report(), []
    logs = {origin_of(one): one for one in reader.logs()}
    for origin, record in logs.items():
        if only is not None and record.log != only:
            continue
        report.logs += 1
        inside = [("database", one.note) for one in reader.checkpoints(record.log)]
        signed = _signed(origin, record.log, (*inside, *elsewhere.get(origin, ())), keys_of(origin), report)
        walk = LogWalk(record, signed, reader.subtrees(record.log, 0, 2**62), mac, report)
        for row in reader.leaves(record.log):
            walk.row(row)
            if report.entries % 10_000 == 0:
                told(report.entries)
        walk.end()
        walks.append(walk)
    for walk in walks:
        walk.judge()
    if only is None:
        _account(report)
        report.findings += [Finding(log, 0, 0, "moved", seq) for log, seq in reader.strays()]
    for origin in elsewhere if only is None else ():
        if origin not in logs:
            _miss(report, origin, elsewhere[origin], keys_of(origin))
    return report


def _miss(report: Report, origin: str, notes: Iterable[tuple[str, Note]], keys: Sequence[NoteKey]) -> None:
    """A log that is known and not there: lost with what came after a backup, or deleted."""
    signed = [one for source, note in notes if (one := _read(origin, source, note, keys))]
    if RESTORED in report.closings:
        report.lost += max((one.checkpoint.size for one in signed), default=0)
    else:
        report.findings.append(Finding(_number(origin), 0, 0, "deleted", source=origin))


def _account(report: Report) -> None:
    """Blanking is an act with an entry that counts; what goes beyond hides something. Which it is, nobody can tell."""
    for log, pos, seq in report.blanks[report.accounted :]:
        report.findings.append(Finding(log, pos, pos, "blanked", seq))


def _signed(
    origin: str, log: int, notes: Iterable[tuple[str, Note | str]], keys: Sequence[NoteKey], report: Report
) -> list[Signed]:
    """The checkpoints that verify; of each size one, for others of it must say the same."""
    found: dict[int, Signed] = {}
    for source, written in notes:
        one = _read(origin, source, written, keys)
        if one is None:
            report.findings.append(Finding(log, 0, 0, "forged", source=source))
            continue
        before = found.setdefault(one.checkpoint.size, one)
        if before.checkpoint.root != one.checkpoint.root:
            last = one.checkpoint.size - 1
            report.findings.append(Finding(log, 0, last, "forked", source=f"{before.source}, {source}"))
    report.checkpoints += len(found)
    return list(found.values())


def _read(origin: str, source: str, written: Note | str, keys: Sequence[NoteKey]) -> Signed | None:
    try:
        note = written if isinstance(written, Note) else parse_note(written)
        checkpoint = parse_checkpoint(note)
    except NoteInvalid:
        return None
    signed = checkpoint.origin == origin and any(note.signed_by(key) for key in keys)
    return Signed(checkpoint, note, source) if signed else None


def _number(origin: str) -> int:
    head = origin.rpartition("/")[2].partition("-")[0]
    return int(head) if head.isdigit() else 0
