"""The last look: whether the pieces of an outward message give a person away, in any disguise we know."""

from collections.abc import Iterable
from dataclasses import dataclass

from proxy.guard.search import Search, Watching
from proxy.people import Kind

_SMALL = 2048
"""Pieces up to this length are looked at together: most requests are small, and each look has a fixed cost."""
_JOINT = b"\n \n"


@dataclass(frozen=True, slots=True)
class Hit:
    """An identity in the bytes: of which kind, in which disguise (`base64>percent`), in which piece. No value.

    `disguise` is `plain` (its letters, perhaps in another case, order or accent), the decoders that led to it from the
    outside in, a hash, or `too-deep` (kind FREE_TEXT): the piece unfolds to more than can be searched.
    """

    kind: Kind
    disguise: str
    piece: str


def _hits(label: str, data: bytes, watch: Watching) -> list[Hit]:
    return [Hit(kind, disguise, label) for kind, disguise in sorted(Search(watch, len(data)).run(data))]


def inspect(pieces: Iterable[tuple[str, bytes]], watch: Watching) -> tuple[Hit, ...]:
    """Search (label, bytes) `pieces` of one message for whom `watch` knows; the empty tuple means none was found.

    Bounded: looks at no more than 512 kB and 64 times the input, else the hit is `too-deep`. Raises nothing.
    """
    if not watch:
        return ()
    small: list[tuple[str, bytes]] = []
    hits: list[Hit] = []
    for label, data in pieces:
        if len(data) <= _SMALL and data.isascii():
            small.append((label, data))
        else:
            hits += _hits(label, data, watch)
    joined = _JOINT.join([data for _, data in small])
    if small and Search(watch, len(joined)).run(joined):
        # Only now it matters in which piece it is; what was seen across a joint is no hit.
        for label, data in small:
            hits += _hits(label, data, watch)
    return tuple(hits)
