"""The life of the keys: each act makes the ring of the next generation from the one before, and nothing else.

Pure: nothing is read or written; `keys.storage.replace_keyring` puts the new ring in force, `keys.plan` says beforehand
what an act would do. Every act takes the time (aware), and raises KeyringError `clock-went-back`, `no-key` for an id
that is not in the ring, `key-transition` for a step that `keys.states` does not have, `key-reason` for a reason that is
missing or not one printable line. What the ring may be at all is `keys.keyring.validate`.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from keys.audit import verifying
from keys.errors import KeyringError
from keys.keyring import Keyring, new_key, sound_reason
from keys.model import Key, KeyState, Purpose
from keys.states import check_clock, refuse_way

REST: Final = timedelta(hours=24)
"""How long a key that protected data is kept after its last use: a postback is repeated for 17.5 hours, and sessions
and return addresses that were sealed with it are in no list that could be counted."""


def add(keyring: Keyring, purpose: Purpose, now: datetime, reason: str = "") -> Keyring:
    """A new key of the purpose, before its activation: to be distributed to every node before it is used."""
    moment = check_clock(keyring, now)
    return _next(keyring, [*keyring.keys, replace(_fresh(keyring, purpose, moment), reason=_checked(reason))])


def activate(keyring: Keyring, key_id: str, now: datetime, reason: str = "") -> Keyring:
    """Protect new data with this key from now on; the one that did so is deactivated at the same moment."""
    moment = check_clock(keyring, now)
    return _next(keyring, _activated(keyring.keys, keyring.get(key_id), moment, _checked(reason)))


def rotate(keyring: Keyring, purpose: Purpose, now: datetime, reason: str = "") -> Keyring:
    """`add` and `activate` in one step (one generation)."""
    moment = check_clock(keyring, now)
    key = _fresh(keyring, purpose, moment)
    return _next(keyring, _activated((*keyring.keys, key), key, moment, _checked(reason)))


def deactivate(keyring: Keyring, key_id: str, now: datetime, reason: str) -> Keyring:
    """Stop protecting with the active key, without a successor: whatever needs one is refused from then on."""
    moment = check_clock(keyring, now)
    key = keyring.get(key_id)
    refuse_way(key, KeyState.DEACTIVATED)
    ended = replace(key, state=KeyState.DEACTIVATED, deactivated=moment, reason=_given(reason))
    return _next(keyring, _with(keyring.keys, ended))


def compromise(keyring: Keyring, key_id: str, now: datetime, reason: str, *, renew: bool = True) -> Keyring:
    """Say that others know or may know the key. What it protected is processed further; it protects nothing new.

    If it was the active one, a *new* key takes its place at the same moment (one that waits in the same ring may be
    known to the same people), unless `renew` is false: then whatever needs one is refused from then on.
    """
    moment = check_clock(keyring, now)
    key = keyring.get(key_id)
    refuse_way(key, KeyState.COMPROMISED)
    ended = moment if key.protects else key.deactivated
    known = replace(key, state=KeyState.COMPROMISED, deactivated=ended, compromised=moment, reason=_given(reason))
    keys = _with(keyring.keys, known)
    if key.protects and renew:
        fresh = _fresh(keyring, key.purpose, moment)
        keys = _activated((*keys, fresh), fresh, moment, f"replaces {key.id}")
    return _next(keyring, keys)


def destroy(
    keyring: Keyring,
    key_id: str,
    now: datetime,
    reason: str,
    *,
    needed: Mapping[str, int],
    rest: timedelta = REST,
) -> Keyring:
    """Take the material away for ever; the entry stays, so that its id is never given away again.

    What an AUDIT key signed verifies further: its public half stays.

    `needed` counts for each key id the records, index entries, checkpoints and undelivered postbacks that were
    protected with it and are still to be read; a key that was not counted is not destroyed. Raises KeyringError
    `key-usage-unknown`, `key-needed`, and `key-resting` within `rest` of its last use.
    """
    moment = check_clock(keyring, now)
    key = keyring.get(key_id)
    refuse_way(key, KeyState.DESTROYED)
    count = needed.get(key_id)
    if count is None:
        raise KeyringError("key-usage-unknown")
    if count != 0:
        raise KeyringError("key-needed")
    free = free_from(key, rest)
    if free is not None and moment < free:
        raise KeyringError("key-resting")
    left = verifying(key) if key.purpose is Purpose.AUDIT and key.activated else None
    gone = replace(key, state=KeyState.DESTROYED, material=None, destroyed=moment, reason=_given(reason), verifies=left)
    return _next(keyring, _with(keyring.keys, gone))


def free_from(key: Key, rest: timedelta = REST) -> datetime | None:
    """When it will have rested; None if it never protected anything."""
    last_used = _last_used(key)
    return None if last_used is None else last_used + rest


def _last_used(key: Key) -> datetime | None:
    """When it protected something for the last time, as far as the ring knows; None if it never did."""
    if key.activated is None:
        return None
    return key.deactivated or key.compromised or key.activated


def _next(keyring: Keyring, keys: list[Key]) -> Keyring:
    return Keyring(keys, keyring.generation + 1)


def _fresh(keyring: Keyring, purpose: Purpose, moment: datetime) -> Key:
    return new_key(purpose, moment, [key.id for key in keyring.keys])


def _activated(keys: tuple[Key, ...] | list[Key], key: Key, moment: datetime, reason: str) -> list[Key]:
    """The keys with this one active and the one before deactivated: both or neither, so no moment has two or none."""
    refuse_way(key, KeyState.ACTIVE)
    taking = replace(key, state=KeyState.ACTIVE, activated=moment, reason=reason)
    leaving = [one for one in keys if one.purpose is key.purpose and one.protects]
    ended = [
        replace(one, state=KeyState.DEACTIVATED, deactivated=moment, reason=reason or f"succeeded by {key.id}")
        for one in leaving
    ]
    return _with(keys, taking, *ended)


def _with(keys: tuple[Key, ...] | list[Key], *changed: Key) -> list[Key]:
    by_id = {key.id: key for key in changed}
    return [by_id.get(key.id, key) for key in keys]


def _checked(reason: str) -> str:
    if not sound_reason(reason):
        raise KeyringError("key-reason")
    return reason


def _given(reason: str) -> str:
    if not reason.strip():
        raise KeyringError("key-reason")
    return _checked(reason)
