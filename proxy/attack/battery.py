"""All attacks over everybody, person by person: only counts, prints and numbers stay in memory."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from keys import PseudonymScheme
from proxy.attack.cloud import CloudFile
from proxy.attack.compact import Pairs, by_day, printed
from proxy.attack.guesses import Heap, Instead, Ours, Search
from proxy.attack.held import Names, Tenants, Uniqueness, Versions, held_of
from proxy.attack.report import Number, Result, Verdict
from proxy.attack.standing import Standing, shown
from proxy.attack.statistics import Balance, Shapes, WeakKeys, guessed_keys
from proxy.attack.times import Launches, Times
from proxy.people import Person

MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the adversary knows. `cloud`: what the provider holds; `domains`: of her people's addresses.

    `candidates` and how many there are in all; None: no dictionary. At most `most` are tried.
    """

    cloud: CloudFile | None = None
    launches: Launches = field(default_factory=Launches)
    candidates: tuple[Iterable[str], int] | None = None
    most: int = 1_000_000
    domains: Sequence[str] = ()


class Battery:
    """Takes everybody, then says what each attack gave."""

    def __init__(
        self, scheme: PseudonymScheme, knowledge: Knowledge, mail_domain: str, clock: Callable[[], float]
    ) -> None:
        """`mail_domain` is that of the addresses of pseudonyms; `clock` gives seconds, for the pace of guessing."""
        self._clock = clock
        alias = lru_cache(maxsize=4)(scheme.alias)
        self._knows = knowledge
        self._people = self._closed = 0
        self._names, self._uniqueness = Names(alias), Uniqueness(scheme.valid, mail_domain)
        self._tenants, self._versions = Tenants(), Versions()
        self._balance, self._shapes = Balance(), Shapes(alias)
        self._weak, self._times = WeakKeys(guessed_keys()), Times()
        self._identifiers = Pairs()
        self._standing = Standing(knowledge.cloud, knowledge.domains) if knowledge.cloud is not None else None
        self._search: Search | None = None

    def person(self, tenant: str, kind: str, person: Person, seen: Iterable[int]) -> None:
        """Take a person whose record is open; `seen` are milliseconds since 1970 at which she was seen."""
        number = self._row(seen)
        one = held_of(tenant, kind, person)
        self._names.add(one, number)
        self._uniqueness.add(one, number)
        self._tenants.add(one)
        self._versions.add(one)
        for token in (one.pseudonym, *one.others):
            self._balance.token(token)
        self._shapes.add(one)
        self._weak.add(one)
        keys = [printed(text) for text in one.spelled]
        for key in keys:
            self._identifiers.add(key)
        self._knows.launches.add(keys, number)
        if self._standing is not None:
            self._standing.add(one, person.cleartexts)

    def closed(self, token: str, seen: Iterable[int]) -> None:
        """Take somebody whose record does not open."""
        self._uniqueness.token(token, self._row(seen))
        self._balance.token(token)
        self._closed += 1

    def _row(self, seen: Iterable[int]) -> int:
        self._people += 1
        for at in seen:
            self._times.add(at // MINUTE_MS, self._people)
        return self._people

    def seen(self, token: str, at: int) -> None:
        """A pseudonym was seen, in milliseconds since 1970; after everybody was taken in."""
        for number in self._uniqueness.tokens.of(printed(token)):
            self._times.add(at // MINUTE_MS, number)

    def results(self) -> list[Result]:
        """Carry out what needs everybody, and say how all of it ended."""
        opened = self._people - self._closed
        unopened = Result(
            "records",
            Verdict.REMAINS if opened else Verdict.NOT_RUN,
            "Some records do not open, for their data keys are gone: nothing below says anything of these people.",
            {"opened": opened, "not opened": self._closed},
        )
        if self._closed and not opened:
            return [unopened]
        return [
            *([unopened] if self._closed else []),
            self._dictionary(),
            self._stands(),
            self._names.result(),
            self._shapes.result(),
            self._times.result(),
            self._knows.launches.result(self._theirs()),
            self._uniqueness.result(),
            self._balance.result(),
            self._tenants.result(),
            self._versions.result(),
            self._weak.result(),
        ]

    def details(self) -> dict[str, list[int]]:
        """Ordinal numbers of candidates that hit, by what they hit, and of records of the cloud with somebody in."""
        hits = self._search.hits if self._search is not None else {}
        found = {f"candidates that hit {name}": list(one) for name, one in hits.items()}
        if self._standing is not None and self._standing.where:
            found["records of the cloud with somebody in them"] = list(shown(self._standing.where))
        return found

    def _stands(self) -> Result:
        if self._standing is None:
            return Result("cloud", Verdict.NOT_RUN, "Give --cloud, a file exported there, or --ask.")
        return self._standing.result(self._uniqueness.tokens)

    def _theirs(self) -> Pairs:
        """With the times of what the cloud holds, where that has any, else with those that are known here."""
        cloud = self._knows.cloud
        theirs = Pairs(by_day)
        stranger = self._people
        for key, minutes in cloud.tokens.groups() if cloud is not None else ():
            numbers = self._uniqueness.tokens.of(key)
            if not numbers:
                stranger += 1
            for minute in minutes:
                if minute:
                    theirs.add(minute, numbers[0] if numbers else stranger)
        return theirs if len(theirs) else self._times.moments

    def _dictionary(self) -> Result:
        if self._knows.candidates is None:
            says = "Give --pattern or --candidates: the form of your learner ids."
            return Result("dictionary", Verdict.NOT_RUN, says)
        candidates, size = self._knows.candidates
        heaps: dict[str, Heap] = {
            "our pseudonyms": Ours(self._uniqueness.tokens, self._names.aliases, self._uniqueness.key_ids),
            "unsalted hashes instead": Instead(self._identifiers),
        }
        if self._knows.cloud is not None:
            heaps["what the cloud holds"] = self._knows.cloud.words
        self._search = search = Search(heaps, self._knows.domains)
        began = self._clock()
        search.run(_first(candidates, self._knows.most))
        rate = search.tried / max(self._clock() - began, 1e-9)
        numbers: dict[str, Number] = {
            "candidates": size,
            "tried": search.tried,
            "candidates a second": round(rate),
            "seconds for all of them": round(size / max(rate, 1.0), 1),
        } | {f"hits: {name}": search.found(name) for name in heaps}
        bad = search.found("our pseudonyms") + search.found("what the cloud holds")
        says = "The dictionary undoes what is held." if bad else "No candidate leads to anything that is held."
        return Result("dictionary", Verdict.FOUND if bad else Verdict.WITHSTOOD, says, numbers)


def _first(candidates: Iterable[str], most: int) -> Iterable[str]:
    for number, one in enumerate(candidates):
        if number == most:
            return
        yield one
