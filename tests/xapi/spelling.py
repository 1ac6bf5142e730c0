"""JSON in odd spellings, valid all the same (RFC 8259), and what of a spelling has changed."""

import json
import random
import re
from typing import Any


class Number(str):
    """A JSON number, as it is to be written."""

    __slots__ = ()


def written(value: Any, dice: random.Random) -> str:
    """Write a value with blanks and escapes where nobody expects them."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, str):
        return f'"{"".join(_sign(sign, dice) for sign in value)}"'
    if isinstance(value, dict):
        inside = [f"{_blank(dice)}{_key(key, dice)}:{_blank(dice)}{written(one, dice)}" for key, one in value.items()]
        return "{" + ",".join(inside) + _blank(dice) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_blank(dice) + written(one, dice) for one in value) + _blank(dice) + "]"
    return json.dumps(value)


def _key(key: str, dice: random.Random) -> str:
    return written(key, dice) if dice.random() < 0.05 else json.dumps(key)


def _blank(dice: random.Random) -> str:
    return dice.choice((" ", "\n  ", "\t", "\r\n")) if dice.random() < 0.1 else ""


def _sign(sign: str, dice: random.Random) -> str:
    if sign in '"\\' or sign < " ":
        return json.dumps(sign)[1:-1]
    if dice.random() < 0.03:
        return "".join(f"\\u{unit:04x}" for unit in memoryview(sign.encode("utf-16-le")).cast("H"))
    return "\\/" if sign == "/" and dice.random() < 0.1 else sign


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s"{}\[\],:]+|[{}\[\],:]|\s+')


def tokens(text: str) -> list[str]:
    """Everything that a JSON text is written with, blanks too."""
    found = _TOKEN.findall(text)
    assert "".join(found) == text
    return found


def changes(one: str, other: str) -> list[tuple[str, str]]:
    """The strings that differ between two JSON texts; everything else, blanks and spellings too, must be the same."""
    changed = []
    before, after = tokens(one), tokens(other)
    assert len(before) == len(after), (one, other)
    for a, b in zip(before, after, strict=True):
        if a != b:
            assert a[0] == b[0] == '"', (a, b)
            changed.append((json.loads(a), json.loads(b)))
    return changed
