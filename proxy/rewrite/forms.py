"""How values of a JSON body must be written that are nobody's text: identifiers, times, numbers, words of a list.

Where a protocol expects a date, somebody's name is not a date, and no rule for people looks there. A store would refuse
it, and has received it by then. So what is declared with a form has it, or the message is refused. Formats: xAPI 1.0.3
part 2, 2.4 and 4 (UUIDs, timestamps, durations, language tags, IRIs, SHA-2).
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import orjson

from proxy.errors import AdapterInvalid, FieldInvalid, UnreadableBody

_BOOLEAN, _NUMBER, _TEXT, _LIST, _PLAIN = "boolean", "number", "text", "texts", "plain"
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
        "compact": re.compile(r"[^\s<>\"{}|\\^`]+"),
        "plain": re.compile(r"true|false|[-+0-9.,:TZPYMWDHStzpymwdhs ]{1,64}", re.IGNORECASE),
        "digest": re.compile(r"(?:[0-9A-Fa-f]{2}){20,64}"),
    }
)


def check_forms(body: bytes, forms: Sequence[tuple[str, str]]) -> None:
    """Check that values at JSON pointers are written as said; lists are walked where a pointer has `*`.

    `body` has been checked as JSON. null and "" say nothing and pass. `plain` is a number, a time or a truth value,
    also as a text; `compact` anything without blanks. Where a pointer leads on, it speaks of what is no object. Raises
    FieldInvalid (the reason is the form) and UnreadableBody.
    """
    try:
        tree = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise UnreadableBody("number-range", place=_PLACE) from None
    _walk(tree, _trie(tuple(forms)))


Trie = dict[str, Any]


@lru_cache(maxsize=64)
def _trie(forms: tuple[tuple[str, str], ...]) -> Trie:
    root: Trie = {}
    for pointer, form in forms:
        if form not in {*_TEXTS, _BOOLEAN, _NUMBER, _TEXT, _LIST}:
            raise AdapterInvalid("form", place=pointer)
        node = root
        for key in pointer.split("/")[1:]:
            node = node.setdefault(key, {})
        node[_HERE] = form
    return root


def _walk(value: Any, trie: Trie) -> None:
    if _HERE in trie and not (isinstance(value, dict) and len(trie) > 1):
        _check(value, trie[_HERE])
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key in trie:
                _walk(inner, trie[key])
    elif isinstance(value, list) and _EACH in trie:
        for inner in value:
            _walk(inner, trie[_EACH])


def _check(value: Any, form: str) -> None:
    if value is None or value == "":
        return
    if form == _LIST:
        is_right = isinstance(value, list) and all(isinstance(one, str) for one in value)
    elif form == _BOOLEAN:
        is_right = isinstance(value, bool)
    elif form == _NUMBER:
        is_right = isinstance(value, int | float) and not isinstance(value, bool)
    elif form == _PLAIN and isinstance(value, int | float):
        is_right = True
    else:
        is_right = isinstance(value, str) and (form == _TEXT or bool(_TEXTS[form].fullmatch(value)))
    if not is_right:
        raise FieldInvalid(form, place=_PLACE)
