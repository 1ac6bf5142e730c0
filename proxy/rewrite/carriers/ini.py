r"""AICC's parameter files in messages: groups of `key=value` lines, and groups of running text (AICC CMI001 4.0, 6.3).

A group that is selected by its name alone is text up to the next group, and lines with an equals sign in it are no
keys: suspend data may look like anything. Names have any case. What two readers could read differently, a group or a
key that occurs twice, is refused.

In an answer on its way out nothing passes that is not declared: an LMS may add groups and keys of its own, and they are
taken out. In a request they stay, and nothing is looked for in them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from proxy.errors import FieldInvalid, UnreadableBody
from proxy.rewrite.carriers.base import Change, Slot, splice

_LINES = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|\Z)")
_HEADER = re.compile(r"[^\S\r\n]*\[[^\S\r\n]*([^\]\r\n]+?)[^\S\r\n]*\][^\S\r\n]*(?:\r\n|\n|\r|\Z)")
_KEY = re.compile(r"[^\S\r\n]*([^=\r\n]+?)[^\S\r\n]*=[^\S\r\n]*([^\r\n]*?)[^\S\r\n]*(?:\r\n|\n|\r|\Z)")
_BRACKET = re.compile(r"[^\S\r\n]*\[")
_COUNTED = re.compile(r"\.[0-9]+$")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_. -]*")
_ANY = "*"


@dataclass(slots=True)
class OpenedIni:
    """The values that were asked for; `pieces` are what is removed with each, `gone` what nobody declared."""

    text: str
    slots: list[Slot] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)
    pieces: list[tuple[int, int]] = field(default_factory=list)
    gone: list[tuple[int, int]] = field(default_factory=list)
    lines: set[int] = field(default_factory=set)
    """Which values are those of keys: they end with their line."""

    @property
    def dropped(self) -> bool:
        """Whether something has to go whatever else is changed."""
        return bool(self.gone)

    def close(self, changes: Mapping[int, Change]) -> str:
        """Return the text with `changes`. Raises FieldInvalid for a line end in the value of a key."""
        edits = [(*span, "") for span in self.gone]
        for number, change in changes.items():
            if change is None:
                edits.append((*self.pieces[number], ""))
                continue
            if number in self.lines and re.search(r"[\r\n]", change):
                raise FieldInvalid("line-end")
            edits.append((*self.spans[number], change))
        return splice(self.text, edits)

    def add(self, which: int, span: tuple[int, int], piece: tuple[int, int]) -> None:
        """Note a value."""
        self.slots.append(Slot(which, self.text[slice(*span)]))
        self.spans.append(span)
        self.pieces.append(piece)


def open_ini(text: str, wanted: Mapping[str, int], *, strict: bool, place: str = "") -> OpenedIni:
    """Read `text` and find what `wanted` names (casefolded -> selector number).

    `group`, `group/key`, `group/*`; `group/key.n` is any of `key.1`, `key.2`, which some keys are (6.3.2).
    `strict`: what is not wanted goes. Raises UnreadableBody.
    """
    opened = OpenedIni(text)
    groups = {name.partition("/")[0] for name in wanted}
    seen: set[str] = set()
    at = 0
    while at < len(text):
        header = _HEADER.match(text, at)
        if header is None:
            line = _LINES.match(text, at)
            if line is None or line[0].strip():
                raise UnreadableBody("outside-of-groups", place=place)
            at = line.end()
            continue
        name = header[1].casefold()
        if name in seen and (strict or name in groups):
            raise UnreadableBody("group-twice", place=place)
        seen.add(name)
        end = _end_of(text, header.end(), is_text=name in wanted or name not in groups)
        if name in wanted:
            opened.add(wanted[name], (header.end(), end), (at, end))
        elif name in groups:
            _keys(opened, wanted, name, (header.end(), end), strict=strict, place=place)
        elif strict:
            opened.gone.append((at, end))
        at = end
    return opened


def _end_of(text: str, at: int, *, is_text: bool) -> int:
    """Where a group ends: at the next header. In running text brackets round anything but a name are the author's."""
    while at < len(text):
        header = _HEADER.match(text, at)
        if header is not None and (not is_text or _NAME.fullmatch(header[1])):
            return at
        line = _LINES.match(text, at)
        at = line.end() if line is not None and line.end() > at else len(text)
    return len(text)


def _keys(
    opened: OpenedIni, wanted: Mapping[str, int], group: str, span: tuple[int, int], *, strict: bool, place: str
) -> None:
    at, end = span
    seen: set[str] = set()
    while at < end:
        line = _LINES.match(opened.text, at)
        after = line.end() if line is not None and line.end() > at else end
        if _BRACKET.match(opened.text, at):  # another reader may see a group begin here
            raise UnreadableBody("not-a-group", place=place)
        found = _KEY.match(opened.text, at)
        if found is not None and not found[1].startswith(";"):
            key = found[1].casefold()
            if key in seen:
                raise UnreadableBody("key-twice", place=place)
            seen.add(key)
            names = (key, _COUNTED.sub(".n", key), _ANY)
            which = next((wanted[full] for one in names if (full := f"{group}/{one}") in wanted), None)
            if which is not None and found[2]:
                opened.lines.add(len(opened.slots))
                opened.add(which, found.span(2), (at, after))
            elif which is None and strict:
                opened.gone.append((at, after))
        elif strict and opened.text[at:after].strip():
            opened.gone.append((at, after))
        at = after
