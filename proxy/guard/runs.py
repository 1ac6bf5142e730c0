"""Base64 and hexadecimal runs in a text, decoded at every alignment.

Nothing marks where an encoded run begins: a path segment or a prefix can stand directly before it and shift it. So each
run is decoded at all four shifts (hexadecimal: two). The first shift, where encoders begin, gives `whole` texts; the
others give mostly noise, of which the printable stretches are kept as `scraps`.
"""

import re
from binascii import a2b_base64
from collections.abc import Sequence
from dataclasses import dataclass

_MIN_SCRAP = 10
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{12,}")
_WRAPPED = re.compile(rb"[A-Za-z0-9+/]{40}\r?\n[A-Za-z0-9+/]")
_HEX = re.compile(rb"[0-9A-Fa-f]{12,}")
_STANDARD = bytes.maketrans(b"-_", b"+/")
_FILL = (b"", b"A", b"AA", b"AAA")

CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_PRINTABLE = b"\t\n\r" + bytes(range(32, 127))
_MASK = bytes.maketrans(bytes(range(256)), bytes(116 if byte in _PRINTABLE else 0 for byte in range(256)))
_SCRAP = re.compile(rb"t{10,}")
_HIGH = bytes(range(128, 256))


@dataclass(frozen=True, slots=True)
class Decoded:
    """What the runs of one text hold: each run from its first sign, and all shifts of all runs as one noise."""

    wholes: tuple[bytes, ...]
    noise: bytes


def is_text(data: bytes) -> bool:
    """Tell whether `data` reads as text: no control characters, and UTF-8 or mostly ASCII."""
    if CONTROL.search(data):
        return False
    if data.isascii():
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return len(data.translate(None, _HIGH)) * 10 >= len(data) * 7
    return True


def scraps(noise: bytes) -> list[bytes]:
    """Return the printable ASCII stretches of `noise` that are long enough to mean something."""
    mask = noise.translate(_MASK)
    if b"t" * _MIN_SCRAP not in mask:
        return []
    return [noise[match.start() : match.end()] for match in _SCRAP.finditer(mask)]


def base64_runs(data: bytes) -> set[bytes]:
    """Return the base64 and base64url runs of at least 12 signs, also those broken into lines (RFC 4648, RFC 2045)."""
    found = set(_BASE64.findall(data))
    if found and b"\n" in data and _WRAPPED.search(data):
        found.update(_BASE64.findall(data.translate(None, b"\r\n")))
    return found


def hex_runs(data: bytes) -> set[bytes]:
    """Return the runs of at least 12 hexadecimal digits."""
    return set(_HEX.findall(data))


def _shifted(runs: Sequence[bytes], shift: int) -> bytes:
    """Decode all `runs` from their sign number `shift` in one call; a group of `A` (zero bytes) keeps them apart."""
    packed = b"AAAA".join([run[shift:] + _FILL[(shift - len(run)) % 4] for run in runs])
    return a2b_base64(packed.translate(_STANDARD))


def decode_base64(found: set[bytes]) -> Decoded:
    """Decode base64 runs at all shifts."""
    runs = sorted(found)
    wholes = tuple(a2b_base64(run[: len(run) - (len(run) % 4 == 1)].translate(_STANDARD) + b"==") for run in runs)
    return Decoded(wholes, b"\0".join([_shifted(runs, shift) for shift in range(4)]))


def decode_hex(found: set[bytes]) -> Decoded:
    """Decode hexadecimal runs at both shifts."""
    texts = [run.decode() for run in sorted(found)]
    first = tuple(bytes.fromhex(text[: len(text) & ~1]) for text in texts)
    second = [bytes.fromhex(text[1 : 1 + ((len(text) - 1) & ~1)]) for text in texts]
    return Decoded(first, b"\0".join((*first, *second)))
