"""`key=value&key=value`: query strings and forms (WHATWG URL, application/x-www-form-urlencoded)."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field

from proxy.errors import UnknownField, UnreadableBody
from proxy.rewrite.carriers.base import Change, Slot
from proxy.rewrite.carriers.percent import check_percent, decode_pair_text, encode_percent


@dataclass(frozen=True, slots=True)
class KeyPolicy:
    """Which keys may stand beside the declared ones (`known`, casefolded), and what happens to all others."""

    known: Container[str]
    others: str


@dataclass(slots=True)
class OpenedPairs:
    """Pairs split at `&`; a piece that is not changed keeps its characters."""

    pieces: list[str]
    slots: list[Slot] = field(default_factory=list)
    pieces_of: list[int] = field(default_factory=list)
    dropped: set[int] = field(default_factory=set)

    def close(self, changes: Mapping[int, Change]) -> str:
        """Return the pairs with `changes`; a removed pair takes its `&` along."""
        pieces: list[str | None] = list(self.pieces)
        for number, change in changes.items():
            place = self.pieces_of[number]
            key = self.pieces[place].partition("=")[0]
            pieces[place] = None if change is None else f"{key}={encode_percent(change)}"
        return "&".join(piece for place, piece in enumerate(pieces) if piece is not None and place not in self.dropped)


def decode_pairs(raw: str, *, place: str = "") -> list[tuple[str, str]]:
    """Return keys and values of a query or form, decoded. Raises UnreadableBody."""
    check_percent(raw, lines=True, place=place)
    pairs = (piece.partition("=") for piece in raw.split("&") if piece)
    return [(decode_pair_text(key), decode_pair_text(value)) for key, _, value in pairs]


def open_pairs(
    raw: str, wanted: Mapping[str, int], *, lines: bool, policy: KeyPolicy | None = None, place: str = ""
) -> OpenedPairs:
    """Read `raw` and find the values of `wanted` (casefolded key -> selector number).

    Keys are compared without regard to case: a server may, so `LearnerID` must not slip past `learnerid`. `lines`
    allows line breaks in values (forms). Raises UnreadableBody (malformed, or a wanted key occurs twice) and
    UnknownField (the policy refuses a key).
    """
    check_percent(raw, lines=lines, place=place)
    opened = OpenedPairs(raw.split("&"))
    seen: set[int] = set()
    for position, piece in enumerate(opened.pieces):
        if not piece:
            continue
        raw_key, _, raw_value = piece.partition("=")
        key = decode_pair_text(raw_key).casefold()
        which = wanted.get(key)
        if which is not None:
            if which in seen:
                raise UnreadableBody("duplicate-key", place=place)
            seen.add(which)
            opened.slots.append(Slot(which, decode_pair_text(raw_value)))
            opened.pieces_of.append(position)
        elif policy is not None and key not in policy.known:
            if policy.others == "refuse":
                raise UnknownField("unknown-key", place=place)
            if policy.others == "drop":
                opened.dropped.add(position)
    return opened
