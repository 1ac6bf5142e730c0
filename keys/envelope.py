"""Authenticated encryption of records, bound to the place where they belong.

Shape: version (1 byte, 1), key id (4 ASCII characters), nonce (12 random bytes), AES-256-GCM ciphertext with its
16-byte tag (NIST SP 800-38D). Associated data: version, key id and the bind tuple, injectively encoded; so a record
that is copied to another row does not open. Random nonces allow 2**32 seals a key (SP 800-38D section 8.3).
"""

import secrets
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keys.derive import encode, seal_key
from keys.errors import KeyringError
from keys.keyring import Keyring
from keys.model import KEY_ID_LENGTH, Purpose

VERSION: Final = 1
_NONCE: Final = 12
_TAG: Final = 16
_HEADER: Final = 1 + KEY_ID_LENGTH
_CIPHERS_LIMIT: Final = 256


class Envelope:
    """Seals under the active SEAL key, opens under every one that may still process."""

    def __init__(self, keyring: Keyring) -> None:
        """Bind the ring's SEAL keys."""
        active = [key.id for key in keyring.processing(Purpose.SEAL) if key.protects]
        self._active = active[0] if active else ""
        self._usable = frozenset(key.id for key in keyring.processing(Purpose.SEAL))

        @lru_cache(maxsize=_CIPHERS_LIMIT)
        def cipher(key_id: str) -> AESGCM:
            return AESGCM(seal_key(keyring.get(key_id).secret).reveal())

        self._cipher = cipher

    def seal(self, plain: bytes, bind: tuple[str, ...]) -> bytes:
        """Encrypt `plain`, to be opened with the same `bind` only. Raises KeyringError `no-key` if none is active."""
        if not self._active:
            raise KeyringError("no-key")
        nonce = secrets.token_bytes(_NONCE)
        header = bytes((VERSION,)) + self._active.encode("ascii")
        return header + nonce + self._cipher(self._active).encrypt(nonce, plain, _associated(self._active, bind))

    def open(self, sealed: bytes, bind: tuple[str, ...]) -> bytes:
        """Decrypt. Raises KeyringError: `sealed-altered`, or `no-key` if the ring cannot open what that key sealed."""
        key_id = self.key_id_of(sealed)
        if key_id not in self._usable:
            raise KeyringError("no-key")
        nonce, boxed = sealed[_HEADER : _HEADER + _NONCE], sealed[_HEADER + _NONCE :]
        try:
            return self._cipher(key_id).decrypt(nonce, boxed, _associated(key_id, bind))
        except InvalidTag:
            raise KeyringError("sealed-altered") from None

    def key_id_of(self, sealed: bytes) -> str:
        """The id of the key that sealed it, as its header says. Raises KeyringError `sealed-altered`."""
        if len(sealed) < _HEADER + _NONCE + _TAG or sealed[0] != VERSION or not sealed[1:_HEADER].isalnum():
            raise KeyringError("sealed-altered")
        return sealed[1:_HEADER].decode("ascii")


def _associated(key_id: str, bind: tuple[str, ...]) -> bytes:
    return encode(("envelope", str(VERSION), key_id, *bind))
