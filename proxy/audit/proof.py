"""Proofs that an entry is in the log: a text of C2SP tlog-proof, which anybody can verify with the log's key alone.

c2sp.org/tlog-proof@v1
extra <base64 of a JSON object: the entry's members and its salt in hexadecimal>
index <position>
<base64 of each hash of the inclusion proof, a line each>
<blank line>
<the checkpoint>
"""

import base64
import binascii
import json
from dataclasses import dataclass

from proxy.tlog import Note, NoteInvalid, NoteKey, parse_checkpoint, parse_note
from proxy.tlog.entry import MEMBERS, entry_leaf
from proxy.tlog.merkle import HASH_BYTES, included

HEAD = "c2sp.org/tlog-proof@v1"


class ProofInvalid(Exception):
    """This proves nothing. `reason` is a word of ours."""

    def __init__(self, reason: str) -> None:
        """Say why."""
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Proof:
    """An entry (its values in the order of `MEMBERS`) with its salt and place, the way to the root, the checkpoint."""

    values: tuple[str | int, ...]
    salt: bytes
    index: int
    path: tuple[bytes, ...]
    note: Note

    def __str__(self) -> str:
        extra = {"entry": dict(zip(MEMBERS, self.values, strict=True)), "salt": self.salt.hex()}
        coded = base64.b64encode(json.dumps(extra, ensure_ascii=False, separators=(",", ":")).encode()).decode()
        hashes = "".join(base64.b64encode(one).decode() + "\n" for one in self.path)
        return f"{HEAD}\nextra {coded}\nindex {self.index}\n{hashes}\n{self.note}"

    def check(self, key: NoteKey) -> None:
        """ProofInvalid: `not-signed`, `not-included`, `note-no-checkpoint`."""
        try:
            checkpoint = parse_checkpoint(self.note)
        except NoteInvalid as wrong:
            raise ProofInvalid(wrong.reason) from None
        if checkpoint.origin != key.name or not self.note.signed_by(key):
            raise ProofInvalid("not-signed")
        leaf = entry_leaf(self.salt, self.values)
        if not included(leaf, self.index, checkpoint.size, self.path, checkpoint.root):
            raise ProofInvalid("not-included")


def parse_proof(text: str) -> Proof:
    """Read what `str` of a proof gives. ProofInvalid `malformed`."""
    head, blank, note = text.partition("\n\n")
    lines = head.split("\n")
    if not blank or lines[0] != HEAD or len(lines) < len(("head", "extra", "index")):
        raise ProofInvalid("malformed")
    try:
        extra = json.loads(base64.b64decode(lines[1].removeprefix("extra "), validate=True))
        values = tuple(extra["entry"][name] for name in MEMBERS)
        salt = bytes.fromhex(extra["salt"])
        path = tuple(base64.b64decode(line, validate=True) for line in lines[3:])
        index = int(lines[2].removeprefix("index "))
        read = Proof(values, salt, index, path, parse_note(note))
    except (ValueError, KeyError, TypeError, binascii.Error, NoteInvalid, RecursionError):
        raise ProofInvalid("malformed") from None
    if str(read) != text or any(len(one) != HASH_BYTES for one in path):
        raise ProofInvalid("malformed")
    return read
