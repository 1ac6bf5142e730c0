"""Requests held to what their declaration names: a member that nobody declared could hold anybody."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from proxy.errors import UnknownField, UnreadableBody
from proxy.fields import Field, Shape
from proxy.message import Message
from proxy.rewrite.allowlist import automaton_of, text_of
from proxy.rewrite.carriers.cmi import check_cmi, words_of
from proxy.rewrite.carriers.json_scan import Scan
from proxy.rewrite.carriers.percent import decode_pair_text
from proxy.rewrite.selectors import State, parse_pointer
from proxy.rewrite.tree import is_whole

LANGUAGE = "@language"
"""The key of a language map, in a pointer."""
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")


def check_request(message: Message, shape: Shape) -> None:
    """Hold the body of a request to the members that its shape names. Raises UnknownField, UnreadableBody."""
    if shape.members is None or not message.body:
        return
    if any(field.place.steps[0].carrier == "cmi" for field in shape.fields):
        check_cmi(text_of(message.body), words_of(tuple(parse_pointer(pointer) for pointer in shape.members)))
    elif message.media == "application/x-www-form-urlencoded":
        check_pairs(message.body, shape.members)
    else:
        check_members(
            message.body,
            shape.members,
            json_places(one for one in shape.fields if is_whole(one.treat) and "object" not in one.reading),
        )


def json_places(fields: Iterable[Field]) -> tuple[str, ...]:
    """Return the pointers at which `fields` stand in a JSON body."""
    steps = (one.place.steps[0] for one in fields)
    return tuple(step.selector for step in steps if step.carrier == "json")


def check_members(body: bytes, pointers: Sequence[str], whole: Sequence[str] = (), *, place: str = "json()") -> None:
    """Refuse a JSON text that has a member which no pointer names; a bare value that is not named, too.

    What a pointer names is a text, a number or a word; an object or a list only if the pointer is one of `whole` or
    ends in `/**`. A `*` stands for the elements of a list: as the key of an object it could be anybody's name. The keys
    of a language map are tags (RFC 5646) and written `@language`. An empty object or list says nothing and passes on
    the way. Raises UnknownField, UnreadableBody, AdapterInvalid.
    """
    Scan(text_of(body), lenient=False, place=place).run(None)
    first = automaton_of((*whole, *pointers))
    try:
        tree = orjson.loads(body)
    except orjson.JSONDecodeError:  # what has been checked as JSON can only be too large a number
        raise UnreadableBody("number-range", place=place) from None
    if not _is_named(tree, first, len(whole)):
        raise UnknownField("unknown-member", place=place)


def _is_named(value: Any, state: State, whole: int) -> bool:
    """Whether everything in `value` is named. Its depth has been bounded before."""
    if not isinstance(value, dict | list):
        return bool(state.hits)
    if any(number < whole for number in state.hits):
        return True
    if isinstance(value, dict):
        inside = [(_member(state, key), one) for key, one in value.items()]
    else:
        inside = [(state.next(str(nth)), one) for nth, one in enumerate(value)]
    return all(below is not None and _is_named(one, below, whole) for below, one in inside)


def _member(state: State, key: str) -> State | None:
    if key not in state.step and (language := state.step.get(LANGUAGE)) is not None and _LANGUAGE.fullmatch(key):
        return language
    return state.step.get(key, state.other if state.other is not None and not state.other.firm else None)


def check_pairs(body: bytes, pointers: Sequence[str], *, place: str = "form()") -> None:
    """Refuse a form that has a key (`/key` of `pointers`) which is not named. Raises UnknownField, UnreadableBody."""
    text = text_of(body)
    known = {pointer[1:] for pointer in pointers}
    if any(decode_pair_text(pair.partition("=")[0]) not in known for pair in text.split("&") if pair):
        raise UnknownField("unknown-key", place=place)
