"""Everybody seen lately, searched at once: one automaton over the compact picture of the searched bytes.

Messages of server-to-server calls have no session that would say whom to look for. A `Crowd` is built once and never
altered; several merge into one without preparing anybody anew. Who has been forgotten since is asked of the caller, so
she is out at once. Building an automaton holds the interpreter's lock, so a crowd should not have too many people.
"""

import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NoReturn

from ahocorasick_rs import BytesAhoCorasick, Implementation

from proxy.guard.folding import compact
from proxy.guard.rules import Rule, allows
from proxy.guard.traces import ANY_GAPS, DIGESTS, Split, Traces
from proxy.guard.watch import Mark
from proxy.people import Kind

Alive = Callable[[int], bool]
"""Whether a person, by the number she was given, is still to be searched."""

_KINDS = tuple(Kind)
_MAX_GAP = 5
_MIN_NOISE = 6
_BLOCK = 4096
_FULL = 32_768
_KIND, _KIND_MASK = 8, 2**8 - 1
_PERSON, _PERSON_MASK = 64, 2**64 - 1
_OTHERS = bytes(code for code in range(128) if not chr(code).isalnum())
_LETTERS = frozenset(range(256)) - frozenset(_OTHERS)
_JOINT = b"\n \n"
_PATH_LEFT = re.compile(rb"/\Z")
_PATH_RIGHT = re.compile(rb"(?:[/?# ]|\Z)")


class _Table:
    """Patterns with, for each, a person's number, one word of marks, its gaps; and the automaton over them."""

    __slots__ = ("automaton", "gaps", "marks", "patterns", "who")

    def __init__(self) -> None:
        self.patterns: list[bytes] = []
        self.who = array("Q")
        self.marks = array("Q")
        self.gaps = array("Q")
        self.automaton: BytesAhoCorasick | None = None

    def add(self, pattern: bytes, who: int, mark: int, gaps: int = 0) -> None:
        self.patterns.append(pattern)
        self.who.append(who)
        self.marks.append(mark)
        self.gaps.append(gaps)

    def take(self, other: "_Table", alive: Alive) -> None:
        """Add what another has of those who are alive."""
        for row in zip(other.patterns, other.who, other.marks, other.gaps, strict=True):
            if alive(row[1]):
                self.add(*row)

    def close(self) -> None:
        if self.patterns:
            self.automaton = BytesAhoCorasick(self.patterns, implementation=Implementation.ContiguousNFA)

    def find(self, haystack: bytes) -> list[tuple[int, int, int]]:
        return self.automaton.find_matches_as_indexes(haystack, overlapping=True) if self.automaton else []


class _Digests:
    """Beginnings of hashes in order, with whose they are; looked for only where a whole run is as long as a hash.

    An entry is one number, of hash, person and kind from the top: unlike a tuple it is no work for the collector of
    garbage, which stops the loop.
    """

    __slots__ = ("_people", "_values")

    def __init__(self, entries: Iterable[int]) -> None:
        ordered = sorted(entries)
        self._values = array("Q", [one >> _PERSON for one in ordered])
        self._people = array("Q", [one & _PERSON_MASK for one in ordered])

    def __len__(self) -> int:
        return len(self._values)

    def entries(self, alive: Alive) -> list[int]:
        """Return what belongs to those who are alive."""
        rows = zip(self._values, self._people, strict=True)
        return [value << _PERSON | person for value, person in rows if alive(person >> _KIND)]

    def find(self, value: int, alive: Alive) -> Iterator[Kind]:
        place = bisect_left(self._values, value)
        while place < len(self._values) and self._values[place] == value:
            person = self._people[place]
            if alive(person >> _KIND):
                yield _KINDS[person & _KIND_MASK]
            place += 1


def _entry(value: int, who: int, kind: Kind) -> int:
    return value << _PERSON | who << _KIND | _KINDS.index(kind)


def _joined(parts: Iterable[_Digests], alive: Alive) -> Iterator[_Digests]:
    """Join small parts, and those of which half are gone; a part is sorted in one go, so none may be too large."""
    rest: list[int] = []
    for part in parts:
        living = part.entries(alive)
        if len(part) >= _FULL and len(living) * 2 >= len(part):
            yield part
            continue
        rest += living
        if len(rest) >= _FULL:
            yield _Digests(rest)
            rest = []
    if rest:
        yield _Digests(rest)


