"""One walk through a JSON text (RFC 8259) that checks it and remembers where the wanted values stand.

Stricter than the RFC where parsers differ, because what two parsers read differently could hide a person: a key that
occurs twice in an object, lone surrogates, NUL, a byte order mark and more than 20 levels are refused.
SCORM Cloud writes bare NaN in answers; `lenient` lets those words pass.
"""

import json
import re
from typing import ClassVar, NamedTuple

from proxy.errors import UnreadableBody
from proxy.rewrite.selectors import State

MOST_LEVELS = 20

_WS = r"[ \t\n\r]*+"
_STRING_INSIDE = r'[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+'
_NUMBER = r"-?(?:0|[1-9][0-9]{0,399}+)(?:\.[0-9]{1,400}+)?(?:[eE][+-]?[0-9]{1,3}+)?"
"""As long as a double may be; readers disagree on what is longer (RFC 8259 section 6), or stop at it."""
_ANY_NUMBER = r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?"
_SCALAR = rf'"{_STRING_INSIDE}"|{_NUMBER}|true|false|null'
_LENIENT = rf'"{_STRING_INSIDE}"|{_ANY_NUMBER}|true|false|null|NaN|-?Infinity'


class Grammar(NamedTuple):
    """One match a member or element: key, a scalar with the delimiter after it, or an opening bracket."""

    member: re.Pattern[str]
    element: re.Pattern[str]
    root: re.Pattern[str]


def _grammar(scalar: str) -> Grammar:
    value = rf"(?:({scalar}){_WS}([,}}\]])|[{{\[])"
    return Grammar(
        member=re.compile(rf'{_WS}"({_STRING_INSIDE})"{_WS}:{_WS}{value}'),
        element=re.compile(rf"{_WS}{value}"),
        root=re.compile(rf"{_WS}(?:({scalar}){_WS}\Z|[{{\[])"),
    )


_STRICT_GRAMMAR = _grammar(_SCALAR)
LENIENT = _grammar(_LENIENT)
EMPTY = re.compile(rf"{_WS}([}}\]])")
NEXT = re.compile(rf"{_WS}([,}}\]])")
_END = re.compile(rf"{_WS}\Z")
_HIGH_SURROGATES = range(0xD800, 0xDC00)
_LOW_SURROGATES = range(0xDC00, 0xE000)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)")


class Hit(NamedTuple):
    """A value the walk was asked for.

    `keys` and `positions` lead to it from the root; `chunk` is the member with its key and the blanks around it,
    without commas, in the container number `container` (-1: the value is the whole text).
    """

    which: int
    start: int
    end: int
    keys: tuple[str, ...] = ()
    positions: tuple[int, ...] = ()
    container: int = -1
    chunk: tuple[int, int] = (0, 0)


class Member(NamedTuple):
    """A member or element that is being read: where it stands in its container, and where its chunk starts."""

    key: str
    nth: int
    container: int
    start: int


