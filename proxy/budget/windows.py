"""How many different people within the last hour. Pure: whoever asks brings the time."""

import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """People within an hour: `most` is refused beyond, `alarm` is said; 0 is neither."""

    most: int = 0
    alarm: int = 0


@dataclass(frozen=True, slots=True)
class Count:
    """`people` is how many there were within the hour with these, `seconds` when the first of them is an hour ago."""

    refused: bool
    alarm: bool
    people: int
    seconds: int = 0


class Window:
    """Who was counted within the last hour, by her pseudonym. Times are seconds of any clock."""

    def __init__(self, bounds: Bounds) -> None:
        """Nobody was."""
        self._bounds = bounds
        self._keep = max(bounds.most, bounds.alarm)
        self._last: OrderedDict[str, float] = OrderedDict()

    def count(self, tokens: Sequence[str], now: float) -> Count:
        """Count people, all or none: who is counted already costs nothing."""
        if not self._keep:
            return Count(refused=False, alarm=False, people=0)
        while self._last and not 0 <= now - next(iter(self._last.values())) < HOUR:
            self._last.popitem(last=False)
        people = len(self._last) + len({one for one in tokens if one not in self._last})
        most, alarm = self._bounds.most, self._bounds.alarm
        if most and people > most and people > len(self._last):
            oldest = next(iter(self._last.values()), now)
            seconds = max(1, math.ceil(HOUR - (now - oldest)))
            return Count(refused=True, alarm=bool(alarm) and people >= alarm, people=people, seconds=seconds)
        for one in tokens:
            self._last[one] = now
            self._last.move_to_end(one)
        while len(self._last) > self._keep:  # without a limit nobody needs to know more than that they are many
            self._last.popitem(last=False)
        return Count(refused=False, alarm=bool(alarm) and people >= alarm, people=people)
