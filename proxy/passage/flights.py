"""Which messages that name a person are on their way to the cloud just now.

Somebody's pseudonym may only be changed in the cloud when no message with the one before is under way to it: it would
arrive as somebody unknown and begin her course anew. Dropping her from memory keeps the next messages right; those that
were translated before are here, from their translation to the head of their answer.
"""


class Flights:
    """Numbers the messages; asks nothing and waits for nothing."""

    def __init__(self) -> None:
        """Nothing is under way."""
        self._next = 1
        self._under_way: set[int] = set()

    def begin(self) -> int:
        """Note that a message was translated; returns its number, which is never 0."""
        number = self._next
        self._next += 1
        self._under_way.add(number)
        return number

    def end(self, number: int) -> None:
        """Note that it was answered, or will never be sent. Harmless for 0 and when repeated."""
        self._under_way.discard(number)

    def mark(self) -> int:
        """A point in time: between the messages translated so far and those to come."""
        return self._next

    def landed(self, mark: int) -> bool:
        """Whether no message from before `mark` is under way any more."""
        return all(number >= mark for number in self._under_way)
