"""Which header fields travel, in both directions. Both lists are allow-lists: what is not named stays behind.

Outward nothing that tells the browser or its network: no Referer, Origin, client address, forwarding fields, client
hints; User-Agent is one constant, the language is reduced to its primary tag. Inward nothing that could send the
browser around the proxy or make it report elsewhere (Alt-Svc, NEL, Report-To, Link, Refresh, foreign CSP).
"""

import re
from collections.abc import Iterable

from proxy.message import Headers

_OUTWARD = frozenset(
    {
        "accept",
        "content-type",
        "cache-control",
        "pragma",
        "if-none-match",
        "if-modified-since",
        "if-range",
        "range",
    }
)
_INWARD = frozenset(
    {
        "content-type",
        "content-language",
        "content-disposition",
        "content-range",
        "accept-ranges",
        "cache-control",
        "expires",
        "etag",
        "last-modified",
        "retry-after",
        "vary",
        "x-total-count",
    }
)
_LANGUAGE = re.compile(r"\s*([A-Za-z]{2,3})(?=[-,;\s]|$)")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_TEXT_FILE = re.compile(r"\.(?:x?html?|m?js|css|json|xml|svg|txt|jsp|xsd|dtd|map|vtt|srt|csv|m3u8)$", re.IGNORECASE)


def outward(headers: Headers, *, also: Iterable[str], user_agent: str, path: str) -> list[tuple[str, str]]:
    """Return the fields that may leave, in their order, with the constant ones added.

    `also` are the adapter's own fields. A Range of a text file is not forwarded: its addresses are rewritten, so its
    byte positions are not the cloud's.
    """
    allowed = _OUTWARD | {name.lower() for name in also}
    if _TEXT_FILE.search(path):
        allowed = allowed - {"range", "if-range"}
    kept = [(name, value) for name, value in headers if name.lower() in allowed and _VALUE.fullmatch(value)]
    kept.append(("User-Agent", user_agent))
    language = _LANGUAGE.match(headers.get("accept-language"))
    if language:
        kept.append(("Accept-Language", language[1].lower()))
    kept.append(("Accept-Encoding", "gzip"))
    return kept


def inward(headers: Headers, *, also: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Return the fields of an upstream answer that may reach the browser, in their order; `also` are the adapter's own.

    Of several types only the first goes on, which is the one we went by; a browser would go by the last (Fetch
    standard, section 2.2.2, "extract a MIME type").
    """
    allowed = _INWARD | set(also)
    kept = [(name, value) for name, value in headers if name.lower() in allowed and _is_sound(value)]
    first = next((pair for pair in kept if pair[0].lower() == "content-type"), None)
    return [pair for pair in kept if pair is first or pair[0].lower() != "content-type"]


def _is_sound(value: str) -> bool:
    """Undecodable bytes (kept as lone surrogates) and control characters cannot be written into a header again."""
    return value.isprintable() or value.replace("\t", " ").isprintable()
