"""Takes what was exported at the provider apart, record by record, whatever its form and however long it is.

JSON (also of an API's answer) and JSON Lines are read as a stream; anything else line by line, of which each may be
JSON. A *record* is a member of a list, or a line.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from io import BytesIO
from typing import NamedTuple, Protocol, TextIO

import ijson  # type: ignore[import-untyped]

from proxy.errors import FieldInvalid
from proxy.people import Kind

_DELIMITERS = re.compile(r"[,;|\t]")
_QUOTED = re.compile(r'"([^"]*)"')
_QUOTES = " \"'\r\n"
_LONGEST_LINE = 16 * 1024 * 1024
_MOST_VALUES = 5_000
"""Of one record; a longer one goes on as another."""

Opened = Callable[[], AbstractContextManager[TextIO]]
"""Opens the text, as often as it is asked."""


class Record(NamedTuple):
    """What stands together: names of members, and values in their order. `whole` is a line as it is, "" for JSON."""

    names: list[str]
    values: list[str]
    whole: str = ""


class Readable(Protocol):
    """A stream of bytes."""

    def read(self, size: int = -1, /) -> bytes:
        """The next of them."""


class Unfit(Exception):
    """It is no JSON after all."""


def records_of(opened: Opened) -> Iterator[Record]:
    """The records of a text.

    Raises `FieldInvalid` `too-long` for a line that is no JSON and has more than 16 million signs.
    """
    if _is_json(opened):
        with opened() as text:
            yield from json_records(_Encoded(text))
        return
    with opened() as text:
        while line := text.readline(_LONGEST_LINE):
            if len(line) == _LONGEST_LINE:
                raise FieldInvalid("too-long", kind=Kind.FREE_TEXT)
            yield from _of_line(line.lstrip("\ufeff").strip())


def _is_json(opened: Opened) -> bool:
    """Whether all of it is: what is cut off is read line by line, so that nothing of it is lost."""
    with opened() as text:
        if text.read(1024).lstrip("\ufeff \t\r\n")[:1] not in {"{", "["}:
            return False
    try:
        with opened() as text:
            for _ in json_records(_Encoded(text)):
                pass
    except Unfit:
        return False
    return True


def _of_line(line: str) -> Iterator[Record]:
    if line.startswith(("{", "[")):
        try:
            yield from list(json_records(BytesIO(line.encode("utf-8", "replace"))))
        except Unfit:
            pass
        else:
            return
    if line:
        cells = [cell.strip(_QUOTES) for cell in _DELIMITERS.split(line)]
        quoted = [one for one in _QUOTED.findall(line) if one and one not in cells]
        yield Record([], cells + quoted, line)


def json_records(source: Readable) -> Iterator[Record]:
    """The members of the lists of one or more JSON texts, and what stands beside those. Raises `Unfit`."""
    record = Record([], [])
    outer: list[Record] = []
    kinds: list[str] = []
    """Of each container that is open: `start_map` or `start_array`; whether it began a record is in `begun`."""
    begun: list[bool] = []
    try:
        for event, value in ijson.basic_parse(source, multiple_values=True):
            if event in {"start_map", "start_array"}:
                new = not kinds or kinds[-1] == "start_array"
                if new:
                    outer.append(record)
                    record = Record([], [])
                kinds.append(event)
                begun.append(new)
            elif event in {"end_map", "end_array"}:
                kinds.pop()
                if begun.pop():
                    yield record
                    record = outer.pop()
            elif event == "map_key":
                record.names.append(value)
            elif event != "null":
                record.values.append(value if isinstance(value, str) else str(value))
            if len(record.values) + len(record.names) >= _MOST_VALUES:
                yield Record(record.names[:], record.values[:])
                record.names.clear()
                record.values.clear()
    except (ijson.JSONError, UnicodeDecodeError, ValueError):
        raise Unfit from None
    if record.values or kinds:
        raise Unfit


class _Encoded:
    """A text as a stream of UTF-8."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._first = True

    def read(self, size: int = -1, /) -> bytes:
        """The next signs, `size` of them."""
        piece = self._text.read(size)
        if self._first:
            piece, self._first = piece.removeprefix("\ufeff"), False
            if not piece:
                piece = self._text.read(size)
        return piece.encode("utf-8", "surrogatepass")
