"""What a reply says of itself: its kind, where it leads, what the browser is to remember."""

from proxy.errors import UpstreamRefused
from proxy.passage import cookies
from proxy.passage.mounts import Mount
from proxy.passage.requests import Destination
from proxy.passage.walk import Walk

_TEXTS = frozenset(
    {
        "application/javascript",
        "application/x-javascript",
        "application/ecmascript",
        "application/x-ecmascript",
        "application/json",
        "application/xml",
        "application/x-mpegurl",
        "application/vnd.apple.mpegurl",
    }
)
_TEXT_FAMILIES = ("text/", "+xml", "+json")


def is_text(media: str) -> bool:
    """Whether a browser or a player reads addresses in it: texts, and what is written in XML or JSON."""
    return media in _TEXTS or media.startswith(_TEXT_FAMILIES[0]) or media.endswith(_TEXT_FAMILIES[1:])


def own_cookies(lines: tuple[str, ...], to: Destination, mount: Mount) -> list[tuple[str, str]]:
    """Re-scope the cloud's cookies to the proxy."""
    if not lines:
        return []
    hosts = {"": cookies.host_of(mount.upstream.origin)}
    hosts |= {alias: cookies.host_of(origin) for alias, origin in mount.further.items()}
    base = f"{mount.public.path}/~{to.alias}" if to.alias else ""
    own = (cookies.inward(line, alias=to.alias, hosts=hosts, base=base) for line in lines)
    return [("Set-Cookie", value) for value in own if value is not None]


def location_for(value: str, to: Destination, walk: Walk) -> str:
    """Turn a redirect to the proxy; one to an LMS page may pass; any other is refused (RFC 9110 section 10.2.2)."""
    turned = walk.mount.book.location_in(value, to.origin)
    if turned is not None:
        # The query may carry further addresses (playerConfUrl, redirectUrl), percent-encoded.
        return walk.mount.book.turn_in(turned.encode("ascii", "replace")).decode("ascii")
    if any(value.lower().startswith((f"{one}/", f"{one}?")) or value.lower() == one for one in _known(walk)):
        return value
    raise UpstreamRefused("foreign-redirect", route=walk.match.route.name)


def _known(walk: Walk) -> tuple[str, ...]:
    return (walk.mount.public.origin, *walk.mount.lms_origins)
