"""Tells whether a place in an XML, XSD, DTD or HTML file is one that nothing ever opens.

A namespace is an identifier that looks like an address; a comment in a schema is read by nobody. Everywhere else an
address may be opened by a browser or an LMS. lxml gives no byte positions, so this is a small scanner of its own; it
only ever *allows* at places it recognised, so a construct it does not understand allows nothing.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from enum import Enum, auto

_WINDOW = 64 * 1024  # no tag or declaration is longer; keeps hostile input linear
_TAG = re.compile(rb"<(/?)([A-Za-z_][\w.:\-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*+)>")
_ATTRIBUTE = re.compile(rb"(?<![\w.:\-])([\w.:\-]++)\s*+=\s*+(\"[^\"]*\"|'[^']*')")
_DOCTYPE = re.compile(rb"<!DOCTYPE(?:[^<>\"'\[]|\"[^\"]*\"|'[^']*')*+[\[>]", re.IGNORECASE)  # the subset comes after
_DECLARATION = re.compile(rb"<!(?:ENTITY|ATTLIST|ELEMENT|NOTATION)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*+>")
_NAMESPACE_ATTRIBUTES = frozenset({b"targetNamespace", b"namespace", b"schemaLocation", b"noNamespaceSchemaLocation"})
_SCHEMA_ATTRIBUTES = frozenset({b"source", b"system", b"public", b"value", b"fixed", b"default"})
_PROSE = frozenset({b"documentation", b"appinfo"})


class Ground(Enum):
    """What stands at a place: something live, a namespace or schema identifier, or prose for human readers."""

    LIVE = auto()
    NAMESPACE = auto()
    PROSE = auto()


class Markup:
    """The places of one file; `extension` decides what is looked for."""

    def __init__(self, content: bytes, extension: str) -> None:
        """Scan `content` once."""
        found: Iterator[tuple[int, int, Ground]] = iter(())
        if extension in {"xml", "xsd", "dtd"}:
            found = _scan(content, schema=extension != "xml")
        elif extension in {"html", "htm", "xhtml"}:
            match = _DOCTYPE.search(content, 0, _WINDOW)
            found = iter([(match.start(), match.end(), Ground.NAMESPACE)] if match else [])
        self._spans = sorted(found, key=lambda span: span[0])
        self._starts = [start for start, _, _ in self._spans]

    def ground(self, offset: int) -> Ground:
        """Return what stands at `offset`."""
        index = bisect_right(self._starts, offset) - 1
        if index >= 0 and offset < self._spans[index][1]:
            return self._spans[index][2]
        return Ground.LIVE


def _scan(content: bytes, *, schema: bool) -> Iterator[tuple[int, int, Ground]]:
    """Give the spans of `content` that are not live; they do not overlap."""
    at, prose_from, depth = 0, -1, 0
    while (at := content.find(b"<", at)) >= 0:
        end = _skipped(content, at)
        if end:
            if content.startswith(b"<!--", at) and not depth:
                yield at, end, Ground.PROSE
            at = end
            continue
        declaration = _DOCTYPE.match(content, at, at + _WINDOW) or _DECLARATION.match(content, at, at + _WINDOW)
        tag = _TAG.match(content, at, at + _WINDOW)
        if declaration:
            yield declaration.start(), declaration.end(), Ground.NAMESPACE
            at = declaration.end()
        elif tag:
            name = tag[2].rpartition(b":")[2]
            if schema and name in _PROSE and not tag[3].endswith(b"/"):
                depth += -1 if tag[1] else 1
                if depth == 1 and not tag[1]:
                    prose_from = tag.end()
                elif depth == 0 and tag[1]:
                    yield prose_from, tag.start(), Ground.PROSE
            if not depth or (depth == 1 and prose_from == tag.end()):
                yield from _namespaces(tag, schema=schema)
            at = tag.end()
        else:
            at += 1


def _skipped(content: bytes, at: int) -> int:
    """Return the end of a comment, CDATA section or processing instruction that begins at `at`, or 0."""
    for opening, closing in ((b"<!--", b"-->"), (b"<![CDATA[", b"]]>"), (b"<?", b"?>")):
        if content.startswith(opening, at):
            end = content.find(closing, at + len(opening))
            return end + len(closing) if end >= 0 else len(content) + 1
    return 0


def _namespaces(tag: re.Match[bytes], *, schema: bool) -> Iterator[tuple[int, int, Ground]]:
    for attribute in _ATTRIBUTE.finditer(tag[3]):
        full = attribute[1]
        local = full.rpartition(b":")[2]
        named = full == b"xmlns" or full.startswith(b"xmlns:") or local in _NAMESPACE_ATTRIBUTES
        if named or (schema and local in _SCHEMA_ATTRIBUTES):
            yield tag.start(3) + attribute.start(2), tag.start(3) + attribute.end(2), Ground.NAMESPACE
