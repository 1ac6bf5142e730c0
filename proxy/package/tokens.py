"""Finds where a package holds secrets and dispatch ids, without keeping them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from proxy.package.archive import Entry
from proxy.package.encoding import readable

_NAME = rb"(?:(?<![A-Za-z0-9_])|(?<=26)|(?<=3[Ff]))(?P<name>launch_?secret|launch_?token|dispatch_?id|dispatchtoken)"
_VALUE = rb"[A-Za-z0-9_.~+/\-]"
_IN_QUERY = re.compile(
    _NAME + rb"(?:=|%(?:25){0,3}3[Dd]|\\+(?:x3[Dd]|u003[Dd]))(?P<value>" + _VALUE + rb"+)", re.IGNORECASE
)
_IN_SCRIPT = re.compile(
    _NAME + rb"\\*[\"']?\s*+\]?\s*+[=:,]\s*+(?P<quote>\\*[\"'`])(?P<value>" + _VALUE + rb"+)(?P=quote)", re.IGNORECASE
)
_IN_PATH = re.compile(
    rb"/(?P<name>dispatch)(?:es)?(?:\\*/|%2F)(?P<value>[^/?\s\"'\\%]+)(?:\\*/|%2F)customConfig", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class TokenSpot:
    """Where a token or dispatch id stands: file, line and column (from 1, in bytes), its key, how long it is."""

    file: str
    line: int
    column: int
    name: str
    length: int


def find_tokens(entry: Entry) -> Iterator[TokenSpot]:
    """Give the tokens of a file in order; not their values."""
    content = readable(entry.content).content
    found = {
        match.start("value"): match
        for pattern in (_IN_QUERY, _IN_SCRIPT, _IN_PATH)
        for match in pattern.finditer(content)
    }
    for start, match in sorted(found.items()):
        name = match["name"].decode()
        yield TokenSpot(
            file=entry.name,
            line=content.count(b"\n", 0, start) + 1,
            column=start - content.rfind(b"\n", 0, start),
            name="dispatchid" if match.re is _IN_PATH else name,
            length=match.end("value") - start,
        )
