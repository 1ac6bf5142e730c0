"""What every carrier gives the engine: slots that hold values, and a way to put other values into them."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import NamedTuple, Protocol

Change = str | None
"""What shall stand in a slot; None removes it."""


class Raw(str):
    """A text that is already written in the language of its carrier, such as a whole JSON object."""

    __slots__ = ()


class Form(Enum):
    """How a value is written in its carrier. Everything but JSON knows only TEXT (and XML elements with children)."""

    TEXT = "text"
    NULL = "null"
    NUMBER = "number"
    WORD = "word"
    """`true`, `false`, and the NaN and Infinity that some servers write."""
    CONTAINER = "container"


class Slot(NamedTuple):
    """One value that a selector named. `which` is the selector's number; `group` tells list elements apart."""

    which: int
    value: str
    form: Form = Form.TEXT
    group: tuple[int, ...] = ()


class Opened(Protocol):
    """A text that a carrier has read."""

    @property
    def slots(self) -> Sequence[Slot]:
        """The values found, in the order of the text."""

    def close(self, changes: Mapping[int, Change]) -> str:
        """Return the text with `changes` (slot number -> what shall stand there); all else keeps its characters."""


def splice(text: str, edits: Sequence[tuple[int, int, str]]) -> str:
    """Replace the spans (start, end, new) of `text`; a span inside an earlier one is void with it."""
    pieces: list[str] = []
    position = 0
    for start, end, new in sorted(edits, key=lambda edit: (edit[0], -edit[1])):
        if start < position:
            continue
        pieces += (text[position:start], new)
        position = end
    pieces.append(text[position:])
    return "".join(pieces)
