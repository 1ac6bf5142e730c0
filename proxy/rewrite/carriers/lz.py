"""Texts that were packed in the browser by LZString: opened, and packed again in the notation they came in.

How a client says that it packs is not published, so this is found by trying: a text that no notation opens is refused.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from proxy.errors import FieldInvalid, UnreadableBody
from proxy.lzstring import Notation, NotPacked, TooLong, pack, recognise, unpack
from proxy.rewrite.carriers.base import Change, Slot


@dataclass(slots=True)
class OpenedLz:
    """One slot: the text as it was before it was packed."""

    notation: Notation
    slots: list[Slot]

    def close(self, changes: Mapping[int, Change]) -> str:
        """Return the new text, packed. Raises FieldInvalid for a removal and for more than may be packed."""
        change = changes.get(0, self.slots[0].value)
        if change is None:
            raise FieldInvalid("not-removable")
        try:
            return pack(change, self.notation)
        except NotPacked:
            raise FieldInvalid("too-long-to-pack") from None


def open_lz(packed: str, place: str = "") -> OpenedLz:
    """Open `packed` in the notation that it is in. Raises UnreadableBody.

    A whole body that is bytes comes as UTF-8 with escapes (`surrogateescape`), and goes as such.
    """
    for notation in _candidates(packed):
        try:
            text = unpack(packed, notation)
        except TooLong:
            raise UnreadableBody("unpacks-to-too-much", place=place) from None
        except NotPacked:
            continue
        return OpenedLz(notation, [Slot(0, text)])
    raise UnreadableBody("not-packed", place=place)


def _candidates(packed: str) -> Iterator[Notation]:
    by_signs = recognise(packed)
    if by_signs is not None:
        yield by_signs
    yield Notation.UTF16
    yield Notation.BYTES
