"""Places of a message that hold something and that no declaration of its route names: read from the declaration itself.

They are no leak (what no field names is refused, dropped, or searched by the guard), but they are where the next course
may put a person, and what an operator should have seen once.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import unquote_plus

from lxml import etree

from proxy.errors import ProxyError
from proxy.fields import Shape
from proxy.message import Message
from proxy.passage import leaving
from proxy.people import Direction
from proxy.rewrite import carrier_of
from proxy.rewrite.plan import Leaf, Opening, bare_opening, known_keys, plan_of
from proxy.rewrite.selectors import State, automaton, parse_pointer
from proxy.rewrite.tree import Grower

_TELLING = re.compile(r"[^\W\d_].*[^\W\d_]|\d{5}", re.DOTALL)
"""What can hold a person: two letters, or five digits."""
_WORDS = frozenset({"true", "false", "null", "none", "undefined", "nan"})
_INDEX = "*"
_USUAL = re.compile(
    r"sec-|accept|user-agent$|referer$|origin$|cookie$|host$|connection$|content-|upgrade|dnt$|te$|priority$|cache-"
    r"|pragma$|if-|range$|access-control-|x-requested-with$|keep-alive$|authorization$|save-data$|downlink$|rtt$|ect$"
    r"|device-memory$|viewport-width$|dpr$|service-worker|transfer-encoding$|x-forwarded-|forwarded$|via$|purpose$"
)
"""Header fields that browsers send by themselves."""
_DEEPEST = 40
_MOST = 2000
"""Places of one message that are looked at."""


class Fate(StrEnum):
    """What happens at a place that nothing names."""

    REFUSED = "refused"
    DROPPED = "dropped"
    GUARDED = "passes, searched by the guard"


@dataclass(frozen=True, slots=True, repr=False)
class Uncovered:
    """One place: carriers from the outside in, and the names on the way to it, which may yet be somebody's."""

    carrier: str
    names: tuple[str, ...]
    fate: Fate


def uncovered(message: Message, shape: Shape, roles: dict[str, str], also: Sequence[str]) -> list[Uncovered]:
    """Return the places of a request that hold something and are not named. `also`: header fields that travel."""
    found: dict[tuple[str, tuple[str, ...]], Uncovered] = {}
    for one in _all(message, shape, roles, also):
        found.setdefault((one.carrier, one.names), one)
        if len(found) >= _MOST:
            break
    return list(found.values())


def _all(message: Message, shape: Shape, roles: dict[str, str], also: Sequence[str]) -> Iterator[Uncovered]:
    plan = plan_of(shape.fields)
    fates = {"refuse": Fate.REFUSED, "drop": Fate.DROPPED}
    walker = _Walker(roles, known_keys(shape.keys), fates.get(shape.keys.others, Fate.GUARDED))
    yield from walker.pairs("query", message.query, plan.openings.get("query"), strict=True)
    yield from _headers(message, also, {step.selector.lower() for step in _steps(plan.openings.get("header"))})
    if not message.body:
        return
    if shape.members is not None:
        walker.members = automaton([parse_pointer(one) for one in shape.members])
    carrier = carrier_of(message.media)
    if carrier not in plan.openings:
        others = [name for name in plan.openings if name not in {"query", "path", "header"}]
        carrier = "text" if "text" in others else others[0] if carrier == "text" and len(others) == 1 else carrier
    try:
        text = message.body.decode("utf-8")
    except UnicodeDecodeError:
        return
    yield from walker.value((), carrier, text, plan.openings.get(carrier))


def _steps(opening: Opening | None) -> Sequence[Any]:
    return opening.steps if opening is not None else ()


def _headers(message: Message, also: Sequence[str], declared: set[str]) -> Iterator[Uncovered]:
    travel = {name.lower() for name, _ in leaving(message.headers, also=also, user_agent="", path=message.path)}
    for name, value in message.headers:
        lower = name.lower()
        if lower not in travel | declared and not _USUAL.match(lower) and _tells(value):
            yield Uncovered("header", (lower,), Fate.DROPPED)


def _tells(value: str) -> bool:
    return bool(_TELLING.search(value)) and value.strip().lower() not in _WORDS


