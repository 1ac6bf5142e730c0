"""Token buckets, one for each source, and a memory of what was said lately. Pure: whoever asks brings the time."""

import math
from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum

_MOST = 20_000
"""Buckets that are kept; the one that was not used for longest goes first."""
_LONGEST = 3600


@dataclass(frozen=True, slots=True)
class Allowance:
    """`burst` at once, `per_minute` more each minute; beyond that slowly, and from `refuse_after` beyond it not."""

    burst: int
    per_minute: float
    refuse_after: int


NEVER = 10**12
"""For `refuse_after`: nobody is refused."""


class Pace(StrEnum):
    """How somebody may go on."""

    FREE = "free"
    SLOW = "slow"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """`beyond` is how many were taken beyond what is free, `seconds` when it is worth asking again."""

    pace: Pace
    beyond: int = 0
    seconds: int = 0


@dataclass(slots=True)
class _Bucket:
    level: float
    at: float


class Buckets:
    """See the module. Times are seconds of any clock."""

    def __init__(self) -> None:
        """Every bucket is full."""
        self._held: OrderedDict[tuple[str, str], _Bucket] = OrderedDict()

    def take(self, key: tuple[str, str], count: int, allowance: Allowance, now: float) -> Answer:
        """Take `count` at once. What comes in one message is taken as a whole, or no message could be too large."""
        bucket = self._held.get(key)
        if bucket is None:
            bucket = self._held[key] = _Bucket(allowance.burst, now)
            if len(self._held) > _MOST:
                self._held.popitem(last=False)
        self._held.move_to_end(key)
        passed = max(0.0, now - bucket.at)  # a clock that went back gives nothing
        bucket.at = now
        bucket.level = min(allowance.burst, bucket.level + passed * allowance.per_minute / 60)
        if bucket.level >= count:
            bucket.level -= count
            return Answer(Pace.FREE)
        room = bucket.level + allowance.refuse_after - 1  # for one more, whole
        if room >= 0:
            bucket.level -= count
            return Answer(Pace.SLOW, math.ceil(max(0.0, -bucket.level)))
        seconds = math.ceil(-room * 60 / allowance.per_minute)
        return Answer(Pace.REFUSED, math.ceil(-bucket.level), min(max(1, seconds), _LONGEST))


class Rarely:
    """Whether something may be said again: once in `seconds` for each thing."""

    def __init__(self, seconds: float, *, most: int = _MOST) -> None:
        """Nothing was said yet; `most` things are remembered."""
        self._seconds = seconds
        self._most = most
        self._said: OrderedDict[tuple[str, ...], float] = OrderedDict()

    def may(self, thing: tuple[str, ...], now: float) -> bool:
        """Tell, and remember that it is said now."""
        if self.lately(thing, now):
            return False
        self._said[thing] = now
        self._said.move_to_end(thing)
        if len(self._said) > self._most:
            self._said.popitem(last=False)
        return True

    def lately(self, thing: tuple[str, ...], now: float) -> bool:
        """Tell whether it was said within the time."""
        last = self._said.get(thing)
        return last is not None and 0 <= now - last < self._seconds
