"""A key-encryption key in an environment variable: 32 random bytes in base64 (`openssl rand -base64 32`).

For platforms that hand secrets over this way only. Programs of the same user can read it (`/proc/PID/environ`), child
processes inherit it, and many tools print it: prefer a file. What it wraps is a box (`keys.kek.box`).
"""

import base64
import os
import string
from typing import ClassVar, Final

from keys.errors import KeyringError
from keys.kek.box import KEY_LENGTH, close_box, open_box
from keys.keyring import WEAK_BELOW
from keys.secret import Secret

_TYPED: Final = frozenset(string.printable.encode("ascii"))


class EnvKek:
    """The key in the variable of that name; it is read at each use and not kept.

    Each use raises KeyringError `kek-unset` if the variable is absent or empty, `kek-weak` if it is not the canonical
    base64 of 32 bytes, or if these are a pattern or text that somebody typed.
    """

    name: ClassVar[str] = "env"

    def __init__(self, variable: str) -> None:
        """Remember the name of the variable; nothing is read yet."""
        self._variable = variable

    def wrap(self, plain: Secret, bind: bytes) -> bytes:
        """Encrypt under the key, with `bind` as associated data."""
        return close_box(_read(self._variable), plain, bind)

    def unwrap(self, wrapped: bytes, bind: bytes) -> Secret:
        """Decrypt. Raises KeyringError `kek-wrong` for another key, `keyring-altered` for other bytes or bind."""
        return open_box(_read(self._variable), wrapped, bind)


def _read(variable: str) -> Secret:
    text = Secret(os.environ.get(variable, "").strip().encode("utf-8", "surrogateescape"))
    if not len(text):
        raise KeyringError("kek-unset")
    key = _decoded(text)
    # 32 random bytes are all printable once in 10**13 keys; a password or a line of hexadecimal always is.
    if key is None or len(key) != KEY_LENGTH or len(set(key.reveal())) < WEAK_BELOW or set(key.reveal()) <= _TYPED:
        raise KeyringError("kek-weak")
    return key


def _decoded(text: Secret) -> Secret | None:
    try:
        key = Secret(base64.b64decode(text.reveal(), validate=True))
    except ValueError:
        return None
    return key if Secret(base64.b64encode(key.reveal())) == text else None
