"""How `:` and `/` may be spelled inside addresses: in JSON, in scripts, in HTML, percent-encoded, and nested.

The letters, digits, dots and hyphens of an origin stay the same in all of these, so an origin is respelled by keeping
the separators that were found and exchanging what stands between them.
"""

from enum import StrEnum

COLON = rb"(?::|%(?:25){0,3}3[Aa]|\\{1,4}(?:x3[Aa]|u003[Aa])|&#58;|&#[xX]3[Aa];|&colon;)"
SLASH = rb"(?:\\{0,4}/|%(?:25){0,3}(?:5[Cc]%(?:25){0,3})?2[Ff]|\\{1,4}(?:x2[Ff]|u002[Ff])|&#47;|&#[xX]2[Ff];|&sol;)"

_COLON_OF = (
    (b"%", (b"2F", b"3A"), (b"2f", b"3a")),
    (b"\\x", (b"x2f", b"x3a"), (b"x2F", b"x3A")),
    (b"\\u", (b"u002f", b"u003a"), (b"u002F", b"u003A")),
    (b"&", (b"47", b"58"), (b"x2f", b"x3a"), (b"x2F", b"x3A"), (b"sol", b"colon")),
)


class Spelling(StrEnum):
    """The way an address is written; what the report calls it."""

    PLAIN = "plain"
    JSON = "json-escaped"
    SCRIPT = "script-escaped"
    ENTITY = "html-entity"
    PERCENT = "percent-encoded"
    PERCENT_TWICE = "percent-encoded twice or more"
    RELATIVE = "protocol-relative"
    ODD = "unusual"
    BASE64 = "base64"
    BARE = "host name only"


def spelling_of(colon: bytes, slash: bytes) -> Spelling:
    """Name the spelling of an address with these separators; an empty `colon` means that it has no scheme."""
    if b"%25" in slash:
        return Spelling.PERCENT_TWICE
    if slash.startswith(b"%"):
        return Spelling.PERCENT
    if slash.startswith(b"&"):
        return Spelling.ENTITY
    if slash.startswith(b"\\"):
        return Spelling.JSON if slash.endswith(b"/") else Spelling.SCRIPT
    return Spelling.PLAIN if colon else Spelling.RELATIVE


def colon_like(slash: bytes) -> bytes:
    """Spell a colon the way `slash` is spelled, for an address that has no colon of its own."""
    for mark, *swaps in _COLON_OF:
        if slash.lstrip(b"\\").startswith(mark.lstrip(b"\\")):
            for old, new in swaps:
                if old in slash:
                    return slash.replace(old, new)
    return b":"
