"""An officer's own key: an Ed25519 key in a file that a passphrase seals.

    {"format": "scormveil-officer", "kek": "passphrase", "name": "anna", "public": "ed25519:<base64, 32 bytes>",
     "sealed": "<base64>", "version": 1}

All but `sealed` is bound into the seal (`keys.kek`), and the public key is the private one's, so nobody can put another
name or key on the file. It belongs on the officer's own machine or stick, not on the server.
"""

import base64
import json
import re
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from keys.codec import decoded
from keys.derive import encode
from keys.errors import KeyringError
from keys.files import create_private, read_private
from keys.kek import KekProvider
from keys.secret import Secret

PREFIX: Final = "ed25519:"
_FORMAT: Final = "scormveil-officer"
_VERSION: Final = 1
_KEY: Final = 32
_NAME: Final = r"[a-z][a-z0-9-]{0,30}"
_ALTERED: Final = frozenset(("keyring-altered", "keyring-unreadable"))


class Officer:
    """A name and the private key of whoever bears it. `public` is what `[keys.officers]` lists."""

    __slots__ = ("_key", "name", "public")

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        """Take a name and a key. Raises KeyringError `officer-name`."""
        if not re.fullmatch(_NAME, name):
            raise KeyringError("officer-name")
        self.name = name
        self._key = key
        self.public = PREFIX + base64.b64encode(key.public_key().public_bytes_raw()).decode("ascii")

    @classmethod
    def new(cls, name: str) -> "Officer":
        """An officer with a new key."""
        return cls(name, Ed25519PrivateKey.generate())

    def sign(self, statement: bytes) -> bytes:
        """64 bytes."""
        return self._key.sign(statement)

    def secret(self) -> Secret:
        """The private key, to be sealed at once."""
        return Secret(self._key.private_bytes_raw())

    def __repr__(self) -> str:
        return f"<Officer {self.name}>"


def raw_public(listed: str) -> bytes | None:
    """The 32 bytes of a public key as `[keys.officers]` lists it; None if it is none."""
    if not listed.startswith(PREFIX):
        return None
    try:
        raw = decoded(listed.removeprefix(PREFIX))
    except KeyringError:
        return None
    return raw if len(raw) == _KEY else None


def write_officer(path: Path, officer: Officer, kek: KekProvider) -> None:
    """Seal an officer's key into a new file, mode 0600. Raises KeyringError `officer-exists`, `officer-not-written`."""
    sealed = base64.b64encode(kek.wrap(officer.secret(), _bind(kek.name, officer.name, officer.public))).decode("ascii")
    content = Secret(_render(kek.name, officer.name, officer.public, sealed))
    create_private(Path(path), content, "officer", lambda written: _compare(written, officer, kek))


def read_officer(path: Path, kek: KekProvider) -> Officer:
    """Open an officer's file.

    Raises KeyringError `officer-…` as `keys.files.read_private` has it, `officer-unreadable`, `kek-passphrase`.
    """
    content = read_private(Path(path), "officer")
    try:
        fields = json.loads(content.reveal())
        name, public, sealed = (str(fields[part]) for part in ("name", "public", "sealed"))
        sound = Secret(_render(kek.name, name, public, sealed)) == content
    except (ValueError, TypeError, LookupError, RecursionError):
        sound = False
    if not sound:
        raise KeyringError("officer-unreadable")
    officer = Officer(name, Ed25519PrivateKey.from_private_bytes(_unsealed(kek, name, public, sealed).reveal()))
    if officer.public != public:
        raise KeyringError("officer-unreadable")
    return officer


def _unsealed(kek: KekProvider, name: str, public: str, sealed: str) -> Secret:
    try:
        key = kek.unwrap(decoded(sealed), _bind(kek.name, name, public))
    except KeyringError as refused:
        raise KeyringError("officer-unreadable" if refused.code in _ALTERED else refused.code) from None
    if len(key) != _KEY:
        raise KeyringError("officer-unreadable")
    return key


def _compare(path: Path, officer: Officer, kek: KekProvider) -> None:
    if read_officer(path, kek).public != officer.public:
        raise KeyringError("officer-not-written")


def _render(kek: str, name: str, public: str, sealed: str) -> bytes:
    content = {"format": _FORMAT, "kek": kek, "name": name, "public": public, "sealed": sealed, "version": _VERSION}
    return json.dumps(content, sort_keys=True, indent=1).encode("ascii") + b"\n"


def _bind(kek: str, name: str, public: str) -> bytes:
    return encode((_FORMAT, str(_VERSION), kek, name, public))
