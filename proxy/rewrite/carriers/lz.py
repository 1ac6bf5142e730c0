"""Texts that were packed in the browser by LZString: opened, and packed again in the notation they came in.

How a client says that it packs is not published, so this is found by trying: a text that no notation opens is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from proxy.errors import FieldInvalid, UnreadableBody
from proxy.lzstring import Notation, NotPacked, TooLong, pack, pack_for_both, recognise, unpack
from proxy.rewrite.carriers.base import Change, Slot


@dataclass(slots=True)
class OpenedLz:
    """One slot: the text as it was before it was packed."""

    notation: Notation
    slots: list[Slot]
    two_ways: bool = False
    """It has no sign that tells base64 and URI apart, and either may be meant."""

    def close(self, changes: Mapping[int, Change]) -> str:
        """Return the new text, packed. Raises FieldInvalid for a removal, for too much, and for what is not certain."""
        change = changes.get(0, self.slots[0].value)
        if change is None:
            raise FieldInvalid("not-removable")
        try:
            return pack_for_both(change) if self.two_ways else pack(change, self.notation)
        except TooLong:
            raise FieldInvalid("too-long-to-pack") from None
        except NotPacked:
            raise FieldInvalid("packed-in-two-ways") from None


def open_lz(packed: str, place: str = "") -> OpenedLz:
    """Open `packed` in the notation that it is in. Raises UnreadableBody.

    A whole body that is bytes comes as UTF-8 with escapes (`surrogateescape`), and goes as such.
    """
    by_signs = recognise(packed)
    for notation in (*by_signs[:1], Notation.UTF16, Notation.BYTES):
        try:
            text = unpack(packed, notation)
        except TooLong:
            raise UnreadableBody("unpacks-to-too-much", place=place) from None
        except NotPacked:
            continue
        return OpenedLz(notation, [Slot(0, text)], two_ways=len(by_signs) > 1)
    raise UnreadableBody("not-packed", place=place)
