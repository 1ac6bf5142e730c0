"""Opening what was packed, strictly: see the package."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from proxy.lzstring.notations import (
    BASE64,
    END,
    LOOKS_BASE64,
    LOOKS_URI,
    MOST_CHARACTERS,
    NEW_BYTE,
    URI,
    UTF16_BITS,
    UTF16_SHIFT,
    CutOff,
    Notation,
    NotPacked,
    TooLong,
    numbers_of,
    reversed_bits,
)

_MOST_PADDING = 4
"""Signs of nothing but zero bits that older packers leave behind the end."""
_SURROGATE = re.compile("[\ud800-\udfff]")


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
    if code == END:
        return
    if code > END:
        raise NotPacked
    before = chr(take(8 if code == NEW_BYTE else 16))
    entries = ["", "", "", before]
    room, width = 4, 3
    spent = 1
    yield before
    while (code := take(width)) != END:
        if code < END:
            entries.append(chr(take(8 if code == NEW_BYTE else 16)))
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


def _values(packed: str, notation: Notation) -> _Signs:
    """Read the signs of a notation; `NotPacked` for one that it does not have."""
    if notation is Notation.BYTES:
        turned = reversed_bits(8)
        return _Signs([turned[byte] for byte in packed.encode("utf-8", "surrogateescape")], 8)
    if notation is Notation.UTF16:
        codes = [ord(sign) - UTF16_SHIFT for sign in packed]
        if not codes or min(codes) < 0 or max(codes) >> UTF16_BITS:
            raise NotPacked
        turned = reversed_bits(UTF16_BITS)
        return _Signs([turned[code] for code in codes], UTF16_BITS)
    alphabet, looks = (BASE64, LOOKS_BASE64) if notation is Notation.BASE64 else (URI, LOOKS_URI)
    if not looks.fullmatch(packed):
        raise NotPacked
    numbers = numbers_of(alphabet)
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
    turned = reversed_bits(width)
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
