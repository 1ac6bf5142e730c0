"""The browser of a trace: it keeps the cookies that the corridor gives, which the recorded browser never had.

And where the corridor hands out other texts than the recorded answer did (a sealed address, a token of ours, a
pseudonym under another keyring), the requests that repeat the recorded ones are given ours instead.
"""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, unquote

import orjson

_SHORTEST = 16
"""Shorter texts are words that may stand anywhere, but for the code of an alias."""
_CODE = re.compile(r"[0-9A-Z]{3}(?:-[0-9A-Z]{3})+")
_MARKS = re.compile(r"[?&=/#;,\s\"']+")
_MOST_TWINS = 400
_DECODED = 3


class Jar:
    """Cookies by public host."""

    def __init__(self) -> None:
        """Begin empty."""
        self._held: dict[tuple[str, str, str], str] = {}

    def take(self, host: str, lines: Iterable[str]) -> None:
        """Keep what `Set-Cookie` lines set (RFC 6265 section 5.3, as far as the corridor uses it)."""
        for line in lines:
            head, *attributes = [part.strip() for part in line.split(";")]
            name, _, value = head.partition("=")
            table = dict(one.lower().partition("=")[::2] for one in attributes)
            key = (host, name, table.get("path", "/"))
            if table.get("max-age", "1").startswith(("0", "-")):
                self._held.pop(key, None)
            else:
                self._held[key] = value

    def line(self, host: str, path: str) -> str:
        """The Cookie value for a request, "" for none; longer paths come first (section 5.4)."""
        fitting = [
            (len(where), name, value)
            for (owner, name, where), value in self._held.items()
            if owner == host and _covers(where, path)
        ]
        return "; ".join(f"{name}={value}" for _, name, value in sorted(fitting, key=lambda one: -one[0]))


def _covers(where: str, path: str) -> bool:
    return path.lower() == where or path.lower().startswith(where if where.endswith("/") else where + "/")


class Twins:
    """Recorded texts and what stands for them in this run."""

    def __init__(self) -> None:
        """Begin with none."""
        self._pairs: dict[str, str] = {}

    def learn(self, recorded: str, ours: str) -> None:
        """Compare two texts of one form, such as two addresses: what differs are twins."""
        if recorded == ours:
            return
        for _ in range(_DECODED):
            theirs, mine = _MARKS.split(recorded), _MARKS.split(ours)
            if len(theirs) == len(mine):
                for one, other in zip(theirs, mine, strict=True):
                    self._note(one, other)
            recorded, ours = unquote(recorded), unquote(ours)

    def learn_json(self, recorded: bytes, ours: bytes) -> None:
        """Compare two JSON answers, member by member."""
        try:
            self._compare(orjson.loads(recorded), orjson.loads(ours))
        except orjson.JSONDecodeError:
            return

    def _compare(self, one: Any, other: Any) -> None:
        if isinstance(one, dict) and isinstance(other, dict):
            for key in one.keys() & other.keys():
                self._compare(one[key], other[key])
        elif isinstance(one, list) and isinstance(other, list):
            for left, right in zip(one, other, strict=False):
                self._compare(left, right)
        elif isinstance(one, str) and isinstance(other, str) and one != other:
            self._note(one, other)
            self.learn(one, other)

    def _note(self, one: str, other: str) -> None:
        long = len(one) >= _SHORTEST or _CODE.fullmatch(one)
        if one != other and other and long and "%" not in one and len(self._pairs) < _MOST_TWINS:
            self._pairs.setdefault(one, other)

    def ours(self, text: str) -> str:
        """Put our texts in place of recorded ones."""
        for one, other in self._pairs.items():
            if one in text:
                text = text.replace(one, other)
            elif (coded := quote(one, safe="")) in text:
                text = text.replace(coded, quote(other, safe=""))
        return text

    def ours_in(self, body: bytes) -> bytes:
        """The same for a body."""
        if not self._pairs:
            return body
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            return body
        return self.ours(text).encode("utf-8")
