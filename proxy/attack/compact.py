"""What is known of a million people in a few megabytes: numbers instead of texts, twelve bytes each, in order.

A text is kept as its *print*: 64 bits of the interpreter's keyed hash (SipHash, PEP 456), under a key that is drawn at
each start. Two of a million texts share one by chance once in thirty million runs. Nothing can be read back from it.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

_BUCKETS = 256
_TOP = 56
_MASK = 2**64 - 1
_LOOSE = 4096
"""Pairs that a bucket may hold out of order before it is put in order, which also drops those that are there twice."""
_VALUE = 32
_VALUE_MASK = 2**_VALUE - 1

DAY = 24 * 60
"""In minutes."""


def printed(text: str | bytes) -> int:
    """The print of a text."""
    return hash(text) & _MASK


def by_print(key: int) -> int:
    """The bucket of a print."""
    return key >> _TOP


def by_day(minute: int) -> int:
    """The bucket of a minute: a day's minutes are in one, in their order."""
    return minute // DAY % _BUCKETS


class Pairs:
    """Pairs of a key (64 bits, for example a print) and a number (32 bits), each pair once, found by the key."""

    __slots__ = ("_bucket", "_keys", "_limits", "_numbers")

    def __init__(self, bucket: Callable[[int], int] = by_print) -> None:
        """`bucket` (0 to 255) spreads the keys; keys of one bucket are given in their order."""
        self._bucket = bucket
        self._keys = [array("Q") for _ in range(_BUCKETS)]
        self._numbers = [array("I") for _ in range(_BUCKETS)]
        self._limits = [_LOOSE] * _BUCKETS
        """How long a bucket may grow before it is put in order; 0: it is in order."""

    def add(self, key: int, number: int = 0) -> None:
        """Add a pair."""
        at = self._bucket(key)
        keys = self._keys[at]
        keys.append(key)
        self._numbers[at].append(number)
        limit = self._limits[at]
        if not limit:
            self._limits[at] = 2 * len(keys) + _LOOSE
        elif len(keys) > limit:
            self._settle(at)

    def _settle(self, at: int) -> None:
        if not self._limits[at]:
            return
        pairs = zip(self._keys[at], self._numbers[at], strict=True)
        ordered = sorted({key << _VALUE | number for key, number in pairs})
        self._keys[at] = array("Q", [one >> _VALUE for one in ordered])
        self._numbers[at] = array("I", [one & _VALUE_MASK for one in ordered])
        self._limits[at] = 0

    def __contains__(self, key: int) -> bool:
        """Whether there is a pair with this key."""
        at = self._bucket(key)
        self._settle(at)
        keys = self._keys[at]
        place = bisect_left(keys, key)
        return place < len(keys) and keys[place] == key

    def of(self, key: int) -> Sequence[int]:
        """The numbers of a key, in order."""
        return self.between(key, key)

    def between(self, first: int, last: int) -> Sequence[int]:
        """The numbers of all keys from `first` to `last`, which are in the bucket of `first`."""
        at = self._bucket(first)
        self._settle(at)
        return self._numbers[at][bisect_left(self._keys[at], first) : bisect_right(self._keys[at], last)]

    def groups(self, width: int = 1) -> Iterator[tuple[int, list[int]]]:
        """Each key with its numbers; with a `width`, each `key // width`, whose keys must share a bucket."""
        for at in range(_BUCKETS):
            self._settle(at)
            pairs = zip(self._keys[at], self._numbers[at], strict=True)
            for key, group in groupby(pairs, lambda pair: pair[0] // width):
                yield key, [number for _, number in group]

    def __len__(self) -> int:
        """How many pairs there are."""
        for at in range(_BUCKETS):
            self._settle(at)
        return sum(map(len, self._keys))

    def count(self) -> int:
        """How many keys there are."""
        return sum(1 for _ in self.groups())
