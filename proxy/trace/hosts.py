"""Whose a recorded address is: a mount's public one, the cloud's behind a mount, the LMS's, or nobody's here."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from urllib.parse import quote, urlsplit

from proxy.passage import Mount, Mounts

_PORTS = {"http": "80", "https": "443", "ws": "80", "wss": "443"}
_PLAIN = "!\"$&'()*+,/:;=?@[]^_`{|}~-.%\\"
_HACP = "aicc"
_SOCKETS = {"ws": "http", "wss": "https"}


class Side(Enum):
    """On which side a host is."""

    PROXY = "proxy"
    CLOUD = "cloud"
    LMS = "LMS"
    EXTERNAL = "external"
    OTHER = "other"
    BROWSER = "browser"


@dataclass(frozen=True, slots=True, repr=False)
class Where:
    """What an address means. `target` and `netloc` are those of the request as it would reach the proxy."""

    side: Side
    host: str = ""
    netloc: str = ""
    target: str = ""
    mount: Mount | None = None
    alias: str = ""


class Hosts:
    """Knows every host of a configuration."""

    def __init__(self, mounts: Mounts, external: Iterable[str], preferred: str = "") -> None:
        """`external` are the origins that courses may load from directly; `preferred` names a mount."""
        self._by_public = {_origin(mount.public.origin): mount for mount in reversed(mounts.all)}
        self._external = {_origin(one) for one in external}
        self._lms: set[str] = set()
        self._behind: dict[str, list[tuple[Mount, str]]] = {}
        self._seen: set[str] = set()
        self._hacp: list[Mount] = []
        """Where courses elsewhere reach the LMS: the one address of it that browsers ask for behind a mount."""
        self._is_named = bool(preferred)
        outward = sorted(mounts.all, key=lambda one: one.name != preferred)
        for mount in outward:
            self._lms |= {_origin(one) for one in mount.lms_origins}
            if mount.inward:
                self._lms.add(_origin(mount.upstream.origin))
                if mount.adapter.name == _HACP:
                    self._hacp.append(mount)
                continue
            hosts = [(mount.upstream.origin, ""), *((one, alias) for alias, one in mount.further.items())]
            for origin, alias in hosts:
                self._behind.setdefault(_origin(origin), []).append((mount, alias))

    def known(self) -> set[str]:
        """Hosts (with their ports, unless usual) that an answer may name: ours, the LMS's, those that are allowed."""
        return {urlsplit(one).netloc for one in (*self._by_public, *self._lms, *self._external)}

    def where(self, url: str) -> Where:
        """Tell whose an address is."""
        try:
            parts = urlsplit(url)
            scheme = _SOCKETS.get(parts.scheme.lower(), parts.scheme.lower())
            origin = _origin(f"{scheme}://{parts.netloc}")
        except ValueError:
            return Where(Side.OTHER)
        if scheme not in {"http", "https"} or not parts.netloc:
            return Where(Side.BROWSER)
        target = _target(parts.path or "/", parts.query)
        host = urlsplit(origin).netloc
        if origin in self._by_public:
            mount = self._by_public[origin]
            return Where(Side.PROXY, host, mount.public.netloc, target, mount)
        if origin in self._behind:
            mount, alias = self._chosen(origin)
            below = f"/~{alias}{target}" if alias else target
            return Where(Side.CLOUD, host, mount.public.netloc, below, mount, alias)
        if origin in self._lms:
            self._seen.add(origin)
            asked = next((one for one in self._hacp if _is_at(one, origin, parts.path)), None)
            if asked is not None:
                below = target.removeprefix(asked.upstream.path)
                return Where(Side.CLOUD, host, asked.public.netloc, asked.public.path + below, asked)
            return Where(Side.LMS, host)
        return Where(Side.EXTERNAL if origin in self._external else Side.OTHER, host)

    def side_of(self, url: str) -> Side:
        """Tell on which side an address is, "" included."""
        return self.where(url).side if url else Side.OTHER

    def turned(self, origin: str) -> str:
        """An Origin as the browser would send it with the proxy in between."""
        place = self.where(origin)
        return place.mount.public.origin if place.side is Side.CLOUD and place.mount is not None else origin

    def _chosen(self, origin: str) -> tuple[Mount, str]:
        """Which of several mounts of one cloud is meant: the one whose LMS is in this recording, else the first."""
        candidates = self._behind[origin]
        seen = set[str]() if self._is_named else self._seen
        return next((one for one in candidates if seen & {_origin(page) for page in one[0].lms_origins}), candidates[0])


def _is_at(mount: Mount, origin: str, path: str) -> bool:
    base = mount.upstream.path
    return origin == _origin(mount.upstream.origin) and (path == base or path.startswith(f"{base}/"))


def _origin(address: str) -> str:
    """Scheme, host and port in lower case; without the port that is usual. Raises ValueError."""
    parts = urlsplit(address)
    host, port = (parts.hostname or "").lower().rstrip("."), parts.port
    host = f"[{host}]" if ":" in host else host
    usual = port is None or str(port) == _PORTS.get(parts.scheme.lower())
    return f"{parts.scheme.lower()}://{host}" + ("" if usual else f":{port}")


def _target(path: str, query: str) -> str:
    """Path and query as browsers send them: what is no ASCII is percent-encoded (URL standard, section 4.1)."""
    text = f"{path}?{query}" if query else path
    return quote(text, safe=_PLAIN)
