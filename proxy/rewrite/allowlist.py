"""Requests held to, and answers cut down to, what an allow-list of JSON pointers names."""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import orjson

from proxy.errors import UnknownField, UnreadableBody
from proxy.fields import Field, Shape
from proxy.message import Message
from proxy.rewrite.carriers.base import splice
from proxy.rewrite.carriers.json_scan import Hit, Member, Scan, without_members
from proxy.rewrite.carriers.percent import decode_pair_text
from proxy.rewrite.selectors import State, automaton, parse_pointer
from proxy.rewrite.tree import is_whole


class _Unnamed(Scan):
    """A walk whose hits are the members that no pointer names."""

    every = True

    def __init__(self, text: str, *, lenient: bool) -> None:
        """Prepare to walk `text`."""
        super().__init__(text, lenient=lenient)
        self._gone: Counter[int] = Counter()

    def below(self, state: State | None) -> State | None:
        """Inside a named value everything stays, and inside a removed one there is nothing left to remove."""
        return None if state is None or state.hits else state

    def note(self, state: State | None, member: Member, span: tuple[int, int], end: int, inner: int | None) -> None:
        """Keep named values and the shells around them."""
        if state is not None and (state.hits or (inner is not None and (state.firm or self._holds_something(inner)))):
            return
        self._gone[member.container] += 1
        self.hits.append(Hit(-1, *span, (), (member.nth,), member.container, (member.start, end)))

    def _holds_something(self, inner: int) -> bool:
        return inner >= 0 and self._gone[inner] < self.sizes[inner]


@lru_cache(maxsize=256)
def automaton_of(pointers: tuple[str, ...]) -> State:
    """Return the automaton of JSON pointers. Raises AdapterInvalid."""
    return automaton([parse_pointer(pointer) for pointer in pointers])


def _text_of(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise UnreadableBody("not-utf-8") from None


def check_request(message: Message, shape: Shape) -> None:
    """Hold the body of a request to the members that its shape names. Raises UnknownField, UnreadableBody."""
    if shape.members is None or not message.body:
        return
    if message.media == "application/x-www-form-urlencoded":
        check_pairs(message.body, shape.members)
    else:
        check_members(message.body, shape.members, json_places(one for one in shape.fields if is_whole(one.treat)))


def json_places(fields: Iterable[Field]) -> tuple[str, ...]:
    """Return the pointers at which `fields` stand in a JSON body."""
    steps = (one.place.steps[0] for one in fields)
    return tuple(step.selector for step in steps if step.carrier == "json")


def check_members(body: bytes, pointers: Sequence[str], whole: Sequence[str] = (), *, place: str = "json()") -> None:
    """Refuse a JSON text that has a member which no pointer names; a bare value that is not named, too.

    What a pointer names is a text, a number or a word; an object or a list only if the pointer is one of `whole` or
    ends in `/**`. A `*` stands for the elements of a list: as the key of an object it could be anybody's name. An empty
    object or list says nothing and passes on the way. Raises UnknownField, UnreadableBody, AdapterInvalid.
    """
    Scan(_text_of(body), lenient=False, place=place).run(None)
    first = automaton_of((*whole, *pointers))
    if not _is_named(orjson.loads(body), first, len(whole)):
        raise UnknownField("unknown-member", place=place)


def _is_named(value: Any, state: State, whole: int) -> bool:
    """Whether everything in `value` is named. Its depth has been bounded before."""
    if not isinstance(value, dict | list):
        return bool(state.hits)
    if any(number < whole for number in state.hits):
        return True
    if isinstance(value, dict):
        loose = state.other if state.other is not None and not state.other.firm else None
        inside = [(state.step.get(key, loose), one) for key, one in value.items()]
    else:
        inside = [(state.next(str(nth)), one) for nth, one in enumerate(value)]
    return all(below is not None and _is_named(one, below, whole) for below, one in inside)


def check_pairs(body: bytes, pointers: Sequence[str], *, place: str = "form()") -> None:
    """Refuse a form that has a key (`/key` of `pointers`) which is not named. Raises UnknownField, UnreadableBody."""
    text = _text_of(body)
    known = {pointer[1:] for pointer in pointers}
    if any(decode_pair_text(pair.partition("=")[0]) not in known for pair in text.split("&") if pair):
        raise UnknownField("unknown-key", place=place)


def texts_beside(body: bytes, pointers: Sequence[str]) -> str:
    """Return the members of the JSON text `body` that no pointer names, each with its key, one a line."""
    text = _text_of(body)
    scan = _Unnamed(text, lenient=False)
    scan.run(automaton_of(tuple(pointers)))
    return "\n".join(text[slice(*hit.chunk)] for hit in scan.hits)


def keep_only(body: bytes, pointers: Sequence[str]) -> bytes:
    """Return the JSON text `body` without everything that no pointer names.

    A pointer that names an object or array keeps all of it. Containers on the way stay as shells; those that only a
    `**` leads through stay if they hold something. What stays keeps its bytes; a bare value that is not named becomes
    null. Raises UnreadableBody and AdapterInvalid.
    """
    text = _text_of(body)
    first = automaton_of(tuple(pointers))
    scan = _Unnamed(text, lenient=True)
    scan.run(first)
    if not first.hits and text.strip()[0] not in "{[":
        return b"null"
    edits = without_members([hit for hit in scan.hits if hit.container >= 0], scan.sizes)
    return splice(text, edits).encode() if edits else body
