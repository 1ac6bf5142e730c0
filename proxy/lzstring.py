"""LZString: how players and authoring tools pack texts in the browser (npm `lz-string` 1.5.0; no RFC).

A text is a sequence of UTF-16 code units. It becomes a stream of bits in LZ78 manner: each code names an entry of a
dictionary that both sides build alike; the codes 0, 1 and 2 mean "a new character of 8 bits", "of 16 bits" and "the
end". Codes grow from two bits upwards. The stream is then written in one of four notations, of 6, 15 or 8 bits a sign.

Reading is strict where the library is not: what no packer writes is refused, so that nothing can ride behind the end.
Reading and writing are bounded; both take linear time in what they read and write.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from functools import lru_cache
from itertools import islice

MOST_CHARACTERS = 1 << 19
"""What a text may have, opened: half a million characters take some tenths of a second, in which nobody is served."""

_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_URI = _BASE64[:-1] + "-"
_LOOKS_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,3}")
_LOOKS_URI = re.compile(r"[A-Za-z0-9+ -]+\$?")
_NEW_BYTE, _NEW_UNIT, _END = 0, 1, 2
_FIRST_FREE = 3
_UTF16_SHIFT, _UTF16_BITS = 32, 15
_DIFFERS, _MOST_CUTS = 63, 100
_MOST_PADDING = 4
"""Signs of nothing but zero bits that older packers leave behind the end."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_BEYOND = 0xFFFF


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
def _reversed(width: int) -> tuple[int, ...]:
    """For each number of `width` bits the one with its bits in the other order."""
    return tuple([int(format(number, f"0{width}b")[::-1], 2) for number in range(1 << width)])


@lru_cache(maxsize=2)
def _numbers(alphabet: str) -> dict[str, int]:
    """For each sign of an alphabet its bits, reversed. A blank was a plus before a form was decoded."""
    turned = _reversed(6)
    numbers = {sign: turned[place] for place, sign in enumerate(alphabet)}
    return numbers | {" ": numbers["+"]}


class _Signs:
    """The bits of a stream, least significant first, so that a code is a number at once."""

    __slots__ = ("_bits", "_have", "_values", "_width")

    def __init__(self, values: Iterable[int], width: int) -> None:
        self._values = iter(values)
        self._width = width
        self._bits = 0
        self._have = 0

    def take(self, count: int) -> int:
        """Return the next `count` bits; `CutOff` if they are not there."""
        while self._have < count:
            value = next(self._values, -1)
            if value < 0:
                raise CutOff
            self._bits |= value << self._have
            self._have += self._width
        code = self._bits & ((1 << count) - 1)
        self._bits >>= count
        self._have -= count
        return code

    def is_over(self) -> bool:
        """Whether nothing but the padding of a packer is left."""
        rest = list(islice(self._values, _MOST_PADDING + 1))
        return not self._bits and not any(rest) and len(rest) <= _MOST_PADDING


def _decoded(signs: _Signs, limit: int) -> Iterator[str]:
    """Yield the pieces of the text until its end; `NotPacked`, `CutOff`, `TooLong`."""
    take = signs.take
    code = take(2)
    if code == _END:
        return
    if code > _END:
        raise NotPacked
    before = chr(take(8 if code == _NEW_BYTE else 16))
    entries = ["", "", "", before]
    room, width = 4, 3
    spent = 1
    yield before
    while (code := take(width)) != _END:
        if code < _END:
            entries.append(chr(take(8 if code == _NEW_BYTE else 16)))
            code = len(entries) - 1
            room -= 1
            if not room:
                room = 1 << width
                width += 1
        if code < len(entries):
            entry = entries[code]
        elif code == len(entries):
            entry = before + before[0]
        else:
            raise NotPacked
        spent += len(entry)
        if spent > limit:
            raise TooLong
        yield entry
        entries.append(before + entry[0])
        before = entry
        room -= 1
        if not room:
            room = 1 << width
            width += 1


