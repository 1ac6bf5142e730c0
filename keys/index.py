"""The blind index: how the store finds a person again without knowing her."""

import hmac
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from keys.derive import encode, lookup_key
from keys.errors import KeyringError
from keys.keyring import Keyring
from keys.model import Purpose

_KEYED_LIMIT: Final = 1024
OVERLAP: Final = timedelta(minutes=10)
"""How long after a rotation people are still indexed under the key before, too: a node that has not heard of the new
one yet must find them, or it would take a person it meets for a stranger."""


class Indexed(NamedTuple):
    """A 32-byte index value and the id of the LOOKUP key it was made with."""

    value: bytes
    key_id: str


class BlindIndex:
    """HMAC-SHA256 of a normalised identifier, under a key for this tenant and kind."""

    def __init__(self, keyring: Keyring) -> None:
        """Bind the ring's LOOKUP keys, the active one first."""
        self._keyring = keyring
        self._usable = tuple(key.id for key in keyring.processing(Purpose.LOOKUP))

        @lru_cache(maxsize=_KEYED_LIMIT)
        def keyed(key_id: str, tenant: str, kind: str) -> hmac.HMAC:
            return hmac.new(lookup_key(keyring.get(key_id).secret, tenant, kind).reveal(), digestmod="sha256")

        self._keyed = keyed

    def of(self, tenant: str, kind: str, parts: tuple[str, ...]) -> Indexed:
        """The value to store: under the active key.

        Raises KeyringError `no-key` if there is none, `no-input` for nothing but empty parts.
        """
        return self._value(self._keyring.active(Purpose.LOOKUP).id, tenant, kind, parts)

    def to_store(self, tenant: str, kind: str, parts: tuple[str, ...], now: datetime) -> tuple[Indexed, ...]:
        """The values to store: under the active key, and for `OVERLAP` after a rotation under the one before.

        Raises KeyringError `no-key` if none is active, `no-input`.
        """
        active = self._keyring.active(Purpose.LOOKUP).id
        late = (
            key.id
            for key in self._keyring.processing(Purpose.LOOKUP)
            if key.deactivated is not None and now - key.deactivated < OVERLAP
        )
        return tuple(self._value(key_id, tenant, kind, parts) for key_id in (active, *late))

    def all_of(self, tenant: str, kind: str, parts: tuple[str, ...]) -> tuple[Indexed, ...]:
        """The values to look for: under every LOOKUP key whose records may remain, the active one first.

        Raises KeyringError `no-key` if there is none at all, `no-input`.
        """
        if not self._usable:
            raise KeyringError("no-key")
        return tuple(self._value(key_id, tenant, kind, parts) for key_id in self._usable)

    def _value(self, key_id: str, tenant: str, kind: str, parts: tuple[str, ...]) -> Indexed:
        if not any(parts):
            raise KeyringError("no-input")
        mac = self._keyed(key_id, tenant, kind).copy()
        mac.update(encode(parts))
        return Indexed(mac.digest(), key_id)