class Crowd:
    """See the module. It prints no value and cannot be pickled."""

    __slots__ = ("_alive", "_digests", "_raw", "_texts", "people")

    def __init__(self, people: Sequence[tuple[int, Traces]], alive: Alive, merging: Sequence["Crowd"] = ()) -> None:
        """Prepare to look for `people`, each with the number that `alive` knows, and for whoever lives of `merging`."""
        self._alive = alive
        self._texts, self._raw = _Table(), _Table()
        for other in merging:
            self._texts.take(other._texts, alive)  # noqa: SLF001  another of us
            self._raw.take(other._raw, alive)  # noqa: SLF001
        for who, traces in people:
            for one in traces.texts:
                rule = (one.rule.value + 1) << 8 | one.split << 12
                self._texts.add(
                    one.pattern, who, _KINDS.index(one.kind) | rule | _FORMS.index(one.form) << 16, one.gaps
                )
            for raw in traces.raw:
                self._raw.add(raw.pattern, who, _KINDS.index(raw.kind) | _FORMS.index(raw.form) << 16)
        entries = [_entry(value, who, kind) for who, traces in people for value, kind in traces.digests]
        parts: list[_Digests] = [part for other in merging for part in other._digests]  # noqa: SLF001
        self._digests: tuple[_Digests, ...] = tuple(_joined([*parts, _Digests(entries)], alive))
        self.people = len(set(self._texts.who))
        self._texts.close()
        self._raw.close()

    def living(self) -> int:
        """How many of the people are still alive."""
        return sum(map(self._alive, set(self._texts.who)))

    def in_flat(self, flat: "Flat", *, trusted: bool) -> Iterator[Mark]:
        """Yield what a folded text gives away; in noise (not `trusted`) only what means something there."""
        texts = self._texts
        for number, start, end in texts.find(flat.data):
            mark = texts.marks[number]
            rule, split = Rule((mark >> 8 & 15) - 1), Split(mark >> 12 & 15)
            if not self._alive(texts.who[number]) or (not trusted and end - start < _MIN_NOISE):
                continue
            if flat.stands(start, end, rule, split, texts.gaps[number]):
                yield Mark(_KINDS[mark & 255], _FORMS[mark >> 16], rule)

    def in_bytes(self, data: bytes) -> Iterator[Mark]:
        """Yield what lower-cased bytes that are no clean ASCII text give away."""
        for number, _, _ in self._raw.find(data):
            if self._alive(self._raw.who[number]):
                mark = self._raw.marks[number]
                yield Mark(_KINDS[mark & 255], _FORMS[mark >> 16], Rule.BYTES)

    def in_run(self, value: int, size: int) -> Iterator[Mark]:
        """Yield of whom `value` begins a hash of `size` bytes."""
        for digests in self._digests:
            yield from (Mark(kind, _HASH_OF[size], Rule.BYTES) for kind in digests.find(value, self._alive))

    def __repr__(self) -> str:
        return f"<Crowd of {self.people}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Crowd is not pickled")


_FORMS = ("", "base64", "latin-1", "utf-16-le", "utf-16-be")
_HASH_OF = {16: "md5", 20: "sha1", 32: "sha256", 64: "sha512"}


class Flat:
    """The compact picture of a folded text, and the way back from a place in it to the text."""

    __slots__ = ("_blocks", "_folded", "data")

    def __init__(self, folded: bytes) -> None:
        """Make the picture; the way back is made only where something is found."""
        self.data = compact(folded)
        self._folded = folded
        self._blocks: list[int] = []

    def _places(self, start: int, end: int) -> list[int]:
        """Return where in the text the signs start..end of the picture stand."""
        text = self._folded
        if not self._blocks:
            self._blocks.append(0)
            for at in range(0, len(text), _BLOCK):
                self._blocks.append(self._blocks[-1] + len(text[at : at + _BLOCK].translate(None, _OTHERS)))
        # the last block that begins at or before `start`
        block = bisect_left(self._blocks, start + 1) - 1
        seen, at = self._blocks[block], block * _BLOCK
        places: list[int] = []
        while seen < end:
            if text[at] in _LETTERS:
                if seen >= start:
                    places.append(at)
                seen += 1
            at += 1
        return places

    def stands(self, start: int, end: int, rule: Rule, split: Split, gaps: int) -> bool:
        """Tell whether what was found at start..end stands in the text as `rule`, `split` and `gaps` want it."""
        places = self._places(start, end)
        for nth in range(1, len(places)):
            size = places[nth] - places[nth - 1] - 1
            may = gaps == ANY_GAPS or bool(gaps >> nth & 1)
            if size == 0:
                if may and split is not Split.FREE and gaps != ANY_GAPS:
                    return False
                continue
            between = self._folded[places[nth - 1] + 1 : places[nth]]
            if not may or size > _MAX_GAP or _JOINT in between:
                return False
            if split is Split.TIGHT and (size > 1 or between.isspace()):
                return False
        first, last = places[0], places[-1] + 1
        return allows(rule, self._folded, first, last) or (rule is Rule.VALUE and self._is_segment(first, last))

    def _is_segment(self, first: int, last: int) -> bool:
        """Whether it is a whole segment of a path."""
        before, after = self._folded[max(0, first - 1) : first], self._folded[last : last + 1]
        return bool(_PATH_LEFT.search(before) and _PATH_RIGHT.match(after))


class Throng:
    """Several crowds that are searched as one, in the same pictures; what the search (`search.Search`) asks."""

    __slots__ = ("_crowds",)

    def __init__(self, crowds: Sequence[Crowd]) -> None:
        """Search all of `crowds`."""
        self._crowds = tuple(crowds)

    def in_text(self, folded: bytes, *, trusted: bool = True) -> set[Mark]:
        """Return what a folded text gives away."""
        flat = Flat(folded)
        return {mark for crowd in self._crowds for mark in crowd.in_flat(flat, trusted=trusted)}

    def in_bytes(self, data: bytes) -> set[Mark]:
        """Return what bytes that are no clean ASCII text give away."""
        lowered = data.lower()
        return {mark for crowd in self._crowds for mark in crowd.in_bytes(lowered)}

    def in_runs(self, runs: Iterable[bytes]) -> set[Mark]:
        """Return whose hashes are among decoded base64 or hexadecimal runs."""
        hashes = [(int.from_bytes(run[:8]), len(run)) for run in runs if len(run) in DIGESTS]
        return {mark for one in hashes for crowd in self._crowds for mark in crowd.in_run(*one)}

    def __bool__(self) -> bool:
        return bool(self._crowds)
