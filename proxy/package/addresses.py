"""Finds absolute addresses in the bytes of a file, in every spelling a script or page may hold them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from proxy.package.spelling import COLON, SLASH, Spelling, spelling_of

_WORD = rb"[A-Za-z0-9_\x80-\xff]"
_HOST = rb"(?:\[[0-9A-Fa-f:.]{2,45}\]|" + _WORD + rb"(?:[A-Za-z0-9_\x80-\xff.\-]{0,253}" + _WORD + rb")?)"
_SCHEME = rb"(?:https?|wss?|s?ftps?|file)"
_PORT = rb"(?P<port>(?:" + COLON + rb"[0-9]{1,5}(?![0-9]))?)"

# What may follow an origin. Anything else (`@`, a second colon, an encoded dot) could make the text before it a user
# name or only the beginning of a host, so such an address is not understood and therefore never allowed.
_AFTER = re.compile(
    SLASH
    + rb"|\Z|[\s\"'`<>?#]|[)\],;|}*](?![\w.\-])|\\{1,4}[nrt\"'`\\]|\.(?:[\s\"'<]|\Z)"
    + rb"|%(?:25){0,3}(?:2[023678]|3[BbCcEeFf])|&(?:amp|quot|apos|lt|gt|#39|#34);|&[\w.]+="
)
_ABSOLUTE = re.compile(
    rb"(?P<scheme>"
    + _SCHEME
    + rb")(?P<colon>"
    + COLON
    + rb")(?P<first>"
    + SLASH
    + rb")(?P<second>"
    + SLASH
    + rb")(?P<host>"
    + _HOST
    + rb")"
    + _PORT,
    re.IGNORECASE,
)
_LABEL = rb"[A-Za-z0-9_\x80-\xff\-]{1,63}"
_DOTTED = (
    rb"(?:localhost|[0-9]{1,3}(?:\.[0-9]{1,3}){3}|(?:"
    + _LABEL
    + rb"\.){1,126}[A-Za-z\x80-\xff][A-Za-z0-9\x80-\xff\-]{1,62})"
)
_WHOLE = rb"(?![A-Za-z0-9_\x80-\xff\-]|\.[A-Za-z0-9\x80-\xff])"  # the host name ends here
_USER = rb"[A-Za-z0-9_.~\-]{1,64}(?=(?::[^@\s\"'`]{0,64})?(?:@|%(?:25){0,3}40))"
_LOCAL = _WORD + rb"[A-Za-z0-9_\-]{0,62}(?=" + COLON + rb"[0-9])"
_RELATIVE = re.compile(
    rb"(?:(?<=[\"'`=])|(?<=url\()|(?<=%22)|(?<=%27)|(?<=&quot;)|(?<=&#34;)|(?<=&#39;))"
    rb"(?P<first>" + SLASH + rb")(?P<second>" + SLASH + rb")"
    rb"(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|" + _USER + rb"|" + _DOTTED + _WHOLE + rb"|" + _LOCAL + rb")" + _PORT,
    re.IGNORECASE,
)
_CODE = re.compile(rb"\s{0,9}[(\[=+]")  # 'a'//b.c(d): a comment behind a string
_SLASHED = re.compile(
    rb"(?P<first>" + SLASH + rb")(?P<second>" + SLASH + rb")(?P<host>" + _HOST + rb")" + _PORT, re.IGNORECASE
)
# Browsers forgive a wrong number of slashes, and backslashes, behind the scheme (WHATWG URL, "special authority
# ignore slashes state"); nobody writes them on purpose.
_ODD = re.compile(
    rb"(?:https?|wss?)"
    + COLON
    + rb"(?:(?P<one>"
    + SLASH
    + rb")(?:(?P=one){2,8})?|\\{2,8})?"
    + _DOTTED
    + _WHOLE
    # not a method called on a regular expression: /^https:/i.test(...)
    + rb"(?!\s{0,9}\()",
    re.IGNORECASE,
)
_BASE64 = re.compile(rb"aHR0c(?:HM6Ly|DovL)")
_TAIL = re.compile(rb"[^\s\"'`<>\\)]{0,2048}")


@dataclass(frozen=True, slots=True, repr=False)
class Hit:
    """One address in a file, from `start` to `end` of its origin; `scheme` is "" where the address has none.

    `clear` tells that the origin is understood beyond doubt. The separators are kept as they are written.
    """

    start: int
    end: int
    spelling: Spelling
    clear: bool
    scheme: str = ""
    host: str = ""
    port: int | None = None
    colon: bytes = b""
    slashes: tuple[bytes, bytes] = (b"", b"")

    @property
    def origin(self) -> str:
        """The origin for a human reader; never more of the address, which may hold secrets."""
        if not self.clear:
            return "(unclear)"
        port = "" if self.port is None else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}" if self.scheme else f"//{self.host}{port}"


def find_addresses(content: bytes) -> Iterator[Hit]:
    """Give every absolute and protocol-relative address of `content`; not in order."""
    for match in _ABSOLUTE.finditer(content):
        yield _hit(content, match, match["scheme"].decode().lower(), match["colon"])
    for match in _RELATIVE.finditer(content):
        if not _CODE.match(content, match.end()):
            yield _hit(content, match, "", b"")
    for match in _ODD.finditer(content):
        yield Hit(match.start(), match.end(), Spelling.ODD, clear=False)
    for match in _BASE64.finditer(content):
        yield Hit(match.start(), match.end(), Spelling.BASE64, clear=False)


def _hit(content: bytes, match: re.Match[bytes], scheme: str, colon: bytes) -> Hit:
    port = re.sub(rb"^" + COLON, b"", match["port"])
    number = int(port) if port else None
    ascii_host = match["host"].isascii()
    return Hit(
        start=match.start(),
        end=match.end(),
        spelling=spelling_of(colon, match["second"]),
        clear=ascii_host and _AFTER.match(content, match.end()) is not None,
        scheme=scheme,
        host=match["host"].decode("ascii", "replace").lower(),
        port=number,
        colon=colon,
        slashes=(match["first"], match["second"]),
    )


def find_named(content: bytes, netlocs: frozenset[str]) -> Iterator[Hit]:
    """Give what `find_addresses` leaves out because it looks like prose, where it names one of `netlocs` after all.

    That is `//host` outside of quotes, and a quoted text that begins with a host: a script may put an address together
    from such a piece, which cannot be rewritten safely.
    """
    if not netlocs:
        return
    for match in _SLASHED.finditer(content):
        hit = _hit(content, match, "", b"")
        netloc = hit.host if hit.port in {None, 80, 443} and hit.host in netlocs else f"{hit.host}:{hit.port}"
        if netloc in netlocs:
            yield hit
    names = b"|".join(re.escape(name.encode()) for name in sorted(netlocs, key=len, reverse=True))
    for match in re.finditer(rb"(?<=[\"'`])(?:" + names + rb")(?::443|:80)?", content, re.IGNORECASE):
        if _AFTER.match(content, match.end()):
            yield Hit(match.start(), match.end(), Spelling.BARE, clear=False)


def tail_of(content: bytes, hit: Hit) -> bytes:
    """Give what follows the origin up to the next delimiter, escapes included."""
    match = _TAIL.match(content, hit.end)
    return match.group() if match else b""
