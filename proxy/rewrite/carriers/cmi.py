"""A run-time data model (SCORM, IEEE 1484.11) in whatever notation it was committed.

Run-times write the same elements as nested JSON, as JSON with dotted names (`cmi.interactions.0.id`, `a.b[0].c`), as a
list of `name=value` texts, and as pairs of a form, in which some encode nothing. Here all of them are leaves, each at a
path of words: names are cut at dots and brackets, and compared without regard to case and to `_`, so that
`learner_response`, `learnerResponse` and `LearnerResponse` are one word. A selector also names whatever is inside what
it names; of several the first that is declared counts.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import ClassVar

from proxy.errors import UnknownField
from proxy.rewrite.carriers.base import Change, Form, Opened, Raw, Slot
from proxy.rewrite.carriers.json import OpenedJson, form_of
from proxy.rewrite.carriers.json_scan import Hit, Member, Scan
from proxy.rewrite.carriers.percent import check_lines, encode_percent, lenient_pair_text
from proxy.rewrite.selectors import DEEP, Parts, State, automaton

_CUT = re.compile(r"[.\[\]]+")
_NAME = re.compile(r"[A-Za-z_][\w.\[\]:-]*")
_PAIR = re.compile(r"(?:cmi|adl)[.\[][\w.\[\]:-]*=", re.IGNORECASE)
_LANGUAGE = re.compile(r"\{lang=[A-Za-z0-9-]{0,64}\}")
"""What may stand before a localized string (IEEE 1484.11.1 section 8.1.7); it is no part of a name."""
_NOTHING = frozenset({"", "[object Object]"})
_EVERY = automaton(((DEEP,),))


def word_of(name: str) -> str:
    """Return a name as it is compared."""
    return name.casefold().replace("_", "").replace("-", "")


@lru_cache(maxsize=64)
def words_of(selectors: tuple[Parts, ...]) -> State:
    """Return the automaton of selectors over words. Raises AdapterInvalid."""
    return automaton([tuple(part if part == DEEP else word_of(part) for part in parts) for parts in selectors])


def _path_of(name: str) -> Parts:
    return tuple(word_of(part) for part in _CUT.split(name) if part)


@dataclass(slots=True)
class Leaf:
    """A value that has no inside: where it is in the tree, what stands before it, what it says."""

    path: Parts
    before: str
    value: str
    form: Form


class _Leaves(Scan):
    """A walk whose hits are the values without an inside."""

    every: ClassVar[bool] = True

    def note(self, state: State | None, member: Member, span: tuple[int, int], end: int, inner: int | None) -> None:  # noqa: ARG002
        """Remember a scalar."""
        if inner is None:
            self.hits.append(self.hit(0, member, span, end))


@dataclass(slots=True)
class OpenedCmi:
    """A text, the text or pairs it was read from, and the slots with what stands before each of them."""

    inner: Opened
    slots: list[Slot] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    befores: list[str] = field(default_factory=list)

    def close(self, changes: Mapping[int, Change]) -> str:
        """Return the text with `changes`; a removed value goes with its name."""
        said: dict[int, Change] = {}
        for number, change in changes.items():
            before = self.befores[number]
            plain = change is None or isinstance(change, Raw) or not before
            said[self.numbers[number]] = change if plain else f"{before}{change}"
        return self.inner.close(said)


@dataclass(slots=True)
class _Pairs:
    """Pairs of a form: the pieces between the ampersands, and for each leaf the first and the last of its own."""

    pieces: list[str]
    spans: list[tuple[int, int]] = field(default_factory=list)
    slots: Sequence[Slot] = ()

    def close(self, changes: Mapping[int, Change]) -> str:
        """Return the pairs; what is changed is encoded, whether or not the run-time does so."""
        pieces: list[str | None] = list(self.pieces)
        for number, change in changes.items():
            first, last = self.spans[number]
            name, mark, _ = self.pieces[first].partition("=")
            if change is None:
                pieces[first] = None
            elif mark and _is_name(name):
                pieces[first] = f"{name}={encode_percent(change)}"
            else:
                pieces[first] = encode_percent(change)
            pieces[first + 1 : last + 1] = [None] * (last - first)
        return "&".join(piece for piece in pieces if piece is not None)


def open_cmi(text: str, first: State, *, lenient: bool = False, place: str = "") -> OpenedCmi:
    """Read `text` and find what the automaton `first` names. Raises UnreadableBody."""
    inner, leaves = _read(text, lenient=lenient, place=place)
    opened = OpenedCmi(inner)
    for number, leaf in enumerate(leaves):
        which = _named(leaf.path, first)
        if which >= 0:
            opened.slots.append(Slot(which, leaf.value, leaf.form))
            opened.numbers.append(number)
            opened.befores.append(leaf.before)
    return opened


def check_cmi(text: str, first: State, *, place: str = "cmi()") -> None:
    """Refuse a text with a leaf that the automaton `first` does not name. Raises UnknownField, UnreadableBody.

    A `*` stands for a number only: any other word could be anybody's name. What says nothing passes anywhere: lists
    without elements, also as JavaScript prints them.
    """
    _, leaves = _read(text, lenient=False, place=place)
    if any(leaf.value not in _NOTHING and _named(leaf.path, first, numbered=True) < 0 for leaf in leaves):
        raise UnknownField("unknown-member", place=place)


def _named(path: Parts, first: State, *, numbered: bool = False) -> int:
    """Return the number of the first declared selector that names `path` or something it is inside; -1 for none."""
    hits = list(first.hits)
    state: State | None = first
    for word in path:
        if state is not None:
            state = state.next(word) if not numbered or word in state.step or word.isdecimal() else None
        hits += state.hits[:1] if state is not None else ()
    return min(hits, default=-1)


def _read(text: str, *, lenient: bool, place: str) -> tuple[Opened, list[Leaf]]:
    if text.lstrip(" \t\r\n\ufeff")[:1] in {"{", "[", '"'}:
        return _read_json(text, lenient=lenient, place=place)
    return _read_pairs(text, place)


def _read_json(text: str, *, lenient: bool, place: str) -> tuple[OpenedJson, list[Leaf]]:
    scan = _Leaves(text, lenient=lenient, place=place)
    scan.run(_EVERY)
    hits = sorted(scan.hits, key=lambda hit: hit.start)
    inside = [hit for hit in hits if hit.container >= 0 or text[hit.start] not in "{["]
    paths: dict[str, Parts] = {}
    for key in {key for hit in inside for key in hit.keys}:
        paths[key] = _path_of(key)
    leaves = [_leaf(text, hit, paths) for hit in inside]
    slots = [Slot(0, leaf.value, leaf.form) for leaf in leaves]
    return OpenedJson(text, inside, scan.sizes, slots), leaves


def _leaf(text: str, hit: Hit, paths: Mapping[str, Parts]) -> Leaf:
    literal = text[hit.start : hit.end]
    form = form_of(literal)
    path = tuple([word for key in hit.keys for word in paths[key]])
    if form is not Form.TEXT:
        return Leaf(path, "", literal, form)
    value = json.loads(literal) if "\\" in literal else literal[1:-1]
    pair = _PAIR.match(value)
    before = ""
    if pair is not None:
        before, value = pair[0], value[pair.end() :]
        path = (*path[:-1], *_path_of(before[:-1]))
    return _localized(Leaf(path, before, value, form))


def _localized(leaf: Leaf) -> Leaf:
    language = _LANGUAGE.match(leaf.value)
    if language is not None:
        leaf.before += language[0]
        leaf.value = leaf.value[language.end() :]
    return leaf


def _read_pairs(text: str, place: str) -> tuple[_Pairs, list[Leaf]]:
    """Read pairs, also of a run-time that does not encode them.

    There an ampersand may stand in a value. So a piece without a plain name and `=` goes on with the value before it.
    """
    check_lines(text, place=place)
    pairs = _Pairs(text.split("&"))
    pieces = pairs.pieces
    starts = [at for at, piece in enumerate(pieces) if at == 0 or _begins(piece)]
    leaves: list[Leaf] = []
    for start, end in zip(starts, [*starts[1:], len(pieces)], strict=True):
        whole = "&".join(pieces[start:end])
        if not whole:
            continue
        name, mark, value = whole.partition("=")
        named = bool(mark) and _is_name(name)
        path = _path_of(lenient_pair_text(name)) if named else ()
        pairs.spans.append((start, end - 1))
        leaves.append(_localized(Leaf(path, "", lenient_pair_text(value if named else whole), Form.TEXT)))
    return pairs, leaves


def _begins(piece: str) -> bool:
    name, mark, _ = piece.partition("=")
    return bool(mark) and _is_name(name)


def _is_name(raw: str) -> bool:
    return _NAME.fullmatch(lenient_pair_text(raw)) is not None
