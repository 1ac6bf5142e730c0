"""The security team's room: keys, pseudonyms, envelopes. Knows no HTTP.

Everything that other rooms may use is named here; the modules behind it may change.
"""

from keys import plan, rotate
from keys.envelope import Envelope
from keys.errors import KeyringError
from keys.export import export_keyring, import_keyring
from keys.index import BlindIndex, Indexed
from keys.kek import KekProvider
from keys.kek.command import CommandKek
from keys.kek.env import EnvKek
from keys.kek.file import FileKek
from keys.kek.passphrase import PassphraseKek
from keys.kek.pkcs11 import Pkcs11Kek
from keys.keyring import Keyring
from keys.model import Key, KeyState, Purpose
from keys.pseudonym import TOKEN_LENGTH, Minted, PseudonymScheme
from keys.secret import Secret
from keys.storage import (
    KeyringWatch,
    create_keyring,
    install_keyring,
    open_keyring,
    read_keyring,
    replace_keyring,
    rewrap_keyring,
    seen_generation,
)

__all__ = [
    "TOKEN_LENGTH",
    "BlindIndex",
    "CommandKek",
    "EnvKek",
    "Envelope",
    "FileKek",
    "Indexed",
    "KekProvider",
    "Key",
    "KeyState",
    "Keyring",
    "KeyringError",
    "KeyringWatch",
    "Minted",
    "PassphraseKek",
    "Pkcs11Kek",
    "PseudonymScheme",
    "Purpose",
    "Secret",
    "create_keyring",
    "export_keyring",
    "import_keyring",
    "install_keyring",
    "open_keyring",
    "plan",
    "read_keyring",
    "replace_keyring",
    "rewrap_keyring",
    "rotate",
    "seen_generation",
]
