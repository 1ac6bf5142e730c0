"""multipart/mixed bodies of xAPI (1.0.3 part 3, 1.5.2; RFC 2046 section 5.1.3): statements, then attachments.

Strict where two readers may read differently: a preamble or an epilogue, a line that only begins like the boundary, a
header field that occurs twice or is none of the four that have a meaning here. The conformance suite's own oddities
pass: an empty line before the first boundary, boundaries of many hyphens, no blank after a colon.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from proxy.errors import UnreadableBody

MOST_PARTS = 500
_PLACE = "multipart()"
_QUOTED = r"\"([0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-])\""
_BARE = r"([0-9A-Za-z'()+_./:=?-]{1,70})"
_TYPE = re.compile(rf"multipart/mixed\s*;\s*boundary=(?:{_QUOTED}|{_BARE})\s*;?\s*\Z", re.IGNORECASE)
_FIELDS = frozenset({"content-type", "content-length", "content-transfer-encoding", "x-experience-api-hash"})
_BINARY = frozenset({"", "binary", "8bit", "7bit"})
_LONGEST_HEAD = 4096
_FIELD = re.compile(rb"([!-9;-~]+):[ \t]*([\t\x20-\x7e]*)")


@dataclass(frozen=True, slots=True, repr=False)
class MixedPart:
    """One part: its header fields by name in lower case, its head as it came, its bytes."""

    fields: Mapping[str, str]
    head: bytes
    body: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Mixed:
    """A multipart body. The first part is the JSON."""

    boundary: bytes
    parts: Sequence[MixedPart]

    @property
    def json(self) -> bytes:
        """The statements."""
        return self.parts[0].body

    def joined(self, json: bytes) -> bytes:
        """Return the whole body with other statements; lengths in part heads are left out, for one has changed."""
        mark = b"--" + self.boundary
        bodies = (json, *(part.body for part in self.parts[1:]))
        pieces = [
            mark + b"\r\n" + _without_length(part.head) + b"\r\n\r\n" + body + b"\r\n"
            for part, body in zip(self.parts, bodies, strict=True)
        ]
        return b"".join(pieces) + mark + b"--\r\n"


def open_mixed(body: bytes, content_type: str) -> Mixed:
    """Read a multipart/mixed body. Raises UnreadableBody with what is odd about it."""
    found = _TYPE.match(content_type.strip())
    if found is None:
        raise UnreadableBody("boundary", place=_PLACE)
    boundary = (found[1] or found[2]).encode("ascii")
    mark = b"\r\n--" + boundary
    whole = body if body.startswith(b"\r\n") else b"\r\n" + body
    if not whole.startswith(mark):
        raise UnreadableBody("preamble", place=_PLACE)
    pieces = whole[len(mark) :].split(mark)
    last = pieces.pop()
    if not last.startswith(b"--") or last[2:].strip(b"\r\n \t"):
        raise UnreadableBody("not-closed" if not last.startswith(b"--") else "epilogue", place=_PLACE)
    if not pieces or len(pieces) > MOST_PARTS:
        raise UnreadableBody("parts", place=_PLACE)
    return Mixed(boundary, [_part(piece) for piece in pieces])


def _part(piece: bytes) -> MixedPart:
    if not piece.startswith(b"\r\n"):  # blanks after the boundary, or a line that only begins like it
        raise UnreadableBody("boundary-line", place=_PLACE)
    head, blank, body = piece[2:].partition(b"\r\n\r\n")
    if not blank or len(head) > _LONGEST_HEAD:
        raise UnreadableBody("part-head", place=_PLACE)
    fields: dict[str, str] = {}
    for line in head.split(b"\r\n"):
        field = _FIELD.fullmatch(line)
        name = field[1].decode().lower() if field else ""
        if field is None or name in fields or name not in _FIELDS:
            raise UnreadableBody("part-header", place=_PLACE)
        fields[name] = field[2].decode().strip()
    if fields.get("content-transfer-encoding", "").lower() not in _BINARY:
        raise UnreadableBody("transfer-encoding", place=_PLACE)
    if "content-length" in fields and fields["content-length"] != str(len(body)):
        raise UnreadableBody("part-length", place=_PLACE)
    return MixedPart(fields, head, body)


def _without_length(head: bytes) -> bytes:
    return b"\r\n".join(line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length:"))
