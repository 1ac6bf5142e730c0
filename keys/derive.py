"""All key derivation, with all labels on one screen.

Every key that is used comes from a key of the ring by HKDF-SHA256 (RFC 5869; no salt, since the input is uniformly
random), with an `info` that no other use can produce: the encoding below of a constant, the use, the version of that
use, and for pseudonyms and the blind index also the tenant and the kind.
"""

from collections.abc import Iterable

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from keys.secret import Secret


def pseudonym_key(secret: Secret, tenant: str, kind: str, turn: int = 0) -> Secret:
    """The HMAC key of pseudonyms of one kind in one tenant; after an erasure, of those who come back (`turn` > 0)."""
    return _derive(secret, ("pseudonym", "1", tenant, kind, *(("again", str(turn)) if turn else ())))


def lookup_key(secret: Secret, tenant: str, kind: str) -> Secret:
    """The HMAC key of the blind index for one kind in one tenant."""
    return _derive(secret, ("lookup", "1", tenant, kind))


def seal_key(secret: Secret) -> Secret:
    """The AES-256-GCM key of envelopes."""
    return _derive(secret, ("seal", "1"))


def audit_seed(secret: Secret) -> Secret:
    """The private Ed25519 key of checkpoints (RFC 8032: 32 bytes)."""
    return _derive(secret, ("audit-sign", "1"))


def audit_mac_key(secret: Secret) -> Secret:
    """The HMAC key of the rows of the audit log."""
    return _derive(secret, ("audit-mac", "1"))


def kek_wrap_key(secret: Secret) -> Secret:
    """The AES-256-GCM key under which a key-encryption key from a file wraps."""
    return _derive(secret, ("kek-wrap", "1"))


def kek_check_value(secret: Secret) -> Secret:
    """What tells one key-encryption key from another without telling anything else of it."""
    return _derive(secret, ("kek-check", "1"), length=8)


def bundle_key(secret: Secret, title: str) -> Secret:
    """The AES-256-GCM key of a bundle; `title` is the SHA-256 of its first line in hexadecimal."""
    return _derive(secret, ("bundle", "1", title))


def encode(parts: Iterable[str]) -> bytes:
    """Join texts so that different tuples always give different bytes (the encoding is injective).

    Shape: number of parts, then for each part its length in bytes and its UTF-8; numbers are 4 bytes, big-endian.
    Lone surrogates (JSON can carry them) become three bytes each instead of an error that would quote the text.
    """
    pieces = [part.encode("utf-8", "surrogatepass") for part in parts]
    return len(pieces).to_bytes(4, "big") + b"".join([len(piece).to_bytes(4, "big") + piece for piece in pieces])


def _derive(secret: Secret, label: tuple[str, ...], length: int = 32) -> Secret:
    info = encode(("scormveil", *label))
    return Secret(HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(secret.reveal()))
