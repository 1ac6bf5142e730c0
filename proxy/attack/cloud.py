"""What the provider holds: who stands in it after all, and when each pseudonym was seen there.

Of each value every word counts, and the value as a whole; percent signs, entities and JSON escapes are undone. What is
no pseudonym, time, number or UUID is also kept as it is, for a search in every disguise that the guard knows.
"""

import html
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from types import MappingProxyType
from urllib.parse import unquote

from keys import from_hex_form
from proxy.attack.compact import Pairs, printed
from proxy.attack.guesses import Words
from proxy.attack.records import Record

_CELLS = re.compile(r"[,;|\t=&?<>]")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_TOKEN = re.compile(r"sv1[0-9a-hjkmnp-tv-z]{37}", re.IGNORECASE)
_HEXFORM = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{40}(?![0-9a-fA-F])")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?")
_PLAIN = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # a UUID
    r"|[+-]?[0-9]+(?:\.[0-9]+)?|true|false|null"
    r"|[0-9]{2,4}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?"  # a SCORM 1.2 time interval
    r"|P[0-9YMDTHS.]{1,30}"  # ISO 8601's
    r"|[B-DF-HJ-NP-TV-XZ][B-DF-HJ-NP-TV-XZ2-9]{2}(?:-[B-DF-HJ-NP-TV-XZ2-9]{3}){2}"  # an alias
    r"|learner",
    re.IGNORECASE,
)
_TRIM = " \"'|,;:@"
_SCALES = MappingProxyType({10: 1000, 13: 1})
"""Seconds have ten digits until the year 2286, milliseconds thirteen."""
_MINUTE_MS = 60_000
_LATEST = 2**32
_RECENT = 4096
_MOST_ODD, _MOST_SIGNS = 200_000, 16_000_000
"""Records, and signs in them, that are kept to be searched in every disguise."""
_LONGEST = 300
"""Signs of a line that counts as a whole as well."""


class CloudFile:
    """What was read. `words`; `tokens` with the minutes since 1970 that stand beside each (0: no time does).

    `odd`: what is no pseudonym, time or number, each with the number of the first record that has it. `left_out`: of
    how many records it was not kept, because it is too much.
    """

    __slots__ = ("_recent", "_signs", "left_out", "odd", "records", "tokens", "words")

    def __init__(self) -> None:
        """Nothing was read yet."""
        self.words = Words()
        self.tokens = Pairs()
        self.odd: dict[str, int] = {}
        self.left_out = 0
        self.records = 0
        self._signs = 0
        self._recent: set[str] = set()

    def read(self, records: Iterable[Record]) -> None:
        """Take records in."""
        for one in records:
            self.take(one)

    def take(self, record: Record) -> None:
        """Take a record in."""
        self.records += bool(record.values)
        tokens: set[str] = set()
        minutes: set[int] = set()
        rest = [left for value in record.values if (left := self._value(value, tokens, minutes))]
        for name in record.names:
            if left := self._value(name, tokens, minutes):
                self._keep(left)
        if record.whole and len(record.whole) <= _LONGEST and len(record.values) > 1 and rest:
            self._words(record.whole)
        for one, other in pairwise(rest):  # given and family name have members of their own
            if len(one) + len(other) < _LONGEST:
                self.words.add(f"{one} {other}")
                self.words.add(f"{other} {one}")
        if rest:
            self._keep(", ".join(rest))
        for token in tokens:
            key = printed(token)
            for minute in minutes or {0}:
                self.tokens.add(key, minute)

    def _value(self, value: str, tokens: set[str], minutes: set[int]) -> str:
        """Note what a value holds; gives what of it is worth a search."""
        for found in _MOMENT.findall(value):
            if (at := moment_of(found)) is not None and 0 <= at // _MINUTE_MS < _LATEST:
                minutes.add(at // _MINUTE_MS)
        tokens.update(found.lower() for found in _TOKEN.findall(value))
        tokens.update(found for digits in _HEXFORM.findall(value) if (found := from_hex_form(digits)))
        left = _MOMENT.sub("", _TOKEN.sub("", value)).strip(_TRIM)
        if not left:
            return ""
        self._words(value)
        return "" if _PLAIN.fullmatch(left) else left

    def _words(self, value: str) -> None:
        if value in self._recent:
            return
        if len(self._recent) >= _RECENT:
            self._recent.clear()
        self._recent.add(value)
        for spelled in _undone(value):
            self.words.add(spelled)
            if _CELLS.search(spelled):
                for cell in _CELLS.split(spelled):
                    self.words.add(cell.strip(" \"'"))

    def _keep(self, text: str) -> None:
        if text in self.odd:
            return
        if len(self.odd) >= _MOST_ODD or self._signs + len(text) > _MOST_SIGNS:
            self.left_out += 1
            return
        self._signs += len(text)
        self.odd[text] = self.records


def _undone(value: str) -> Sequence[str]:
    if not ("%" in value or "&" in value or "\\" in value):
        return (value,)
    plain = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), html.unescape(value))
    return tuple(dict.fromkeys((value, plain, unquote(plain), unquote(unquote(plain)))))


def moment_of(text: str) -> int | None:
    """Milliseconds since 1970: of ISO 8601 (UTC where it says nothing), seconds, or milliseconds. None for others."""
    word = text.strip()
    if word.isascii() and word.isdigit() and len(word) in _SCALES:
        return int(word) * _SCALES[len(word)]
    try:
        moment = datetime.fromisoformat(word)
    except ValueError:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
