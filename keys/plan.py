"""What an act would do, before it is done: as data, for a command's `--dry-run`, a console, a second officer.

`plan` performs the act on the ring in memory and compares; so a plan cannot promise what the act does not do. `due`
says which keys have reached the end of their cryptoperiod (NIST SP 800-57 part 1 rev. 5, section 5.3).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from keys.keyring import Keyring, whole_seconds
from keys.model import Key, KeyState, Purpose


class Note(StrEnum):
    """Something to know before an act; `NOTES` has the sentence."""

    MATERIAL_GONE = "material-gone"
    NO_WAY_BACK = "no-way-back"
    PREVIOUS_GONE = "previous-gone"
    COPIES_KEEP_IT = "copies-keep-it"
    NOTHING_PROTECTS = "nothing-protects"
    PSEUDONYMS_STAY = "pseudonyms-stay"
    PSEUDONYMS_GUESSABLE = "pseudonyms-guessable"
    RECORDS_READABLE = "records-readable"
    RECORDS_EXPOSED = "records-exposed"
    INDEX_KEPT = "index-kept"
    INDEX_EXPOSED = "index-exposed"
    AUDIT_VERIFIES = "audit-verifies"
    AUDIT_DOUBTFUL = "audit-doubtful"
    WAITS = "waits"
    NOBODY_NOTICES = "nobody-notices"
    NEWCOMERS_REFUSED = "newcomers-refused"
    LAUNCHES_REFUSED = "launches-refused"


NOTES: Final[Mapping[Note, str]] = MappingProxyType(
    {
        Note.MATERIAL_GONE: "The key material is gone for ever; nothing protected by it can be read or checked again.",
        Note.NO_WAY_BACK: "A key does not return to an earlier state.",
        Note.PREVIOUS_GONE: "The `.previous` file is removed, for it holds the key that is destroyed.",
        Note.COPIES_KEEP_IT: "Exports and backups of the keyring still hold the key; destroy those, or their KEK.",
        Note.NOTHING_PROTECTS: "No key of this purpose protects new data then: what needs one is refused.",
        Note.PSEUDONYMS_STAY: "Known people keep their pseudonyms and their progress; new people get the new key.",
        Note.PSEUDONYMS_GUESSABLE: "Who knows the key can test whom a pseudonym belongs to. Known people keep theirs "
        "until they are migrated.",
        Note.RECORDS_READABLE: "Records sealed before stay readable; re-sealing moves them to the new key.",
        Note.RECORDS_EXPOSED: "Who knows the key and has a copy of the store can read its records. Re-seal, then "
        "destroy the key and the old copies.",
        Note.INDEX_KEPT: "People are searched under both keys until each is indexed under the new one.",
        Note.INDEX_EXPOSED: "Who knows the key and has a copy of the store can test who is in it. Index anew.",
        Note.AUDIT_VERIFIES: "Checkpoints made before still verify; new ones use the new key.",
        Note.AUDIT_DOUBTFUL: "Who knows the key can forge checkpoints. Compare them with those kept elsewhere.",
        Note.WAITS: "Nothing changes for anybody until the key is activated.",
        Note.NOBODY_NOTICES: "Learners in mid-course notice nothing.",
        Note.NEWCOMERS_REFUSED: "Learners in mid-course notice nothing, but nobody new gets a pseudonym: whoever was "
        "never seen before is refused at her first launch, until a key is active again.",
        Note.LAUNCHES_REFUSED: "Every launch is refused, and learners in mid-course from when their session has to be "
        "renewed (a quarter of session_hours), until a key is active again.",
    }
)

_SUCCESSION: Final = MappingProxyType(
    {
        Purpose.PSEUDONYM: Note.PSEUDONYMS_STAY,
        Purpose.SEAL: Note.RECORDS_READABLE,
        Purpose.LOOKUP: Note.INDEX_KEPT,
        Purpose.AUDIT: Note.AUDIT_VERIFIES,
    }
)
_EXPOSURE: Final = MappingProxyType(
    {
        Purpose.PSEUDONYM: Note.PSEUDONYMS_GUESSABLE,
        Purpose.SEAL: Note.RECORDS_EXPOSED,
        Purpose.LOOKUP: Note.INDEX_EXPOSED,
        Purpose.AUDIT: Note.AUDIT_DOUBTFUL,
    }
)


_WITHOUT = MappingProxyType(
    {
        Purpose.PSEUDONYM: Note.NEWCOMERS_REFUSED,
        Purpose.LOOKUP: Note.NEWCOMERS_REFUSED,
        Purpose.SEAL: Note.LAUNCHES_REFUSED,
    }
)
"""What learners notice while no key of the purpose is active; checkpoints are nothing to them."""


@dataclass(frozen=True, slots=True)
class Change:
    """One key that an act touches. `key_id` and `before` are None for a key that is yet to be made.

    `needed` is how many records and deliveries still need it, None if that was not counted.
    """

    key_id: str | None
    purpose: Purpose
    before: KeyState | None
    after: KeyState
    needed: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What an act does: `ring` is what `replace_keyring` would write; the rest is for people (`NOTES`).

    `final` is what cannot be undone, `hints` what else is to be known, `noticed` what learners will notice of it.
    """

    generation: int
    changes: tuple[Change, ...]
    final: tuple[Note, ...]
    hints: tuple[Note, ...]
    noticed: tuple[Note, ...]
    ring: Keyring = field(repr=False, compare=False)


