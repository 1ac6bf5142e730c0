"""Declared places turned into a tree: which carrier opens which value, and what is selected in it.

The tree is built once per declaration. Everything that can be wrong with a declaration is found here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from proxy.errors import AdapterInvalid
from proxy.fields import Field, Keys, Place, Shape, Step, Treat
from proxy.rewrite.allowlist import automaton_of
from proxy.rewrite.carriers.cmi import words_of
from proxy.rewrite.selectors import DEEP, Parts, State, automaton, parse_pointer, parse_xml_selector

_ON_MESSAGE = frozenset({"query", "path", "header"})
_IN_BODY = frozenset({"form", "json", "xml", "cmi", "lz", "text", "lines"})
_IN_VALUE = frozenset({"query", "form", "json", "xml", "cmi", "lz", "text", "url", "csv", "ini", "table"})
_WITHOUT_SELECTOR = frozenset({"text", "url", "csv", "lz"})
_REGISTRATION_ROLE = "_REGISTRATION_ARGUMENT"
_REGISTRATION_KEY = "regid"
"""The dispatch loaders replace that placeholder by `&regid=…`, whatever the package's address looks like."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A place that ends here. `number` is the field's in its shape; `deep`: it names whatever is below a value."""

    field: Field
    number: int
    place: str
    deep: bool


@dataclass(frozen=True, slots=True)
class Opening:
    """One carrier to open a value with. `inner` says for each step what happens to the value it gives."""

    carrier: str
    steps: tuple[Step, ...]
    inner: tuple["Leaf | tuple[Opening, ...]", ...]
    place: str
    keys: Mapping[str, int]
    """For pairs: casefolded key -> step number, when no package says otherwise."""
    pointers: tuple[Parts, ...] = ()
    """For JSON, XML and data models: the parsed selectors, and `first` their automaton."""
    attributes: tuple[str, ...] = ()
    first: State | None = None

    def keys_for(self, roles: Mapping[str, str]) -> Mapping[str, int]:
        """Return casefolded key -> step number where a package (role -> key) may name the keys."""
        if not roles:
            return self.keys
        learned = {
            roles[step.role].casefold(): number
            for number, step in enumerate(self.steps)
            if step.role in roles and step.role != _REGISTRATION_ROLE
        }
        defaults = {
            _default_key(step): number
            for number, step in enumerate(self.steps)
            if step.role not in roles or step.role == _REGISTRATION_ROLE
        }
        return defaults | learned


@dataclass(frozen=True, slots=True)
class Plan:
    """All fields of one shape, and the top-level carriers that lead to them."""

    openings: Mapping[str, Opening]
    leaves: tuple[Leaf, ...]

    @property
    def required(self) -> tuple[Leaf, ...]:
        """The fields that must be there."""
        return tuple(leaf for leaf in self.leaves if leaf.field.required)


T = TypeVar("T")


class _Same(Generic[T]):
    """A key that compares by identity: hashing a whole declaration would cost more than building its plan."""

    __slots__ = ("one",)

    def __init__(self, one: T) -> None:
        self.one = one

    def __hash__(self) -> int:
        return id(self.one)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.one is other.one


def plan_of(fields: tuple[Field, ...]) -> Plan:
    """Return the plan of a shape's fields; the same tuple is compiled once. Raises AdapterInvalid."""
    return _compiled(_Same(fields))


@lru_cache(maxsize=1024)
def _compiled(same: _Same[tuple[Field, ...]]) -> Plan:
    leaves = tuple(_leaf(field, number) for number, field in enumerate(same.one))
    openings = _openings(leaves, 0, ())
    return Plan({opening.carrier: opening for opening in openings}, leaves)


def check_shape(shape: Shape) -> None:
    """Raise AdapterInvalid if anything in `shape` cannot be carried out; for the start, not for each message."""
    _checked(_Same(shape))


@lru_cache(maxsize=2048)
def _checked(same: _Same[Shape]) -> None:
    shape = same.one
    plan_of(shape.fields)
    for variant in (shape.many, shape.old):
        if variant is not None:
            check_shape(variant)
    if shape.keys.others not in {"refuse", "drop", "pass"}:
        raise AdapterInvalid("keys-others", place=shape.keys.others)
    if shape.stream_list and not _can_stream(shape):
        raise AdapterInvalid("stream-list", place=shape.stream_list)
    if shape.members is not None:
        automaton_of(shape.members)
    for pointer in (*shape.keep, *shape.details, *(shape.members or ())):
        parse_pointer(pointer)
        if any(media.endswith("xml") for media in shape.media):
            parse_xml_selector(pointer)


