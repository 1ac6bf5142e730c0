"""The cloud's cookies in the browser's jar of the proxy host.

Several hosts of the cloud share one public host, so each cookie is renamed to say whom it belongs to:
`sv~h.ALIAS~NAME` for a host-only cookie (the main host has an empty alias), `sv~d.DOMAIN~NAME` for one with a Domain
attribute. On the way out only cookies of that form go, each to the hosts it belongs to, under its own name. So neither
an LMS cookie that shares the host (cookies ignore ports, RFC 6265 section 8.5) nor one set by a course ever leaves.
Embedded in an LMS page the proxy is a third party; browsers keep such cookies only with
`Secure; SameSite=None; Partitioned` (CHIPS).
"""

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

_MARK = "sv~"
_TAIL = "; Secure; HttpOnly; SameSite=None; Partitioned"
_KEPT = ("expires", "max-age")


def pairs_of(cookie_headers: Iterable[str]) -> list[tuple[str, str]]:
    """Split Cookie header values into (name, value) pairs, in order."""
    found = []
    for header in cookie_headers:
        for part in header.split(";"):
            name, equals, value = part.strip().partition("=")
            if equals and name:
                found.append((name, value))
    return found


def outward(cookies: Iterable[tuple[str, str]], *, alias: str, host: str) -> str:
    """Return the Cookie value for the cloud's host `host`, served here under `alias`; "" if it has none."""
    kept = []
    for name, value in cookies:
        if not name.startswith(_MARK):
            continue
        scope, tilde, original = name.removeprefix(_MARK).partition("~")
        if tilde and original and _belongs(scope, alias, host):
            kept.append(f"{original}={value}")
    return "; ".join(kept)


def _belongs(scope: str, alias: str, host: str) -> bool:
    form, _, rest = scope.partition(".")
    if form == "h":
        return rest == alias
    return form == "d" and bool(rest) and (host == rest or host.endswith("." + rest))


def inward(line: str, *, alias: str, hosts: Mapping[str, str], base: str) -> str | None:
    """Re-scope one Set-Cookie value (RFC 6265 section 5.2) to the proxy; None if it is unusable.

    `alias` is where it came from, `hosts` maps every alias to its host name, `base` is the public path of that alias.
    """
    head, *attributes = [part.strip() for part in line.split(";")]
    name, equals, value = head.partition("=")
    if not equals or not name or any(not 32 < ord(letter) < 127 for letter in name):  # noqa: PLR2004  visible ASCII
        return None
    table = {key.strip().lower(): text.strip() for key, _, text in (one.partition("=") for one in attributes)}
    domain = table.get("domain", "").lstrip(".").lower()
    own = hosts.get(alias, "")
    if domain and not (own == domain or own.endswith("." + domain)):
        return None
    spread = [one for one, host in hosts.items() if domain and (host == domain or host.endswith("." + domain))]
    scope = f"d.{domain}" if domain else f"h.{alias}"
    path = table.get("path", "")
    path = "/" if len(spread) > 1 or not path.startswith("/") else base + path
    kept = "".join(f"; {key.title()}={table[key]}" for key in _KEPT if key in table)
    return f"{_MARK}{scope}~{name}={value}; Path={path}{kept}{_TAIL}"


def host_of(origin: str) -> str:
    """Return the host name of an origin, without port (cookies ignore ports)."""
    return urlsplit(origin).hostname or ""
