"""Texts that cannot do anything: printable ASCII, the rest as escapes that can be read back."""

import re

_UNSAFE = re.compile(r"[^ -\[\]-~]")  # whatever is not printable ASCII, and the backslash, which begins an escape
_BEYOND_FOUR_DIGITS = 0x1_0000
_ESCAPE = re.compile(r"\\(?:\\|u([0-9a-f]{4})|U([0-9a-f]{8}))")


def plain(text: str) -> str:
    r"""The text with `\\` for a backslash and `\uXXXX` or `\UXXXXXXXX` for what is not printable ASCII."""
    return _UNSAFE.sub(_escaped, text)


def from_plain(text: str) -> str:
    """The opposite of `plain`."""
    return _ESCAPE.sub(lambda hit: chr(int(hit[1] or hit[2], 16)) if hit[1] or hit[2] else "\\", text)


def _escaped(hit: re.Match[str]) -> str:
    if hit[0] == "\\":
        return "\\\\"
    number = ord(hit[0])
    return f"\\u{number:04x}" if number < _BEYOND_FOUR_DIGITS else f"\\U{number:08x}"
