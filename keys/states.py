"""The states of a key and the ways between them, in one place.

NIST SP 800-57 part 1 rev. 5, section 7 (figure 3 and 7.1 to 7.6), without "suspended" and with one way less: a key that
protects data is deactivated or compromised before it is destroyed, for its data outlive its use.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from keys.errors import KeyringError
from keys.keyring import Keyring, whole_seconds
from keys.model import Key, KeyState

WAYS: Final[Mapping[KeyState, frozenset[KeyState]]] = MappingProxyType(
    {
        KeyState.PRE_ACTIVATION: frozenset((KeyState.ACTIVE, KeyState.COMPROMISED, KeyState.DESTROYED)),
        KeyState.ACTIVE: frozenset((KeyState.DEACTIVATED, KeyState.COMPROMISED)),
        KeyState.DEACTIVATED: frozenset((KeyState.COMPROMISED, KeyState.DESTROYED)),
        KeyState.COMPROMISED: frozenset((KeyState.DESTROYED,)),
        KeyState.DESTROYED: frozenset(),
    }
)
"""From each state to those that may follow. There is no way back: what was exposed or retired stays so."""


def refuse_way(key: Key, to: KeyState) -> None:
    """Raises KeyringError `key-transition` if no way leads from the key's state to that one."""
    if to not in WAYS[key.state]:
        raise KeyringError("key-transition")


def check_clock(keyring: Keyring, now: datetime) -> datetime:
    """`now` in whole UTC seconds. Raises KeyringError `clock-went-back` if the ring has a later date.

    A date that is wrong once stays wrong for the life of the ring, and cryptoperiods are counted from it.
    """
    moment = whole_seconds(now)
    if any(date > moment for key in keyring.keys for date in key.dates):
        raise KeyringError("clock-went-back")
    return moment


def check_successor(old: Keyring, new: Keyring) -> None:
    """Whether the second ring can have come from the first by one step that is allowed, whoever made it.

    No entry is lost, no key changes its purpose, birth or material, no date is rewritten, each state follows by one way
    (a new key may already be active). Raises KeyringError `key-transition`.
    """
    _check(old, new, WAYS)


def check_descendant(old: Keyring, new: Keyring) -> None:
    """Whether the second ring can have come from the first by any number of such steps. Raises as `check_successor`."""
    _check(old, new, {state: _reachable(state) for state in KeyState})


def _reachable(state: KeyState) -> frozenset[KeyState]:
    return WAYS[state].union(*(_reachable(after) for after in WAYS[state]))


def _check(old: Keyring, new: Keyring, ways: Mapping[KeyState, frozenset[KeyState]]) -> None:
    after = {key.id: key for key in new.keys}
    if not all(key.id in after and _follows(key, after[key.id], ways) for key in old.keys):
        raise KeyringError("key-transition")


def _follows(old: Key, new: Key, ways: Mapping[KeyState, frozenset[KeyState]]) -> bool:
    same = (old.purpose, old.created) == (new.purpose, new.created)
    stays = all(
        before in {None, after}
        for before, after in (
            (old.activated, new.activated),
            (old.deactivated, new.deactivated),
            (old.compromised, new.compromised),
            (old.destroyed, new.destroyed),
        )
    )
    kept = new.material is None or new.material == old.material
    return same and stays and kept and (old.state is new.state or new.state in ways[old.state])
