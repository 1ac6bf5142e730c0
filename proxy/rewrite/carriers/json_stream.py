"""The walk of `json_scan` through a text that comes in pieces: the same grammar, the same refusals.

A member or element is read once it is complete with the delimiter behind it (a container: once its bracket is there),
so no number, word or string is ever taken for shorter than it is. Held is what is not complete yet, up to `limit`.
"""

import codecs
import re
from dataclasses import dataclass, field
from enum import Enum

from proxy.errors import BodyTooLarge, UnreadableBody
from proxy.rewrite.carriers.json_scan import EMPTY, LENIENT, MOST_LEVELS, NEXT, check_escapes, unescape
from proxy.rewrite.selectors import State

_EAGER = 65_536
"""Characters of an incomplete value from which it is looked at again only when there are twice as many."""
_MOST_KEYS = 200_000
"""Names of members that are remembered at a time, to find those that occur twice."""
_BLANK = re.compile(r"[ \t\n\r]*+\Z")


class _Due(Enum):
    """What is to be read next."""

    ROOT = "root"
    FIRST = "first"
    """A member, or the end of an empty container."""
    MEMBER = "member"
    DELIMITER = "delimiter"
    """What follows a container that was a member."""
    END = "end"


@dataclass(slots=True)
class Level:
    """An object or array that is being read. `opener` is its text up to the bracket, key and blanks included."""

    closing: str
    key: str
    opener: str
    state: State | None
    whole: bool
    """It is, or is in, a value that a selector names."""
    above: "Level | None" = None
    size: int = 0
    keys: set[str] = field(default_factory=set)
    kept: int = -1
    """Members that stay; -1 while it has not been decided that this container does."""


class JsonStream:
    """The walk. What becomes of the text, subclasses say. `whole`: everything stays."""

    def __init__(self, first: State | None, *, whole: bool, limit: int) -> None:
        """Begin a text; `first` as for `Scan.run`."""
        self._first = first
        self._whole = whole
        self._limit = limit
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._text = ""
        self._wait = 0
        self._due = _Due.ROOT
        self._level: Level | None = None
        self._depth = 0
        self._keys = 0

    def take(self, data: bytes, *, final: bool = False) -> None:
        """Read on. Raises UnreadableBody, BodyTooLarge for one value over the limit."""
        try:
            self._text += self._decoder.decode(data, final)
        except UnicodeDecodeError:
            raise UnreadableBody("not-utf-8") from None
        if final or len(self._text) >= self._wait:
            at = 0
            while (after := self._step(at)) >= 0:
                at = after
            self._text = self._text[at:]
            self._wait = 2 * len(self._text) if len(self._text) > _EAGER else 0
        if len(self._text) > self._limit:
            raise BodyTooLarge("value")
        if final:
            self._finish()

    def scalar(self, level: Level, chunk: str, *, named: bool) -> None:
        """A member of `level` that is no container; `chunk` is its text with key and blanks."""
        raise NotImplementedError

    def opened(self, level: Level) -> None:
        """A container begins."""
        raise NotImplementedError

    def closed(self, level: Level, text: str) -> None:
        """A container ends with `text`: its bracket, and before it the blanks of an empty one."""
        raise NotImplementedError

    def passed(self, level: Level | None, text: str) -> None:
        """Blanks behind a container that was a member of `level`; None: behind the whole text."""
        raise NotImplementedError

    def alone(self, text: str) -> None:
        """The whole text is one value that is no container."""
        raise NotImplementedError

    def _step(self, at: int) -> int:
        """Read one thing at `at`; return the position behind it, -1 if it is not complete."""
        if self._due is _Due.ROOT:
            return self._root(at)
        level = self._level
        if level is None:
            if _BLANK.match(self._text, at) is None:
                raise UnreadableBody("not-json")
            self.passed(None, self._text[at:])
            return len(self._text) if at < len(self._text) else -1
        if self._due is _Due.DELIMITER:
            return self._delimiter(level, at)
        if self._due is _Due.FIRST:
            empty = EMPTY.match(self._text, at)
            if empty is not None:
                return self._close(level, empty[1], empty[0], empty.end())
            if _BLANK.match(self._text, at) is not None:
                return -1
            self._due = _Due.MEMBER
        return self._member(level, at)

    def _root(self, at: int) -> int:
        found = LENIENT.root.match(self._text, at)
        if found is None or found[1] is not None:
            return -1  # a bare value is complete at the end only
        self._push("", found[0], self._first, whole=self._whole)
        return found.end()

    def _member(self, level: Level, at: int) -> int:
        text = self._text
        if level.closing == "}":
            found = LENIENT.member.match(text, at)
            if found is None:
                return -1
            key, scalar, delimiter = found.groups()
            key = self._new_key(level, key)
        else:
            found = LENIENT.element.match(text, at)
            if found is None:
                return -1
            scalar, delimiter = found.groups()
            key = str(level.size)
        level.size += 1
        below = level.state.step.get(key, level.state.other) if level.state is not None else None
        named = level.whole or (below is not None and bool(below.hits))
        if scalar is None:
            self._push(key, text[at : found.end()], below, whole=named)
            return found.end()
        if "\\" in scalar:
            check_escapes(scalar)
        self.scalar(level, text[at : found.end() - 1], named=named)
        return self._delimited(level, delimiter, found.end())

    def _new_key(self, level: Level, key: str) -> str:
        if "\\" in key:
            key = unescape(f'"{key}"')
        if key in level.keys:
            raise UnreadableBody("duplicate-key")
        level.keys.add(key)
        self._keys += 1
        if self._keys > _MOST_KEYS:
            raise UnreadableBody("too-many-values")
        return key

    def _push(self, key: str, opener: str, state: State | None, *, whole: bool) -> None:
        self._depth += 1
        if self._depth > MOST_LEVELS:
            raise UnreadableBody("too-deep")
        closing = "}" if opener.endswith("{") else "]"
        self._level = Level(closing, key, opener, state, whole, self._level)
        self._due = _Due.FIRST
        self.opened(self._level)

    def _delimited(self, level: Level, delimiter: str, after: int) -> int:
        if delimiter == ",":
            self._due = _Due.MEMBER
            return after
        return self._close(level, delimiter, delimiter, after)

    def _delimiter(self, level: Level, at: int) -> int:
        found = NEXT.match(self._text, at)
        if found is None:
            if _BLANK.match(self._text, at) is None:
                raise UnreadableBody("not-json")
            return -1
        self.passed(level, found[0][:-1])
        return self._delimited(level, found[1], found.end())

    def _close(self, level: Level, bracket: str, text: str, after: int) -> int:
        if bracket != level.closing:
            raise UnreadableBody("not-json")
        self.closed(level, text)
        self._keys -= len(level.keys)
        self._depth -= 1
        self._level = level.above
        self._due = _Due.DELIMITER if level.above is not None else _Due.END
        return after

    def _finish(self) -> None:
        if self._due is _Due.ROOT:
            found = LENIENT.root.match(self._text)
            if found is None or found[1] is None:
                raise UnreadableBody("not-json")
            check_escapes(found[1])
            self.alone(self._text)
        elif self._due is not _Due.END:
            raise UnreadableBody("not-json")
