"""Verifies logs against everything that was ever signed of them, and says exactly where they break. Blocks."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from proxy.audit.walk import Finding, LogWalk, Report, Signed
from proxy.store.log_port import RESTORED, LogReader, LogRecord, Mac
from proxy.tlog import Note, NoteInvalid, NoteKey, parse_checkpoint, parse_note


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
    logs = {origin_of(one): one for one in reader.logs()}

    def walked(origin: str, report: Report) -> LogWalk:
        record = logs[origin]
        notes: list[tuple[str, Note | str]] = [("database", one.note) for one in reader.checkpoints(record.log)]
        signed = _signed(origin, record.log, [*notes, *elsewhere.get(origin, ())], keys_of(origin), report)
        report.logs += 1
        walk = LogWalk(record, signed, reader.subtrees(record.log, 0, 2**62), mac, report)
        for row in reader.leaves(record.log):
            walk.row(row)
            if report.entries % 10_000 == 0:
                told(report.entries)
        walk.end()
        return walk

    report = Report()
    walks = {origin: walked(origin, report) for origin, one in logs.items() if only in {None, one.log}}
    if any(logs[origin].closed for origin in walks):
        for origin in logs.keys() - walks.keys():  # why a log was closed stands in another one
            aside = Report()
            walked(origin, aside)
            report.closings |= aside.closings
    for origin, walk in walks.items():
        walk.judge(others=bool(set(elsewhere) - {origin}))
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
