"""A bundle: data of any length, sealed so that nothing of it can be altered, reordered, cut off, lengthened or mixed.

    {"created": 1760000000000, "expires": 0, "format": "scormveil-bundle", "kek": "file", "kind": "mapping",
     "sealed": "<base64>", "version": 1}                                             (one line of canonical JSON)
    chunk, chunk, …, last chunk                                                      (binary)

`sealed` is a random file key of 32 bytes, wrapped by a key-encryption key and bound to the other fields. A chunk is
AES-256-GCM (NIST SP 800-38D) over 65,536 bytes of the data, the last one over 1 to 65,536 (none only if all is none).
Its key is HKDF of the file key with the SHA-256 of the first line, which is the associated data too; its nonce is its
number (11 bytes, big-endian, from 0) and one byte, 1 for the last chunk and 0 before: the STREAM construction of Hoang,
Reyhanitabar, Rogaway and Vizár (2015), as in age. Who has only the file learns kind, dates, length and kind of KEK.
"""

import hashlib
import json
import secrets
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keys.codec import decoded
from keys.derive import bundle_key, encode
from keys.errors import KeyringError
from keys.kek import KekProvider
from keys.secret import Secret

CHUNK: Final = 1 << 16
"""Bytes of the data in a chunk."""

_FORMAT: Final = "scormveil-bundle"
_VERSION: Final = 1
_TAG: Final = 16
_FILE_KEY: Final = 32
_LINE_LIMIT: Final = 64 * 1024
_NOT_HERS: Final = frozenset(("kek-wrong", "kek-missing", "kek-unset", "kek-hsm-no-key"))


@dataclass(frozen=True, slots=True)
class Title:
    """What a bundle says of itself in clear. Times in milliseconds since 1970 (UTC); `expires` 0: never."""

    kind: str
    created: int
    expires: int = 0


class Sink(Protocol):
    """Where a bundle is written to."""

    def write(self, data: bytes, /) -> object:
        """Take all of it, or raise."""


class BundleWriter:
    """Seals what is written. A bundle without `finish` is refused by every reader."""

    def __init__(self, sink: Sink, kek: KekProvider, title: Title) -> None:
        """Write the first line. Raises KeyringError `kek-…`, and what writing to `sink` raises, here and later."""
        file_key = Secret(secrets.token_bytes(_FILE_KEY))
        sealed = kek.wrap(file_key, _bind(kek.name, title))
        line = _render(kek.name, title, b64encode(sealed).decode("ascii"))
        self._sink = sink
        self._cipher = _Cipher(file_key, line)
        self._waiting = bytearray()
        sink.write(line)

    def write(self, data: bytes) -> None:
        """Seal more. A chunk is written when more than it is there, for only then it is not the last."""
        self._waiting += data
        start = 0
        while len(self._waiting) - start > CHUNK:
            self._sink.write(self._cipher.close(self._waiting[start : start + CHUNK], last=False))
            start += CHUNK
        del self._waiting[:start]

    def finish(self) -> None:
        """Write the last chunk; `sink` stays open."""
        self._sink.write(self._cipher.close(self._waiting, last=True))
        self._waiting.clear()


class BundleReader:
    """Opens a bundle. Nothing is given out before the chunk that it stood in was found unaltered and in its place."""

    def __init__(self, source: BinaryIO, keks: Sequence[KekProvider]) -> None:
        """Read the first line and recover the file key with the first of `keks` that can.

        Raises KeyringError `bundle-unreadable`, `bundle-version`, `bundle-kek`, `bundle-altered`, `kek-…`.
        """
        line, self.title, kind, sealed = _read_line(source)
        self._source = source
        self._cipher = _Cipher(_file_key([kek for kek in keks if kek.name == kind], sealed, self.title), line)

    def chunks(self) -> Iterator[bytes]:
        """The data. Raises KeyringError `bundle-altered`, `bundle-cut`: then all that was given out is to be dropped.

        Only when the iterator has ended it is known that the bundle is whole.
        """
        chunk = self._source.read(CHUNK + _TAG)
        while True:
            following = self._source.read(CHUNK + _TAG)
            yield self._cipher.open(chunk, last=not following)
            if not following:
                return
            chunk = following


def read_title(source: BinaryIO) -> Title:
    """What a bundle says of itself, not verified. Raises KeyringError `bundle-unreadable`, `bundle-version`."""
    return _read_line(source)[1]


class _Cipher:
    """Closes or opens chunks in their order."""

    def __init__(self, file_key: Secret, line: bytes) -> None:
        self._title = hashlib.sha256(line)
        self._aead = AESGCM(bundle_key(file_key, self._title.hexdigest()).reveal())
        self._number = 0

    def close(self, data: bytes | bytearray, *, last: bool) -> bytes:
        sealed = self._aead.encrypt(self._nonce(last=last), bytes(data), self._title.digest())
        self._number += 1
        return sealed

    def open(self, chunk: bytes, *, last: bool) -> bytes:
        data = self._opened(chunk, last=last)
        if data is None:
            cut = last and self._opened(chunk, last=False) is not None
            raise KeyringError("bundle-cut" if cut or not chunk else "bundle-altered")
        if not data and self._number:  # the writer makes no empty chunk after another
            raise KeyringError("bundle-altered")
        self._number += 1
        return data

    def _opened(self, chunk: bytes, *, last: bool) -> bytes | None:
        try:
            return self._aead.decrypt(self._nonce(last=last), chunk, self._title.digest())
        except (InvalidTag, ValueError):  # ValueError: shorter than a tag
            return None

    def _nonce(self, *, last: bool) -> bytes:
        return self._number.to_bytes(11, "big") + bytes((last,))


def _file_key(keks: Sequence[KekProvider], sealed: bytes, title: Title) -> Secret:
    refusal = KeyringError("bundle-kek")
    for kek in keks:
        try:
            file_key = kek.unwrap(sealed, _bind(kek.name, title))
        except KeyringError as refused:
            if refused.code in _NOT_HERS:
                continue
            refusal = KeyringError("bundle-altered") if refused.code == "keyring-altered" else refused
        else:
            if len(file_key) == _FILE_KEY:
                return file_key
    raise refusal


def _bind(kek: str, title: Title) -> bytes:
    return encode((_FORMAT, str(_VERSION), kek, title.kind, str(title.created), str(title.expires)))


def _render(kek: str, title: Title, sealed: str) -> bytes:
    fields = {"format": _FORMAT, "version": _VERSION, "kek": kek, "sealed": sealed}
    fields |= {"kind": title.kind, "created": title.created, "expires": title.expires}
    return json.dumps(fields, sort_keys=True).encode("ascii") + b"\n"


def _read_line(source: BinaryIO) -> tuple[bytes, Title, str, bytes]:
    """The first line with what it says: title, kind of KEK, sealed file key."""
    line = source.readline(_LINE_LIMIT)
    try:
        fields = json.loads(line)
        form, version, kek, sealed = (fields[name] for name in ("format", "version", "kek", "sealed"))
        title = Title(fields["kind"], fields["created"], fields["expires"])
    except (ValueError, TypeError, LookupError, RecursionError):
        raise KeyringError("bundle-unreadable") from None
    if form != _FORMAT:
        raise KeyringError("bundle-unreadable")
    if version != _VERSION:
        raise KeyringError("bundle-version")
    types = [type(one) for one in (title.kind, title.created, title.expires, kek, sealed)]
    if types != [str, int, int, str, str] or _render(kek, title, sealed) != line:
        raise KeyringError("bundle-altered")
    try:
        return line, title, kek, decoded(sealed)
    except KeyringError:
        raise KeyringError("bundle-altered") from None
