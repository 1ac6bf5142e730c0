"""Joins on time: how many people are alone in the minute, hour or day that the provider sees, too."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from statistics import median
from types import MappingProxyType

from proxy.attack.compact import DAY, Pairs, by_day
from proxy.attack.report import Number, Result, Verdict

GRAINS = MappingProxyType({"minute": 1, "hour": 60, "day": DAY})
"""In minutes. The finest is what both sides log; the others are what is left if times are handed on rounded."""
_SAMPLE = 5_000
"""Learners whose join is carried out: prints come in no order, so the first of them are any."""
_SETS = MappingProxyType({"1 pseudonym": (1, 1), "2 to 4": (2, 4), "5 to 9": (5, 9), "10 and more": (10, 2**32)})


class Times:
    """Who was seen when: pairs of a minute since 1970 and the number of a person."""

    def __init__(self) -> None:
        """Nobody was seen yet."""
        self.moments = Pairs(by_day)

        self._most = 0

    def add(self, minute: int, person: int) -> None:
        """Somebody was seen."""
        self.moments.add(minute, person)
        self._most = max(self._most, person)

    def result(self) -> Result:
        """Who is alone in an anonymity set: everybody who was seen in the same minute, hour or day."""
        numbers: dict[str, Number] = {}
        for name, width in GRAINS.items():
            sizes: Counter[int] = Counter()
            alone, seen = bytearray(self._most + 1), bytearray(self._most + 1)
            for _, group in self.moments.groups(width):
                people = set(group)
                sizes[len(people)] += 1
                for person in people:
                    seen[person] = 1
                if len(people) == 1:
                    alone[people.pop()] = 1
            numbers["people"] = sum(seen)
            numbers[f"alone in their {name}"] = sum(alone)
            numbers[f"{name}s"] = sizes.total()
            numbers[f"people in the middle {name}"] = _middle(sizes)
        says = "Who also has the LMS's access times can single these people out. Nothing in the proxy hides when."
        return Result("times", Verdict.REMAINS if numbers["people"] else Verdict.NOT_RUN, says, numbers)


def _middle(sizes: Counter[int]) -> Number:
    """The median of what is counted."""
    return median(sizes.elements()) if sizes else 0


class Launches:
    """The LMS's log: minutes by the print of a learner's id; and, as people go by, whose ids those are."""

    def __init__(self, launches: Iterable[tuple[int, int]] = ()) -> None:
        """`launches` are prints of ids, and minutes since 1970."""
        self.minutes = Pairs()
        for key, minute in launches:
            self.minutes.add(key, minute)
        self._owners = Pairs()

    def add(self, keys: Iterable[int], person: int) -> None:
        """The ids of a person."""
        for key in keys:
            if key in self.minutes:
                self._owners.add(key, person)

    def result(self, theirs: Pairs) -> Result:
        """Carry the join out. `theirs` are minutes and the numbers of people, as the provider has them.

        A pseudonym fits a learner if it was seen within a minute of each of her moments at which anybody was seen; by
        hours and days: in the same ones.
        """
        numbers: dict[str, Number] = {"learners in the LMS's log": self.minutes.count()}
        learners = [group for _, group in zip(range(_SAMPLE), self.minutes.groups(), strict=False)]
        if not learners:
            return Result("join", Verdict.NOT_RUN, "Give --lms: the LMS's log of launches.", numbers)
        numbers["learners tried"] = len(learners)
        for name, width in GRAINS.items():
            numbers |= self._by(theirs, learners, name, width)
        says = (
            "This is what whoever has the LMS's log and sees the provider's times learns; by hours and by days if she "
            "has one of them so coarse only. Nothing in the proxy hides when."
        )
        return Result("join", Verdict.REMAINS, says, numbers)

    def _by(
        self, theirs: Pairs, learners: Sequence[tuple[int, list[int]]], name: str, width: int
    ) -> Mapping[str, Number]:
        reach = 1 if width == 1 else 0

        @lru_cache(maxsize=256)
        def seen(slot: int) -> frozenset[int]:
            found: set[int] = set()
            for one in range(slot - reach, slot + reach + 1):  # each slot is within one day
                found.update(theirs.between(one * width, (one + 1) * width - 1))
            return frozenset(found)

        sizes: Counter[int] = Counter()
        right = 0
        for key, minutes in learners:
            near = [found for slot in sorted({minute // width for minute in minutes}) if (found := seen(slot))]
            fitting = frozenset.intersection(*near) if near else frozenset()
            sizes[len(fitting)] += 1
            right += len(fitting) == 1 and next(iter(fitting)) in self._owners.of(key)
        sets = {
            f"by {name}s: whose times fit {what}": sum(n for size, n in sizes.items() if least <= size <= most)
            for what, (least, most) in _SETS.items()
        }
        return {
            **sets,
            f"by {name}s: of those that fit 1, rightly": right,
            f"by {name}s: pseudonyms that fit the middle learner": _middle(sizes),
        }
