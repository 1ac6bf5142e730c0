"""The text of a request as it goes onto the wire, and what we accept of an answer's head. Pure."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from proxy.errors import UpstreamFailed

BAD_ORIGIN = "bad-origin"
UNSAFE_REQUEST = "unsafe-request"
MALFORMED = "malformed-answer"

# A proxy speaks for its own connection (RFC 9110 section 7.6.1): what callers say about framing or connection is
# replaced by what is true here, so that a copied field can never disagree with the bytes that follow it.
_OURS = frozenset(
    (
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "upgrade",
        "expect",
    )
)
_CODING = "transfer-encoding"
_CODING_LENGTH = len(_CODING)
_EXPECT_CONTENT = frozenset(("POST", "PUT", "PATCH"))

_ORIGIN = re.compile(r"(https?)://(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._-]+)(?::([0-9]{1,5}))?", re.ASCII)
_METHOD = re.compile(r"(?!CONNECT$)[A-Z][A-Z-]*", re.ASCII)
_TARGET = re.compile(r"/[!-~]*|\*", re.ASCII)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)  # RFC 9110 section 5.6.2
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class Origin(NamedTuple):
    """Where a connection goes: `host` without brackets, `authority` as it stands in the Host field."""

    secure: bool
    host: str
    port: int
    authority: str


def parse_origin(text: str) -> Origin:
    """Split `https://host[:port]` (RFC 6454 section 6.2); anything else raises `UpstreamFailed`."""
    match = _ORIGIN.fullmatch(text)
    if match is None:
        raise UpstreamFailed(BAD_ORIGIN)
    scheme, host, port = match.groups()
    secure = scheme == "https"
    number = int(port) if port else (443 if secure else 80)
    if not 0 < number < 65536:  # noqa: PLR2004  the range of a TCP port
        raise UpstreamFailed(BAD_ORIGIN)
    return Origin(secure, host.strip("[]"), number, f"{host}:{port}" if port else host)


def address_of(host: str) -> str:
    """Return what to connect to: names below `localhost` are this machine (RFC 6761 section 6.3), DNS or not."""
    return "127.0.0.1" if host.endswith(".localhost") else host


def request_head(method: str, target: str, authority: str, headers: Sequence[tuple[str, str]], size: int) -> bytes:
    """Return request line and header section for a body of `size` bytes (RFC 9112 sections 2 and 3).

    `target` goes out byte for byte. Text that could end a line or a field (CR, LF, NUL and other controls), a name
    that is no token or a target that is not printable ASCII raises `UpstreamFailed("unsafe-request")`.
    Values are UTF-8 with surrogate escapes, as aiohttp's server side reads and writes them.
    """
    if not _METHOD.fullmatch(method) or not _TARGET.fullmatch(target):
        raise UpstreamFailed(UNSAFE_REQUEST)
    lines = [f"{method} {target} HTTP/1.1", f"Host: {authority}"]
    names = []
    for name, value in headers:
        names.append(name or " ")
        if name.lower() not in _OURS:
            lines.append(f"{name}: {value}")
    if size or method in _EXPECT_CONTENT:
        lines.append(f"Content-Length: {size}")
    if (names and not _TOKEN.fullmatch("".join(names))) or not _harmless("".join(lines)):
        raise UpstreamFailed(UNSAFE_REQUEST)
    lines.append("\r\n")
    try:
        return "\r\n".join(lines).encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise UpstreamFailed(UNSAFE_REQUEST) from None


def acceptable(headers: tuple[tuple[str, str], ...]) -> bool:
    """Tell whether an answer's `headers` may be handed on.

    The parser is lenient towards servers: it lets control characters pass in values and hands out the bytes of a
    transfer coding it does not know.
    """
    if not _harmless("".join([value for _, value in headers])):
        return False
    for name, value in headers:
        if len(name) == _CODING_LENGTH and name.lower() == _CODING and value.lower() != "chunked":
            return False
    return True


def _harmless(text: str) -> bool:
    """Tell whether `text` is free of control characters but tab; `isprintable` is the quick yes for nearly all."""
    return text.isprintable() or _CONTROL.search(text) is None
