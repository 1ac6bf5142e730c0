"""A whole value as running text."""

from collections.abc import Mapping
from dataclasses import dataclass

from proxy.errors import FieldInvalid
from proxy.rewrite.carriers.base import Change, Slot


@dataclass(slots=True)
class OpenedText:
    """One slot: everything."""

    slots: list[Slot]

    def close(self, changes: Mapping[int, Change]) -> str:
        """Return the new text. Raises FieldInvalid for a removal: what holds the text must be removed instead."""
        change = changes.get(0, self.slots[0].value)
        if change is None:
            raise FieldInvalid("not-removable")
        return change


def open_text(value: str) -> OpenedText:
    """Take `value` as it is."""
    return OpenedText([Slot(0, value)])
