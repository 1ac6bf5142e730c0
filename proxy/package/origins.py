"""The mapping of upstream origins to public addresses of the proxy, and what it says about an address."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from proxy.errors import PackageRefused
from proxy.package.addresses import Hit
from proxy.package.reasons import Reason
from proxy.package.spelling import SLASH, colon_like

_SEGMENT = re.compile(r"[A-Za-z0-9._~-]+")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_END_OF_SEGMENT = rb"(?![A-Za-z0-9_~\-]|\.(?![\s\"'<]|\Z))"


@dataclass(frozen=True, slots=True)
class Place:
    """An origin with an optional path prefix: `scheme`, `host`, `port` as written, `segments` of the prefix."""

    scheme: str
    host: str
    port: int | None
    segments: tuple[str, ...] = ()

    @property
    def origin(self) -> tuple[str, str, int]:
        """The origin as RFC 6454 compares it, with the default port filled in."""
        return self.scheme, self.host, self.port or _DEFAULT_PORTS[self.scheme]

    @property
    def door(self) -> tuple[str, int]:
        """Host and port, 0 for the default ones, so that `http` and `https` of one host fall together."""
        port = self.origin[2]
        return self.host, 0 if port in _DEFAULT_PORTS.values() else port

    @property
    def netloc(self) -> str:
        """Host, and port where it is written."""
        return self.host if self.port is None else f"{self.host}:{self.port}"

    @property
    def text(self) -> str:
        """The address without a slash at its end."""
        return "/".join([f"{self.scheme}://{self.netloc}", *self.segments])


def parse_place(text: str) -> Place:
    """Read `scheme://host[:port][/prefix]`. Raises PackageRefused where it is anything else."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise Reason.MAPPING.refused() from None
    segments = tuple(parts.path.removesuffix("/").split("/")[1:])
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    plain = parts.scheme in _DEFAULT_PORTS and host and host.isascii() and "@" not in parts.netloc
    if not plain or any(mark in text for mark in "?#\\") or any(char.isspace() for char in text):
        raise Reason.MAPPING.refused()
    if not all(_SEGMENT.fullmatch(part) and part not in {".", ".."} for part in segments):
        raise Reason.MAPPING.refused()
    return Place(parts.scheme, host, port, segments)


class OriginTable:
    """Pairs of (upstream origin, public base). Raises PackageRefused if they do not make sense together."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Read and check `pairs`."""
        self.pairs = tuple((parse_place(upstream), parse_place(public)) for upstream, public in pairs)
        self._pair_of = {upstream.origin: (upstream, public) for upstream, public in self.pairs}
        self._deepest = sorted(self.pairs, key=lambda pair: -len(pair[1].segments))
        # Bare names are searched for these; a name of one label (`sandbox`) is also an ordinary word of a script.
        netlocs = (upstream.netloc for upstream, _ in self.pairs)
        self.netlocs = frozenset(netloc for netloc in netlocs if "." in netloc or ":" in netloc)
        if any(upstream.segments for upstream, _ in self.pairs):
            raise Reason.MAPPING.refused()
        if any(self._pair_of[upstream.origin][1] != public for upstream, public in self.pairs):
            raise Reason.AMBIGUOUS_MAPPING.refused()
        crowded = {upstream.door for upstream, _ in self.pairs}
        if any(public.door in crowded for _, public in self.pairs):
            raise Reason.CIRCULAR.refused()

    def mapped(self, hit: Hit) -> tuple[Place, Place] | None:
        """Return the pair (upstream, public) whose upstream `hit` names, or None if it is not one of ours.

        `http` stands for `https` too: the client forces the scheme of the LMS page on its addresses anyway.
        """
        if not hit.clear:
            return None
        tries = {"https": ("https",), "http": ("http", "https"), "": ("https", "http")}.get(hit.scheme, ())
        for scheme in tries:
            default = hit.port is None or hit.port == _DEFAULT_PORTS.get(hit.scheme)
            port = _DEFAULT_PORTS[scheme] if default else hit.port
            pair = self._pair_of.get((scheme, hit.host, port or 0))
            if pair:
                return pair
        return None

    def served(self, hit: Hit, content: bytes) -> tuple[Place, Place] | None:
        """Return the pair whose public address `hit` already is, its path prefix included, or None."""
        if not hit.clear:
            return None
        return next((pair for pair in self._deepest if self._serves(pair[1], hit, content)), None)

    @staticmethod
    def _serves(public: Place, hit: Hit, content: bytes) -> bool:
        scheme = hit.scheme or public.scheme
        if scheme not in _DEFAULT_PORTS or Place(scheme, hit.host, hit.port).origin != public.origin:
            return False
        prefix = b"".join(SLASH + re.escape(part.encode()) for part in public.segments)
        return (
            re.match(prefix + (_END_OF_SEGMENT if public.segments else b""), content[hit.end : hit.end + 4096])
            is not None
        )

    def upstream_of(self, url: str) -> tuple[str, str] | None:
        """Split the address `url` into (upstream origin, rest), also if it already is the proxy's; None: foreign."""
        for upstream, public in self._deepest:
            rest = _rest(url, public)
            if rest is not None:
                return upstream.text, rest
        for upstream, _ in self.pairs:
            for scheme in (upstream.scheme, "http"):
                port = upstream.port if scheme == upstream.scheme else None
                rest = _rest(url, Place(scheme, upstream.host, port))
                if rest is not None:
                    return upstream.text, rest
        return None


def _rest(url: str, place: Place) -> str | None:
    """Return what follows `place` in `url`, with its slash, or None if `url` does not begin there."""
    match = re.match(r"(?:(https?):)?//([^/?#]+)(?=[/?#]|\Z)(.*)", url, re.IGNORECASE | re.DOTALL)
    if not match:
        return None
    scheme = (match[1] or place.scheme).lower()
    try:
        found = parse_place(f"{scheme}://{match[2]}")
    except PackageRefused:
        return None
    prefix = "".join(f"/{part}" for part in place.segments)
    rest = match[3]
    if found.origin != place.origin or not rest.startswith(prefix):
        return None
    rest = rest[len(prefix) :]
    return rest if not prefix or rest[:1] in {"", "/", "?", "#"} else None


def respell(hit: Hit, public: Place) -> bytes:
    """Write `public` with the separators of `hit`."""
    first, second = hit.slashes
    colon = hit.colon or colon_like(second)
    head = public.scheme.encode() + hit.colon if hit.scheme else b""
    port = b"" if public.port is None else colon + str(public.port).encode()
    prefix = b"".join(second + part.encode() for part in public.segments)
    return head + first + second + public.host.encode() + port + prefix