def plan(keyring: Keyring, act: Callable[[Keyring], Keyring], needed: Mapping[str, int] | None = None) -> Plan:
    """What `act` would do: `plan(ring, lambda ring: rotate.rotate(ring, Purpose.SEAL, now), counts)`.

    `needed` as for `rotate.destroy`. Raises what the act raises: an act that is refused has no plan.
    """
    after = act(keyring)
    known = {key.id: key for key in keyring.keys}
    touched = [(known.get(key.id), key) for key in after.keys if _differs(known.get(key.id), key)]
    changes = tuple(_change(before, key, needed or {}) for before, key in touched)
    return Plan(after.generation, changes, _final(changes), _hints(changes, after), _noticed(changes, after), after)


def _differs(before: Key | None, after: Key) -> bool:
    return before is None or before.state is not after.state


def _change(before: Key | None, after: Key, needed: Mapping[str, int]) -> Change:
    if before is None:
        return Change(None, after.purpose, None, after.state)
    return Change(after.id, after.purpose, before.state, after.state, needed.get(after.id))


def _final(changes: tuple[Change, ...]) -> tuple[Note, ...]:
    notes: list[Note] = []
    if any(change.after is KeyState.DESTROYED for change in changes):
        notes += [Note.MATERIAL_GONE, Note.PREVIOUS_GONE]
    if any(change.before is not None for change in changes):
        notes.append(Note.NO_WAY_BACK)
    return tuple(notes)


def _hints(changes: tuple[Change, ...], after: Keyring) -> tuple[Note, ...]:
    """Each once, in the order of the changes."""
    notes: list[Note] = []
    active = {key.purpose for key in after.keys if key.protects}
    for change in changes:
        match change.after:
            case KeyState.PRE_ACTIVATION:
                notes.append(Note.WAITS)
            case KeyState.ACTIVE:
                notes.append(_SUCCESSION[change.purpose])
            case KeyState.COMPROMISED if change.before is not KeyState.PRE_ACTIVATION:
                notes.append(_EXPOSURE[change.purpose])
            case KeyState.DESTROYED:
                notes.append(Note.COPIES_KEEP_IT)
            case KeyState.DEACTIVATED | KeyState.COMPROMISED:
                pass  # what was never used exposes nothing
        if change.before is KeyState.ACTIVE and change.purpose not in active:
            notes.append(Note.NOTHING_PROTECTS)
    return tuple(dict.fromkeys(notes))


def _noticed(changes: tuple[Change, ...], after: Keyring) -> tuple[Note, ...]:
    """The worst first, and nothing is said to be unnoticed beside it."""
    active = {key.purpose for key in after.keys if key.protects}
    left = {change.purpose for change in changes if change.before is KeyState.ACTIVE} - active
    felt = {_WITHOUT[purpose] for purpose in left if purpose in _WITHOUT}
    ordered = (Note.LAUNCHES_REFUSED, Note.NEWCOMERS_REFUSED)
    return tuple(note for note in ordered if note in felt) or (Note.NOBODY_NOTICES,)


class Standing(StrEnum):
    """Where a key is in its cryptoperiod."""

    CURRENT = "current"
    SOON = "soon"
    """It ends within the time of warning."""
    DUE = "due"
    """It has ended: rotate."""
    OVERDUE = "overdue"
    """It has ended longer ago than the time of warning: nobody rotates."""
    MISSING = "missing"
    """No key of the purpose is active."""


@dataclass(frozen=True, slots=True)
class Due:
    """How an active key stands; `key_id` and `until` are None where there is none."""

    purpose: Purpose
    standing: Standing
    key_id: str | None = None
    until: datetime | None = None


def due(
    keyring: Keyring, periods: Mapping[Purpose, timedelta], now: datetime, *, warn: timedelta = timedelta(days=14)
) -> tuple[Due, ...]:
    """How the active key of each purpose in `periods` (its `rotate_every`) stands, in the order of `Purpose`.

    Raises KeyringError `keyring-invalid` for a date without time zone. A clock that went back raises nothing: it makes
    no key older, and the act that follows refuses it.
    """
    moment = whole_seconds(now)
    return tuple(
        _standing(keyring, purpose, periods[purpose], moment, warn) for purpose in Purpose if purpose in periods
    )


def _standing(keyring: Keyring, purpose: Purpose, period: timedelta, moment: datetime, warn: timedelta) -> Due:
    active = next((key for key in keyring.keys if key.purpose is purpose and key.protects), None)
    if active is None or active.activated is None:
        return Due(purpose, Standing.MISSING)
    until = active.activated + period
    left = until - moment
    if left > warn:
        standing = Standing.CURRENT
    elif left > timedelta(0):
        standing = Standing.SOON
    else:
        standing = Standing.DUE if -left <= warn else Standing.OVERDUE
    return Due(purpose, standing, active.id, until)
