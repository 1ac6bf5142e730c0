"""The blind index: how the store finds a person again without knowing her."""

import hmac
from functools import lru_cache
from typing import Final, NamedTuple

from keys.derive import encode, lookup_key
from keys.errors import KeyringError
from keys.keyring import Keyring
from keys.model import Purpose

_KEYED_LIMIT: Final = 1024


class Indexed(NamedTuple):
    """A 32-byte index value and the id of the LOOKUP key it was made with."""

    value: bytes
    key_id: str


class BlindIndex:
    """HMAC-SHA256 of a normalised identifier, under a key for this tenant and kind.

    Raises KeyringError `no-key` if the ring has no active LOOKUP key.
    """

    def __init__(self, keyring: Keyring) -> None:
        """Bind the ring's LOOKUP keys, the active one first."""
        self._active = keyring.active(Purpose.LOOKUP)
        self._usable = tuple(key.id for key in keyring.processing(Purpose.LOOKUP))

        @lru_cache(maxsize=_KEYED_LIMIT)
        def keyed(key_id: str, tenant: str, kind: str) -> hmac.HMAC:
            return hmac.new(lookup_key(keyring.get(key_id).secret, tenant, kind).reveal(), digestmod="sha256")

        self._keyed = keyed

    def of(self, tenant: str, kind: str, parts: tuple[str, ...]) -> Indexed:
        """The value to store: under the active key. Raises KeyringError `no-input` for nothing but empty parts."""
        return self._value(self._active.id, tenant, kind, parts)

    def all_of(self, tenant: str, kind: str, parts: tuple[str, ...]) -> tuple[Indexed, ...]:
        """The values to look for: under every LOOKUP key whose records may remain, the active one first."""
        return tuple(self._value(key_id, tenant, kind, parts) for key_id in self._usable)

    def _value(self, key_id: str, tenant: str, kind: str, parts: tuple[str, ...]) -> Indexed:
        if not any(parts):
            raise KeyringError("no-input")
        mac = self._keyed(key_id, tenant, kind).copy()
        mac.update(encode(parts))
        return Indexed(mac.digest(), key_id)
