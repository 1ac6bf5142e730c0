"""How values of a JSON body must be written that are nobody's text: identifiers, times, numbers, words of a list.

Where a protocol expects a date, an object with somebody's name in it is not a date, and no rule for people looks there.
A store would refuse it, and has received it by then. So what is declared with a form has that form, or the message is
refused. Formats: xAPI 1.0.3 part 2, 2.4 and 4 (UUIDs, timestamps, durations, language tags, IRIs, SHA-2).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import orjson

from proxy.errors import AdapterInvalid, FieldInvalid, UnreadableBody

_IRIS = frozenset({"iri", "id"})
_LANGUAGES = "languages"
_LIST = "texts"
_EACH = "*"
_HERE = ""
_PLACE = "json()"

_UUID = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_AN_IRI = r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+"
_TEXTS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "uuid": re.compile(_UUID),
        "time": re.compile(r"[0-9][0-9TtZzW:.,+ -]{3,63}"),
        "duration": re.compile(r"-?[Pp](?:[Tt]|\d+(?:[.,]\d+)?[YMWDHSymwdhs])+"),
        "language": re.compile(r"(?:[A-Za-z]{2,3}|[ix])(?:[-_][A-Za-z0-9]{1,8})*"),
        "iri": re.compile(_AN_IRI),
        "id": re.compile(rf"{_AN_IRI}|{_UUID}"),
        "version": re.compile(r"[0-9.]{1,16}"),
        "word": re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)*"),
        "media": re.compile(r"[\w!#$&^.+-]{1,127}/[\w!#$&^.+-]{1,127}(?:\s*;\s*(?!(?:file)?name\b)[\w-]+=[\w.\"-]+)*"),
        "digest": re.compile(r"(?:[0-9A-Fa-f]{2}){20,64}"),
    }
)


def check_forms(body: bytes, forms: Sequence[tuple[str, str]]) -> frozenset[str]:
    """Check that values at JSON pointers are written as said, and return all IRIs among them.

    `body` has been checked as JSON. null and "" say nothing and pass; lists are walked where a pointer has `*`.
    Raises FieldInvalid (the reason is the form) and UnreadableBody.
    """
    try:
        tree = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise UnreadableBody("number-range", place=_PLACE) from None
    return frozenset(_walk(tree, _trie(tuple(forms))))


Trie = dict[str, Any]


@lru_cache(maxsize=64)
def _trie(forms: tuple[tuple[str, str], ...]) -> Trie:
    root: Trie = {}
    for pointer, form in forms:
        if form not in {*_TEXTS, _LANGUAGES, _LIST, "boolean", "number", "text"}:
            raise AdapterInvalid("form", place=pointer)
        node = root
        for key in pointer.split("/")[1:]:
            node = node.setdefault(key, {})
        node[_HERE] = form
    return root


def _walk(value: Any, trie: Trie) -> Iterator[str]:
    if _HERE in trie:
        yield from _checked(value, trie[_HERE])
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key in trie:
                yield from _walk(inner, trie[key])
    elif isinstance(value, list) and _EACH in trie:
        for inner in value:
            yield from _walk(inner, trie[_EACH])


def _checked(value: Any, form: str) -> Iterator[str]:
    """Check one value; yield it if it is an IRI."""
    if value is None or value == "":
        return
    if form == _LANGUAGES:
        language = _TEXTS["language"]
        if not isinstance(value, dict) or not all(language.fullmatch(key) for key in value):
            raise FieldInvalid(form, place=_PLACE)
    elif form == _LIST:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise FieldInvalid(form, place=_PLACE)
    elif form == "boolean":
        if not isinstance(value, bool):
            raise FieldInvalid(form, place=_PLACE)
    elif form == "number":
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise FieldInvalid(form, place=_PLACE)
    elif not isinstance(value, str) or (form != "text" and not _TEXTS[form].fullmatch(value)):
        raise FieldInvalid(form, place=_PLACE)
    elif form in _IRIS:
        yield value
