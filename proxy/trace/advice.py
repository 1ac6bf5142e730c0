"""From what was refused, or went around, to the lines of the configuration that would let it in, if it may."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from proxy.errors import ProxyError
from proxy.fields import Body, Route, Session
from proxy.message import Direction, Message, media_of
from proxy.passage import Mount, Mounts
from proxy.rewrite import find
from proxy.trace.har import Recorded
from proxy.trace.hosts import Hosts, Side
from proxy.trace.lines import Line, Suggestion, Verdict
from proxy.trace.masking import HIDDEN, Mask
from proxy.trace.run import Outcome
from proxy.trace.uncovered import Fate
from proxy.trace.words import ADVICE, advice_for

_SHOWN = 5
_SOCKETS = {"ws": "http", "wss": "https"}
_CONTENT = "runtime.content"
_OF_THE_CLOUD = ("/content/", "/vault/", "/scormengine", "/rusticiengine", "/defaultui/", "/dispatch/")
_FILES = ("text/html", "text/css", "image/", "audio/", "video/", "font/", "application/javascript", "text/javascript")


@dataclass(slots=True, repr=False)
class _Stranger:
    """A host of no mount, as far as it was seen."""

    origin: str
    mount: str
    lines: list[Line] = field(default_factory=list)
    is_cloud: bool = False
    asks: bool = False
    """A page of it asked for something of the cloud or the proxy."""


@dataclass(slots=True, repr=False)
class _Unrouted:
    """A request that no route has, and the one it seems to be."""

    line: Line
    mount: Mount
    route: str
    is_file: bool


class Advisor:
    """Looks at every line, and says in the end what to add."""

    def __init__(self, mounts: Mounts, hosts: Hosts) -> None:
        """Remember whose addresses are whose."""
        self._mounts = mounts
        self._hosts = hosts
        self._strangers: dict[str, _Stranger] = {}
        self._unrouted: list[_Unrouted] = []
        self._pages: dict[tuple[str, str], str] = {}
        """(mount, origin) that seems to be the LMS's -> why."""
        self._further: dict[tuple[str, str], str] = {}
        known = [one for mount in mounts.all for one in (mount.upstream.origin, *mount.further.values())]
        self._families = {_family(urlsplit(one).hostname or "") for one in known}

    def advise(self, line: Line, entry: Recorded, outcome: Outcome) -> None:
        """Put the sentence for one line into it, and note what the configuration lacks."""
        self._note_asker(entry, line)
        if line.verdict is Verdict.AROUND:
            self._note_stranger(line, entry)
        elif line.verdict is Verdict.UNPROVEN:
            line.advice = ADVICE["unproven"]
        elif line.verdict is Verdict.REFUSED:
            self._refused(line, entry, outcome)

    def _refused(self, line: Line, entry: Recorded, outcome: Outcome) -> None:
        names = [one.names[-1] for one in line.uncovered if one.fate is Fate.REFUSED]
        line.unknown = names[:_SHOWN]
        host = ""
        if line.reason == "foreign-redirect":
            host = self._note_redirect(line, entry)
        elif line.reason in {"foreign-address", "origin"}:
            address = outcome.origins.get(line.place, "") if line.reason == "foreign-address" else ""
            host = self._note_page(line, address or entry.headers.get("origin"))
        elif line.code == "unknown-route":
            self._note_unrouted(line, entry)
        line.foreign = host
        hint = outcome.refusal.hint if outcome.refusal is not None else ""
        line.advice = advice_for(line.code, line.reason) or hint

    def _note_asker(self, entry: Recorded, line: Line) -> None:
        asker = self._hosts.where(entry.asked_by) if entry.asked_by and line.mount else None
        if asker is not None and asker.side is Side.OTHER and asker.host:
            self._stranger(asker.host, entry.asked_by, line.mount).asks = True

    def _stranger(self, host: str, url: str, mount: str) -> _Stranger:
        scheme = urlsplit(url).scheme.lower()
        return self._strangers.setdefault(host, _Stranger(f"{_SOCKETS.get(scheme, scheme)}://{host}", mount))

    def _note_stranger(self, line: Line, entry: Recorded) -> None:
        asker = self._hosts.where(entry.asked_by) if entry.asked_by else None
        mount = asker.mount.name if asker is not None and asker.mount is not None else self._usual_mount()
        one = self._stranger(line.host, entry.url, mount)
        one.lines.append(line)
        path = urlsplit(entry.url).path.lower()
        alike = _family(line.host.partition(":")[0]) in self._families
        one.is_cloud |= bool(line.notes) or alike or any(sign in path for sign in _OF_THE_CLOUD)
        line.foreign = line.host

    def _usual_mount(self) -> str:
        outward = [mount for mount in self._mounts.all if not mount.inward]
        return next((one.name for one in outward if one.adapter.name == "dispatch"), outward[0].name if outward else "")

    def _note_redirect(self, line: Line, entry: Recorded) -> str:
        parts = urlsplit(entry.answer_headers.get("location"))
        if parts.scheme in {"http", "https"} and parts.netloc:
            self._further.setdefault((line.mount, f"{parts.scheme}://{parts.netloc.lower()}"), "the cloud leads there")
        return parts.netloc.lower()

    def _note_page(self, line: Line, address: str) -> str:
        parts = urlsplit(address)
        if parts.scheme in {"http", "https"} and parts.netloc:
            why = "its pages ask for courses" if line.reason == "origin" else "courses are to come back there"
            self._pages.setdefault((line.mount, f"{parts.scheme}://{parts.netloc.lower()}"), why)
        return parts.netloc.lower()

    def _note_unrouted(self, line: Line, entry: Recorded) -> None:
        mount = next((one for one in self._mounts.all if one.name == line.mount), None)
        if mount is None:
            return
        media = media_of(entry.answer_headers.get("content-type"))[0]
        is_file = entry.method in {"GET", "HEAD"} and media.startswith(_FILES)
        route = _CONTENT if is_file and _has(mount, _CONTENT) else _alike(mount, entry, line.path)
        if route:
            self._unrouted.append(_Unrouted(line, mount, route, is_file))

    def suggestions(self, mask: Mask) -> list[Suggestion]:
        """Everything that the configuration lacks, each once, in the order in which it was met."""
        found: list[Suggestion] = []
        for host, one in self._strangers.items():
            if mask.host(host) == HIDDEN:
                continue
            if one.asks:
                found.append(Suggestion(one.mount, "lms_origins", "", one.origin, "its pages open courses"))
                for line in one.lines:
                    line.advice = ADVICE["around-lms"]
            elif one.lines:
                found.append(self._of_stranger(one, host))
                for line in one.lines:
                    line.advice = ADVICE["around"]
        for (mount, origin), why in self._pages.items():
            if mask.host(urlsplit(origin).netloc) == HIDDEN:
                continue
            found.append(Suggestion(mount, "lms_origins", "", origin, f"{why}; if it is the LMS"))
        for (mount, origin), why in self._further.items():
            if mask.host(urlsplit(origin).netloc) == HIDDEN:
                continue
            alias = self._alias(mount, urlsplit(origin).hostname or "")
            found.append(Suggestion(mount, "origins", alias, origin, f"{why}; if it is a host of the cloud"))
        found += [self._of_unrouted(one, mask) for one in self._unrouted]
        return list(dict.fromkeys(found))

    def _of_stranger(self, one: _Stranger, host: str) -> Suggestion:
        if one.is_cloud:
            alias = self._alias(one.mount, host)
            return Suggestion(one.mount, "origins", alias, one.origin, "it seems to be a host of the cloud")
        return Suggestion(one.mount, "external_hosts", "", one.origin, "if courses may load from it directly")

    def _alias(self, mount: str, host: str) -> str:
        """A short name for a further host that the mount does not use yet."""
        taken = {alias for one in self._mounts.all if one.name == mount for alias in one.further}
        labels = re.findall(r"[a-z0-9-]+", host.partition(":")[0].lower())
        stem = next((label for label in labels if label != "www"), "host")[:20]
        return next(name for name in (stem, *(f"{stem}-{number}" for number in range(2, 999))) if name not in taken)

    @staticmethod
    def _of_unrouted(one: _Unrouted, mask: Mask) -> Suggestion:
        path = one.line.path.removeprefix(one.mount.public.path)
        head = next((f"/~{alias}" for alias in one.mount.further if path.startswith(f"/~{alias}/")), "")
        shown = mask.path(path.removeprefix(head))
        segments = shown.split("/")
        if one.is_file and len(segments) > 2:  # noqa: PLR2004  "", a folder, a file
            shown = f"/{segments[1]}/{{rest:**}}"
        template = f"~{shown}" if head else shown
        return Suggestion(one.mount.name, "routes", one.route, template, f"if it is {one.route}")


def _family(host: str) -> str:
    return ".".join(host.split(".")[-2:])


def _has(mount: Mount, route: str) -> bool:
    return any(one.name == route for one in mount.adapter.routes)


def _alike(mount: Mount, entry: Recorded, path: str) -> str:
    """The declared route that a request seems to be, by its method, its media type and what is found in its body."""
    media, charset = media_of(entry.headers.get("content-type"))
    message = Message(Direction.OUTWARD, entry.method, 0, path, entry.headers, media, charset, entry.body or b"")
    ranked: list[tuple[int, int, str]] = []
    for number, route in enumerate(mount.adapter.routes):
        if entry.method in route.methods and not route.refuse and route.request.body is Body.READ:
            fits = _findings(message, route)
            if fits >= 0:
                ranked.append((fits + (route.session is Session.NEEDS), -number, route.name))
    return max(ranked)[2] if ranked else ""


def _findings(message: Message, route: Route) -> int:
    """How much of a route's declaration is in a message; -1 if it cannot be read by it."""
    if message.media not in route.request.media:
        return -1
    try:
        return len(find(message, route.request).findings)
    except ProxyError:
        return -1
