r"""AICC's tables in messages: values in quotes or bare between commas, a row a line, names of columns in the first row.

PutInteractions, PutComments, PutObjectives, PutPath, PutPerformance (AICC CMI001 4.0, 6.4.6). A quote in quotes is
doubled. What is not changed keeps its characters.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from proxy.errors import UnreadableBody
from proxy.rewrite.carriers.base import Change, Slot, splice

_CELL = re.compile(r'[^\S\r\n]*(?:"((?:[^"]|"")*)"|([^,"\r\n]*?))[^\S\r\n]*(,|\r\n|\n|\r|\Z)')


@dataclass(slots=True)
class OpenedTable:
    """The cells of the columns that were asked for; `quoted` tells how each is written."""

    text: str
    slots: list[Slot] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)
    quoted: list[bool] = field(default_factory=list)

    def close(self, changes: Mapping[int, Change]) -> str:
        """Return the table with `changes`; what is removed leaves an empty cell."""
        edits: list[tuple[int, int, str]] = []
        for number, change in changes.items():
            text = (change or "").replace('"', '""')
            bare = not self.quoted[number] and re.search(r'[",\r\n]', text)
            edits.append((*self.spans[number], f'"{text}"' if bare else text))
        return splice(self.text, edits)


def open_table(text: str, wanted: Mapping[str, int], *, place: str = "") -> OpenedTable:
    """Read `text` and find the cells of `wanted` columns (casefolded name -> selector number); UnreadableBody."""
    opened = OpenedTable(text)
    names: list[str] = []
    for number, row in enumerate(_rows(text, place)):
        if not number:
            names = [value.strip().casefold() for value, _, _ in row]
            if len(set(names)) < len(names):
                raise UnreadableBody("column-twice", place=place)
            continue
        if len(row) > len(names):
            raise UnreadableBody("row-too-long", place=place)
        for name, (value, span, quoted) in zip(names, row, strict=False):
            if name in wanted and value:
                opened.slots.append(Slot(wanted[name], value, group=(number,)))
                opened.spans.append(span)
                opened.quoted.append(quoted)
    return opened


_Cell = tuple[str, tuple[int, int], bool]


def _rows(text: str, place: str) -> Iterator[list[_Cell]]:
    """Rows that hold something."""
    row: list[_Cell] = []
    at = 0
    while at < len(text):
        cell = _CELL.match(text, at)
        if cell is None:
            raise UnreadableBody("not-a-table", place=place)
        quoted = cell[1] is not None
        value = cell[1].replace('""', '"') if quoted else cell[2]
        row.append((value, cell.span(1 if quoted else 2), quoted))
        at = cell.end()
        if cell[3] != ",":
            if any(value for value, _, _ in row):
                yield row
            row = []
    if row:
        yield row
