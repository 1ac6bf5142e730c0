"""The newest keyring that was in use here: `….seen` beside the keyring file, so that an older one is noticed.

    {"format": "scormveil-keyring-seen", "seen": [{"kek": "file", "sealed": "<base64>"}], "version": 1}

Each `sealed` is `{"digest": "<SHA-256 of the keyring file>", "generation": 3}`, wrapped by the KEK that opens the
keyring: nobody else can write one. While a KEK is being changed there are two, so that a crash locks nobody out.

What it cannot notice: that both files were replaced, or the keyring replaced and `….seen` deleted, by somebody who may
write to the folder. Who must withstand that keeps the generation (`Keyring.generation`) in another place as well.
"""

import base64
import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from keys.codec import decoded
from keys.derive import encode
from keys.errors import KeyringError
from keys.files import locked, place, read_private
from keys.kek import KekProvider
from keys.secret import Secret

_FORMAT: Final = "scormveil-keyring-seen"
_VERSION: Final = 1
_NOT_MINE: Final = frozenset(("kek-wrong", "kek-passphrase", "keyring-altered"))


class Seen(NamedTuple):
    """A state of the keyring file: its generation and the SHA-256 of its bytes in hexadecimal."""

    generation: int
    digest: str


def seen_of(content: Secret, generation: int) -> Seen:
    """What to remember of a keyring file."""
    return Seen(generation, hashlib.sha256(content.reveal()).hexdigest())


def look(path: Path) -> Secret | None:
    """The file beside the keyring at `path`, unopened: None if there is none, empty if it may not be read.

    To be taken *before* the keyring is read: writers put the keyring first, so an honest one is never older than this.
    """
    try:
        return read_private(_beside(path), "keyring")
    except KeyringError as refused:
        return None if refused.code == "keyring-missing" else Secret(b"")


def opened(content: Secret | None, kek: KekProvider) -> Seen | None:
    """What `look` gave, opened; None if nothing was ever noted. To be called once the KEK has opened the keyring.

    Raises KeyringError `keyring-seen`, and `kek-…` if the provider cannot be asked.
    """
    if content is None:
        return None
    for sealed in _entries(content, kek.name):
        plain = _unsealed(sealed, kek)
        if plain is not None:
            return _parse(plain)
    raise KeyringError("keyring-seen")


def refuse_older(noted: Seen | None, found: Seen) -> None:
    """Raises KeyringError `keyring-rolled-back` if `found` is older, or another ring of the same generation."""
    if noted is None or found.generation > noted.generation or found == noted:
        return
    raise KeyringError("keyring-rolled-back")


def note(path: Path, kek: KekProvider, found: Seen) -> None:
    """Remember `found` if it is newer than what is noted; for readers, who hold no lock.

    A folder where nothing can be written (a read-only mount) is no reason to refuse to serve: then what is noted stays.
    """
    with suppress(KeyringError), locked(path, "keyring"):
        noted = opened(look(path), kek)
        if noted is None or found.generation > noted.generation:
            write_seen(path, found, kek)


def write_seen(path: Path, found: Seen, *keks: KekProvider) -> None:
    """Put `found` in place of what is noted, one seal for each KEK; within `locked`.

    Raises KeyringError `keyring-not-written`, `kek-…`.
    """
    plain = Secret(json.dumps(found._asdict(), sort_keys=True).encode("ascii"))
    seals = [(kek.name, base64.b64encode(kek.wrap(plain, _bind(kek.name))).decode("ascii")) for kek in keks]
    place(_beside(path), Secret(_render(seals)), "keyring", lambda _path: None)


def _beside(path: Path) -> Path:
    return path.with_name(path.name + ".seen")


def _bind(name: str) -> bytes:
    return encode((_FORMAT, str(_VERSION), name))


def _render(seals: list[tuple[str, str]]) -> bytes:
    seen = [{"kek": name, "sealed": sealed} for name, sealed in seals]
    return json.dumps({"format": _FORMAT, "seen": seen, "version": _VERSION}, sort_keys=True, indent=1).encode() + b"\n"


def _entries(content: Secret, name: str) -> list[str]:
    """The seals made by this kind of KEK; none if the file is not byte for byte what we would write."""
    try:
        seals = [(entry["kek"], entry["sealed"]) for entry in json.loads(content.reveal())["seen"]]
    except (ValueError, TypeError, LookupError, RecursionError):
        return []
    if Secret(_render(seals)) != content:
        return []
    return [sealed for kind, sealed in seals if kind == name and type(sealed) is str]


def _unsealed(sealed: str, kek: KekProvider) -> Secret | None:
    try:
        return kek.unwrap(decoded(sealed), _bind(kek.name))
    except KeyringError as refused:
        if refused.code in _NOT_MINE:
            return None
        raise


def _parse(plain: Secret) -> Seen:
    """What a valid seal held; only a defective program can have made it unreadable."""
    try:
        entry = json.loads(plain.reveal())
        return Seen(int(entry["generation"]), str(entry["digest"]))
    except (ValueError, TypeError, LookupError):
        raise KeyringError("keyring-seen") from None
