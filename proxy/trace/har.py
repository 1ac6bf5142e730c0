"""A HAR file, entry by entry (HTTP Archive 1.2, http://www.softwareishard.com/blog/har-12-spec/).

Browsers write it, each in its own way, and its size is that of everything that was loaded: only one entry is held at a
time. What a writer left out (Chrome leaves out bodies it no longer has, and cookies unless asked) is told apart from
what was empty.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import ijson  # type: ignore[import-untyped]

from proxy.errors import HarInvalid
from proxy.message import Headers
from proxy.trace.har_body import answered, posted

_BOM = b"\xef\xbb\xbf"
_PACKED = (b"PK\x03\x04", b"\x1f\x8b")
_ENTRIES = "log.entries"
_SWITCHING = 101
"""Switching Protocols (RFC 9110 section 15.2.2): a WebSocket was opened."""


@dataclass(frozen=True, slots=True, repr=False)
class Recorded:
    """One request and its answer, as the browser saw them. It never prints."""

    number: int
    """Its place in the file, from 1."""
    method: str
    url: str
    headers: Headers
    body: bytes | None
    """None: there was one, and it is not in the file."""
    status: int
    """0: no answer, or none in the file."""
    answer_headers: Headers
    answer: bytes | None
    resource: str = ""
    """What the browser loaded it as (`_resourceType` of Chromium), "" if it does not say."""
    asked_by: str = ""
    """The address of the page or script that asked, "" if it does not say."""
    by_worker: bool = False
    """A service worker answered, not the network."""
    socket: bool = False


def entries(file: Path) -> Iterator[Recorded]:
    """Read the entries of a file in their order. Raises `HarInvalid`."""
    try:
        with file.open("rb") as stream:
            start = stream.read(4)
            if start.startswith(_PACKED):
                raise HarInvalid("packed")
            stream.seek(len(_BOM) if start.startswith(_BOM) else 0)
            yield from _entries(stream)
    except OSError:
        raise HarInvalid("cannot-be-read") from None


def _entries(stream: BinaryIO) -> Iterator[Recorded]:
    begin, number = stream.tell(), 0
    try:
        for number, item in enumerate(ijson.items(stream, f"{_ENTRIES}.item", use_float=True), start=1):
            yield _entry(item, number)
        if not number:
            stream.seek(begin)
            _check_empty(stream)
    except ijson.IncompleteJSONError:
        raise HarInvalid("not-json", place=f"after entry {number}") from None
    except (ijson.JSONError, UnicodeError, ValueError, RecursionError):
        raise HarInvalid("not-json", place=f"after entry {number}") from None


def _check_empty(stream: BinaryIO) -> None:
    """Tell a HAR file without entries from another JSON file."""
    listed = any((prefix, event) == (_ENTRIES, "start_array") for prefix, event, _ in ijson.parse(stream))
    raise HarInvalid("no-entries" if listed else "not-a-har")


def _entry(item: Any, number: int) -> Recorded:
    request, response = _table(item, "request", number), _table(item, "response", number, needed=False)
    method, url = request.get("method"), request.get("url")
    if not isinstance(method, str) or not isinstance(url, str) or not method or not url:
        raise HarInvalid("entry", place=f"entry {number}")
    resource = _text(item.get("_resourceType")).lower()
    status = response.get("status")
    status = int(status) if isinstance(status, int | float) and 100 <= status <= 599 else 0  # noqa: PLR2004  RFC 9110
    fields, answer_fields = _fields(request), _fields(response)
    scheme = url.partition(":")[0].lower()
    return Recorded(
        number=number,
        method=method.upper(),
        url=url,
        headers=fields,
        body=posted(request, fields),
        status=status,
        answer_headers=answer_fields,
        answer=answered(response, status, answer_fields),
        resource=resource,
        asked_by=_asker(item, fields),
        by_worker=bool(item.get("_fetchedViaServiceWorker")) or bool(response.get("_fetchedViaServiceWorker")),
        socket=scheme in {"ws", "wss"} or resource == "websocket" or status == _SWITCHING,
    )


def _table(item: Any, name: str, number: int, *, needed: bool = True) -> Mapping[str, Any]:
    found = item.get(name) if isinstance(item, dict) else None
    if isinstance(found, dict):
        return found
    if needed or not isinstance(item, dict):
        raise HarInvalid("entry", place=f"entry {number}")
    return {}


def _fields(message: Mapping[str, Any]) -> Headers:
    """Header fields without the pseudo-fields of HTTP/2; Chrome joins several Set-Cookie by line breaks."""
    pairs: list[tuple[str, str]] = []
    listed = message.get("headers")
    for one in listed if isinstance(listed, list) else ():
        name, value = (_text(one.get("name")), _text(one.get("value"))) if isinstance(one, dict) else ("", "")
        if name and not name.startswith(":"):
            pairs += [(name, part.strip("\r")) for part in value.split("\n")]
    return Headers(pairs)


def _asker(item: Mapping[str, Any], fields: Headers) -> str:
    """Who asked: by the fields that the browser sent, else by what it noted for its own panel."""
    named = fields.get("referer") or fields.get("origin")
    if named and named != "null":
        return named
    noted = item.get("_initiator")
    return _text(noted.get("url")) if isinstance(noted, dict) else ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
