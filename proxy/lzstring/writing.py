"""Packing, sign for sign as the library does it: see the package."""

import sys
from collections.abc import Iterator, Sequence

from proxy.lzstring.notations import (
    BASE64,
    END,
    FIRST_FREE,
    MOST_CHARACTERS,
    NEW_BYTE,
    NEW_UNIT,
    URI,
    UTF16_BITS,
    UTF16_SHIFT,
    Notation,
    NotPacked,
    TooLong,
    reversed_bits,
)

_DIFFERS, _MOST_CUTS = 63, 100
_BEYOND = 0xFFFF


def _units(text: str) -> Sequence[int]:
    """The code units of a text (UTF-16)."""
    if not text or max(text) <= chr(_BEYOND):
        return [ord(sign) for sign in text]
    return memoryview(text.encode(f"utf-16-{sys.byteorder[0]}e")).cast("H")


def _codes(text: str, cut: int = 0) -> Iterator[tuple[int, int]]:
    """Yield the codes of a text, each with how many bits it has.

    A word of the dictionary is known by the code of all but its last unit and that unit; 0 stands before single ones.
    A packer takes the longest word it knows; at the step number `cut` a shorter one is taken, which says the same.
    """
    entries: dict[int, int] = {}
    fresh: set[int] = set()
    free = FIRST_FREE
    room, width = 2, 2
    word = last = step = 0
    for unit in (*_units(text), -1):
        if unit >= 0 and unit not in entries:
            entries[unit] = free
            fresh.add(free)
            free += 1
        longer = word << 16 | unit
        if unit >= 0 and longer in entries:
            step += 1
            if not word or step != cut:
                word, last = entries[longer], unit
                continue
        if not word:
            break
        if word in fresh:
            fresh.discard(word)
            wide = last > 0xFF  # noqa: PLR2004  a byte
            yield (NEW_UNIT if wide else NEW_BYTE), width
            yield last, 16 if wide else 8
            room -= 1
            if not room:
                room = 1 << width
                width += 1
        else:
            yield word, width
        room -= 1
        if not room:
            room = 1 << width
            width += 1
        if unit >= 0:
            entries[longer] = free
            free += 1
            word, last = entries[unit], unit
    yield END, width


def _packed(text: str, width: int, cut: int = 0) -> list[int]:
    """Return the signs of a text, each of `width` bits. At least one bit of padding follows the end."""
    turned, mask = reversed_bits(width), (1 << width) - 1
    signs: list[int] = []
    bits = have = 0
    for code, count in _codes(text, cut):
        bits |= code << have
        have += count
        while have >= width:
            signs.append(turned[bits & mask])
            bits >>= width
            have -= width
    signs.append(turned[bits])
    return signs


def pack(text: str, notation: Notation) -> str:
    """Return `text` packed exactly as the library does it; `TooLong`."""
    if len(text) > MOST_CHARACTERS:
        raise TooLong
    match notation:
        case Notation.UTF16:
            return "".join([chr(sign + UTF16_SHIFT) for sign in _packed(text, UTF16_BITS)]) + " "
        case Notation.BYTES:
            data = bytes(_packed(text, 8))
            return (data + b"\0" * (len(data) % 2)).decode("utf-8", "surrogateescape")
        case Notation.URI:
            return "".join([URI[sign] for sign in _packed(text, 6)])
        case Notation.BASE64:
            signs = "".join([BASE64[sign] for sign in _packed(text, 6)])
            return signs + "=" * (-len(signs) % 4)


def pack_for_both(text: str) -> str:
    """Return `text` packed so that it reads the same as base64 and as URI; `TooLong`, `NotPacked` if none is found.

    They differ in one sign of 64. It is written without that sign, and, like URI, without padding.
    """
    if len(text) > MOST_CHARACTERS:
        raise TooLong
    for cut in range(_MOST_CUTS):
        signs = _packed(text, 6, cut)
        if _DIFFERS not in signs:
            return "".join([BASE64[sign] for sign in signs])
    raise NotPacked
