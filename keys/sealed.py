"""A keyring as it is about to be written or was just read: the ring, the exact bytes of its file, and who opened it."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from keys.codec import open_ring
from keys.errors import KeyringError
from keys.kek import KekProvider
from keys.keyring import Keyring
from keys.secret import Secret

_NOT_HERS: Final = frozenset(
    ("keyring-kek", "kek-wrong", "kek-passphrase", "keyring-altered", "kek-missing", "kek-unset", "kek-hsm-no-key")
)
"""What a key-encryption key says of a keyring that another one sealed, or where it is not there (yet, or any more)."""


@dataclass(frozen=True, slots=True)
class SealedRing:
    """A keyring ready to be put in force; `digest` is the SHA-256 of `content` in hexadecimal."""

    ring: Keyring
    content: Secret = field(repr=False)
    digest: str

    @classmethod
    def of(cls, ring: Keyring, content: Secret) -> "SealedRing":
        """A ring and the bytes of its file."""
        return cls(ring, content, hashlib.sha256(content.reveal()).hexdigest())

    @property
    def file(self) -> bytes:
        """The bytes of the file: nothing in them is readable without the key-encryption key."""
        return self.content.reveal()


@dataclass(frozen=True, slots=True)
class Opened:
    """A keyring that is in force, and the key-encryption key that opened it."""

    sealed: SealedRing
    kek: KekProvider

    @property
    def ring(self) -> Keyring:
        """The keys."""
        return self.sealed.ring


def first_that_opens(keks: Sequence[KekProvider], attempt: Callable[[KekProvider], Opened]) -> Opened:
    """What the first key-encryption key opens that can. Raises KeyringError: what the first one says if none can."""
    refusal = KeyringError("kek-missing")
    for number, kek in enumerate(keks):
        try:
            return attempt(kek)
        except KeyringError as refused:
            refusal = refused if number == 0 else refusal
            if refused.code not in _NOT_HERS:
                raise
    raise refusal


def open_content(keks: Sequence[KekProvider], content: Secret) -> Opened:
    """Open the bytes of a keyring file with the first of several KEKs that can, and note nothing."""
    return first_that_opens(keks, lambda kek: Opened(SealedRing.of(open_ring(content, kek), content), kek))
