"""A copy of the keyring for the safe: all keys, sealed by a KEK of its own (a passphrase that two officers keep).

The form is that of the keyring file (`keys.codec`) under another name, so that neither is taken for the other.
"""

from typing import Final

from keys.codec import EXPORT, open_ring, seal_ring
from keys.errors import KeyringError
from keys.kek import KekProvider
from keys.keyring import Keyring
from keys.secret import Secret

_CODES: Final = (
    ("keyring-unreadable", "export-unreadable"),
    ("keyring-version", "export-unreadable"),
    ("keyring-altered", "export-altered"),
    ("keyring-kek", "export-kek"),
)


def export_keyring(keyring: Keyring, kek: KekProvider) -> bytes:
    """The keyring sealed by `kek`. Raises KeyringError `kek-…`, `export-altered` if it does not open again."""
    content = seal_ring(keyring, kek, EXPORT)
    back = import_keyring(content.reveal(), kek)
    if back.keys != keyring.keys or back.generation != keyring.generation:
        raise KeyringError("export-altered")
    return content.reveal()


def import_keyring(content: bytes, kek: KekProvider) -> Keyring:
    """The keyring of an export; to be put in force by `install_keyring`, with the generation it had.

    Raises KeyringError `export-unreadable` (truncated or none), `export-altered`, `export-kek`, `keyring-invalid`,
    `kek-…`.
    """
    try:
        return open_ring(Secret(content), kek, EXPORT)
    except KeyringError as refused:
        raise KeyringError(dict(_CODES).get(refused.code, refused.code)) from None
