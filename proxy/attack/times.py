"""Joins on time: how many people are alone in the minute or hour that the provider sees, too."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
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


def join(
    theirs: Iterable[tuple[str, int]], ours: Iterable[tuple[str, int]], owners: Mapping[str, frozenset[str]]
) -> Result:
    """Carry the join out: `theirs` are pseudonyms and moments, `ours` learners and moments by the LMS's log.

    A pseudonym fits a learner if it was seen within a minute of each of her moments at which anybody was seen. `owners`
    has the identifiers of whoever a pseudonym really is: it tells how many of the guesses are right.
    """
    slots: defaultdict[int, set[str]] = defaultdict(set)
    for pseudonym, at in theirs:
        slots[at // MINUTE_MS].add(pseudonym)
    seen: defaultdict[str, set[int]] = defaultdict(set)
    for learner, at in ours:
        seen[learner].add(at // MINUTE_MS)
    sizes, right = [], 0
    for learner, minutes in seen.items():
        near = [slots.get(one - 1, set()) | slots.get(one, set()) | slots.get(one + 1, set()) for one in minutes]
        fitting = set.intersection(*found) if (found := [one for one in near if one]) else set()
        sizes.append(len(fitting))
        right += len(fitting) == 1 and learner in owners.get(next(iter(fitting)), frozenset())
    numbers: dict[str, Number] = {
        "learners in the LMS's log": len(seen),
        "whose times fit one pseudonym only": sum(one == 1 for one in sizes),
        "of these rightly": right,
        "pseudonyms that fit the middle learner": median(sizes) if sizes else 0,
    }
    says = (
        "This is what whoever has the LMS's log and sees the provider's times learns. Nothing in the proxy hides when."
    )
    return Result("join", Verdict.REMAINS if seen else Verdict.NOT_RUN, says, numbers)
