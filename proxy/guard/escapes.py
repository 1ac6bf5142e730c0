"""Decoders of character escapes. Each takes a whole text, decodes what it knows one time, leaves the rest alone.

Escapes of bytes and of the first 256 code points become single bytes where the notation does not say which is meant
(as `xEB` after a backslash), because the reader of a text tries UTF-8 and Latin-1 both.
"""

import html
import re
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

Decoder = Callable[[bytes], bytes]

_PERCENT_U = re.compile(rb"%[uU]([0-9A-Fa-f]{4})")
_BACKSLASH = re.compile(
    rb"\\(?:u([dD][89abAB][0-9A-Fa-f]{2})\\u([dD][c-fC-F][0-9A-Fa-f]{2})"
    rb"|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})|([0-3][0-7]{2})|(.))",
    re.DOTALL,
)
_ENTITY = re.compile(rb"&(?:#[xX][0-9A-Fa-f]{1,6};?|#[0-9]{1,7};?|[A-Za-z][A-Za-z0-9]{1,31};)")
_QUOTED = re.compile(rb"=(?:\r?\n|([2-9A-Fa-f][0-9A-Fa-f]))")
# Lower-case digits are against RFC 2045 and common in queries (`lang=de`), so they must come in pairs to be believed.
_QUOTED_SIGN = re.compile(rb"=\r?\n|=[2-9A-F][0-9A-F]|=[2-9a-fA-F][0-9a-fA-F]=[0-9A-Fa-f]{2}")
_WHITE = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b" ", b"f": b" "}
_LAST_CODE_POINT = 0x10FFFF


def _character(code: int) -> bytes:
    return chr(code).encode("utf-8", "replace") if code <= _LAST_CODE_POINT else b"?"


def percent(data: bytes) -> bytes:
    """Percent-encoding (RFC 3986 section 2.1), any case of the digits, and the `%uXXXX` of JavaScript's escape()."""
    return unquote_to_bytes(_PERCENT_U.sub(lambda match: _character(int(match[1], 16)), data))


def _backslash(match: re.Match[bytes]) -> bytes:
    high, low, unit, braces, wide, byte, octal, single = match.groups()
    if high is not None:
        return bytes.fromhex((high + low).decode()).decode("utf-16-be", "replace").encode()
    if single is not None:
        return _WHITE.get(single, single)
    if byte is not None:
        return bytes.fromhex(byte.decode())
    if octal is not None:
        return bytes((int(octal, 8),))
    return _character(int(unit or braces or wide, 16))


def backslash(data: bytes) -> bytes:
    """Escapes of JSON (RFC 8259 section 7) and JavaScript string literals (ECMA-262 section 12.9.4)."""
    return _BACKSLASH.sub(_backslash, data)


def entities(data: bytes) -> bytes:
    """HTML and XML character references: named, decimal and hexadecimal (HTML Living Standard section 13.5)."""
    return _ENTITY.sub(lambda match: html.unescape(match[0].decode()).encode("utf-8", "replace"), data)


def quoted_printable(data: bytes) -> bytes:
    """Quoted-printable (RFC 2045 section 6.7), lower-case digits allowed."""
    return _QUOTED.sub(lambda match: bytes.fromhex(match[1].decode()) if match[1] else b"", data)


def applicable(data: bytes) -> list[tuple[str, Decoder]]:
    """Return the decoders whose signs occur in `data`, with their names."""
    found: list[tuple[str, Decoder]] = []
    if b"%" in data:
        found.append(("percent", percent))
    if b"\\" in data:
        found.append(("backslash", backslash))
    if b"&" in data and _ENTITY.search(data):
        found.append(("entities", entities))
    if b"=" in data and _QUOTED_SIGN.search(data):
        found.append(("quoted-printable", quoted_printable))
    return found
