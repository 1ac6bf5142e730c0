"""Joins on time: how many people are alone in the minute or hour that the provider sees, too."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from statistics import median

from proxy.attack.report import Number, Result, Verdict

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


def times(moments: Iterable[tuple[str, int]]) -> Result:
    """`moments`: pseudonym and milliseconds of each launch, first and last sight, as LMS and provider see them.

    An anonymity set is everybody seen in the same minute or hour. Who is alone in one is singled out by whoever knows
    the LMS's log.
    """
    slots: dict[int, defaultdict[int, set[str]]] = {MINUTE_MS: defaultdict(set), HOUR_MS: defaultdict(set)}
    everybody: set[str] = set()
    for pseudonym, at in moments:
        everybody.add(pseudonym)
        for width, sets in slots.items():
            sets[at // width].add(pseudonym)
    numbers: dict[str, Number] = {"people": len(everybody)}
    for width, name in ((MINUTE_MS, "minute"), (HOUR_MS, "hour")):
        sizes = Counter(len(one) for one in slots[width].values())
        alone = set().union(*(one for one in slots[width].values() if len(one) == 1))
        numbers[f"alone in their {name}"] = len(alone)
        numbers[f"{name}s"] = sizes.total()
        numbers[f"people in the middle {name}"] = median(sizes.elements()) if sizes else 0
    says = "Who also has the LMS's access times can single these people out. Nothing in the proxy hides when."
    return Result("times", Verdict.REMAINS if everybody else Verdict.NOT_RUN, says, numbers)
