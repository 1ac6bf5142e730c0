"""The keyring in memory: looking keys up, making a first one, and every invariant in `validate`.

A `Keyring` is immutable. A change of keys makes a new ring with the next generation; see `keys.rotate`.
"""

import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from keys.errors import KeyringError
from keys.model import ALPHABET, KEY_ID_LENGTH, PUBLIC_LENGTH, SECRET_LENGTH, Key, KeyState, Purpose
from keys.secret import Secret

REASON_LIMIT: Final = 200
WEAK_BELOW: Final = 8  # 32 random bytes with fewer than 8 distinct values: less likely than 2**-100


class Keyring:
    """All keys of an installation. Raises KeyringError `keyring-invalid` if they contradict each other.

    `generation` counts the changes of the ring, from 1; a smaller number than one seen before means a rollback.
    """

    __slots__ = ("_by_id", "generation", "keys")

    def __init__(self, keys: Iterable[Key], generation: int) -> None:
        """Take the keys in their order (which is kept in the file)."""
        self.keys: Final = tuple(keys)
        self.generation: Final = generation
        validate(self.keys, generation)
        self._by_id = {key.id: key for key in self.keys}

    def __repr__(self) -> str:
        return f"<Keyring generation {self.generation}, {len(self.keys)} keys>"

    def active(self, purpose: Purpose) -> Key:
        """The one key that protects new data of this purpose. Raises KeyringError `no-key` if there is none."""
        for key in self.keys:
            if key.purpose is purpose and key.protects:
                return key
        raise KeyringError("no-key")

    def get(self, key_id: str) -> Key:
        """The key with this id, whatever its state. Raises KeyringError `no-key` if the ring has none."""
        key = self._by_id.get(key_id)
        if key is None:
            raise KeyringError("no-key")
        return key

    def processing(self, purpose: Purpose) -> tuple[Key, ...]:
        """Every key of the purpose whose protected data may still be processed, the active one first."""
        usable = (key for key in self.keys if key.purpose is purpose and key.processes)
        return tuple(sorted(usable, key=lambda key: not key.protects))


def new_key(purpose: Purpose, now: datetime, taken: Iterable[str]) -> Key:
    """Make a random key before its activation; its id differs from every `taken` one."""
    used = frozenset(taken)
    while (key_id := "".join(secrets.choice(ALPHABET) for _ in range(KEY_ID_LENGTH))) in used:
        pass
    secret = Secret(secrets.token_bytes(SECRET_LENGTH))
    return Key(key_id, purpose, KeyState.PRE_ACTIVATION, whole_seconds(now), secret)


def first_keyring(now: datetime) -> Keyring:
    """One active key for each purpose, generation 1."""
    keys: list[Key] = []
    for purpose in Purpose:
        key = new_key(purpose, now, [key.id for key in keys])
        keys.append(replace(key, state=KeyState.ACTIVE, activated=key.created, reason="created"))
    return Keyring(keys, 1)


def whole_seconds(moment: datetime) -> datetime:
    """UTC without the fraction, as the file keeps it. Raises KeyringError `keyring-invalid` for a naive datetime."""
    if moment.tzinfo is None:
        raise KeyringError("keyring-invalid")
    return moment.astimezone(UTC).replace(microsecond=0)


def validate(keys: tuple[Key, ...], generation: int) -> None:
    """Hold every invariant of a keyring. Raises KeyringError `keyring-invalid`; it does not say which key.

    There may be no active key for a purpose (the officer marked it compromised and has not replaced it yet): then
    whatever needs one refuses with `no-key`. Two active keys for one purpose would let two workers disagree.
    """
    ids = [key.id for key in keys]
    active = [key.purpose for key in keys if key.state is KeyState.ACTIVE]
    present = [key.material for key in keys if key.material is not None]
    alike = any(one == other for at, one in enumerate(present) for other in present[:at])
    sound = (
        generation >= 1
        and len(set(ids)) == len(ids)
        and len(set(active)) == len(active)
        and not alike
        and all(_sound_name(key) and _sound_material(key) and _sound_public(key) and _sound_dates(key) for key in keys)
    )
    if not sound:
        raise KeyringError("keyring-invalid")


def _sound_name(key: Key) -> bool:
    """The id is of the token alphabet; the reason is one printable line, and given where it must be explained."""
    explained = bool(key.reason) or key.state not in {KeyState.COMPROMISED, KeyState.DESTROYED}
    named = len(key.id) == KEY_ID_LENGTH and set(key.id) <= set(ALPHABET)
    return named and explained and sound_reason(key.reason)


def sound_reason(reason: str) -> bool:
    """Whether a reason is one printable line of bearable length; nothing is one, too."""
    return len(reason) <= REASON_LIMIT and (not reason or reason.isprintable())


def _sound_material(key: Key) -> bool:
    """Exactly the destroyed keys have none; the others have 32 bytes that are no placeholder (zeros, a pattern)."""
    if key.material is None:
        return key.state is KeyState.DESTROYED
    if key.state is KeyState.DESTROYED or len(key.material) != SECRET_LENGTH:
        return False
    return len(set(key.material.reveal())) >= WEAK_BELOW


def _sound_public(key: Key) -> bool:
    """Only AUDIT keys leave something behind, and only when they are destroyed."""
    if key.verifies is None:
        return True
    gone = key.purpose is Purpose.AUDIT and key.state is KeyState.DESTROYED
    return gone and len(key.verifies) == PUBLIC_LENGTH


def _sound_dates(key: Key) -> bool:
    """Dates are whole UTC seconds, in the order of life, and those that the state implies are there."""
    if any(date.utcoffset() != timedelta(0) or date.microsecond for date in key.dates):
        return False
    if list(key.dates) != sorted(key.dates):
        return False
    if key.compromised and key.state not in {KeyState.COMPROMISED, KeyState.DESTROYED}:
        return False
    if key.destroyed and key.state is not KeyState.DESTROYED:
        return False
    started, ended = key.activated is not None, key.deactivated is not None
    match key.state:
        case KeyState.PRE_ACTIVATION:
            return not started and not ended
        case KeyState.ACTIVE:
            return started and not ended
        case KeyState.DEACTIVATED:
            return started and ended
        case KeyState.COMPROMISED | KeyState.DESTROYED:
            return started or not ended
