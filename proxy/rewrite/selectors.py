"""Pointers and XML selectors, parsed once and merged into one automaton per place.

All selectors that look into the same text are followed at the same time: a carrier walks the text once and asks the
current `State` where each key leads. `None` means that no selector can match below.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from proxy.errors import AdapterInvalid

ANY = "*"
DEEP = "**"
_MOST_STATES = 4000

Parts = tuple[str, ...]
_Item = tuple[int, int, bool]
"""Selector number, how many of its parts are consumed, and whether a `**` was needed to get here."""


@lru_cache(maxsize=8192)
def parse_pointer(pointer: str) -> Parts:
    """Split a JSON pointer (RFC 6901 section 3) into keys; `*` and `**` stay as they are. Raises AdapterInvalid."""
    if not pointer:
        return ()
    if not pointer.startswith("/") or re.search(r"~(?![01])", pointer):
        raise AdapterInvalid("json-pointer", place=pointer)
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/"))


_XML_SELECTOR = re.compile(r"(?:/{1,2}(?:[^\W\d][\w.-]*|\*))+(?:/@(?:[^\W\d][\w.-]*|\*))?")


@dataclass(frozen=True, slots=True)
class Selector:
    """A JSON pointer to ask about; for reviews, not for messages."""

    pointer: str

    def reaches(self, keys: Sequence[str], *, inside: bool) -> bool:
        """Whether it names the value at `keys`, or with `inside` one that this value is in."""
        state: State | None = automaton((parse_pointer(self.pointer),))
        for key in keys:
            if state is None:
                return False
            if inside and state.hits:
                return True
            state = state.next(key)
        return state is not None and bool(state.hits)


def parse_xml_selector(selector: str) -> tuple[Parts, str]:
    """Split `/a//b/@c` into element names (`**` for the double slash) and an attribute name or "".

    Names are local names, namespaces do not matter. Raises AdapterInvalid.
    """
    if not _XML_SELECTOR.fullmatch(selector):
        raise AdapterInvalid("xml-selector", place=selector)
    elements, _, attribute = selector.partition("/@")
    return tuple(elements.replace("//", f"/{DEEP}/")[1:].split("/")), attribute


@dataclass(slots=True)
class State:
    """Where the walk stands. `hits` are the numbers of the selectors that name this very value, in declared order."""

    hits: tuple[int, ...]
    firm: bool
    """Some selector reaches this state without the help of `**`."""
    step: dict[str, "State | None"] = field(default_factory=dict)
    other: "State | None" = None

    def next(self, key: str) -> "State | None":
        """Return the state below `key`; None if no selector matches there or deeper."""
        return self.step.get(key, self.other)


def automaton(selectors: Sequence[Parts]) -> State:
    """Merge `selectors` into one automaton and return its first state. Raises AdapterInvalid if it grows too large."""
    known: dict[frozenset[_Item], State] = {}
    first = _closure(selectors, ((number, 0, False) for number in range(len(selectors))))
    todo = [first]
    known[first] = _state(selectors, first)
    while todo:
        here = todo.pop()
        # A word that no selector waits for here leads where every other key leads, which `None` stands for.
        waited = {selectors[number][used] for number, used, _ in here if used < len(selectors[number])} - {ANY, DEEP}
        for word in (None, *sorted(waited)):
            there = _closure(selectors, _advance(selectors, here, word))
            if there and there not in known:
                known[there] = _state(selectors, there)
                todo.append(there)
                if len(known) > _MOST_STATES:
                    raise AdapterInvalid("selectors-too-complex")
            if word is None:
                known[here].other = known.get(there)
            elif known.get(there) is not known[here].other:
                known[here].step[word] = known.get(there)
    return known[first]


def _state(selectors: Sequence[Parts], items: frozenset[_Item]) -> State:
    hits = sorted({number for number, used, _ in items if used == len(selectors[number])})
    return State(tuple(hits), firm=any(not loose for _, _, loose in items))


def _closure(selectors: Sequence[Parts], items: Iterable[_Item]) -> frozenset[_Item]:
    """Add what `**` may skip: it also stands for nothing at all."""
    done: set[_Item] = set()
    todo = list(items)
    while todo:
        item = todo.pop()
        if item in done:
            continue
        done.add(item)
        number, used, loose = item
        if used < len(selectors[number]) and selectors[number][used] == DEEP:
            todo.append((number, used + 1, loose))
    return frozenset(done)


def _advance(selectors: Sequence[Parts], items: Iterable[_Item], word: str | None) -> Iterable[_Item]:
    for number, used, loose in items:
        if used == len(selectors[number]):
            continue
        part = selectors[number][used]
        if part == DEEP:
            yield number, used, True
        elif part in {ANY, word}:
            yield number, used + 1, loose


def wildcard_positions(parts: Parts, keys: Sequence[str], positions: Sequence[int]) -> tuple[int, ...]:
    """Return the positions in the text that the wildcards of `parts` stood for on the way `keys`.

    They tell humans in a list apart: every field below one element gets the same numbers. Where several readings are
    possible the one with the shortest `**` counts.
    """
    if ANY not in parts and DEEP not in parts:
        return ()
    return _positions(parts, keys, positions) or ()


def _positions(parts: Parts, keys: Sequence[str], positions: Sequence[int]) -> tuple[int, ...] | None:
    if not parts:
        return () if not keys else None
    if parts[0] == DEEP:
        for skipped in range(len(keys) + 1):
            rest = _positions(parts[1:], keys[skipped:], positions[skipped:])
            if rest is not None:
                return (*positions[:skipped], *rest)
        return None
    if not keys or parts[0] not in {ANY, keys[0]}:
        return None
    rest = _positions(parts[1:], keys[1:], positions[1:])
    if rest is None or parts[0] != ANY:
        return rest
    return (positions[0], *rest)
