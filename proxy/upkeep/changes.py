"""Hears whose pseudonyms have changed or are about to, and says so once that is true of everything that leaves here.

Three steps, once a second: read what is new, drop those people from memory, and, when no message is under way any more
that was translated before, count it as heard. What is counted as heard is told to the mapping with the node's next
report (`NodeRecord.heard`); whoever moves people waits for that before the cloud is asked for anything.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from proxy.store.moves_port import Moves

_PAGE = 1000


class UnderWay(Protocol):
    """The messages that name a person and are on their way to the cloud; see `proxy.passage.flights`."""

    def mark(self) -> int:
        """A point in time among them."""

    def landed(self, mark: int) -> bool:
        """Whether all from before that point have arrived."""


class Changes:
    """See the module. `told` drops people (by the names of their rows) from memory."""

    def __init__(self, moves: Moves, under_way: UnderWay, told: Callable[[Sequence[str]], None]) -> None:
        """Remember the means."""
        self._moves = moves
        self._under_way = under_way
        self._told = told
        self._read = 0
        self._waiting: list[tuple[int, int]] = []
        self.heard = 0
        """The number of the last change of which nothing from before leaves any more."""

    async def beat(self, newest: int) -> None:
        """Hear of changes up to number `newest`. Raises `StoreFailed`."""
        if newest > self._read:
            people: list[str] = []
            while page := await self._moves.changes(self._read, _PAGE):
                self._read = page[-1][0]
                people += [person for _, person in page]
            self._read = max(self._read, newest)  # what is older than an hour is listed no more
            self._told(people)
            self._waiting.append((self._read, self._under_way.mark()))
        while self._waiting and self._under_way.landed(self._waiting[0][1]):
            self.heard = self._waiting.pop(0)[0]
