"""A data key per person: what is known of her is sealed under it, and whoever destroys it forgets her for ever.

The key is 32 random bytes, kept wrapped under a SEAL key (`Envelope`, bound to the person) in a store apart from the
record. A sealed record has the shape: version (1 byte, 2), nonce (12 random bytes), AES-256-GCM ciphertext with its
16-byte tag (NIST SP 800-38D). Associated data: version and the bind tuple, injectively encoded.
"""

import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keys.derive import encode
from keys.envelope import Envelope
from keys.errors import KeyringError
from keys.secret import Secret

RECORD_VERSION: Final = 2
_KEY: Final = 32
_NAME: Final = 16
_NONCE: Final = 12
_TAG: Final = 16


def new_person() -> str:
    """A random name of a person's row and data key: 32 hexadecimal digits that say nothing of her."""
    return secrets.token_hex(_NAME)


def new_person_key() -> Secret:
    """A new data key."""
    return Secret(secrets.token_bytes(_KEY))


def wrap_person_key(envelope: Envelope, person: str, key: Secret) -> bytes:
    """The data key sealed for its store. Raises KeyringError `no-key`."""
    return envelope.seal(key.reveal(), _key_bind(person))


def unwrap_person_key(envelope: Envelope, person: str, wrapped: bytes) -> Secret:
    """Undo `wrap_person_key`. Raises KeyringError `sealed-altered`, `no-key`."""
    key = Secret(envelope.open(wrapped, _key_bind(person)))
    if len(key) != _KEY:
        raise KeyringError("sealed-altered")
    return key


def seal_record(key: Secret, plain: bytes, bind: tuple[str, ...]) -> bytes:
    """Encrypt what is known of a person, to be opened with her key and the same `bind` only."""
    nonce = secrets.token_bytes(_NONCE)
    return bytes((RECORD_VERSION,)) + nonce + AESGCM(key.reveal()).encrypt(nonce, plain, _record_bind(bind))


def open_record(key: Secret, sealed: bytes, bind: tuple[str, ...]) -> bytes:
    """Undo `seal_record`. Raises KeyringError `sealed-altered` for another key, other bytes or another place."""
    if len(sealed) < 1 + _NONCE + _TAG or sealed[0] != RECORD_VERSION:
        raise KeyringError("sealed-altered")
    try:
        return AESGCM(key.reveal()).decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], _record_bind(bind))
    except InvalidTag:
        raise KeyringError("sealed-altered") from None


def _key_bind(person: str) -> tuple[str, ...]:
    return ("person-key", person)


def _record_bind(bind: tuple[str, ...]) -> bytes:
    return encode(("person-record", str(RECORD_VERSION), *bind))
