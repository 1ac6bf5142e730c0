"""How packed bits are written: four notations, and what may go wrong with them."""

import re
from enum import Enum
from functools import lru_cache

MOST_CHARACTERS = 1 << 19
"""What a text may have, opened: half a million characters take some tenths of a second, in which nobody is served."""

BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
URI = BASE64[:-1] + "-"
LOOKS_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,3}")
LOOKS_URI = re.compile(r"[A-Za-z0-9+ -]+\$?")
NEW_BYTE, NEW_UNIT, END, FIRST_FREE = 0, 1, 2, 3
"""The codes that name no entry of the dictionary, and the first that does."""
UTF16_SHIFT, UTF16_BITS = 32, 15


class NotPacked(Exception):
    """The text was not made by LZString, or holds more than it may. It says nothing of what was read."""


class CutOff(NotPacked):
    """The bits end before the text does."""


class TooLong(NotPacked):
    """The text holds more than it may."""


class Notation(Enum):
    """How the bits are written."""

    BASE64 = "base64"
    """compressToBase64: padded to a multiple of four, although no decoder of base64 makes sense of it."""
    URI = "uri"
    """compressToEncodedURIComponent: base64 with `+` and `-`, and no padding."""
    UTF16 = "utf-16"
    """compressToUTF16: 15 bits a character from U+0020 on, and a blank at the end."""
    BYTES = "bytes"
    """compressToUint8Array: 16-bit numbers, the higher byte first."""


@lru_cache(maxsize=3)
def reversed_bits(width: int) -> tuple[int, ...]:
    """For each number of `width` bits the one with its bits in the other order."""
    return tuple([int(format(number, f"0{width}b")[::-1], 2) for number in range(1 << width)])


@lru_cache(maxsize=2)
def numbers_of(alphabet: str) -> dict[str, int]:
    """For each sign of an alphabet its bits, reversed. A blank was a plus before a form was decoded."""
    turned = reversed_bits(6)
    numbers = {sign: turned[place] for place, sign in enumerate(alphabet)}
    return numbers | {" ": numbers["+"]}


def recognise(packed: str) -> tuple[Notation, ...]:
    """Say in which notations a text may be packed by the signs that it has: none, one, or base64 and URI alike."""
    padded = LOOKS_BASE64.fullmatch(packed) is not None and len(packed) % 4 == 0
    bare = LOOKS_URI.fullmatch(packed) is not None
    return ((Notation.BASE64,) if padded else ()) + ((Notation.URI,) if bare else ())
