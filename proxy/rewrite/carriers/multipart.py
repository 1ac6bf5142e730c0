"""Uploads of course content: multipart/form-data (RFC 7578) with one file and a few short texts.

The file is content that every learner gets, and is not read. Everything around it is: a name in a file name, in a part
that nobody declared or in a header of a part would leave with it.
"""

import re

from proxy.errors import UnknownField, UnreadableBody

_BOUNDARY = re.compile(
    r"[^;]+;\s*boundary=(?:\"([0-9A-Za-z'()+_,./:=? -]{1,70})\"|([0-9A-Za-z'()+_./:=?-]{1,70}))\s*\Z"
)
_NAME = re.compile(rb'form-data;\s*name="([^"\r\n]*)"(?:;\s*filename="([^"\r\n]*)")?\s*\Z', re.IGNORECASE)
_HEADERS = frozenset({b"content-disposition", b"content-type", b"content-length"})
_MOST_PARTS = 10
_LONGEST_HEAD = 2048


def texts_of_upload(body: bytes, content_type: str, parts: tuple[str, ...]) -> list[bytes]:
    """Return everything of a multipart body but the content of its files: heads of parts, and parts without file name.

    `parts` are the names they may have. Raises `UnreadableBody` for anything that two readers may read differently
    (a preamble, an epilogue, a part with other header fields, a transfer encoding), `UnknownField` for other parts.
    """
    found = _BOUNDARY.match(content_type)
    if found is None:
        raise UnreadableBody("boundary", place="multipart()")
    boundary = b"--" + (found[1] or found[2]).encode("ascii")
    if not body.startswith(boundary + b"\r\n"):
        raise UnreadableBody("preamble", place="multipart()")
    if not body.rstrip(b"\r\n").endswith(b"\r\n" + boundary + b"--"):
        raise UnreadableBody("not-closed", place="multipart()")
    chunks = body[len(boundary) + 2 : body.rindex(b"\r\n" + boundary + b"--")].split(b"\r\n" + boundary + b"\r\n")
    if len(chunks) > _MOST_PARTS:
        raise UnreadableBody("too-many-parts", place="multipart()")
    texts: list[bytes] = []
    for chunk in chunks:
        head, blank, _ = chunk.partition(b"\r\n\r\n")
        if not blank or len(head) > _LONGEST_HEAD:
            raise UnreadableBody("part", place="multipart()")
        is_file = _read_head(head, parts)
        texts.append(head if is_file else chunk)
    return texts


def _read_head(head: bytes, parts: tuple[str, ...]) -> bool:
    """Check the header fields of a part; tell whether it is a file."""
    fields: dict[bytes, bytes] = {}
    for line in head.split(b"\r\n"):
        name, colon, value = line.partition(b":")
        name = name.strip().lower()
        if not colon or name in fields or name not in _HEADERS or b"\n" in line or b"\r" in line:
            raise UnreadableBody("part-header", place="multipart()")
        fields[name] = value.strip()
    found = _NAME.fullmatch(fields.get(b"content-disposition", b""))
    if found is None or fields.get(b"content-type", b"").lower().startswith(b"multipart/"):
        raise UnreadableBody("part-header", place="multipart()")
    if found[1].decode("latin-1") not in parts:
        raise UnknownField("unknown-part", place="multipart()")
    return found[2] is not None
