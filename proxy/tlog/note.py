r"""Signed notes (C2SP signed-note): a text, a blank line, and lines with signatures. Ed25519 only.

A line is `— <key name> <base64 of key hash (4 bytes) and signature>`, its first character an em dash (U+2014).
A key hash is SHA-256(name || "\n" || type || public key)[:4], with type 0x01 for a log and 0x04 for the cosignature of
a witness (C2SP tlog-cosignature), which signs its time together with the text. A key is published as
`<name>+<key hash in 8 hexadecimal digits>+<base64 of type and public key>`.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

LOG_KEY: Final = 0x01
COSIGNER_KEY: Final = 0x04

_DASH: Final = "\N{EM DASH} "
_MOST_BYTES: Final = 1_000_000
_MOST_SIGNATURES: Final = 100
_HASH_BYTES: Final = 4
_TIME_BYTES: Final = 8
_PUBLIC_BYTES: Final = 32


class NoteInvalid(Exception):
    """This is no signed note, or no key. `reason` is a word of ours: `note-…` or `key-…`."""

    def __init__(self, reason: str) -> None:
        """Say what is wrong."""
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: who, the hash of which key (4 bytes), and the raw signature."""

    name: str
    key_hash: bytes
    value: bytes

    @property
    def line(self) -> str:
        """The line as it stands in a note, with its end."""
        return f"{_DASH}{self.name} {base64.b64encode(self.key_hash + self.value).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text, which ends with a line end and has no blank line, and its signatures."""

    text: str
    signatures: tuple[Signature, ...] = ()

    def __str__(self) -> str:
        return self.text + "\n" + "".join(one.line for one in self.signatures)

    def signed_by(self, key: "NoteKey") -> bool:
        """Whether `key` signed it; a signature that claims to be hers and is wrong counts as none."""
        return any(key.verifies(self.text, one) for one in self.signatures)

    def with_signature(self, more: Signature) -> "Note":
        """The same with another signature, which replaces one of the same key."""
        kept = tuple(one for one in self.signatures if (one.name, one.key_hash) != (more.name, more.key_hash))
        return Note(self.text, (*kept, more))


def parse_note(written: str | bytes) -> Note:
    """Read a note; NoteInvalid. Unknown signers are kept: who verifies looks for the keys it trusts."""
    try:
        text = written if isinstance(written, str) else written.decode()
        size = len(text.encode())
    except UnicodeError:
        raise NoteInvalid("note-not-utf-8") from None
    if size > _MOST_BYTES or any(one < " " and one != "\n" for one in text):
        raise NoteInvalid("note-malformed")
    body, blank, lines = text.rpartition("\n\n")
    if not blank or not body or not lines.endswith("\n"):
        raise NoteInvalid("note-malformed")
    rows = lines[:-1].split("\n")
    if len(rows) > _MOST_SIGNATURES:
        raise NoteInvalid("note-malformed")
    return Note(body + "\n", tuple(_signature(row) for row in rows))


def _signature(row: str) -> Signature:
    name, blank, coded = row.removeprefix(_DASH).partition(" ")
    if not row.startswith(_DASH) or not blank or not sound_name(name):
        raise NoteInvalid("note-malformed")
    try:
        raw = base64.b64decode(coded, validate=True)
    except (binascii.Error, ValueError):
        raise NoteInvalid("note-malformed") from None
    if len(raw) <= _HASH_BYTES:
        raise NoteInvalid("note-malformed")
    return Signature(name, raw[:_HASH_BYTES], raw[_HASH_BYTES:])


def sound_name(name: str) -> bool:
    """Whether a key may be called this: not empty, no white space, no plus."""
    return bool(name) and "+" not in name and not any(one.isspace() for one in name)


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A public key with its name. `kind` is `LOG_KEY` or `COSIGNER_KEY`."""

    name: str
    public: bytes
    kind: int = LOG_KEY

    @property
    def hash(self) -> bytes:
        """The 4 bytes by which a signature line names it."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes((self.kind,)) + self.public).digest()[:_HASH_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.hash.hex()}+{base64.b64encode(bytes((self.kind,)) + self.public).decode()}"

    def verifies(self, text: str, signature: Signature) -> bool:
        """Whether this is a valid signature of this key on `text`."""
        if (signature.name, signature.key_hash) != (self.name, self.hash):
            return False
        value, message = signature.value, text.encode()
        if self.kind == COSIGNER_KEY:
            value, message = value[_TIME_BYTES:], cosigned(text, int.from_bytes(value[:_TIME_BYTES], "big"))
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(value, message)
        except (InvalidSignature, ValueError):
            return False
        return True


def parse_key(written: str) -> NoteKey:
    """Read a published key; NoteInvalid `key-malformed`, `key-unknown-type`."""
    name, _, rest = written.strip().partition("+")
    digits, plus, coded = rest.partition("+")
    if not plus or not sound_name(name):
        raise NoteInvalid("key-malformed")
    try:
        raw = base64.b64decode(coded, validate=True)
    except (binascii.Error, ValueError):
        raise NoteInvalid("key-malformed") from None
    if not raw or raw[0] not in {LOG_KEY, COSIGNER_KEY}:
        raise NoteInvalid("key-unknown-type")
    key = NoteKey(name, raw[1:], raw[0])
    if len(key.public) != _PUBLIC_BYTES or digits != key.hash.hex():
        raise NoteInvalid("key-malformed")
    return key


def cosigned(text: str, at: int) -> bytes:
    """What a witness signs at `at` (seconds since 1970, UTC): C2SP tlog-cosignature, "Format"."""
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def cosigned_at(signature: Signature) -> int:
    """When a witness signed, in seconds since 1970 (UTC); of a signature that was verified."""
    return int.from_bytes(signature.value[:_TIME_BYTES], "big")


@dataclass(frozen=True, slots=True)
class NoteSigner:
    """A private key of 32 bytes (RFC 8032, section 5.1.5) with its name; does not print."""

    name: str
    seed: bytes = field(repr=False)
    kind: int = LOG_KEY

    @property
    def key(self) -> NoteKey:
        """The public half."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return NoteKey(self.name, public, self.kind)

    def sign(self, text: str, at: int = 0) -> Signature:
        """Sign a text; `at` is a witness's time in seconds since 1970 (UTC)."""
        private = Ed25519PrivateKey.from_private_bytes(self.seed)
        if self.kind == COSIGNER_KEY:
            return Signature(
                self.name, self.key.hash, at.to_bytes(_TIME_BYTES, "big") + private.sign(cosigned(text, at))
            )
        return Signature(self.name, self.key.hash, private.sign(text.encode()))


def signed(text: str, signers: Sequence[NoteSigner]) -> Note:
    """A note with the signatures of logs."""
    return Note(text, tuple(one.sign(text) for one in signers))
