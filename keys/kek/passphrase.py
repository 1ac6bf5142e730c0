"""A key-encryption key from a passphrase, by scrypt (RFC 7914).

Shape of what it wraps: version (1 byte, 1), log2 of n (1), r (1), p (1), salt (16 bytes), box (`keys.kek.box`) under
the derived 32 bytes; all before the box is bound into it. The parameters lie with what they protect, so they can be
raised at any time: what was wrapped before opens as before, and is wrapped with the new ones at the next change.
"""

import secrets
import unicodedata
from functools import lru_cache
from typing import ClassVar, Final

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from keys.errors import KeyringError
from keys.kek.box import KEY_LENGTH, close_box, open_box
from keys.secret import Secret

SHORTEST: Final = 12
"""Characters; six random words have 77 bits. NIST SP 800-63B wants 8 where tries are limited; here they are not."""

_VERSION: Final = 1
_SALT: Final = 16
_HEADER: Final = 4 + _SALT
_LOG_N: Final = range(14, 21)
_R: Final = range(1, 33)
_P: Final = range(1, 5)
_MEMORY: Final = 1 << 30
_DISTINCT: Final = 5
_KEYS_KEPT: Final = 4


class PassphraseKek:
    """Derives the key from a passphrase (UTF-8, brought to NFC, so that it can be typed on any keyboard).

    `n` (a power of two), `r`, `p` are the costs of new seals: 2**17, 8, 1 take 128 MiB and about half a second (OWASP's
    first choice for scrypt). Raises KeyringError `kek-weak` under 12 characters or 5 different ones, `kek-costs`.
    Passphrase and derived keys stay in memory as long as this does.
    """

    name: ClassVar[str] = "passphrase"

    def __init__(self, passphrase: Secret, *, n: int = 1 << 17, r: int = 8, p: int = 1) -> None:
        """Check passphrase and costs; nothing is derived yet. One salt serves this object: each costs a derivation."""
        normal = _normal(passphrase)
        if normal is None:
            raise KeyringError("kek-weak")
        log_n = n.bit_length() - 1
        if n != 1 << max(log_n, 0) or not _bearable(log_n, r, p):
            raise KeyringError("kek-costs")
        self._header = bytes((_VERSION, log_n, r, p)) + secrets.token_bytes(_SALT)

        @lru_cache(maxsize=_KEYS_KEPT)
        def derived(header: bytes) -> Secret:
            salt, cost = header[4:], 1 << header[1]
            try:
                return Secret(Scrypt(salt, KEY_LENGTH, cost, header[2], header[3]).derive(normal.reveal()))
            except MemoryError:
                raise KeyringError("kek-costs") from None

        self._derived = derived

    def wrap(self, plain: Secret, bind: bytes) -> bytes:
        """Encrypt under the derived key, with `bind` as associated data."""
        return self._header + close_box(self._derived(self._header), plain, self._header + bind)

    def unwrap(self, wrapped: bytes, bind: bytes) -> Secret:
        """Decrypt, with the parameters that lie with it.

        Raises KeyringError `kek-passphrase` for another passphrase or salt, `keyring-altered` for other bytes or bind.
        """
        header = wrapped[:_HEADER]
        # Checked before anything is derived: altered costs must not take all memory or the rest of the day.
        if len(header) < _HEADER or header[0] != _VERSION or not _bearable(header[1], header[2], header[3]):
            raise KeyringError("keyring-altered")
        return open_box(self._derived(header), wrapped[_HEADER:], header + bind, "kek-passphrase")


def _bearable(log_n: int, r: int, p: int) -> bool:
    return log_n in _LOG_N and r in _R and p in _P and 128 * r << log_n <= _MEMORY


def _normal(passphrase: Secret) -> Secret | None:
    """NFC, as RFC 8265 has it for passwords; None if it is too weak. The text exists within this function only."""
    try:
        text = unicodedata.normalize("NFC", passphrase.reveal().decode("utf-8"))
    except UnicodeDecodeError:
        return None
    strong = len(text) >= SHORTEST and len(set(text)) >= _DISTINCT
    return Secret(text.encode("utf-8")) if strong else None
