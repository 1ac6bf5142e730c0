"""The bodies of a HAR entry: as bytes, or None where the file does not have them."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from proxy.message import Headers, media_of

MOST_BYTES = 64 * 1024 * 1024
"""A longer body counts as one that is not in the file."""
_FORM = "application/x-www-form-urlencoded"
_DAMAGED = "\ufffd"
"""A browser writes it in place of bytes that are no text: what was sent is not in the file any more."""
_WITHOUT = frozenset({0, 204, 304})
_LATIN = frozenset({"iso-8859-1", "latin1", "windows-1252"})


def posted(request: Mapping[str, Any], fields: Headers) -> bytes | None:
    """The body of a request (section `postData`)."""
    data = request.get("postData")
    if not isinstance(data, dict):
        return b"" if _sent_nothing(request, fields) else None
    text = data.get("text")
    if isinstance(text, str) and (text or not data.get("params")):
        if not text and not _sent_nothing(request, fields):
            return None
        return None if _DAMAGED in text else _bytes_of(text, data.get("encoding"), "")
    params = data.get("params")
    if isinstance(params, list) and params and media_of(str(data.get("mimeType", "")))[0] == _FORM:
        pairs = [(str(one.get("name", "")), str(one.get("value", ""))) for one in params if isinstance(one, dict)]
        return urlencode(pairs).encode()
    return b"" if not params and _sent_nothing(request, fields) else None


def _sent_nothing(request: Mapping[str, Any], fields: Headers) -> bool:
    size = request.get("bodySize")
    if isinstance(size, int | float) and size >= 0:
        return size == 0
    length = fields.get("content-length").strip()
    if length:
        return length == "0"
    return not fields.get("content-type")


def answered(response: Mapping[str, Any], status: int, fields: Headers) -> bytes | None:
    """The body of an answer (section `content`), without its content encoding, as HAR files have it."""
    content = response.get("content")
    content = content if isinstance(content, dict) else {}
    text = content.get("text")
    if isinstance(text, str) and (text or not _size(content)):
        charset = media_of(fields.get("content-type"))[1]
        return _bytes_of(text, content.get("encoding"), charset)
    if status in _WITHOUT or 300 <= status < 400:  # noqa: PLR2004  redirection, RFC 9110 section 15.4
        return b""
    return b"" if content.get("size") == 0 or fields.get("content-length").strip() == "0" else None


def _size(content: Mapping[str, Any]) -> float:
    size = content.get("size")
    return size if isinstance(size, int | float) else 0


def _bytes_of(text: str, encoding: Any, charset: str) -> bytes | None:
    if len(text) > MOST_BYTES:
        return None
    if encoding == "base64":
        try:
            return base64.b64decode(text, validate=False)
        except (ValueError, binascii.Error):
            return None
    if charset in _LATIN:
        try:
            return text.encode("latin-1")
        except UnicodeEncodeError:
            pass
    return text.encode("utf-8", "surrogatepass")
