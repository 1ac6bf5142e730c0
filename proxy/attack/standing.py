"""Who stands in what the provider holds: in clear or hashed, and in every disguise that the guard knows."""

from collections import Counter
from collections.abc import Sequence

from proxy.attack.cloud import CloudFile
from proxy.attack.compact import Pairs
from proxy.attack.guesses import forms
from proxy.attack.held import Held
from proxy.attack.report import Number, Result, Verdict
from proxy.guard import Crowd, Throng, inspect, traces_of
from proxy.people import Cleartext

_SHORTEST = 3
"""Letters of a name from which on it counts: shorter words stand anywhere."""
_BATCH = 4_000
"""People who are searched at once: an automaton has some 3 kB for each."""
_CHUNK = 32_768
_JOINT = "\n \n"
_SHOWN = 20


def _alive(_who: int) -> bool:
    return True


class Standing:
    """Takes people one by one; `result` says whether anybody of them stands in what was read."""

    def __init__(self, read: CloudFile, domains: Sequence[str] = ()) -> None:
        """`domains` are added to identifiers, as a hash may have been made of an address."""
        self._read = read
        self._domains = domains
        self._named = self._identified = 0
        self._batch: list[tuple[Cleartext, ...]] = []
        self._left = dict(read.odd)
        self._kinds: Counter[str] = Counter()
        self.where: list[int] = []
        """Numbers of records in which somebody was found, from 1 on."""

    def add(self, one: Held, texts: tuple[Cleartext, ...]) -> None:
        """Take a person and everything that is known of her."""
        words = self._read.words
        self._identified += any(words.seen(forms(text, self._domains)) for text in one.spelled)
        self._named += any(words.seen(forms(text)) for text in (one.name, *one.more) if len(text) >= _SHORTEST)
        self._batch.append(texts)
        if len(self._batch) >= _BATCH:
            self._search()

    def result(self, tokens: Pairs) -> Result:
        """`tokens` are all pseudonyms of ours."""
        self._search()
        theirs = [key in tokens for key, _ in self._read.tokens.groups()]
        disguised = len(self.where)
        numbers: dict[str, Number] = {
            "records": self._read.records,
            "values": len(self._read.words),
            "pseudonyms of ours": sum(theirs),
            "pseudonyms of others": len(theirs) - sum(theirs),
            "people whose identifier stands there": self._identified,
            "people whose name or address stands there": self._named,
            "different records searched in every disguise": len(self._read.odd),
            "of these with somebody in them": disguised,
            **{f"with {kind}": count for kind, count in sorted(self._kinds.items())},
            "records not searched in every disguise": self._read.left_out,
        }
        if self._identified or self._named or disguised:
            says = "The cloud holds identifiers, names or addresses. Find out how they got there."
            return Result("cloud", Verdict.FOUND, says, numbers)
        if self._read.left_out:
            says = "Nobody was found, but not all of it could be searched in every disguise: give it in parts."
            return Result("cloud", Verdict.REMAINS, says, numbers)
        says = "No identifier, name or address of anybody who is known here stands in what the cloud holds."
        return Result("cloud", Verdict.WITHSTOOD, says, numbers)

    def _search(self) -> None:
        """Look for the people of the batch in whatever nobody was found in yet."""
        people, self._batch = self._batch, []
        if not people or not self._left:
            return
        throng = Throng((Crowd([(number, traces_of(one)) for number, one in enumerate(people)], _alive),))
        chunk: list[str] = []
        size = 0
        for text in list(self._left):
            chunk.append(text)
            size += len(text)
            if size >= _CHUNK:
                self._look(throng, chunk)
                chunk, size = [], 0
        self._look(throng, chunk)

    def _look(self, throng: Throng, chunk: Sequence[str]) -> None:
        whole = _JOINT.join(chunk).encode("utf-8", "replace")
        if not inspect([("", whole)], throng):
            return
        for text in chunk:
            kinds = {hit.kind.value for hit in inspect([("", text.encode("utf-8", "replace"))], throng)}
            if kinds:
                self._kinds.update(kinds)
                self.where.append(self._left.pop(text))


def shown(where: Sequence[int]) -> Sequence[int]:
    """The first of them, in order."""
    return sorted(where)[:_SHOWN]
