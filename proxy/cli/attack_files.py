"""What an adversary knows, from the files and options of `scormveil attack`."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TextIO

from proxy.attack import MINUTE_MS, CloudFile, Launches, Pattern, moment_of, printed, records_of
from proxy.cli.talk import refuse
from proxy.errors import FieldInvalid

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_PATTERN = (
    "--pattern takes letters, [a-z], \\d, each with {n} or {n,m}, and \\ before any other sign; no more than 100 of "
    "them, for example s[0-9]{6}."
)
_LONG_LINE = "--cloud has a line of more than 16 million signs that is no JSON. Give it in lines."


def candidates(pattern: str, file: str) -> tuple[Iterable[str], int] | None:
    """The candidates and how many there are in all; None if there are none to try. Refuses."""
    if pattern:
        try:
            found = Pattern(pattern)
        except FieldInvalid:
            refuse(_PATTERN)
        return found, found.size
    if not file:
        return None
    try:
        if file == "-":
            lines: Sequence[str] = [line.rstrip("\r\n") for line in sys.stdin]
            count, some = len(lines), any(lines)
            return _some(lines, count, some=some)
        named = _Lines(Path(file))
        count, some = 0, False
        for count, line in enumerate(named, 1):  # noqa: B007  counted, and seen to be text before anything is opened
            some = some or bool(line)
        return _some(named, count, some=some)
    except (OSError, UnicodeDecodeError):
        refuse("--candidates cannot be read. Give a file, or a pipe with -, of text in UTF-8, one id a line.")


def _some(lines: Iterable[str], count: int, *, some: bool) -> tuple[Iterable[str], int]:
    if not some:
        refuse("--candidates has no candidate in it. Give one id a line.")
    return lines, count


class _Lines:
    """The lines of a file, as often as they are asked for."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __iter__(self) -> Iterator[str]:
        with self._file.open(encoding="utf-8") as text:
            for line in text:
                yield line.rstrip("\r\n")


def cloud_of(files: Sequence[Path]) -> CloudFile | None:
    """What the files of the cloud hold, if there are any. Refuses."""
    if not files:
        return None
    cloud = CloudFile()
    for file in files:
        encoding = _checked(file, "--cloud")
        try:
            cloud.read(records_of(partial(_opened, file, encoding)))
        except FieldInvalid:
            refuse(_LONG_LINE)
    return cloud


def _opened(file: Path, encoding: str) -> TextIO:
    return file.open(encoding=encoding)


def _checked(file: Path, option: str) -> str:
    """The encoding of a file. Refuses what is no text: nobody would be found in what was read wrongly."""
    something = False
    try:
        with file.open("rb") as raw:
            encoding = "utf-16" if raw.read(2) in _UTF_16 else "utf-8-sig"
        with _opened(file, encoding) as text:
            while piece := text.read(1024 * 1024):
                something = something or bool(piece.strip())
    except (OSError, UnicodeError):
        refuse(f"{option} cannot be read. Give a file of text in UTF-8 or UTF-16.")
    if not something:
        refuse(f"{option} has nothing in it.")
    return encoding


def launches_of(file: Path | None) -> Launches:
    """The LMS's log: learner and time of each line; a first line without a time is a heading. Refuses."""
    if file is None:
        return Launches()
    with _opened(file, _checked(file, "--lms")) as text:
        return Launches(_launches(text))


def _launches(lines: Iterable[str]) -> Iterator[tuple[int, int]]:
    for number, line in enumerate(lines, 1):
        learner, _, written = line.rpartition(",")
        at = moment_of(written.strip(' "\r\n'))
        if at is not None and learner:
            yield printed(learner.strip(' "')), at // MINUTE_MS
        elif number > 1 and line.strip():
            refuse(
                f"Line {number} of the LMS's log is not `learner id,time`, the time as ISO 8601 or seconds since 1970."
            )