def _can_stream(shape: Shape) -> bool:
    """Whether a part of the list is an answer of the same form: the list stays, and nothing is demanded or added."""
    at_root = len(parse_pointer(shape.stream_list)) == 1 and "~" not in shape.stream_list
    return at_root and bool(shape.keep) and not shape.adds and not any(one.required for one in shape.fields)


def bare_opening(carrier: str) -> Opening:
    """Return an opening that selects nothing: the text is read only to see that it can be."""
    return Opening(carrier, (), (), str(Place((Step(carrier),))), {}, first=automaton(()))


def known_keys(keys: Keys) -> frozenset[str]:
    """Return the keys that may stand beside the declared ones, casefolded."""
    return frozenset(map(str.casefold, keys.named))


def _default_key(step: Step) -> str:
    return _REGISTRATION_KEY if step.role == _REGISTRATION_ROLE else step.selector.casefold()


def _leaf(field: Field, number: int) -> Leaf:
    steps = field.place.steps
    place = str(field.place)
    if not steps or steps[0].carrier not in _ON_MESSAGE | _IN_BODY:
        raise AdapterInvalid("place-start", place=place)
    for step in steps[1:]:
        if step.carrier not in _IN_VALUE:
            raise AdapterInvalid("place-nesting", place=place)
    for step in steps:
        if not step.selector and step.carrier not in _WITHOUT_SELECTOR | {"json"}:
            raise AdapterInvalid("empty-selector", place=place)
    if any(step.carrier == "text" for step in steps[:-1]):
        raise AdapterInvalid("text-not-last", place=place)
    if field.treat is Treat.DROP and steps[-1].carrier in {"path", *_WITHOUT_SELECTOR}:
        raise AdapterInvalid("not-removable", place=place)
    if field.treat is Treat.BLANK and steps[-1].carrier == "path":
        raise AdapterInvalid("not-removable", place=place)
    return Leaf(field, number, place, deep=steps[-1].selector.endswith((f"/{DEEP}", "//*")))


def _openings(leaves: Sequence[Leaf], depth: int, before: tuple[Step, ...]) -> tuple[Opening, ...]:
    """Group `leaves`, which share the steps `before`, by their next carrier."""
    by_carrier: dict[str, list[Leaf]] = {}
    for leaf in leaves:
        by_carrier.setdefault(leaf.field.place.steps[depth].carrier, []).append(leaf)
    return tuple(_opening(carrier, group, depth, before) for carrier, group in by_carrier.items())


def _opening(carrier: str, leaves: Sequence[Leaf], depth: int, before: tuple[Step, ...]) -> Opening:
    by_step: dict[Step, list[Leaf]] = {}
    for leaf in leaves:
        by_step.setdefault(leaf.field.place.steps[depth], []).append(leaf)
    steps = tuple(by_step)
    inner = tuple(_inner(group, depth + 1, (*before, step)) for step, group in by_step.items())
    place = str(Place((*before, Step(carrier))))
    keys = {_default_key(step): number for number, step in enumerate(steps)}
    if carrier in {"query", "form"} and len(keys) < len(steps):
        raise AdapterInvalid("place-twice", place=place)
    if carrier == "cmi":
        pointers = tuple(parse_pointer(step.selector) for step in steps)
        return Opening(carrier, steps, inner, place, keys, pointers, (), words_of(pointers))
    if carrier == "json":
        pointers = tuple(parse_pointer(step.selector) for step in steps)
        return Opening(carrier, steps, inner, place, keys, pointers, (), automaton(pointers))
    if carrier == "xml":
        parsed = tuple(parse_xml_selector(step.selector) for step in steps)
        pointers = tuple(elements for elements, _ in parsed)
        attributes = tuple(attribute for _, attribute in parsed)
        return Opening(carrier, steps, inner, place, keys, pointers, attributes, automaton(pointers))
    return Opening(carrier, steps, inner, place, keys)


def _inner(leaves: Sequence[Leaf], depth: int, before: tuple[Step, ...]) -> "Leaf | tuple[Opening, ...]":
    ending = [leaf for leaf in leaves if len(leaf.field.place.steps) == depth]
    if not ending:
        return _openings(leaves, depth, before)
    if len(leaves) > 1:
        raise AdapterInvalid("place-twice", place=ending[0].place)
    return ending[0]
