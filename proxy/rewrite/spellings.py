"""How an address may be spelled inside other texts, and one regular expression that knows them all.

The same address stands in HTML, scripts, JSON and in query values of other addresses, each time with its slashes and
colons written differently. A replacement is written the way the original was.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from proxy.errors import AdapterInvalid

_SLASH = rb"/|\\/|\\\\/|\\\\\\/|\\u002f|\\x2f|%2f|%252f|&#x2f;|&#47;|&sol;"
_COLON = rb"(?::|\\u003a|\\x3a|%3a|%253a|&#x3a;|&#58;|&colon;)"
_QUOTE = rb"\\?[\"']|&quot;|&#34;|&#39;"
_NOT_LONGER = rb"(?![a-z0-9_-]|\.[a-z0-9_-])"
_LONGEST_SLASH = 7
_LONGEST_COLON = 7
_LONGEST_PORT = 5
_LONGEST_QUOTE = 6
LONGEST_BEFORE_HOST = len("https") + _LONGEST_COLON + 2 * _LONGEST_SLASH
"""Bytes a match can have before the host name."""
_DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Base:
    """An http(s) origin, with a path where several bases share a host. `path` has no slash at its end."""

    scheme: str
    host: str
    port: int | None
    """None where it is the scheme's own."""
    path: str

    @property
    def netloc(self) -> str:
        """Host, and port unless it is the default."""
        return self.host if self.port is None else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{self.scheme}://{self.netloc}"


def base_of(address: str) -> Base:
    """Read a base such as `https://proxy.example.org/~content`. Raises AdapterInvalid; addresses are configuration."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise AdapterInvalid("address", place=address) from None
    host = (parts.hostname or "").lower()
    if parts.scheme not in _DEFAULT_PORTS or not host or parts.username or parts.query or parts.fragment:
        raise AdapterInvalid("address", place=address)
    if ":" in host:
        host = f"[{host}]"
    return Base(parts.scheme, host, None if port == _DEFAULT_PORTS[parts.scheme] else port, parts.path.rstrip("/"))


@dataclass(frozen=True, slots=True)
class Spellings:
    """The compiled expression, and how far a match of it can reach at most (bytes, what it looks ahead included)."""

    pattern: re.Pattern[bytes]
    reach: int
    needles: tuple[bytes, ...]
    """Every match holds one of these in lower case: a quick way to see that there is none."""


def compile_spellings(bases: Sequence[Base], bare: Sequence[bool]) -> Spellings:
    """Build the expression that finds each base. Group `a3` names base number 3 as an address.

    Group `b3` names it as a quoted bare host, which is looked for where `bare` says so.
    """
    addresses, hosts = [], []
    for number, base in sorted(enumerate(bases), key=lambda item: -len(item[1].netloc + item[1].path)):
        where = re.escape(base.host.encode()) + _port_of(base)
        path = b"".join(rb"(?P=s)" + re.escape(part.encode()) for part in base.path.split("/")[1:])
        addresses.append(rb"(?P<a%d>%s%s%s)" % (number, where, path, _NOT_LONGER if path else b""))
        if bare[number]:
            hosts.append(rb"(?P<b%d>%s)" % (number, where))
    pattern = rb"(?:(?P<scheme>https?|wss?)(?P<c>%s))?(?P<s>%s)(?P=s)(?:%s)" % (_COLON, _SLASH, b"|".join(addresses))
    if hosts:
        pattern += rb"|(?P<q>%s)(?:%s)(?P=q)" % (_QUOTE, b"|".join(hosts))
    longest = max(len(base.netloc) + _LONGEST_SLASH * len(base.path) for base in bases)
    reach = (
        len("https") + 2 * _LONGEST_COLON + 2 * _LONGEST_SLASH + longest + 2 * _LONGEST_PORT + 2 * _LONGEST_QUOTE + 8
    )
    needles = tuple({base.host.encode() for base in bases})
    return Spellings(re.compile(pattern, re.IGNORECASE), reach, needles)


def _port_of(base: Base) -> bytes:
    """The port as it must or may follow the host, and the proof that no longer host or port stands there."""
    if base.port is None:
        return rb"(?:%s(?:443|80)(?![0-9]))?%s(?!%s[0-9])" % (_COLON, _NOT_LONGER, _COLON)
    return rb"%s%d(?![0-9])" % (_COLON, base.port)


def spelled(base: Base, found: re.Match[bytes]) -> bytes:
    """Write `base` the way the address that was found is written."""
    if found["s"] is None:
        return found["q"] + base.netloc.encode() + found["q"]
    slash = found["s"]
    colon = found["c"]
    text = "//" + base.netloc + base.path
    if colon is not None:
        secure = base.scheme == "https"
        word = ("wss" if secure else "ws") if found["scheme"].lower().startswith(b"ws") else base.scheme
        head = word.encode() + colon
    else:
        head, colon = b"", _colon_beside(slash)
    return head + _written(text, slash, colon)


def _colon_beside(slash: bytes) -> bytes:
    """The colon that belongs to a spelling of the slash; only percent-encoding must not leave it plain."""
    if slash.startswith(b"%"):
        return slash[:-2] + (b"3a" if slash.endswith(b"f") else b"3A")
    return b":"


def _written(text: str, slash: bytes, colon: bytes) -> bytes:
    pieces: list[bytes] = []
    for char in text:
        if char == "/":
            pieces.append(slash)
        elif char == ":":
            pieces.append(colon)
        elif slash.startswith(b"%"):
            code = quote(char, safe="")
            pieces.append((quote(code, safe="") if slash.startswith(b"%25") else code).encode())
        else:
            pieces.append(char.encode())
    return b"".join(pieces)