def _joined(pieces: Iterator[str]) -> str:
    """Put code units together to characters; `NotPacked` for half of one."""
    text = "".join(pieces)
    if not _SURROGATE.search(text):
        return text
    try:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        raise NotPacked from None


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
    free = _FIRST_FREE
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
            yield (_NEW_UNIT if wide else _NEW_BYTE), width
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
    yield _END, width


def _packed(text: str, width: int, cut: int = 0) -> list[int]:
    """Return the signs of a text, each of `width` bits. At least one bit of padding follows the end."""
    turned, mask = _reversed(width), (1 << width) - 1
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


def _values(packed: str, notation: Notation) -> _Signs:
    """Read the signs of a notation; `NotPacked` for one that it does not have."""
    if notation is Notation.BYTES:
        turned = _reversed(8)
        return _Signs([turned[byte] for byte in packed.encode("utf-8", "surrogateescape")], 8)
    if notation is Notation.UTF16:
        codes = [ord(sign) - _UTF16_SHIFT for sign in packed]
        if not codes or min(codes) < 0 or max(codes) >> _UTF16_BITS:
            raise NotPacked
        turned = _reversed(_UTF16_BITS)
        return _Signs([turned[code] for code in codes], _UTF16_BITS)
    alphabet, looks = (_BASE64, _LOOKS_BASE64) if notation is Notation.BASE64 else (_URI, _LOOKS_URI)
    if not looks.fullmatch(packed):
        raise NotPacked
    numbers = _numbers(alphabet)
    return _Signs([numbers[sign] for sign in packed.rstrip("=$")], 6)


def unpack(packed: str, notation: Notation, limit: int = MOST_CHARACTERS) -> str:
    """Return the text that was packed; `NotPacked`, `TooLong`. Bytes come as UTF-8 with escapes (`surrogateescape`)."""
    signs = _values(packed, notation)
    text = _joined(_decoded(signs, limit))
    if not signs.is_over():
        raise NotPacked
    return text


def glimpse(signs: Iterable[int], width: int, limit: int) -> str:
    """Return what a stream of `signs` says as far as it goes; "" for one that no packer wrote. For searchers.

    What stands behind the end does not matter, and half a character is a question mark. Raises `TooLong`.
    """
    turned = _reversed(width)
    pieces: list[str] = []
    try:
        for piece in _decoded(_Signs((turned[sign] for sign in signs), width), limit):
            pieces.append(piece)  # noqa: PERF402  what comes before the fault counts
    except TooLong:
        raise
    except CutOff:
        pass
    except NotPacked:
        return ""
    return "".join(pieces).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def pack(text: str, notation: Notation) -> str:
    """Return `text` packed exactly as the library does it; `TooLong`."""
    if len(text) > MOST_CHARACTERS:
        raise TooLong
    match notation:
        case Notation.UTF16:
            return "".join([chr(sign + _UTF16_SHIFT) for sign in _packed(text, _UTF16_BITS)]) + " "
        case Notation.BYTES:
            data = bytes(_packed(text, 8))
            return (data + b"\0" * (len(data) % 2)).decode("utf-8", "surrogateescape")
        case Notation.URI:
            return "".join([_URI[sign] for sign in _packed(text, 6)])
        case Notation.BASE64:
            signs = "".join([_BASE64[sign] for sign in _packed(text, 6)])
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
            return "".join([_BASE64[sign] for sign in signs])
    raise NotPacked


def recognise(packed: str) -> tuple[Notation, ...]:
    """Say in which notations a text may be packed by the signs that it has: none, one, or base64 and URI alike."""
    padded = _LOOKS_BASE64.fullmatch(packed) is not None and len(packed) % 4 == 0
    bare = _LOOKS_URI.fullmatch(packed) is not None
    return ((Notation.BASE64,) if padded else ()) + ((Notation.URI,) if bare else ())
