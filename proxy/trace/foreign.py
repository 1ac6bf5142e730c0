"""Addresses in answers, and which of them lead to hosts that no mount covers.

The text is the one that the browser would get from the corridor: what the cloud's own addresses have become is settled
there. A host counts as loaded where a browser asks for it without a click, else as mentioned.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

_SLASH = rb"(?:/|\\/|%2[fF]|\\u002[fF])"
_COLON = rb"(?::|%3[aA]|\\u003[aA])"
_ADDRESS = re.compile(
    rb"(?:(?P<scheme>https?|wss?)" + _COLON + rb"|(?P<open>[\"'(=]))" + _SLASH + rb"{2}"
    rb"(?P<host>[a-z0-9](?:[a-z0-9-]*\.)+[a-z]{2,24}|[a-z0-9.-]*localhost)(?:" + _COLON + rb"(?P<port>\d{2,5}))?"
    rb"(?![a-z0-9.-]*@)",
    re.IGNORECASE,
)
_LOADS = re.compile(
    rb"(?:\b(?:src|srcset|action|formaction|data|poster|background|manifest)\s*=\s*[\"']?"
    rb"|<link\b[^<>]{0,200}\bhref\s*=\s*[\"']?|url\(\s*[\"']?|@import\s+[\"']?|\bimport\s*\(?\s*[\"']?"
    rb"|\b(?:fetch|importScripts|WebSocket|sendBeacon)\(\s*[\"']?|location(?:\.href)?\s*=\s*[\"']?)$",
    re.IGNORECASE,
)
_BEFORE = 220
_NAMESPACE = re.compile(rb"(?:xmlns(?::\w+)?|xsi:schemaLocation|xmlns\W.{0,40})\s*=\s*[\"'][^\"']*$", re.IGNORECASE)
_NEVER_ASKED = frozenset(
    [
        "www.w3.org",
        "ns.adobe.com",
        "purl.org",
        "www.adlnet.org",
        "www.adlnet.gov",
        "www.imsglobal.org",
        "www.imsproject.org",
        "schemas.microsoft.com",
        "schemas.xmlsoap.org",
        "xmlns.com",
        "json-schema.org",
        "schema.org",
        "w3id.org",
        "adlnet.gov",
        "activitystrea.ms",
        "id.tincanapi.com",
        "www.iana.org",
        "tools.ietf.org",
    ]
)
"""Names of vocabularies and namespaces: nobody loads anything from them."""
_KEPT = 256
MOST = 8 * 1024 * 1024
"""Bytes of an answer that are searched."""


@dataclass(slots=True)
class Foreign:
    """How often each host of no mount stands in an answer, by how."""

    loaded: Counter[str] = field(default_factory=Counter)
    mentioned: Counter[str] = field(default_factory=Counter)


class AddressSearch:
    """Searches a text that comes in pieces for addresses of hosts that are not in `known` (`host` or `host:port`)."""

    def __init__(self, known: Iterable[str]) -> None:
        """Begin an answer."""
        self.foreign = Foreign()
        self._known = frozenset(known) | _NEVER_ASKED
        self._tail = b""
        self._done = 0
        """Where in the tail the search goes on; before it are signs to look back at."""
        self._seen = 0

    def feed(self, piece: bytes) -> None:
        """Search the next piece; what is beyond the limit is not looked at."""
        room = MOST - self._seen
        if room > 0:
            self._seen += len(piece)
            text = self._tail + piece[:room]
            end = max(len(text) - _KEPT, 0)
            self._search(text, end)
            self._tail = text[max(end - _BEFORE, 0) :]
            self._done = end - max(end - _BEFORE, 0)

    def close(self) -> Foreign:
        """Search the rest; what was found."""
        self._search(self._tail, len(self._tail))
        return self.foreign

    def _search(self, text: bytes, end: int) -> None:
        for found in _ADDRESS.finditer(text, self._done):
            if found.start() >= end:
                break
            self._note(text, found)

    def _note(self, text: bytes, found: re.Match[bytes]) -> None:
        host = found["host"].lower().decode("ascii")
        port = (found["port"] or b"").decode("ascii")
        named = f"{host}:{port}" if port not in {"", "80", "443"} else host
        if named in self._known or host in _NEVER_ASKED:
            return
        before = text[max(found.start() - _BEFORE, 0) : found.start() + len(found["open"] or b"")]
        if _NAMESPACE.search(before[-120:]):
            return
        (self.foreign.loaded if _LOADS.search(before) else self.foreign.mentioned)[named] += 1
