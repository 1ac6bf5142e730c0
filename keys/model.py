"""What a key is: purpose, state, dates, material. Pure values; the rules between keys are in `keyring`."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from keys.errors import KeyringError
from keys.secret import Secret

ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
"""32 letters and digits: no i, l, o, u, so that nothing is mistaken for 1 or 0 when it is read aloud or typed."""

KEY_ID_LENGTH: Final = 4
SECRET_LENGTH: Final = 32
PUBLIC_LENGTH: Final = 32
"""Of an Ed25519 public key (RFC 8032)."""


class Purpose(StrEnum):
    """What a key is for. A key serves one purpose only (NIST SP 800-57 part 1, section 5.2)."""

    LOOKUP = "lookup"
    """The blind index of the mapping store."""
    PSEUDONYM = "pseudonym"
    """What leaves the house in place of a learner."""
    SEAL = "seal"
    """The sealed records of the mapping store."""
    AUDIT = "audit"
    """The checkpoints of the audit log."""


class KeyState(StrEnum):
    """States of a key (NIST SP 800-57 part 1 rev. 5, section 7; without "suspended")."""

    PRE_ACTIVATION = "pre-activation"
    """Made, not used yet."""
    ACTIVE = "active"
    """Protects new data and processes what it protected."""
    DEACTIVATED = "deactivated"
    """Processes what it protected; protects nothing new."""
    COMPROMISED = "compromised"
    """Known or suspected to be known to others; processes what it protected until that is replaced."""
    DESTROYED = "destroyed"
    """The material is gone; the entry remains so that its id is never given away again."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the ring.

    `id` is 4 characters of `ALPHABET`, random, unique in the ring. Dates are aware UTC datetimes of whole seconds.
    `material` is None when the key is destroyed. `reason` is the officer's word on the last change of state.
    `compromised` and `destroyed` may be None in those states: rings of format 1 did not keep these dates.
    `verifies` is what a destroyed AUDIT key leaves behind, 32 bytes: the public half of the Ed25519 key that signed
    checkpoints, so that they verify further (NIST SP 800-57 part 1, section 5.3.6).
    """

    id: str
    purpose: Purpose
    state: KeyState
    created: datetime
    material: Secret | None = field(repr=False)
    activated: datetime | None = None
    deactivated: datetime | None = None
    reason: str = ""
    compromised: datetime | None = None
    destroyed: datetime | None = None
    verifies: bytes | None = None

    @property
    def secret(self) -> Secret:
        """The 32 bytes. Raises KeyringError `key-destroyed` when they are gone."""
        if self.material is None:
            raise KeyringError("key-destroyed")
        return self.material

    @property
    def protects(self) -> bool:
        """Whether new data may be protected with it."""
        return self.state is KeyState.ACTIVE

    @property
    def processes(self) -> bool:
        """Whether data that it protected may be processed with it.

        A key that was compromised before it was ever active protected nothing: what claims so is forged.
        """
        used = self.activated is not None
        return used and self.state in {KeyState.ACTIVE, KeyState.DEACTIVATED, KeyState.COMPROMISED}

    @property
    def dates(self) -> tuple[datetime, ...]:
        """The dates it has, in the order of life."""
        stations = (self.created, self.activated, self.deactivated, self.compromised, self.destroyed)
        return tuple(date for date in stations if date is not None)