class Scan:
    """The walk. `hits` holds what the selectors name; `sizes` counts the members of each container, by its number."""

    every: ClassVar[bool] = False
    """Whether `note` wants every member of a container that a selector leads into, or only named values."""

    def __init__(self, text: str, *, lenient: bool, place: str = "") -> None:
        """Prepare to walk `text`; `place` goes into errors."""
        self.text = text
        self.hits: list[Hit] = []
        self.sizes: list[int] = []
        self._grammar = LENIENT if lenient else _STRICT_GRAMMAR
        self._place = place
        self._keys: list[str] = []
        self._positions: list[int] = []

    def run(self, state: State | None) -> None:
        """Walk the whole text. Raises UnreadableBody."""
        root = self._grammar.root.match(self.text)
        if root is None:
            raise self._refusal()
        if root[1] is not None:
            start, end = root.span(1)
            check_escapes(root[1], self._place)
        else:
            start = root.end() - 1
            end = self._container(root.end(), self.below(state), 1)
            if _END.match(self.text, end) is None:
                raise self._refusal()
        if state is not None and state.hits:
            self.hits.append(Hit(state.hits[0], start, end, chunk=(start, end)))

    def below(self, state: State | None) -> State | None:
        """Return the state to walk on with inside a container that was reached in `state`."""
        return state

    def note(self, state: State | None, member: Member, span: tuple[int, int], end: int, inner: int | None) -> None:  # noqa: ARG002  an allow-list decides by `inner`
        """Remember a member whose value is `span` and whose chunk ends at `end`.

        `inner` is the number of its own container, -1 for an empty container, None for a scalar.
        """
        if state is not None and state.hits:
            self.hits.append(self.hit(state.hits[0], member, span, end))

    def hit(self, which: int, member: Member, span: tuple[int, int], end: int) -> Hit:
        """Put together what is known of a member."""
        keys, positions = (*self._keys, member.key), (*self._positions, member.nth)
        return Hit(which, *span, keys, positions, member.container, (member.start, end))

    def _container(self, position: int, state: State | None, level: int) -> int:
        """Walk the object or array that opened just before `position`; return the position after its end."""
        if level > MOST_LEVELS:
            raise UnreadableBody("too-deep", place=self._place)
        closing = "}" if self.text[position - 1] == "{" else "]"
        empty = EMPTY.match(self.text, position)
        if empty:
            if empty[1] != closing:
                raise self._refusal()
            return empty.end()
        number = len(self.sizes)
        self.sizes.append(0)
        walk = self._object if closing == "}" else self._array
        size, end, delimiter = walk(position, state, level, number)
        if delimiter != closing:
            raise self._refusal()
        self.sizes[number] = size
        return end

    def _object(self, position: int, state: State | None, level: int, number: int) -> tuple[int, int, str]:
        text, match, every = self.text, self._grammar.member.match, self.every and state is not None
        seen: set[str] = set()
        delimiter = ","
        while delimiter == ",":
            found = match(text, position)
            if found is None:
                raise self._refusal()
            key, scalar, delimiter = found.groups()
            if "\\" in key:
                key = unescape(f'"{key}"', self._place)
            if key in seen:
                raise UnreadableBody("duplicate-key", place=self._place)
            below = None if state is None else state.step.get(key, state.other)
            wanted = every or (below is not None and below.hits)
            end = found.end()
            if scalar is None:
                end, delimiter = self._inner(end, below, level, Member(key, len(seen), number, position), wanted)
            else:
                if "\\" in scalar:
                    check_escapes(scalar, self._place)
                if wanted:
                    self.note(below, Member(key, len(seen), number, position), found.span(2), end - 1, None)
            seen.add(key)
            position = end
        return len(seen), position, delimiter

    def _array(self, position: int, state: State | None, level: int, number: int) -> tuple[int, int, str]:
        text, match, every = self.text, self._grammar.element.match, self.every and state is not None
        index = 0
        delimiter = ","
        while delimiter == ",":
            found = match(text, position)
            if found is None:
                raise self._refusal()
            scalar, delimiter = found.groups()
            below = None if state is None else state.next(str(index))
            wanted = every or (below is not None and below.hits)
            end = found.end()
            if scalar is None:
                end, delimiter = self._inner(end, below, level, Member(str(index), index, number, position), wanted)
            else:
                if "\\" in scalar:
                    check_escapes(scalar, self._place)
                if wanted:
                    self.note(below, Member(str(index), index, number, position), found.span(1), end - 1, None)
            index += 1
            position = end
        return index, position, delimiter

    def _inner(self, inside: int, below: State | None, level: int, member: Member, wanted: object) -> tuple[int, str]:
        """Walk a container that is a member; return the position after the delimiter behind it, and the delimiter."""
        self._keys.append(member.key)
        self._positions.append(member.nth)
        inner = len(self.sizes)
        end = self._container(inside, self.below(below), level + 1)
        self._keys.pop()
        self._positions.pop()
        found = NEXT.match(self.text, end)
        if found is None:
            raise self._refusal()
        if wanted:
            inner = inner if inner < len(self.sizes) else -1
            self.note(below, member, (inside - 1, end), found.end() - 1, inner)
        return found.end(), found[1]

    def _refusal(self) -> UnreadableBody:
        return UnreadableBody("not-json", place=self._place)


def unescape(literal: str, place: str = "") -> str:
    """Return what a string literal says. Raises UnreadableBody."""
    check_escapes(literal, place)
    text: str = json.loads(literal)
    return text


def check_escapes(literal: str, place: str = "") -> None:
    """Refuse NUL and lone surrogates, which have no meaning in UTF-8 (RFC 8259 section 8.2)."""
    if "\\u" not in literal:
        return
    low_due = -1
    for escape in _ESCAPE.finditer(literal):
        code = int(escape[1], 16) if escape[1] else -1
        is_low = code in _LOW_SURROGATES
        if code == 0 or is_low != (escape.start() == low_due):
            raise UnreadableBody("bad-escape", place=place)
        if low_due not in {-1, escape.start()}:
            raise UnreadableBody("bad-escape", place=place)
        low_due = escape.end() if code in _HIGH_SURROGATES else -1
    if low_due != -1:
        raise UnreadableBody("bad-escape", place=place)


def without_members(hits: list[Hit], sizes: list[int]) -> list[tuple[int, int, str]]:
    """Return the edits that remove `hits`, each with the one comma it leaves over."""
    edits: list[tuple[int, int, str]] = []
    by_container: dict[int, dict[int, Hit]] = {}
    for hit in hits:
        by_container.setdefault(hit.container, {})[hit.positions[-1]] = hit
    for container, gone in by_container.items():
        last_kept = sizes[container] - 1
        while last_kept in gone:
            last_kept -= 1
        for position, hit in gone.items():
            if position < last_kept:
                edits.append((hit.chunk[0], hit.chunk[1] + 1, ""))
        if last_kept + 1 in gone:
            start = gone[last_kept + 1].chunk[0] - (1 if last_kept >= 0 else 0)
            edits.append((start, gone[sizes[container] - 1].chunk[1], ""))
    return edits
