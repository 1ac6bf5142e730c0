"""What AUDIT keys are for: codes over the rows of the audit log, and the keys that sign its checkpoints."""

import hashlib
import hmac
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from keys import derive
from keys.keyring import Keyring
from keys.model import Key, KeyState, Purpose
from keys.secret import Secret

CODE_BYTES: Final = 16


class AuditKeys:
    """The AUDIT keys of a ring."""

    def __init__(self, ring: Keyring) -> None:
        """Derive what each of them is used for."""
        mine = [key for key in ring.keys if key.purpose is Purpose.AUDIT]
        here = sorted((key for key in mine if key.processes), key=_last_used, reverse=True)
        self.active = here[0].id if here and here[0].protects else ""
        """The id of the key that signs; "" if there is none: then nothing is signed."""
        self._codes = [_keyed(key.secret) for key in here]
        self._private = {key.id: _private(key.secret) for key in here}
        self.public = {key.id: verifying(key) for key in here} | {key.id: key.verifies for key in mine if key.verifies}
        """The public keys (32 bytes) of all that may have signed, by id: also of those that are destroyed."""
        self.complete = all(key.state is not KeyState.DESTROYED for key in mine)
        """Whether every AUDIT key that ever was is still here: else a code that fits none may be of one that is not."""

    def of(self, data: bytes) -> bytes:
        """The code of `data`, `CODE_BYTES` long, under the active key; nothing where no AUDIT key is left.

        Where none is active, under the last that was: an act that puts this right has its entry before it is in force.
        """
        return _code(self._codes[0], data) if self._codes else b""

    def fits(self, data: bytes, code: bytes) -> bool:
        """Whether a code is that of `data` under a key that is here. Without any, rows have none."""
        if not self._codes:
            return not code
        return any(hmac.compare_digest(_code(one, data), code) for one in self._codes)

    def private(self, key_id: str) -> Ed25519PrivateKey | None:
        """The Ed25519 key (RFC 8032) that signs under an AUDIT key; None if its material is not here any more."""
        return self._private.get(key_id)

    def __repr__(self) -> str:
        return f"<AuditKeys {', '.join(self._private)}>"


def verifying(key: Key) -> bytes:
    """The public key that verifies what an AUDIT key signs, 32 bytes. Raises KeyringError `key-destroyed`."""
    return _private(key.secret).public_key().public_bytes_raw()


def _last_used(key: Key) -> tuple[bool, datetime]:
    return key.protects, key.deactivated or key.created


def _private(secret: Secret) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(derive.audit_seed(secret).reveal())


def _keyed(secret: Secret) -> "hmac.HMAC":
    return hmac.new(derive.audit_mac_key(secret).reveal(), digestmod=hashlib.sha256)


def _code(keyed: "hmac.HMAC", data: bytes) -> bytes:
    one = keyed.copy()
    one.update(data)
    return one.digest()[:CODE_BYTES]
