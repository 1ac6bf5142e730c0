"""The allow-list for JSON texts that are too long to hold: it takes chunks, and gives what may stay as it comes.

Its pieces together are what `keep_only` makes of the whole, byte for byte. A list at one member of the root is given
element by element, so that elements can be handled in batches. Held are one value that is not complete yet, one
element, and what stands around the list; each up to `limit` characters.
"""

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from proxy.errors import BodyTooLarge
from proxy.rewrite.allowlist import automaton_of
from proxy.rewrite.carriers.json_stream import JsonStream, Level


class Part(Enum):
    """Where a piece stands: before the list (its bracket included), in it, or from its end on."""

    HEAD = "head"
    ELEMENT = "element"
    TAIL = "tail"


class Piece(NamedTuple):
    """A piece of the text. There is one HEAD and one TAIL; a text without the list is all HEAD.

    An ELEMENT has the blanks around it, but no comma.
    """

    part: Part
    text: str


class Listing(JsonStream):
    """One text. `pointers` as for `keep_only` (None: everything stays); `member` names the list, "" for none."""

    def __init__(self, pointers: Sequence[str] | None, member: str = "", *, limit: int, flows: bool = False) -> None:
        """Begin. `flows`: a text without list is given in many pieces. Raises AdapterInvalid for bad pointers."""
        first = automaton_of(tuple(pointers)) if pointers is not None else None
        super().__init__(first, whole=first is None or bool(first.hits), limit=limit)
        self._name = member
        self._flows = flows
        self._list: Level | None = None
        self._ended = False
        """The container that has ended last stays."""
        self._part = Part.HEAD
        self._held: list[str] = []
        self._size = 0
        self._pieces: list[Piece] = []

    def feed(self, data: bytes) -> list[Piece]:
        """Take the next chunk and return what is complete. Raises UnreadableBody and BodyTooLarge."""
        self.take(data)
        return self._given()

    def close(self) -> list[Piece]:
        """End the text and return the rest. Raises UnreadableBody if it is not complete."""
        self.take(b"", final=True)
        self._flush()
        return self._given()

    def _given(self) -> list[Piece]:
        if self._flows and not self._name:
            self._flush()
        pieces, self._pieces = self._pieces, []
        return pieces

    def _emit(self, text: str) -> None:
        self._held.append(text)
        self._size += len(text)
        if self._size <= self._limit:
            return
        if not self._flows or self._name:
            raise BodyTooLarge(self._part.value)
        self._flush()

    def _flush(self) -> None:
        if self._held:
            self._pieces.append(Piece(self._part, "".join(self._held)))
        self._held = []
        self._size = 0

    def _keep(self, level: Level) -> None:
        """Write the beginning of a container that stays, and of those around it."""
        if level.kept >= 0:
            return
        if level.above is not None:
            self._keep(level.above)
            self._separate(level.above)
        level.kept = 0
        self._emit(level.opener)
        if self._is_list(level):
            self._list = level
            self._flush()
            self._part = Part.ELEMENT

    def _separate(self, level: Level) -> None:
        """Another member of `level` stays."""
        if level.kept and level is not self._list:
            self._emit(",")
        level.kept += 1

    def _is_list(self, level: Level) -> bool:
        root = level.above
        if not self._name or root is None or root.above is not None:
            return False
        return root.closing == "}" and level.closing == "]" and level.key == self._name

    def scalar(self, level: Level, chunk: str, *, named: bool) -> None:
        """Keep it if it is named."""
        if not named:
            return
        self._keep(level)
        self._separate(level)
        self._emit(chunk)
        if level is self._list:
            self._flush()

    def opened(self, level: Level) -> None:
        """Keep what is named and what surely leads there; what may lead there waits until something is found."""
        if level.above is None or level.whole or (level.state is not None and level.state.firm):
            self._keep(level)

    def closed(self, level: Level, text: str) -> None:
        """Write the end of what stays."""
        self._ended = level.kept >= 0
        if not self._ended:
            return
        if level is self._list:
            self._part = Part.TAIL
            self._list = None
        self._emit(text)

    def passed(self, level: Level | None, text: str) -> None:
        """Blanks belong to the container before them."""
        if not self._ended:
            return
        self._emit(text)
        if level is not None and level is self._list:
            self._flush()

    def alone(self, text: str) -> None:
        """A bare value that is not named becomes null."""
        self._emit(text if self._whole else "null")
