"""Patterns of ids, as an adversary knows them, and the candidates that they stand for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from math import prod

from proxy.errors import FieldInvalid
from proxy.people import Kind

_MAX_CHOICES = 64
_MOST = 64
_MOST_PIECES = 100
_PIECE = re.compile(r"(\[[^\]\[]+\]|\\d|\\.|[^\\\[\]{}()|*+?.^$])(?:\{([0-9]{1,2})(?:,([0-9]{1,2}))?\})?")


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
