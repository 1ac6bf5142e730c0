"""What a witness signs and what it refuses (C2SP tlog-witness, "add-checkpoint"): pure, one checkpoint at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Final

from proxy.tlog.checkpoint import parse_checkpoint
from proxy.tlog.merkle import EMPTY_ROOT, consistent
from proxy.tlog.note import Note, NoteKey, NoteSigner, cosigned_at
from proxy.tlog.rotation import successor
from proxy.witness.wire import Submission

CONTRADICTIONS: Final = frozenset({"forked", "proof-wrong"})
"""Refusals of checkpoints that are signed as they should be, but do not go on from what was signed."""


class Refusal(Exception):
    """The witness does not sign. `size` is what it has of this log, where the log is to be told."""

    def __init__(self, status: HTTPStatus, reason: str, size: int | None = None) -> None:
        """Say what is answered."""
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.size = size


@dataclass(frozen=True, slots=True)
class Seen:
    """What a witness remembers of one log: its last checkpoint, with our cosignature, and how its keys changed.

    `learned` are keys that a trusted one handed over to, `retired` are those that did so: they count no more.
    """

    note: Note | None = None
    learned: tuple[NoteKey, ...] = field(default=())
    retired: tuple[NoteKey, ...] = field(default=())

    @property
    def size(self) -> int:
        """Of the last tree; 0 if there was none."""
        return parse_checkpoint(self.note).size if self.note else 0

    @property
    def root(self) -> bytes:
        """Of the last tree."""
        return parse_checkpoint(self.note).root if self.note else EMPTY_ROOT

    def at(self, witness: NoteKey) -> int:
        """When we signed last, in seconds since 1970 (UTC); 0 if never."""
        mine = [one for one in self.note.signatures if witness.hash == one.key_hash] if self.note else []
        return max(map(cosigned_at, mine), default=0)

    def trusted(self, configured: Sequence[NoteKey]) -> tuple[NoteKey, ...]:
        """The keys whose signatures count: those of the settings and those learned, without those that handed over."""
        return tuple(one for one in dict.fromkeys((*configured, *self.learned)) if one not in self.retired)


def judge(seen: Seen, submission: Submission, configured: Sequence[NoteKey], signer: NoteSigner, now: int) -> Seen:
    """What the witness has to remember before it answers with its signature, which is the last of `note`.

    `configured` are the keys that the settings have for the log, `now` seconds since 1970 (UTC). Raises `Refusal`.
    """
    checkpoint = submission.checkpoint
    trusted = seen.trusted(configured)
    if not configured:
        raise Refusal(HTTPStatus.NOT_FOUND, "origin-unknown")
    if not any(submission.note.signed_by(one) for one in trusted):
        raise Refusal(HTTPStatus.FORBIDDEN, "key-unknown")
    if submission.old > checkpoint.size:
        raise Refusal(HTTPStatus.BAD_REQUEST, "old-size-too-large")
    if submission.old != seen.size:
        # A log that is smaller than what was signed cannot name our size without failing the check above: it asks
        # with another, learns our size here, and that it has lost entries.
        raise Refusal(HTTPStatus.CONFLICT, "other-size", seen.size)
    if checkpoint.size == seen.size and checkpoint.root != seen.root:
        raise Refusal(HTTPStatus.CONFLICT, "forked", seen.size)
    if not consistent(seen.size, seen.root, checkpoint.size, checkpoint.root, submission.proof):
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "proof-wrong")
    # A clock that goes backwards must not make us say that a smaller tree was the largest at a later time.
    at = max(now, seen.at(signer.key))
    logs = tuple(one for one in submission.note.signatures if any(key.hash == one.key_hash for key in trusted))
    new = successor(submission.note, trusted)
    if new is not None:
        logs = tuple(one for one in submission.note.signatures if one.key_hash == new.hash or one in logs)
        retired = tuple(one for one in trusted if submission.note.signed_by(one))
        seen = replace(seen, learned=(*seen.learned, new), retired=(*seen.retired, *retired))
    note = Note(submission.note.text, logs).with_signature(signer.sign(submission.note.text, at))
    return replace(seen, note=note)
