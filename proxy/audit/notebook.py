"""Checkpoints in files outside the database: one for each log, appended, never altered. Blocks.

A file is made of notes as they are, with empty lines before each. Whoever owns the database does not own these files,
if they lie on another machine or under another user.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

from proxy.errors import AuditFailed, ProxyError
from proxy.tlog import Checkpoint, Note, NoteInvalid, parse_checkpoint, parse_note

_TAIL: Final = 1 << 17
_ENDING: Final = ".notes"
_DASH: Final = "\N{EM DASH} "


class NoteFiles:
    """The files of a folder. What cannot be read or written is `refused` with a word for either."""

    def __init__(self, folder: Path, refused: type[ProxyError], unreadable: str, unwritten: str) -> None:
        """Nothing is touched yet."""
        self._folder = folder
        self._refused = refused
        self._unreadable = unreadable
        self._unwritten = unwritten

    def append(self, note: Note, mode: int = 0o640) -> None:
        """Write a note, durably. A new file gets `mode`."""
        content = f"\n\n{note}".encode()
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            handle = os.open(self.path(parse_checkpoint(note).origin), flags, mode)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                # One write: what a crash leaves of it is no whole note, and the empty line before the next parts them.
                whole = os.write(handle, content) == len(content)
                os.fsync(handle)
            finally:
                os.close(handle)
            _keep(self._folder)
        except OSError:
            raise self._refused(self._unwritten) from None
        if not whole:
            raise self._refused(self._unwritten)

    def last(self, log: str) -> Note | None:
        """The last whole note of a log, by its origin; None without. It is read from the end of the file."""
        try:
            with self.path(log).open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - _TAIL))
                tail = file.read()
        except FileNotFoundError:
            return None
        except OSError:
            raise self._refused(self._unreadable) from None
        notes = list(notes_in(tail.decode("utf-8", "replace")))
        return notes[-1] if notes else None

    def all(self, log: str) -> Sequence[Note]:
        """Every whole note of a log, in the order in which they came."""
        try:
            return tuple(notes_in(self.path(log).read_bytes().decode("utf-8", "replace")))
        except FileNotFoundError:
            return ()
        except OSError:
            raise self._refused(self._unreadable) from None

    def origins(self, prefix: str) -> list[str]:
        """The logs whose origin begins with `prefix` that have a file here."""
        names = [path.name.removesuffix(_ENDING) for path in self._folder.glob(f"*{_ENDING}")]
        return sorted(one for name in names if (one := unquote(name.replace("_", "/"))).startswith(prefix))

    def path(self, log: str) -> Path:
        """The file of a log. No two origins share one, and none leads out of the folder."""
        return self._folder / (quote(log, safe="/").replace("_", "%5F").replace("/", "_") + _ENDING)


class Notebook(NoteFiles):
    """The files of a process's own folder, which is made when it is first needed. Raises `AuditFailed` `notebook`."""

    def __init__(self, folder: Path) -> None:
        """Nothing is touched yet."""
        super().__init__(folder, AuditFailed, "notebook", "notebook")

    def add(self, note: Note) -> None:
        """Write a note, durably."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:
            raise self._refused(self._unwritten) from None
        self.append(note, 0o600)


def _keep(folder: Path) -> None:
    """A new file is there for good only when its folder is written, too."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def notes_in(text: str) -> Iterator[Note]:
    """The checkpoints in a text of notes with empty lines between them; what is no whole note is passed over."""
    parts = [bare for part in text.split("\n\n") if (bare := part.strip("\n"))]
    for body, signatures in pairwise(parts):
        if not signatures.startswith(_DASH):
            continue
        try:
            note = parse_note(f"{body}\n\n{signatures}\n")
            parse_checkpoint(note)
        except NoteInvalid:
            continue
        yield note


def checkpoint_of(note: Note) -> Checkpoint:
    """The checkpoint in a note, or one of nothing."""
    try:
        return parse_checkpoint(note)
    except NoteInvalid:
        return Checkpoint("", 0, b"")
