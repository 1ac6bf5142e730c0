"""Checkpoints (C2SP tlog-checkpoint): the text of a note that says how large a log is and what its root is."""

import base64
import binascii
import re
from dataclasses import dataclass

from proxy.tlog.merkle import HASH_BYTES
from proxy.tlog.note import Note, NoteInvalid

_LINES = 3
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Whose log (`origin`), how many leaves, and the root over them."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """Its three lines."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def parse_checkpoint(note: Note) -> Checkpoint:
    """Read the text of a note; lines after the third mean nothing here. NoteInvalid `note-no-checkpoint`."""
    lines = note.text.split("\n")
    if len(lines) <= _LINES or not lines[0] or not _SIZE.fullmatch(lines[1]) or not all(lines[:-1]):
        raise NoteInvalid("note-no-checkpoint")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except (binascii.Error, ValueError):
        raise NoteInvalid("note-no-checkpoint") from None
    if len(root) != HASH_BYTES:
        raise NoteInvalid("note-no-checkpoint")
    return Checkpoint(lines[0], int(lines[1]), root)
