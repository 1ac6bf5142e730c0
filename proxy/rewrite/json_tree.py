"""A JSON text that has been checked already, as values with the places where they stand, so that they can be replaced.

Only for texts that `proxy.rewrite.carriers.json_scan` has walked: grammar, duplicate keys, escapes and depth are its
concern, and here they are taken for granted.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from json.decoder import scanstring  # type: ignore[attr-defined]  # the strict reader behind json.loads

_BLANKS = re.compile(r"[ \t\n\r]*")
_WORD = re.compile(r"[^ \t\n\r,\]}]+")


@dataclass(slots=True)
class Node:
    """One value: `value` of a string, `members` of an object, `elements` of a list; other scalars have neither."""

    start: int
    end: int
    value: str | None = None
    members: Mapping[str, "Node"] | None = None
    elements: list["Node"] | None = None
    chunk: tuple[int, int] = (0, 0)
    """Of a member: where it stands with its key, without the comma."""

    def strings(self) -> Iterator["Node"]:
        """Every string in it, at any depth; keys are not among them."""
        if self.value is not None:
            yield self
        for inner in (*(self.members or {}).values(), *(self.elements or ())):
            yield from inner.strings()


@dataclass(slots=True)
class _Reader:
    text: str
    at: int = field(default=0)

    def node(self) -> Node:
        self.at = self._skip(self.at)
        start = self.at
        sign = self.text[start]
        if sign == '"':
            value, self.at = scanstring(self.text, start + 1)
            return Node(start, self.at, value)
        if sign == "{":
            members = dict(self._members())
            return Node(start, self.at, members=members)
        if sign == "[":
            elements = list(self._elements())
            return Node(start, self.at, elements=elements)
        word = _WORD.match(self.text, start)
        self.at = word.end() if word else len(self.text)
        return Node(start, self.at)

    def _members(self) -> Iterator[tuple[str, Node]]:
        self.at = self._skip(self.at + 1)
        while self.text[self.at] != "}":
            start = self.at
            key, self.at = scanstring(self.text, self.at + 1)
            self.at = self._skip(self.at) + 1  # the colon
            node = self.node()
            node.chunk = (start, self.at)
            yield key, node
            self._separator()
        self.at += 1

    def _elements(self) -> Iterator[Node]:
        self.at = self._skip(self.at + 1)
        while self.text[self.at] != "]":
            yield self.node()
            self._separator()
        self.at += 1

    def _separator(self) -> None:
        self.at = self._skip(self.at)
        if self.text[self.at] == ",":
            self.at = self._skip(self.at + 1)

    def _skip(self, at: int) -> int:
        blanks = _BLANKS.match(self.text, at)
        return blanks.end() if blanks else at


def remove_members(node: Node, keys: Sequence[str]) -> list[tuple[int, int, str]]:
    """Return the edits that take members out of an object, each with the one comma that it leaves over."""
    kept_before = False
    edits: list[tuple[int, int, str]] = []
    members = list((node.members or {}).items())
    for place, (key, member) in enumerate(members):
        if key not in keys:
            kept_before = True
            continue
        start, end = member.chunk
        if kept_before:
            start = members[place - 1][1].chunk[1]
        elif place + 1 < len(members):
            end = members[place + 1][1].chunk[0]
        edits.append((start, end, ""))
    return edits


def remove_elements(node: Node, gone: Sequence[Node]) -> list[tuple[int, int, str]]:
    """Return the edits that take elements out of a list, each with the one comma that it leaves over."""
    kept_before = False
    edits: list[tuple[int, int, str]] = []
    elements = node.elements or []
    for place, one in enumerate(elements):
        if not any(one is other for other in gone):
            kept_before = True
            continue
        start = elements[place - 1].end if kept_before else one.start
        end = one.end if kept_before or place + 1 == len(elements) else elements[place + 1].start
        edits.append((start, end, ""))
    return edits


def tree_of(text: str) -> Node:
    """Read a checked JSON text."""
    return _Reader(text).node()
