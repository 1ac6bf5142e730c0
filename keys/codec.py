"""A keyring as bytes: one canonical JSON object, its keys sealed by a KEK.

    {"format": "scormveil-keyring", "generation": 1, "kek": "file", "sealed": "<base64>", "version": 1}

All but `sealed` is the associated data of the seal. The bytes must be exactly those that we would write, so none of
them can change unnoticed. Inside: `{"keys": [{id, purpose, state, created, activated, deactivated, reason, secret}]}`;
version 2 has `compromised` and `destroyed` (dates) beside them, version 3 `verifies` (a public key in hexadecimal
digits). Each is written only where a key has one, so that an older program reads what it can understand. Who has only
the bytes learns the generation and the kind of KEK.
"""

import base64
import json
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from keys.derive import encode
from keys.errors import KeyringError
from keys.kek import KekProvider
from keys.keyring import Keyring
from keys.model import Key, KeyState, Purpose
from keys.secret import Secret

KEYRING: Final = "scormveil-keyring"
EXPORT: Final = "scormveil-keyring-export"
_WHEN: Final = "%Y-%m-%dT%H:%M:%SZ"
_FIRST: Final = frozenset(("id", "purpose", "state", "created", "activated", "deactivated", "reason", "secret"))
_SECOND: Final = _FIRST | {"compromised", "destroyed"}
_FIELDS: Final = MappingProxyType({1: _FIRST, 2: _SECOND, 3: _SECOND | {"verifies"}})


def seal_ring(keyring: Keyring, kek: KekProvider, form: str = KEYRING) -> Secret:
    """The bytes of `form` (KEYRING or EXPORT). Raises KeyringError `kek-…`."""
    version = _version(keyring)
    payload = Secret(
        json.dumps({"keys": [_entry(key, version) for key in keyring.keys]}, sort_keys=True).encode("ascii")
    )
    header = (form, version, kek.name, keyring.generation)
    wrapped = kek.wrap(payload, _bind(*header))
    return Secret(_render(*header, base64.b64encode(wrapped).decode("ascii")))


def open_ring(content: Secret, kek: KekProvider, form: str = KEYRING) -> Keyring:
    """Undo `seal_ring` and validate. Raises KeyringError `keyring-…`, `kek-…`."""
    try:
        header = json.loads(content.reveal())
        if header["format"] != form:
            raise KeyringError("keyring-unreadable")
        version, generation, name, sealed = (header[part] for part in ("version", "generation", "kek", "sealed"))
    except (ValueError, TypeError, LookupError, RecursionError):
        raise KeyringError("keyring-unreadable") from None
    if version not in tuple(_FIELDS):
        raise KeyringError("keyring-version")
    if name != kek.name:
        raise KeyringError("keyring-kek")
    if type(version) is not int or type(generation) is not int or type(sealed) is not str:
        raise KeyringError("keyring-altered")
    if Secret(_render(form, version, name, generation, sealed)) != content:
        raise KeyringError("keyring-altered")
    keys = _parse(kek.unwrap(decoded(sealed), _bind(form, version, name, generation)), _FIELDS[version])
    if keys is None:
        raise KeyringError("keyring-invalid")
    return Keyring(keys, generation)


def decoded(text: str) -> bytes:
    """Canonical base64. Raises KeyringError `keyring-altered` for any other spelling."""
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raise KeyringError("keyring-altered") from None
    if base64.b64encode(raw).decode("ascii") != text:  # spare bits of the last letter
        raise KeyringError("keyring-altered")
    return raw


def _version(keyring: Keyring) -> int:
    if any(key.verifies for key in keyring.keys):
        return 3
    return 2 if any(key.compromised or key.destroyed for key in keyring.keys) else 1


def _render(form: str, version: int, name: str, generation: int, sealed: str) -> bytes:
    content = {"format": form, "version": version, "kek": name, "generation": generation, "sealed": sealed}
    return json.dumps(content, sort_keys=True, indent=1).encode("ascii") + b"\n"


def _bind(form: str, version: int, name: str, generation: int) -> bytes:
    return encode((form, str(version), name, str(generation)))


def _entry(key: Key, version: int) -> dict[str, str | None]:
    entry = {
        "id": key.id,
        "purpose": key.purpose.value,
        "state": key.state.value,
        "created": _text(key.created),
        "activated": _text(key.activated),
        "deactivated": _text(key.deactivated),
        "compromised": _text(key.compromised),
        "destroyed": _text(key.destroyed),
        "verifies": key.verifies.hex() if key.verifies else None,
        "reason": key.reason,
        "secret": key.material.reveal().hex() if key.material else None,
    }
    return {name: entry[name] for name in entry if name in _FIELDS[version]}


def _text(date: datetime | None) -> str | None:
    return date.strftime(_WHEN) if date else None


def _parse(payload: Secret, fields: frozenset[str]) -> list[Key] | None:
    """Read what a valid seal held; None if it is unreadable, which only a defective program can cause.

    It does not raise: the parser's own exception quotes what it read, and would stay reachable from ours.
    """
    try:
        return [_key(entry, fields) for entry in json.loads(payload.reveal())["keys"]]
    except (ValueError, TypeError, LookupError):
        return None


def _key(entry: dict[str, Any], fields: frozenset[str]) -> Key:
    if set(entry) != fields:  # an unknown field would be lost at the next write
        raise LookupError
    created = _when(entry["created"])
    if created is None:
        raise LookupError
    return Key(
        id=str(entry["id"]),
        purpose=Purpose(entry["purpose"]),
        state=KeyState(entry["state"]),
        created=created,
        material=None if entry["secret"] is None else Secret(bytes.fromhex(entry["secret"])),
        activated=_when(entry["activated"]),
        deactivated=_when(entry["deactivated"]),
        reason=str(entry["reason"]),
        compromised=_when(entry.get("compromised")),
        destroyed=_when(entry.get("destroyed")),
        verifies=bytes.fromhex(entry["verifies"]) if entry.get("verifies") else None,
    )


def _when(text: str | None) -> datetime | None:
    return None if text is None else datetime.strptime(text, _WHEN).replace(tzinfo=UTC)
