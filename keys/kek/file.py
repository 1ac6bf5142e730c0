"""A key-encryption key in a file of its own: one line, `scormveil-kek-1:` and 64 hexadecimal digits.

Keep it apart from the keyring (another disk, a secrets mount, never the same backup): whoever has both has everything.
What it wraps is a box (`keys.kek.box`).
"""

import re
import secrets
from pathlib import Path
from typing import ClassVar, Final

from keys.errors import KeyringError
from keys.files import create_private, read_private
from keys.kek.box import KEY_LENGTH, close_box, open_box
from keys.secret import Secret

_FORM: Final = rb"scormveil-kek-1:([0-9a-f]{64})\n?"


class FileKek:
    """The key in the file at `path`; it is read at each use and not kept.

    The file must be regular (no link), ours, and of mode 0600 or 0400; else each use raises KeyringError `kek-missing`,
    `kek-not-a-file`, `kek-foreign`, `kek-exposed` or `kek-unreadable`.
    """

    name: ClassVar[str] = "file"

    def __init__(self, path: Path) -> None:
        """Remember where the key is; nothing is read yet."""
        self._path = Path(path)

    @classmethod
    def create(cls, path: Path) -> "FileKek":
        """Write 32 new random bytes to `path`, mode 0600. Raises KeyringError `kek-exists`, `kek-not-written`."""
        line = Secret(b"scormveil-kek-1:" + secrets.token_hex(KEY_LENGTH).encode("ascii") + b"\n")
        create_private(Path(path), line, "kek", _readable)
        return cls(path)

    def wrap(self, plain: Secret, bind: bytes) -> bytes:
        """Encrypt under the key, with `bind` as associated data."""
        return close_box(_read(self._path), plain, bind)

    def unwrap(self, wrapped: bytes, bind: bytes) -> Secret:
        """Decrypt. Raises KeyringError `kek-wrong` for another key, `keyring-altered` for other bytes or bind."""
        return open_box(_read(self._path), wrapped, bind)


def _read(path: Path) -> Secret:
    line = re.fullmatch(_FORM, read_private(path, "kek").reveal())
    if line is None:
        raise KeyringError("kek-unreadable")
    return Secret(bytes.fromhex(line[1].decode("ascii")))


def _readable(path: Path) -> None:
    _read(path)
