"""XML documents (XML 1.0): checked by lxml, changed by spans, so that all else keeps its characters.

No document type declaration is read, so there are no entities but the five that XML itself has.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

from proxy.errors import FieldInvalid, UnreadableBody
from proxy.rewrite.carriers.base import Change, Form, Slot, splice
from proxy.rewrite.selectors import ANY, State

MOST_LEVELS = 30
MOST_MARKUP = 100_000
"""Each costs some microseconds in which nobody else is served."""

MARKUP = re.compile(
    r"<!--.*?-->|<!\[CDATA\[(?P<cdata>.*?)\]\]>|<\?(?P<pi>.*?)\?>"
    r"|</(?P<close>[^\s<>/]+)\s*>"
    r"|<(?P<open>[^\s<>/!?]+)(?P<attributes>(?:\s+[^\s=<>/]+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))*)\s*(?P<empty>/?)>",
    re.DOTALL,
)
ATTRIBUTE = re.compile(r"\s+([^\s=<>/]+)\s*=\s*(\"[^\"<]*\"|'[^'<]*')")
_DECLARED_ENCODING = re.compile(r"\s*\ufeff?<\?xml\s[^?]*?encoding\s*=\s*[\"']([^\"']*)[\"']")
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|(lt|gt|amp|quot|apos));")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_SPECIAL = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
    "\t": "&#9;",
    "\n": "&#10;",
    "\r": "&#13;",
}
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


@dataclass(slots=True)
class _Element:
    """An element that is open: where its content starts and what has been seen in it."""

    name: str
    state: State | None
    start: int
    inside: int
    group: tuple[int, ...]
    counts: dict[str, int] = field(default_factory=dict)
    pieces: list[str] = field(default_factory=list)
    mixed: bool = False
    """It holds child elements, comments or instructions, so its text cannot be replaced as one."""


@dataclass(slots=True)
class OpenedXml:
    """A document, the values the selectors name, and for each the span of its value and of the whole thing."""

    text: str
    slots: list[Slot] = field(default_factory=list)
    values: list[tuple[int, int]] = field(default_factory=list)
    wholes: list[tuple[int, int]] = field(default_factory=list)

    def close(self, changes: Mapping[int, Change]) -> str:
        """Return the document with `changes`; a removed attribute or element goes with its name."""
        ascii_only = self.text.isascii()
        edits: list[tuple[int, int, str]] = []
        for number, change in changes.items():
            if change is None:
                if self.wholes[number][0] < 0:
                    raise FieldInvalid("not-removable")
                edits.append((*self.wholes[number], ""))
            else:
                edits.append((*self.values[number], _escape(change, ascii_only=ascii_only)))
        return splice(self.text, edits)


def _escape(text: str, *, ascii_only: bool) -> str:
    if _UNWRITABLE.search(text):
        raise FieldInvalid("not-in-xml")
    escaped = "".join(_SPECIAL.get(char, char) for char in text)
    return escaped.encode("ascii", "xmlcharrefreplace").decode() if ascii_only else escaped


def _unescape(raw: str) -> str:
    def one(found: re.Match[str]) -> str:
        if found[3]:
            return _NAMED[found[3]]
        return chr(int(found[1], 16) if found[1] else int(found[2]))

    return _REFERENCE.sub(one, raw)


def local_name(name: str) -> str:
    """The name without its namespace prefix."""
    return name.rpartition(":")[2]


def markup_of(text: str, place: str = "") -> Iterator[re.Match[str]]:
    """Iterate over the tags, comments, CDATA sections and instructions of `text`. Raises UnreadableBody."""
    if text.count("<") > MOST_MARKUP:
        raise UnreadableBody("too-many-elements", place=place)
    position = 0
    while (position := text.find("<", position)) >= 0:
        found = MARKUP.match(text, position)
        if found is None:
            raise UnreadableBody("not-xml", place=place)
        yield found
        position = found.end()


def _group(element: _Element) -> tuple[int, ...]:
    """Positions among siblings of the same name; zeros at the end do not count, so a parent and its fields agree."""
    group = element.group
    while group and group[-1] == 0:
        group = group[:-1]
    return group


@dataclass(slots=True)
class _Walk:
    """One pass over the markup of a document that lxml has accepted."""

    opened: OpenedXml
    attributes: Sequence[str]
    place: str
    stack: list[_Element]

    def run(self) -> None:
        """Walk the whole document."""
        position = 0
        for found in markup_of(self.opened.text, self.place):
            if self.stack[-1].state is not None and found.start() > position:
                self.stack[-1].pieces.append(_unescape(self.opened.text[position : found.start()]))
            position = found.end()
            if found["open"]:
                self._open(found)
                if found["empty"]:
                    self._close(found.start(), found.end(), empty=True)
            elif found["close"]:
                self._close(found.start(), found.end(), empty=False)
            elif found["cdata"] is not None:
                self.stack[-1].pieces.append(found["cdata"])
            else:
                self.stack[-1].mixed = True

    def _open(self, found: re.Match[str]) -> None:
        parent = self.stack[-1]
        parent.mixed = True
        name = local_name(found["open"])
        nth = parent.counts.get(name, 0)
        parent.counts[name] = nth + 1
        if len(self.stack) > MOST_LEVELS:
            raise UnreadableBody("too-deep", place=self.place)
        state = parent.state.next(name) if parent.state is not None else None
        element = _Element(name, state, found.start(), found.end(), (*parent.group, nth))
        self.stack.append(element)
        if state is not None and state.hits:
            self._read_attributes(element, found)

    def _read_attributes(self, element: _Element, found: re.Match[str]) -> None:
        assert element.state is not None
        offset = found.start("attributes")
        for attribute in ATTRIBUTE.finditer(found["attributes"]):
            if attribute[1] == "xmlns" or attribute[1].startswith("xmlns:"):
                continue
            for which in element.state.hits:
                if self.attributes[which] in {local_name(attribute[1]), ANY}:
                    value = _unescape(re.sub(r"[\t\n\r]", " ", attribute[2][1:-1]))
                    self.opened.slots.append(Slot(which, value, Form.TEXT, _group(element)))
                    start, end = attribute.span(2)
                    self.opened.values.append((offset + start + 1, offset + end - 1))
                    self.opened.wholes.append((offset + attribute.start(), offset + attribute.end()))
                    break

    def _close(self, end_tag: int, end: int, *, empty: bool) -> None:
        element = self.stack.pop()
        if not self.stack:
            raise UnreadableBody("not-xml", place=self.place)
        state = element.state
        if state is None:
            return
        which = next((which for which in state.hits if not self.attributes[which]), None)
        if which is None or empty:
            return
        form = Form.CONTAINER if element.mixed else Form.TEXT
        self.opened.slots.append(Slot(which, "".join(element.pieces), form, _group(element)))
        self.opened.values.append((element.inside, end_tag))
        self.opened.wholes.append((element.start, end) if len(self.stack) > 1 else (-1, -1))


def open_xml(text: str, first: State, attributes: Sequence[str], *, place: str = "") -> OpenedXml:
    """Read `text` and find what the selectors name: `first` leads through elements, `attributes` has "" for texts.

    Raises UnreadableBody: not well-formed, a document type declaration, an encoding that is neither UTF-8 nor ASCII,
    more than 30 levels.
    """
    opened = OpenedXml(text)
    try:
        _Walk(opened, attributes, place, [_Element("", first, 0, 0, ())]).run()
    except (ValueError, OverflowError):  # a character reference to no character
        raise UnreadableBody("not-xml", place=place) from None
    check_xml(text, place)
    return opened


def check_xml(text: str, place: str = "") -> None:
    """Raise UnreadableBody unless `text` is a well-formed document in UTF-8 or ASCII."""
    encoding = _DECLARED_ENCODING.match(text)
    if encoding and encoding[1].lower() not in {"utf-8", "us-ascii", "ascii"}:
        raise UnreadableBody("charset", place=place)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        etree.fromstring(text.encode("utf-8"), parser)
    except (etree.LxmlError, ValueError):
        raise UnreadableBody("not-xml", place=place) from None
