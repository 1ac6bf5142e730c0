"""Answers of AICC HACP: lines `name=value`; the last, `aicc_data`, holds all that follows (AICC CMI001 4.0, 6.4).

Only requests are forms; what an LMS answers is plain text. Names have any case, blanks stand round the equals sign,
line ends are CR LF or LF. Everything but the value that is changed keeps its characters. In an answer on its way out a
line of a name that is not declared is taken out: an LMS may add its own.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from proxy.errors import FieldInvalid, UnreadableBody
from proxy.rewrite.carriers.base import Change, Slot, splice

_REST = "aicc_data"
_LINE = re.compile(r"[^\S\r\n]*(\w+)[^\S\r\n]*=[^\S\r\n]*([^\r\n]*)(?:\r\n|\n|\r|\Z)")
_BLANK = re.compile(r"\s*")


@dataclass(slots=True)
class OpenedLines:
    """The values that were asked for."""

    text: str
    spans: list[tuple[int, int]]
    slots: list[Slot]
    gone: list[tuple[int, int]] = field(default_factory=list)

    @property
    def dropped(self) -> bool:
        """Whether something has to go whatever else is changed."""
        return bool(self.gone)

    def close(self, changes: Mapping[int, Change]) -> str:
        """Return the text with `changes`. Raises FieldInvalid for a removal, and for a line end in a line."""
        edits = [(*span, "") for span in self.gone]
        for number, change in changes.items():
            start, end = self.spans[number]
            if change is None or (end < len(self.text) and re.search(r"[\r\n]", change)):
                raise FieldInvalid("not-removable" if change is None else "line-end")
            edits.append((start, end, change))
        return splice(self.text, edits)


def open_lines(text: str, wanted: Mapping[str, int], *, strict: bool = False, place: str = "") -> OpenedLines:
    """Read `text` and find the values of `wanted` (casefolded name -> selector number).

    `strict`: what is not wanted goes. Raises UnreadableBody.
    """
    opened = OpenedLines(text, [], [])
    seen: set[str] = set()
    blank = _BLANK.match(text)
    at = blank.end() if blank else 0
    while at < len(text):
        line = _LINE.match(text, at)
        name = line[1].casefold() if line else ""
        if line is None or name in seen:
            raise UnreadableBody("name-twice" if name in seen else "not-a-line", place=place)
        seen.add(name)
        start, end = line.span(2)
        if name == _REST:
            end = len(text)
        if name in wanted and start < end:
            opened.slots.append(Slot(wanted[name], text[start:end]))
            opened.spans.append((start, end))
        elif name not in wanted and strict:
            opened.gone.append((line.start(), len(text) if name == _REST else line.end()))
        blank = _BLANK.match(text, line.end())
        at = len(text) if name == _REST else blank.end() if blank else line.end()
    return opened
