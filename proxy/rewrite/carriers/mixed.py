"""multipart/mixed bodies of xAPI (1.0.3 part 3, 1.5.2; RFC 2046 section 5.1.3): statements, then attachments.

Strict where two readers may read differently: a preamble or an epilogue, a line that only begins like the boundary, a
header field that occurs twice or is none of the four that have a meaning here. The conformance suite's own oddities
pass: an empty line before the first boundary, boundaries of many hyphens, no blank after a colon. So does TinCanJS,
and @xapi/xapi, which end no attachment with a line end: it is put where it is missing, and a part that was cut in the
wrong place has another hash than its statement says. What the latter calls its JSON (Content-Disposition) is left out.

Answers are read leniently, for what we make of them is all that anybody reads: Learning Locker names a charset before
the boundary, counts characters for Content-Length, and lacks the line end, too.
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
_BOUNDARY = re.compile(rf";\s*boundary\s*=\s*(?:{_QUOTED}|{_BARE})\s*(?=;|\Z)", re.IGNORECASE)
_KEPT = frozenset({"content-type", "content-transfer-encoding", "x-experience-api-hash"})
_FIELDS = _KEPT | frozenset({"content-length", "content-disposition"})
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
        """Return the whole body with other statements; of part heads what has a meaning, and no lengths."""
        mark = b"--" + self.boundary
        bodies = (json, *(part.body for part in self.parts[1:]))
        pieces = [
            mark + b"\r\n" + _kept(part.head) + b"\r\n\r\n" + body + b"\r\n"
            for part, body in zip(self.parts, bodies, strict=True)
        ]
        return b"".join(pieces) + mark + b"--\r\n"


def open_mixed(body: bytes, content_type: str, *, lenient: bool = False) -> Mixed:
    """Read a multipart/mixed body. Raises UnreadableBody with what is odd about it."""
    found = (_BOUNDARY.search if lenient else _TYPE.match)(content_type.strip())
    if found is None:
        raise UnreadableBody("boundary", place=_PLACE)
    boundary = (found[1] or found[2]).encode("ascii")
    before, *pieces = re.split(rb"(?:\r\n)?--" + re.escape(boundary), body)
    if before or not pieces:
        raise UnreadableBody("preamble", place=_PLACE)
    last = pieces.pop()
    if not last.startswith(b"--") or last[2:].strip(b"\r\n \t"):
        raise UnreadableBody("not-closed" if not last.startswith(b"--") else "epilogue", place=_PLACE)
    if not pieces or len(pieces) > MOST_PARTS:
        raise UnreadableBody("parts", place=_PLACE)
    return Mixed(boundary, [_part(piece, lenient=lenient) for piece in pieces])


def _part(piece: bytes, *, lenient: bool) -> MixedPart:
    if not piece.startswith(b"\r\n"):  # blanks after the boundary, or a line that only begins like it
        raise UnreadableBody("boundary-line", place=_PLACE)
    head, blank, body = piece[2:].partition(b"\r\n\r\n")
    if not blank or len(head) > _LONGEST_HEAD:
        raise UnreadableBody("part-head", place=_PLACE)
    fields: dict[str, str] = {}
    for line in head.split(b"\r\n"):
        field = _FIELD.fullmatch(line)
        name = field[1].decode().lower() if field else ""
        if field is None or name in fields or (name not in _FIELDS and not lenient):
            raise UnreadableBody("part-header", place=_PLACE)
        fields[name] = field[2].decode().strip()
    if fields.get("content-transfer-encoding", "").lower() not in _BINARY:
        raise UnreadableBody("transfer-encoding", place=_PLACE)
    if not lenient and fields.get("content-length", str(len(body))) != str(len(body)):
        raise UnreadableBody("part-length", place=_PLACE)
    return MixedPart(fields, head, body)


def _kept(head: bytes) -> bytes:
    lines = head.split(b"\r\n")
    return b"\r\n".join(line for line in lines if line.partition(b":")[0].decode("ascii").lower() in _KEPT)
