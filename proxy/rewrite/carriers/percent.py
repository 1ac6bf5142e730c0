"""Percent-encoding, read strictly and written like the browser's encodeURIComponent (RFC 3986 section 2.1)."""

import re
from urllib.parse import quote, unquote_to_bytes

from proxy.errors import UnreadableBody

_STRAY = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]|%[01][0-9A-Fa-f]|%7[fF]")
_CONTROL_BUT_LINES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|%(?:0[0-8bcefBCEF]|1[0-9A-Fa-f]|7[fF])")
_NEEDS_QUOTES = re.compile(r"[^A-Za-z0-9_.!~*'()-]")
_UNTOUCHED = "!~*'()"


def check_percent(raw: str, *, lines: bool, place: str = "") -> None:
    """Refuse stray percent signs, invalid UTF-8 and control characters; `lines` allows tab, CR and LF.

    Raises UnreadableBody. Delimiters are ASCII, so the check of a whole query covers each of its parts.
    """
    if (_CONTROL_BUT_LINES if lines else _CONTROL).search(raw):
        raise UnreadableBody("control-character", place=place)
    if "%" not in raw:
        return
    if _STRAY.search(raw):
        raise UnreadableBody("stray-percent", place=place)
    try:
        unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        raise UnreadableBody("not-utf-8", place=place) from None


def check_lines(raw: str, *, place: str = "") -> None:
    """Refuse control characters but tab, CR and LF, encoded or not; for texts that nobody need have encoded."""
    if _CONTROL_BUT_LINES.search(raw):
        raise UnreadableBody("control-character", place=place)


def lenient_pair_text(raw: str) -> str:
    """Decode a key or value where some encode and some do not; what is not UTF-8 then stays as it is."""
    text = raw.replace("+", " ")
    try:
        return unquote_to_bytes(text).decode("utf-8") if "%" in text else text
    except UnicodeDecodeError:
        return text


def decode_percent(raw: str) -> str:
    """Decode one level of a text that `check_percent` has seen."""
    return unquote_to_bytes(raw).decode("utf-8") if "%" in raw else raw


def decode_pair_text(raw: str) -> str:
    """Decode a key or value of a query or form, where a plus sign is a space."""
    return decode_percent(raw.replace("+", " ") if "+" in raw else raw)


def encode_percent(text: str) -> str:
    """Encode like encodeURIComponent, which leaves `! ~ * ' ( )` as they are."""
    if not _NEEDS_QUOTES.search(text):
        return text
    return quote(text, safe=_UNTOUCHED)
