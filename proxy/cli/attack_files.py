"""What an adversary knows, from the files and options of `scormveil attack`."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from proxy.attack import CloudFile, Pattern, moment_of, read_cloud
from proxy.cli.talk import refuse
from proxy.errors import FieldInvalid

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_PATTERN = (
    "--pattern takes letters, [a-z], \\d, each with {n} or {n,m}, and \\ before any other sign; no more than 100 of "
    "them, for example s[0-9]{6}."
)


@dataclass(frozen=True, slots=True)
class Guesses:
    """What the adversary knows; `launches` by the LMS's log, as learner and milliseconds since 1970."""

    pattern: str
    candidates: str
    cloud: CloudFile | None
    launches: Sequence[tuple[str, int]]
    most: int


def candidates(guesses: Guesses) -> tuple[Iterable[str], int] | None:
    """The candidates and how many there are in all; None if there are none to try. Refuses."""
    if guesses.pattern:
        try:
            found = Pattern(guesses.pattern)
        except FieldInvalid:
            refuse(_PATTERN)
        return found, found.size
    if not guesses.candidates:
        return None
    try:
        if guesses.candidates == "-":
            lines = [line.rstrip("\r\n") for line in sys.stdin]
        else:
            lines = Path(guesses.candidates).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        refuse("--candidates cannot be read. Give a file, or a pipe with -, of text in UTF-8, one id a line.")
    if not any(lines):
        refuse("--candidates has no candidate in it. Give one id a line.")
    return lines, len(lines)


def cloud_file(file: Path | None) -> CloudFile | None:
    """What the file of the cloud holds, if there is one. Refuses."""
    return None if file is None else read_cloud(_text(file, "--cloud"))


def _text(file: Path, option: str) -> str:
    """Refuses what is no text: nobody would be found in what was read wrongly."""
    try:
        content = file.read_bytes()
        text = content.decode("utf-16" if content[:2] in _UTF_16 else "utf-8-sig")
    except (OSError, UnicodeDecodeError):
        refuse(f"{option} cannot be read. Give a file of text in UTF-8 or UTF-16.")
    if not text.strip():
        refuse(f"{option} has nothing in it.")
    return text


def launches(file: Path | None) -> Sequence[tuple[str, int]]:
    """Learner and milliseconds since 1970 of each line; a first line without a time is a heading."""
    if file is None:
        return ()
    found = []
    for number, line in enumerate(_text(file, "--lms").splitlines(), 1):
        learner, _, written = line.rpartition(",")
        at = moment_of(written.strip(' "'))
        if at is not None and learner:
            found.append((learner.strip(' "'), at))
        elif number > 1 and line.strip():
            refuse(
                f"Line {number} of the LMS's log is not `learner id,time`, the time as ISO 8601 or seconds since 1970."
            )
    return found