class _Walker:
    """Walks values as the engine does, and reports what it would pass by."""

    def __init__(self, roles: dict[str, str], known: frozenset[str], others: Fate) -> None:
        self.members: State | None = None
        """The members that a body may have; None: any."""
        self._roles = roles
        self._known = known
        self._others = others
        self._grower = Grower(Direction.INWARD, roles, None)  # leniently: what is wrong, the corridor says

    def value(self, way: tuple[str, ...], carrier: str, text: str, opening: Opening | None) -> Iterator[Uncovered]:
        """Walk a text that `opening` opens."""
        match carrier:
            case "form" | "query":
                yield from self.pairs(carrier, text, opening, way=way)
            case "json":
                yield from self._json(way, text, opening)
            case "xml":
                yield from self._xml(way, text, opening)
            case _ if opening is None:
                if _tells(text):
                    yield Uncovered("body", way, Fate.GUARDED)
            case _:
                yield from self._other(way, text, opening)

    def pairs(
        self, carrier: str, text: str, opening: Opening | None, *, way: tuple[str, ...] = (), strict: bool = False
    ) -> Iterator[Uncovered]:
        """Walk `key=value` pairs. `strict`: the route says which keys there may be."""
        keys = opening.keys_for(self._roles) if opening is not None else {}
        for piece in text.split("&"):
            raw_key, _, raw_value = piece.partition("=")
            key, value = unquote_plus(raw_key), unquote_plus(raw_value)
            number = keys.get(key.casefold())
            if number is not None and opening is not None:
                yield from self._inside((*way, key), opening.inner[number], value, strict=strict)
            elif not value or (strict and key.casefold() in self._known):
                continue
            elif strict and (self._others is not Fate.GUARDED or _tells(value)):
                yield Uncovered(carrier, (*way, key), self._others)
            elif not strict and (_tells(value) or self.members is not None):
                fate = Fate.GUARDED if self._allows((key,)) else Fate.REFUSED
                yield Uncovered(carrier, (*way, key), fate)

    def _allows(self, keys: tuple[str, ...]) -> bool:
        state = self.members
        for key in keys:
            if state is None or state.hits:
                break
            state = state.next(key)
        return self.members is None or state is not None

    def _inside(
        self, way: tuple[str, ...], inner: Leaf | tuple[Opening, ...], value: str, *, strict: bool = False
    ) -> Iterator[Uncovered]:
        if isinstance(inner, Leaf):
            return
        for opening in inner:
            if opening.carrier == "url" and not isinstance(opening.inner[0], Leaf):
                for one in opening.inner[0]:
                    query = value.partition("?")[2].partition("#")[0]
                    yield from self.pairs("query", query, one, way=way, strict=strict)
                return
        start = value.lstrip()[:1]
        wanted = {"<": "xml", "{": "json", "[": "json"}.get(start)
        opening = next((one for one in inner if one.carrier == wanted), inner[0])
        yield from self.value(way, opening.carrier, value, opening)

    def _json(self, way: tuple[str, ...], text: str, opening: Opening | None) -> Iterator[Uncovered]:
        try:
            tree = json.loads(text)
        except (ValueError, RecursionError):
            return
        opening = opening or bare_opening("json")
        yield from self._node(way, (), tree, opening, opening.first)

    def _node(
        self, way: tuple[str, ...], keys: tuple[str, ...], node: Any, opening: Opening, state: State | None
    ) -> Iterator[Uncovered]:
        if len(keys) > _DEEPEST:
            return
        if state is not None and state.hits:
            inner = opening.inner[state.hits[0]]
            if isinstance(node, str):
                yield from self._inside((*way, *keys), inner, node)
            if not isinstance(node, dict | list) or isinstance(inner, Leaf):
                return
        if isinstance(node, dict):
            alike = _is_map(node)
            for key, value in node.items():
                named = (*keys, _INDEX if alike else key)
                yield from self._node(way, named, value, opening, state.next(key) if state else None)
        elif isinstance(node, list):
            for number, value in enumerate(node):
                yield from self._node(way, (*keys, _INDEX), value, opening, state.next(str(number)) if state else None)
        elif node is not None and not isinstance(node, bool) and _tells(str(node)):
            yield Uncovered("json", (*way, *keys), Fate.GUARDED if self._allows(keys) else Fate.REFUSED)

    def _xml(self, way: tuple[str, ...], text: str, opening: Opening | None) -> Iterator[Uncovered]:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=False, huge_tree=False)
        try:
            root = etree.fromstring(text.encode("utf-8"), parser)
        except (etree.XMLSyntaxError, ValueError):
            return
        opening = opening or bare_opening("xml")
        yield from self._element(way, (), root, opening, opening.first)

    def _element(
        self, way: tuple[str, ...], path: tuple[str, ...], element: Any, opening: Opening, state: State | None
    ) -> Iterator[Uncovered]:
        if not isinstance(element.tag, str) or len(path) > _DEEPEST:
            return
        name = etree.QName(element).localname
        state = state.next(name) if state else None
        here = (*path, name)
        named = {opening.attributes[hit] for hit in state.hits} if state else set()
        if "" not in named and _tells(element.text or ""):
            yield Uncovered("xml", (*way, *here), Fate.GUARDED)
        for raw, value in element.attrib.items():
            attribute = etree.QName(raw).localname
            if named.isdisjoint({attribute, _INDEX}) and _tells(str(value)):
                yield Uncovered("xml", (*way, *here, f"@{attribute}"), Fate.GUARDED)
        for child in element:
            yield from self._element(way, here, child, opening, state)

    def _other(self, way: tuple[str, ...], text: str, opening: Opening) -> Iterator[Uncovered]:
        """A carrier that only the engine can open: what it finds in it, opened further."""
        try:
            opened = self._grower.open(opening, text, strict=False)
        except ProxyError:
            return
        for slot in opened.slots:
            yield from self._inside(way, opening.inner[slot.which], slot.value)


def _is_map(node: dict[str, Any]) -> bool:
    """Whether the keys are data: objects that all look alike, one for each of something."""
    kinds = {tuple(sorted(value)) if isinstance(value, dict) else None for value in node.values()}
    return len(node) > 1 and len(kinds) == 1 and None not in kinds
