"""The security team's room: keys, pseudonyms, envelopes. Knows no HTTP.

Everything that other rooms may use is named here; the modules behind it may change.
"""

from keys import officers, plan, rotate
from keys.audit import AuditKeys
from keys.bundle import BundleReader, BundleWriter, Title, read_title
from keys.envelope import Envelope
from keys.errors import KeyringError
from keys.export import export_keyring, import_keyring
from keys.hexform import from_hex_form, hex_form
from keys.index import BlindIndex, Indexed
from keys.kek import KekProvider
from keys.kek.command import CommandKek
from keys.kek.env import EnvKek
from keys.kek.file import FileKek
from keys.kek.passphrase import PassphraseKek
from keys.kek.pkcs11 import Pkcs11Kek
from keys.keyring import Keyring
from keys.model import Key, KeyState, Purpose
from keys.officer_file import Officer, read_officer, write_officer
from keys.person import (
    new_person,
    new_person_key,
    open_record,
    seal_record,
    unwrap_person_key,
    wrap_person_key,
)
from keys.pseudonym import TOKEN_LENGTH, TURNS, Minted, PseudonymScheme
from keys.room import KeyRoom
from keys.sealed import Opened, SealedRing, open_content
from keys.secret import Secret
from keys.states import check_descendant
from keys.storage import (
    KeyringWatch,
    adopt_keyring,
    create_keyring,
    install_keyring,
    open_keyring,
    open_with,
    read_keyring,
    refuse_stranger,
    replace_keyring,
    restore_keyring,
    rewrap_keyring,
    seal_first,
    seal_next,
    seal_rewrapped,
    seen_generation,
)

__all__ = [
    "TOKEN_LENGTH",
    "TURNS",
    "AuditKeys",
    "BlindIndex",
    "BundleReader",
    "BundleWriter",
    "CommandKek",
    "EnvKek",
    "Envelope",
    "FileKek",
    "Indexed",
    "KekProvider",
    "Key",
    "KeyRoom",
    "KeyState",
    "Keyring",
    "KeyringError",
    "KeyringWatch",
    "Minted",
    "Officer",
    "Opened",
    "PassphraseKek",
    "Pkcs11Kek",
    "PseudonymScheme",
    "Purpose",
    "SealedRing",
    "Secret",
    "Title",
    "adopt_keyring",
    "check_descendant",
    "create_keyring",
    "export_keyring",
    "from_hex_form",
    "hex_form",
    "import_keyring",
    "install_keyring",
    "new_person",
    "new_person_key",
    "officers",
    "open_content",
    "open_keyring",
    "open_record",
    "open_with",
    "plan",
    "read_keyring",
    "read_officer",
    "read_title",
    "refuse_stranger",
    "replace_keyring",
    "restore_keyring",
    "rewrap_keyring",
    "rotate",
    "seal_first",
    "seal_next",
    "seal_record",
    "seal_rewrapped",
    "seen_generation",
    "unwrap_person_key",
    "wrap_person_key",
    "write_officer",
]
