"""What the provider holds, read from a file that was exported there: who stands in it after all, and when she was seen.

A file is JSON (also of an API's answer), JSON Lines, CSV, or one value a line. A *record* is a member of a list, or a
line. Of each value every word counts, and the value as a whole; percent signs, entities and JSON escapes are undone.
"""

import html
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from urllib.parse import unquote

from proxy.attack.guesses import Heap, held_in
from proxy.attack.held import Held
from proxy.attack.report import Number, Result, Verdict, judged

_CELLS = re.compile(r"[,;|\t=&?<>]")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_TOKEN = re.compile(r"sv1[0-9a-hjkmnp-tv-z]{37}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?")
_SCALES = MappingProxyType({10: 1000, 13: 1})
"""Seconds have ten digits until the year 2286, milliseconds thirteen."""
_SHORTEST = 3
"""Letters of a name from which on it counts: shorter words stand anywhere."""


@dataclass(slots=True)
class CloudFile:
    """`words` as `held_in` makes them; `tokens` with the moments (milliseconds since 1970) that stand beside each."""

    words: set[bytes] = field(default_factory=set)
    tokens: defaultdict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    @property
    def moments(self) -> list[tuple[str, int]]:
        """Each pseudonym with each of its moments."""
        return [(token, at) for token, all_of_it in self.tokens.items() for at in all_of_it]


def read_cloud(text: str) -> CloudFile:
    """Read a file. Whatever it is, something can be read from it."""
    read = CloudFile()
    for values in _records(text):
        moments = {at for value in values for one in _MOMENT.findall(value) if (at := moment_of(one)) is not None}
        for value in values:
            for spelled in _undone(value):
                cells = [one.strip(" \"'") for one in _CELLS.split(spelled)]
                read.words |= held_in((spelled, *cells))
                for token in _TOKEN.findall(spelled.lower()):
                    read.tokens[token] |= moments
    return read


def _records(text: str) -> Iterator[Sequence[str]]:
    whole = _json(text)
    if whole is not None:
        yield from _members(whole)
        return
    for line in text.splitlines():
        parsed = _json(line)
        yield from [[line]] if parsed is None else _members(parsed)


def _json(text: str) -> object:
    try:
        found = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) else None


def _members(value: object) -> Iterator[Sequence[str]]:
    """The records of a JSON text: the members of its lists, and what stands beside those."""
    records = [value]
    while records:
        rest = [records.pop()]
        scalars: list[str] = []
        while rest:
            one = rest.pop()
            if isinstance(one, dict):
                rest.extend(one.values())
                scalars.extend(one)
            elif isinstance(one, list):
                for member in one:
                    (records if isinstance(member, dict | list) else rest).append(member)
            elif one is not None:
                scalars.append(str(one))
        if scalars:
            yield scalars


def _undone(value: str) -> tuple[str, ...]:
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


def standing_in(people: Iterable[Held], read: CloudFile | None, own: frozenset[str]) -> Result:
    """Whether anybody of the mapping stands in the file of the cloud: in clear, or as an unsalted hash."""
    if read is None:
        return Result("cloud", Verdict.NOT_RUN, "Give --cloud: a file exported there.")
    named = identified = 0
    heap = Heap(frozenset(read.words))
    for one in people:
        identified += any(heap.seen(text) for text in one.spelled)
        named += any(heap.seen(text) for text in (one.name, *one.more) if len(text) >= _SHORTEST)
    numbers: dict[str, Number] = {
        "values": len(read.words),
        "pseudonyms of ours": sum(token in own for token in read.tokens),
        "pseudonyms of others": sum(token not in own for token in read.tokens),
        "people whose identifier stands there": identified,
        "people whose name or address stands there": named,
    }
    good = "No identifier, name or address of anybody who is known here stands in the file of the cloud."
    worse = (
        "The cloud holds identifiers, names or addresses, in clear or hashed without salt. Find out how they got there."
    )
    return judged("cloud", identified + named, good, worse, numbers)
