"""Checkpoints outside the database: one file for each log, to which notes are only ever added. Blocks.

Whoever owns the database does not own these files, if they lie on another machine or under another user. A note is
followed by a line of equal signs; what stands between two such lines and is no note was cut short by a crash.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from proxy.errors import AuditFailed
from proxy.tlog import Checkpoint, Note, NoteInvalid, parse_checkpoint, parse_note

END: Final = "=====\n"
_SUFFIX: Final = ".notes"
_TAIL_BYTES: Final = 64 * 1024


class Notebook:
    """The files of a folder, which is made when it is first needed. Raises `AuditFailed` `notebook`."""

    def __init__(self, folder: Path) -> None:
        """Nothing is touched yet."""
        self._folder = folder

    def add(self, note: Note) -> None:
        """Write a note, durably, unless it is the last one already."""
        path = self._path(parse_checkpoint(note).origin)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                whole = self._ends_well(path)
                os.write(handle, (("" if whole else "\n" + END) + str(note) + END).encode())
                os.fsync(handle)
            finally:
                os.close(handle)
            self._keep_folder()
        except OSError:
            raise AuditFailed("notebook") from None

    def last(self, origin: str) -> Note | None:
        """The newest note of a log; it is read from the end of its file."""
        path = self._path(origin)
        try:
            with path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - _TAIL_BYTES))
                text = file.read().decode(errors="replace")
        except FileNotFoundError:
            return None
        except OSError:
            raise AuditFailed("notebook") from None
        return next((note for note in reversed(list(_notes(text))) if _origin(note) == origin), None)

    def all(self, origin: str) -> list[Note]:
        """Every note of a log in the order they were written."""
        try:
            text = self._path(origin).read_text(errors="replace")
        except FileNotFoundError:
            return []
        except OSError:
            raise AuditFailed("notebook") from None
        return [note for note in _notes(text) if _origin(note) == origin]

    def origins(self, prefix: str) -> list[str]:
        """The logs of one mapping (`scormveil/<lineage>/`) that have notes here."""
        lineage = prefix.rstrip("/").rpartition("/")[2]
        found = sorted(self._folder.glob(f"{lineage}-*{_SUFFIX}")) if self._folder.is_dir() else []
        return [prefix + path.name.removeprefix(f"{lineage}-").removesuffix(_SUFFIX) for path in found]

    def _path(self, origin: str) -> Path:
        """`scormveil/<lineage>/<log>-<tag>` is kept in `<lineage>-<log>-<tag>.notes`."""
        name = "-".join(origin.split("/")[1:])
        if not name or not all(one.isalnum() or one == "-" for one in name):
            raise AuditFailed("notebook")
        return self._folder / f"{name}{_SUFFIX}"

    @staticmethod
    def _ends_well(path: Path) -> bool:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - len(END)))
            return size == 0 or file.read() == END.encode()

    def _keep_folder(self) -> None:
        """A new file is there for good only when its folder is written, too."""
        handle = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _notes(text: str) -> Iterator[Note]:
    for part in text.split(END):
        try:
            yield parse_note(part)
        except NoteInvalid:
            continue


def _origin(note: Note) -> str:
    return checkpoint_of(note).origin


def checkpoint_of(note: Note) -> Checkpoint:
    """The checkpoint in a note, or one of nothing."""
    try:
        return parse_checkpoint(note)
    except NoteInvalid:
        return Checkpoint("", 0, b"")
