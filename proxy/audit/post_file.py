"""Checkpoints in a file outside the database: appended, never altered, on disk before `deliver` returns.

One file for each log, made of notes as they are, with empty lines before each. The file is a small witness of its
own: before it takes a checkpoint it demands the proof that the log has only grown since the last one. Put it where the
owner of the database cannot write: another disk, a mount, an append-only file (`chattr +a`).
"""

import asyncio
import fcntl
import os
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

from proxy.audit.posts import Consistency
from proxy.errors import PostFailed
from proxy.tlog.checkpoint import Checkpoint, parse_checkpoint
from proxy.tlog.merkle import consistent
from proxy.tlog.note import Note, NoteInvalid, parse_note

_TAIL: Final = 1 << 17
_ENDING: Final = ".notes"
_DASH: Final = "\N{EM DASH} "


class FilePost:
    """The files of notes in one folder. A `Post`."""

    def __init__(self, folder: Path) -> None:
        """Say where; the folder must be there, so that a mount that is missing is noticed."""
        self._folder = folder
        self.name = "file"

    async def deliver(self, note: str, consistency: Consistency) -> str:
        """Append. PostFailed `file-forked`, `file-ahead` (it has a checkpoint of more entries), `file-not-written`.

        Delivering the last note again changes nothing, unless it has signatures that the file does not have.
        """
        checkpoint = parse_checkpoint(parse_note(note))
        last = await asyncio.to_thread(self.last, checkpoint.origin)
        if last is not None:
            if str(last) == note:
                return note
            await self._compare(parse_checkpoint(last), checkpoint, consistency)
        await asyncio.to_thread(self._append, checkpoint.origin, note)
        return note

    @staticmethod
    async def _compare(last: Checkpoint, new: Checkpoint, consistency: Consistency) -> None:
        if last.size > new.size:
            raise PostFailed("file-ahead")
        proof = await consistency(last.size) if 0 < last.size < new.size else ()
        if not consistent(last.size, last.root, new.size, new.root, proof):
            raise PostFailed("file-forked")

    def last(self, log: str) -> Note | None:
        """The last whole note of a log, by its origin; None without. Blocking. PostFailed `file-unreadable`."""
        try:
            with self.path(log).open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - _TAIL))
                tail = file.read()
        except FileNotFoundError:
            return None
        except OSError:
            raise PostFailed("file-unreadable") from None
        notes = list(notes_in(tail.decode("utf-8", "replace")))
        return notes[-1] if notes else None

    def all(self, log: str) -> Sequence[Note]:
        """Every whole note of a log, in the order in which they came. Blocking. PostFailed `file-unreadable`."""
        try:
            return tuple(notes_in(self.path(log).read_bytes().decode("utf-8", "replace")))
        except FileNotFoundError:
            return ()
        except OSError:
            raise PostFailed("file-unreadable") from None

    def origins(self, prefix: str) -> list[str]:
        """The logs whose origin begins with `prefix` that have a file here. Blocking."""
        found = [
            unquote(path.name.removesuffix(_ENDING).replace("_", "/")) for path in self._folder.glob(f"*{_ENDING}")
        ]
        return sorted(one for one in found if one.startswith(prefix))

    def path(self, log: str) -> Path:
        """The file of a log. No two origins share one, and none leads out of the folder."""
        return self._folder / (quote(log, safe="/").replace("_", "%5F").replace("/", "_") + _ENDING)

    def _append(self, log: str, note: str) -> None:
        path = self.path(log)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                # One write: what a crash leaves of it is no whole note, and the empty line before the next parts them.
                content = f"\n\n{note}".encode()
                if os.write(handle, content) != len(content):
                    raise PostFailed("file-not-written")
                os.fsync(handle)
            finally:
                os.close(handle)
            folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError:
            raise PostFailed("file-not-written") from None


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
