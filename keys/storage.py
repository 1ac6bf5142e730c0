"""The keyring file: one canonical JSON object, sealed by a KEK, read back before it replaces the old one.

    {"format": "scormveil-keyring", "generation": 1, "kek": "file", "sealed": "<base64>", "version": 1}

All but `sealed` is the associated data of the seal. The file must be byte for byte what we would write, so no byte of
it can change unnoticed. Inside: `{"keys": [{id, purpose, state, created, activated, deactivated, reason, secret}]}`.
Whoever knows only the file learns the generation and the kind of KEK.
"""

import base64
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from keys.derive import encode
from keys.errors import KeyringError
from keys.files import create_private, locked, place, read_private
from keys.kek import KekProvider
from keys.keyring import Keyring, first_keyring
from keys.model import Key, KeyState, Purpose
from keys.secret import Secret

FORMAT: Final = "scormveil-keyring"
VERSION: Final = 1
_WHEN: Final = "%Y-%m-%dT%H:%M:%SZ"
_FIELDS: Final = frozenset(("id", "purpose", "state", "created", "activated", "deactivated", "reason", "secret"))


def create_keyring(path: Path, kek: KekProvider, now: datetime) -> Keyring:
    """Make one active key for each purpose and write them. Never overwrites.

    Raises KeyringError `keyring-exists`, `keyring-not-written`, `kek-…`.
    """
    keyring = first_keyring(now)
    create_private(Path(path), _seal(keyring, kek), "keyring", _comparing(keyring, kek))
    return keyring


def open_keyring(path: Path, kek: KekProvider) -> Keyring:
    """Read, open and validate. Raises KeyringError `keyring-…`, `kek-…`; never returns a ring that is in doubt."""
    return _open(read_private(Path(path), "keyring"), kek)


def replace_keyring(path: Path, kek: KekProvider, keyring: Keyring) -> None:
    """Write the next generation over the current one, which stays beside it as `….previous`.

    Raises KeyringError `keyring-stale` if the file is not of the generation before, and what reading and writing raise.
    """
    path = Path(path)
    with locked(path, "keyring"):
        old = read_private(path, "keyring")
        if _open(old, kek).generation + 1 != keyring.generation:
            raise KeyringError("keyring-stale")
        new = _seal(keyring, kek)
        place(path.with_name(path.name + ".previous"), old, "keyring", lambda _path: None)
        place(path, new, "keyring", _comparing(keyring, kek))


class KeyringWatch:
    """Notices that the keyring file is gone or was replaced since it was opened. Make it before `open_keyring`."""

    def __init__(self, path: Path) -> None:
        """Remember the file that is there now. Raises KeyringError `keyring-missing`."""
        self._path = os.fspath(path)
        self._seen = self._mark()

    def check(self) -> None:
        """One `stat`, about 2 µs. Raises KeyringError `keyring-missing` or `keyring-changed`."""
        if self._mark() != self._seen:
            raise KeyringError("keyring-changed")

    def _mark(self) -> tuple[int, int, int, int, int, int]:
        try:
            now = os.lstat(self._path)
        except OSError:
            raise KeyringError("keyring-missing") from None
        return now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns, now.st_mode, now.st_uid


def _seal(keyring: Keyring, kek: KekProvider) -> Secret:
    wrapped = kek.wrap(_payload(keyring), _bind(kek.name, keyring.generation))
    return Secret(_render(kek.name, keyring.generation, base64.b64encode(wrapped).decode("ascii")))


def _open(content: Secret, kek: KekProvider) -> Keyring:
    try:
        header = json.loads(content.reveal())
        if header["format"] != FORMAT:
            raise KeyringError("keyring-unreadable")
        version, generation, name, sealed = (header[part] for part in ("version", "generation", "kek", "sealed"))
    except (ValueError, TypeError, LookupError, RecursionError):
        raise KeyringError("keyring-unreadable") from None
    if version != VERSION:
        raise KeyringError("keyring-version")
    if name != kek.name:
        raise KeyringError("keyring-kek")
    if type(generation) is not int or type(sealed) is not str or Secret(_render(name, generation, sealed)) != content:
        raise KeyringError("keyring-altered")
    keys = _parse(kek.unwrap(_decode(sealed), _bind(name, generation)))
    if keys is None:
        raise KeyringError("keyring-invalid")
    return Keyring(keys, generation)


def _decode(sealed: str) -> bytes:
    try:
        raw = base64.b64decode(sealed, validate=True)
    except ValueError:
        raise KeyringError("keyring-altered") from None
    if base64.b64encode(raw).decode("ascii") != sealed:  # spare bits of the last letter
        raise KeyringError("keyring-altered")
    return raw


def _render(name: str, generation: int, sealed: str) -> bytes:
    content = {"format": FORMAT, "version": VERSION, "kek": name, "generation": generation, "sealed": sealed}
    return json.dumps(content, sort_keys=True, indent=1).encode("ascii") + b"\n"


def _bind(name: str, generation: int) -> bytes:
    return encode((FORMAT, str(VERSION), name, str(generation)))


def _payload(keyring: Keyring) -> Secret:
    return Secret(json.dumps({"keys": [_entry(key) for key in keyring.keys]}, sort_keys=True).encode("ascii"))


def _entry(key: Key) -> dict[str, str | None]:
    return {
        "id": key.id,
        "purpose": key.purpose.value,
        "state": key.state.value,
        "created": key.created.strftime(_WHEN),
        "activated": key.activated.strftime(_WHEN) if key.activated else None,
        "deactivated": key.deactivated.strftime(_WHEN) if key.deactivated else None,
        "reason": key.reason,
        "secret": key.material.reveal().hex() if key.material else None,
    }


def _parse(payload: Secret) -> list[Key] | None:
    """Read what a valid seal held; None if it is unreadable, which only a defective program can cause.

    It does not raise: the parser's own exception quotes what it read, and would stay reachable from ours.
    """
    try:
        return [_key(entry) for entry in json.loads(payload.reveal())["keys"]]
    except (ValueError, TypeError, LookupError):
        return None


def _key(entry: dict[str, Any]) -> Key:
    if set(entry) != _FIELDS:  # an unknown field would be lost at the next write
        raise LookupError
    return Key(
        id=str(entry["id"]),
        purpose=Purpose(entry["purpose"]),
        state=KeyState(entry["state"]),
        created=_when(entry["created"]),
        material=None if entry["secret"] is None else Secret(bytes.fromhex(entry["secret"])),
        activated=None if entry["activated"] is None else _when(entry["activated"]),
        deactivated=None if entry["deactivated"] is None else _when(entry["deactivated"]),
        reason=str(entry["reason"]),
    )


def _when(text: str) -> datetime:
    return datetime.strptime(text, _WHEN).replace(tzinfo=UTC)


def _comparing(keyring: Keyring, kek: KekProvider) -> Callable[[Path], None]:
    """A check that what was written opens and holds the same keys; only then may it replace anything."""

    def check(path: Path) -> None:
        back = open_keyring(path, kek)
        if back.keys != keyring.keys or back.generation != keyring.generation:
            raise KeyringError("keyring-not-written")

    return check
