"""Dictionary and brute force: candidates, hashed as an unsalted option would, against what somebody holds."""

import hashlib
import re
from base64 import b64decode
from binascii import Error
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from math import prod
from types import MappingProxyType

from proxy.errors import FieldInvalid
from proxy.people import Kind

_ALGORITHMS = MappingProxyType({16: hashlib.md5, 20: hashlib.sha1, 32: hashlib.sha256, 64: hashlib.sha512})
"""By the length of the digest in bytes."""
_LENGTHS = frozenset(_ALGORITHMS)
_MAX_CHOICES = 64
_MOST = 64
_MOST_PIECES = 100
_SHORTEST, _LONGEST = 22, 88
"""Signs of 16 bytes in base64 without padding, and of 64 bytes with it."""
_PIECE = re.compile(r"(\[[^\]\[]+\]|\\d|\\.|[^\\\[\]{}()|*+?.^$])(?:\{([0-9]{1,2})(?:,([0-9]{1,2}))?\})?")
_SEPARATORS = re.compile(r"[\s,;|\"'<>{}\[\]]+")
_HEX = re.compile(r"[0-9a-fA-F]+")


@dataclass(frozen=True, slots=True)
class Pattern:
    r"""A pattern of ids: literals, `[a-z0-9]`, `\d`, each with `{n}` or `{n,m}`. Raises `FieldInvalid` `pattern`."""

    text: str
    pieces: tuple[tuple[str, int, int], ...] = field(init=False)

    def __post_init__(self) -> None:
        """Take it apart."""
        pieces, at = [], 0
        while at < len(self.text):
            found = _PIECE.match(self.text, at)
            if found is None:
                raise FieldInvalid("pattern", kind=Kind.SUBJECT)
            least = int(found[2] or 1)
            most = int(found[3] or least)
            if not least <= most <= _MOST:
                raise FieldInvalid("pattern", kind=Kind.SUBJECT)
            pieces.append((_choices(found[1]), least, most))
            at = found.end()
        if not 0 < len(pieces) <= _MOST_PIECES:
            raise FieldInvalid("pattern", kind=Kind.SUBJECT)
        object.__setattr__(self, "pieces", tuple(pieces))

    @property
    def size(self) -> int:
        """How many candidates there are."""
        return prod(
            sum(len(signs) ** length for length in range(least, most + 1)) for signs, least, most in self.pieces
        )

    def __iter__(self) -> Iterator[str]:
        """The candidates, each once, in a fixed order."""
        return self._from(0)

    def _from(self, number: int) -> Iterator[str]:
        if number == len(self.pieces):
            yield ""
            return
        signs, least, most = self.pieces[number]
        for length in range(least, most + 1):
            for chosen in product(signs, repeat=length):
                head = "".join(chosen)
                for rest in self._from(number + 1):
                    yield head + rest


def _choices(piece: str) -> str:
    if piece == "\\d":
        return "0123456789"
    if piece[0] == "\\":
        if piece[1].isalnum():  # a class that we do not know must not be taken for a letter: nothing would be found
            raise FieldInvalid("pattern", kind=Kind.SUBJECT)
        return piece[1]
    if piece[0] != "[":
        return piece
    signs: dict[str, None] = {}
    for first, last in re.findall(r"(.)(?:-(.))?", piece[1:-1]):
        signs.update(dict.fromkeys(chr(code) for code in range(ord(first), ord(last or first) + 1)))
        if len(signs) > _MAX_CHOICES:
            raise FieldInvalid("pattern", kind=Kind.SUBJECT)
    if not signs:
        raise FieldInvalid("pattern", kind=Kind.SUBJECT)
    return "".join(signs)


def held_in(lines: Iterable[str]) -> frozenset[bytes]:
    """What a file from the cloud holds: every word of it, and the bytes of every word that reads as a hash.

    CSV, JSON or one value a line. A digest is 16, 20, 32 or 64 bytes, as hexadecimal of any case, base64 or base64url.
    """
    found: set[bytes] = set()
    for line in lines:
        for word in filter(None, (line.strip(), *_SEPARATORS.split(line))):
            found.add(b"=" + word.encode("utf-8", "surrogatepass"))
            found.update(_digests(word))
    return frozenset(found)


def _digests(word: str) -> Iterator[bytes]:
    if len(word) in {2 * length for length in _LENGTHS} and _HEX.fullmatch(word):
        yield bytes.fromhex(word)
    elif _SHORTEST <= len(word) <= _LONGEST and word.isascii():
        plain = word.rstrip("=").replace("-", "+").replace("_", "/")
        try:
            raw = b64decode(plain + "=" * (-len(plain) % 4), validate=True)
        except (Error, ValueError):
            return
        if len(raw) in _LENGTHS:
            yield raw


def forms(candidate: str) -> tuple[str, ...]:
    """The spellings of a candidate that an option would hash: as it is, in either case, as an address's IRI."""
    spelled = dict.fromkeys((candidate, candidate.lower(), candidate.upper()))
    return (*spelled, *(f"mailto:{one}" for one in spelled))


class Heap:
    """What somebody holds, as `held_in` makes it."""

    def __init__(self, words: frozenset[bytes]) -> None:
        """A hash of a length that nobody holds cannot hit: such are not made."""
        self._words = words
        self._used = [make for length, make in _ALGORITHMS.items() if any(len(one) == length for one in words)]

    def seen(self, candidate: str) -> set[bytes]:
        """What of it a candidate explains, in any of its `forms`, in clear or hashed."""
        found = set()
        for spelled in forms(candidate):
            raw = spelled.encode("utf-8", "surrogatepass")
            if (word := b"=" + raw) in self._words:
                found.add(word)
            for make in self._used:
                if (digest := make(raw, usedforsecurity=False).digest()) in self._words:
                    found.add(digest)
        return found


@dataclass(slots=True)
class Search:
    """Tries candidates against several heaps at once, each `frozenset` of `held_in`. Counts; keeps ordinal numbers."""

    heaps: Mapping[str, frozenset[bytes]]
    tried: int = 0
    hits: dict[str, list[int]] = field(default_factory=dict)
    values: dict[str, set[bytes]] = field(default_factory=dict)

    def run(self, candidates: Iterable[str]) -> None:
        """Try them all; ordinal numbers begin with 1."""
        everything = Heap(frozenset().union(*self.heaps.values()))
        for self.tried, candidate in enumerate(candidates, 1):
            seen = everything.seen(candidate)
            for name, heap in self.heaps.items() if seen else ():
                if mine := seen & heap:
                    self.hits.setdefault(name, []).append(self.tried)
                    self.values.setdefault(name, set()).update(mine)
