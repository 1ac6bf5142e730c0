"""What a log and a witness say to each other (C2SP tlog-witness, "add-checkpoint"): texts in and out.

A request is `old <size>`, at most 63 lines with a hash in base64 each, an empty line, and a checkpoint. An answer is
lines with signatures; or, with 409, the size that the witness has.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from proxy.tlog.checkpoint import Checkpoint, parse_checkpoint
from proxy.tlog.merkle import HASH_BYTES
from proxy.tlog.note import Note, NoteInvalid, Signature, parse_note

PATH: Final = "/add-checkpoint"
SIZE_TYPE: Final = "text/x.tlog.size"
MOST_BYTES: Final = 65_536
"""Of a request or an answer: proofs and checkpoints are a few kilobytes."""
MOST_STEPS: Final = 63

_OLD: Final = re.compile(r"old (0|[1-9][0-9]{0,18})")
_SIZE: Final = re.compile(r"(0|[1-9][0-9]{0,18})\n")


@dataclass(frozen=True, slots=True)
class Submission:
    """What a log submits: the size it thinks the witness has, the proof from there, and its checkpoint."""

    old: int
    proof: tuple[bytes, ...]
    note: Note

    @property
    def checkpoint(self) -> Checkpoint:
        """The tree that the note is about; NoteInvalid."""
        return parse_checkpoint(self.note)


def write_submission(old: int, proof: Sequence[bytes], note: str) -> bytes:
    """The body of a request."""
    steps = "".join(f"{base64.b64encode(step).decode()}\n" for step in proof)
    return f"old {old}\n{steps}\n{note}".encode()


def read_submission(body: bytes) -> Submission:
    """Read the body of a request; NoteInvalid with what is wrong, which includes notes that are no checkpoint."""
    try:
        head, blank, note = body.decode().partition("\n\n")
    except UnicodeError:
        raise NoteInvalid("note-not-utf-8") from None
    first, *rest = head.split("\n")
    old = _OLD.fullmatch(first)
    if not old or not blank or len(rest) > MOST_STEPS:
        raise NoteInvalid("note-no-submission")
    submission = Submission(int(old[1]), tuple(_hash(line) for line in rest), parse_note(note))
    parse_checkpoint(submission.note)
    return submission


def _hash(line: str) -> bytes:
    try:
        step = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError):
        raise NoteInvalid("note-no-submission") from None
    if len(step) != HASH_BYTES:
        raise NoteInvalid("note-no-submission")
    return step


def read_size(body: bytes) -> int | None:
    """The size in the answer to a conflict; None if there is none."""
    found = _SIZE.fullmatch(body.decode("ascii", "replace"))
    return int(found[1]) if found else None


def read_signatures(text: str, body: bytes) -> tuple[Signature, ...]:
    """The signatures in an answer, none of them verified; NoteInvalid. `text` is that of the note submitted."""
    try:
        return parse_note(f"{text}\n{body.decode()}").signatures
    except UnicodeError:
        raise NoteInvalid("note-not-utf-8") from None
