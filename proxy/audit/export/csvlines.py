"""CSV (RFC 4180) that a spreadsheet may open: no cell begins as a formula, none holds a line end or a semicolon."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Final

from proxy.audit.export.jsonlines import WORDS, from_moment, moment
from proxy.audit.export.plain import from_plain, plain
from proxy.store.port import AuditRecord, AuditRow

HEADS: Final = ("seq", "log", "pos", "at", *WORDS, "count")
_FORMULAS = ("=", "+", "-", "@", "'")
"""What begins a formula (OWASP, "CSV Injection"), and our own sign against it. Tabs and line ends are escaped."""


def csv_head() -> str:
    """The first line, without its end."""
    return _joined(HEADS)


def csv_line(row: AuditRow) -> str:
    """One line, without its end."""
    entry = row.entry
    words = [_cell(getattr(entry, name)) for name in WORDS]
    numbers = [_cell(str(one)) for one in (row.number, row.log, row.pos)]
    return _joined([*numbers, _cell(moment(entry.at)), *words, _cell(str(entry.count))])


def parse_csv(text: str) -> Iterator[AuditRow]:
    """The entries of a whole file, its head included. ValueError."""
    for number, log, pos, at, *words, count in list(csv.reader(io.StringIO(text), strict=True))[1:]:
        told = dict(zip(WORDS, map(_text, words), strict=True))
        entry = AuditRecord(at=from_moment(_text(at)), count=int(_text(count)), **told)
        yield AuditRow(int(_text(number)), int(_text(log)), int(_text(pos)), entry)


def _cell(text: str) -> str:
    # Where spreadsheets part at semicolons, the quotes of a line parted at commas hold nothing together.
    safe = plain(text).replace(";", r"\u003b")
    return f"'{safe}" if safe.startswith(_FORMULAS) else safe


def _text(cell: str) -> str:
    return from_plain(cell.removeprefix("'"))


def _joined(cells: Sequence[str]) -> str:
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
