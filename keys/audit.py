"""What AUDIT keys are for: codes over the rows of the audit log, and the keys that sign its checkpoints."""

import hashlib
import hmac
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from keys import derive
from keys.keyring import Keyring
from keys.model import KeyState, Purpose
from keys.secret import Secret

CODE_BYTES: Final = 16


class AuditKeys:
    """The AUDIT keys of a ring."""

    def __init__(self, ring: Keyring) -> None:
        """Derive what each of them is used for."""
        here = sorted(ring.processing(Purpose.AUDIT), key=lambda key: not key.protects)
        self.active = here[0].id if here and here[0].protects else ""
        """The id of the key that signs; "" if there is none: then rows have no codes, and nothing is signed."""
        self._codes = [_keyed(key.secret) for key in here]
        self._private = {key.id: _private(key.secret) for key in here}
        mine = [key for key in ring.keys if key.purpose is Purpose.AUDIT]
        self.complete = all(key.state is not KeyState.DESTROYED for key in mine)
        """Whether every AUDIT key that ever was is still here: else a code that fits none proves nothing."""

    def of(self, data: bytes) -> bytes:
        """The code of `data` under the active key, `CODE_BYTES` long; nothing where there is none."""
        return _code(self._codes[0], data) if self.active else b""

    def fits(self, data: bytes, code: bytes) -> bool:
        """Whether a code is that of `data` under a key that is here, or may be one under a key that is gone."""
        return any(hmac.compare_digest(_code(one, data), code) for one in self._codes) or not self.complete

    def private(self, key_id: str) -> Ed25519PrivateKey | None:
        """The Ed25519 key (RFC 8032) that signs under an AUDIT key; None if its material is not here any more."""
        return self._private.get(key_id)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the keys that are here, the active one first."""
        return tuple(self._private)

    def __repr__(self) -> str:
        return f"<AuditKeys {', '.join(self._private)}>"


def _private(secret: Secret) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(derive.audit_seed(secret).reveal())


def _keyed(secret: Secret) -> "hmac.HMAC":
    return hmac.new(derive.audit_mac_key(secret).reveal(), digestmod=hashlib.sha256)


def _code(keyed: "hmac.HMAC", data: bytes) -> bytes:
    one = keyed.copy()
    one.update(data)
    return one.digest()[:CODE_BYTES]
