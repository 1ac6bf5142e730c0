"""Signatures of OAuth 1.0a (RFC 5849 section 3.4), as LTI 1.1 launches and outcome messages carry them.

HMAC-SHA1 and, beside the RFC, HMAC-SHA256; RSA and PLAINTEXT are not ours. LTI has no tokens, so the token's secret is
empty. A body that is no form is covered by `oauth_body_hash` ("OAuth Request Body Hash", draft 4).
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from urllib.parse import quote, unquote, urlsplit

from proxy.errors import UnreadableBody

Pairs = Sequence[tuple[str, str]]

METHODS: Mapping[str, str] = MappingProxyType({"HMAC-SHA1": "sha1", "HMAC-SHA256": "sha256"})
WINDOW_SECONDS = 300
"""How far a request's clock may be from ours, before and after (IMS LTI 1.1 section 4.1 leaves it to the receiver)."""

_PORTS: Mapping[str, int] = MappingProxyType({"http": 80, "https": 443})
_PARAMETER = re.compile(r'\s*([A-Za-z0-9_.~%-]+)="([^"\\]*)"\s*')
_STAMP = re.compile(r"[0-9]{1,12}")


def encoded(text: str) -> str:
    """Percent-encode the UTF-8 of `text` (RFC 5849 section 3.6): all but letters, digits, `-`, `.`, `_` and `~`."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="-._~")


def base_uri(address: str) -> str:
    """Return the base string URI (section 3.4.1.2): scheme and host in lower case, no default port, no query."""
    parts = urlsplit(address)
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    port = "" if parts.port is None or parts.port == _PORTS.get(scheme) else f":{parts.port}"
    return f"{scheme}://{host}{port}{parts.path or '/'}"


def normalized(pairs: Iterable[tuple[str, str]]) -> str:
    """Return the parameters in their normal form (section 3.4.1.3.2): encoded, sorted by name, then by value.

    `pairs` are decoded; those of the query, of the form and of the Authorization header together. Parameters that occur
    several times or are empty count. `realm` belongs to the header only and must have been left out.
    """
    kept = sorted((encoded(name), encoded(value)) for name, value in pairs if name != "oauth_signature")
    return "&".join(f"{name}={value}" for name, value in kept)


def base_string(method: str, address: str, pairs: Iterable[tuple[str, str]]) -> str:
    """Return the signature base string (section 3.4.1.1). The query of `address` must be among `pairs`."""
    return "&".join(encoded(part) for part in (method.upper(), base_uri(address), normalized(pairs)))


def signature(
    method: str,
    address: str,
    pairs: Iterable[tuple[str, str]],
    secret: str,
    *,
    by: str = "HMAC-SHA1",
    token_secret: str = "",
) -> str:
    """Return the signature in base64 (section 3.4.2). `by` is one of METHODS."""
    key = f"{encoded(secret)}&{encoded(token_secret)}".encode("ascii")
    return _digest(key, base_string(method, address, pairs), by)


def _digest(key: bytes, text: str, by: str) -> str:
    return base64.b64encode(hmac.new(key, text.encode("ascii"), METHODS[by]).digest()).decode("ascii")


def holds(given: str, method: str, address: str, pairs: Pairs, secret: str, *, by: str) -> bool:
    """Tell whether `given` is the signature; in constant time, and False for a method that is not one of METHODS."""
    if by not in METHODS:
        return False
    try:
        told = base64.b64decode(given, validate=True)
    except (ValueError, binascii.Error):
        return False
    return hmac.compare_digest(told, base64.b64decode(signature(method, address, pairs, secret, by=by)))


def body_hash(body: bytes, by: str = "HMAC-SHA1") -> str:
    """Return what `oauth_body_hash` must be for a body that is no form."""
    return base64.b64encode(hashlib.new(METHODS[by], body, usedforsecurity=False).digest()).decode("ascii")


def seconds_of(stamp: str) -> int | None:
    """Return the unix seconds of an `oauth_timestamp`; None if it is none (section 3.3: a positive integer)."""
    return int(stamp) if _STAMP.fullmatch(stamp) else None


def header_pairs(value: str) -> list[tuple[str, str]]:
    """Return the parameters of an `Authorization: OAuth …` value, decoded, without `realm` (section 3.5.1).

    Raises UnreadableBody for anything else, and for a parameter that occurs twice.
    """
    scheme, _, rest = value.strip().partition(" ")
    pieces = [_PARAMETER.fullmatch(piece) for piece in rest.split(",") if piece.strip()]
    if scheme.lower() != "oauth" or not pieces:
        raise UnreadableBody("authorization", place="header(authorization)")
    pairs: list[tuple[str, str]] = []
    for piece in pieces:
        if piece is None:
            raise UnreadableBody("authorization", place="header(authorization)")
        pairs.append((unquote(piece[1]), unquote(piece[2])))
    if len(dict(pairs)) < len(pairs):
        raise UnreadableBody("duplicate-key", place="header(authorization)")
    return [pair for pair in pairs if pair[0] != "realm"]


def header(pairs: Iterable[tuple[str, str]]) -> str:
    """Return the value of an Authorization header with `pairs` (section 3.5.1)."""
    return "OAuth " + ", ".join(f'{encoded(name)}="{encoded(value)}"' for name, value in pairs)
