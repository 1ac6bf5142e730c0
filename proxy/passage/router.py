"""Step 1, recognise: from method, path and query to a declared route, or to a refusal.

The path is matched as it was received, still percent-encoded. What could mean one thing here and another upstream
(dot segments, encoded or not, backslashes, path parameters hiding dots) is refused before any matching.
"""

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import unquote

from proxy.errors import AdapterInvalid, NotPermitted, UnknownRoute
from proxy.fields import Route
from proxy.store.port import PackageRecord

_TOKEN = re.compile(r"\{(\w+)(:\*\*?)?\}")
_TARGET = re.compile(r"/[!\"$-~]*")
_STRAY = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PATH_OF_ADDRESS = re.compile(r"^[a-z]+://[^/]*", re.IGNORECASE)
_DEPTH = 3


@dataclass(frozen=True, slots=True)
class Match:
    """A recognised request: its route, the template's variables (raw), the package's placeholder map if any."""

    route: Route
    captures: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    extra_keys: tuple[str, ...] = ()


class Router:
    """The routes of one mount in order of declaration; the first that matches is the one."""

    def __init__(
        self,
        routes: Sequence[Route],
        extra: Mapping[str, Sequence[str]] | None = None,
        exceptions: Container[str] = (),
    ) -> None:
        """Compile the templates. `extra` adds path templates to routes by name; `AdapterInvalid` for unknown names.

        `exceptions` are reasons for refusing a route that do not count here.
        """
        self._exceptions = exceptions
        added = extra or {}
        unknown = set(added) - {route.name for route in routes}
        if unknown:
            raise AdapterInvalid("unknown-route-in-config", route=min(unknown))
        compiled = [
            (route, compile_template(template), template.rpartition("}")[2])
            for route in routes
            for template in (route.path, *added.get(route.name, ()))
            if template
        ]
        self._conditional = [(route, pattern) for route, pattern, _ in compiled if route.when]
        # A template's literal ending is compared first: most templates fall out without a pattern being run.
        self._plain = [entry for entry in compiled if not entry[0].when]
        self.reads_forms = any(route.when and route.request.one_set for route in routes)
        """Whether what a route is recognised by may stand in a form body."""
        self._learned = [route for route in routes if route.learned and route.learned != "host"]

    def match(self, method: str, path: str, query: str, packages: Sequence[PackageRecord] = ()) -> Match:
        """Return the match for a request; `UnknownRoute` if nothing declared fits, `NotPermitted` if it is refused.

        Conditions on the query come first, then the addresses of registered packages, then the templates: a
        launch must never be taken for a page that happens to lie at a similar path.
        """
        method = "GET" if method == "HEAD" else method
        pairs = _names_and_values(query)
        for route, pattern in self._conditional:
            holds = method in route.methods and all(
                key in pairs if value == "*" else pairs.get(key) == value for key, value in route.when
            )
            hit = pattern.fullmatch(path) if holds else None
            if hit is not None:
                self._check(route)
                return self._with_package(route, path, pairs, hit.groupdict(), packages)
        learned = self._by_package(method, path, pairs, packages)
        if learned is not None:
            return learned
        for route, pattern, ending in self._plain:
            hit = pattern.fullmatch(path) if path.endswith(ending) and method in route.methods else None
            if hit is None:
                continue
            self._check(route)
            return self._with_package(route, path, pairs, hit.groupdict(), packages)
        raise UnknownRoute

    def _check(self, route: Route) -> None:
        if route.refuse and route.refuse not in self._exceptions:
            raise NotPermitted(route.refuse, route=route.name)

    def _with_package(
        self,
        route: Route,
        path: str,
        pairs: Mapping[str, str],
        captures: Mapping[str, str],
        packages: Sequence[PackageRecord],
    ) -> Match:
        """A route that a template recognised may still have a package that knows its keys better."""
        known = choose(route.learned, path, pairs, packages) if route.learned else None
        if known is None:
            return Match(route, captures)
        return Match(route, captures, dict(known.roles), (*known.fixed, *known.prelaunch_keys))

    def _by_package(
        self, method: str, path: str, pairs: Mapping[str, str], packages: Sequence[PackageRecord]
    ) -> Match | None:
        if not any(path in {one.launch_path, one.prelaunch_path, one.config_path} for one in packages):
            return None
        for route in self._learned:
            package = choose(route.learned, path, pairs, packages) if method in route.methods else None
            if package is not None:
                return Match(route, {}, dict(package.roles), (*package.fixed, *package.prelaunch_keys))
        return None


def choose(what: str, path: str, pairs: Mapping[str, str], packages: Iterable[PackageRecord]) -> PackageRecord | None:
    """Return the package whose `what` address ("launch", "prelaunch", "custom-config") this request is for.

    Several packages of one cloud share the launch path; the one whose keys fit best is taken. Two that fit equally
    well but disagree about which key names the learner make the request ambiguous: `UnknownRoute`.
    """
    if what == "host":
        address, _, query = pairs.get("URL", "").partition("?")
        what, path, pairs = "launch", _PATH_OF_ADDRESS.sub("", address), _names_and_values(query)
    here = [package for package in packages if _path_of(package, what) == path and path]
    if what != "launch":
        return here[0] if here else None
    fitting = [package for package in here if package.roles.get("LEARNER_ID", "") in pairs]
    best = max((_fit(package, pairs) for package in fitting), default=0)
    chosen = [package for package in fitting if _fit(package, pairs) == best]
    if len({_told(package, pairs) for package in chosen}) > 1:
        raise UnknownRoute("ambiguous-package")
    return chosen[0] if chosen else None


def _fit(package: PackageRecord, pairs: Mapping[str, str]) -> int:
    return sum(key in pairs for key in (*package.roles.values(), *package.fixed))


def _told(package: PackageRecord, pairs: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """What a package says of the keys that are there; what it says of others makes no difference to this request."""
    return tuple(sorted((role, key) for role, key in package.roles.items() if key in pairs))


def _path_of(package: PackageRecord, what: str) -> str:
    return {"launch": package.launch_path, "prelaunch": package.prelaunch_path}.get(what, package.config_path)


@lru_cache(maxsize=2048)
def compile_template(template: str) -> re.Pattern[str]:
    """Make a route template a pattern over raw paths; runs of slashes count as one (a stock client doubles them)."""
    head, body = ("~", template[1:]) if template.startswith("~/") else ("", template)
    if not body.startswith("/"):
        raise AdapterInvalid("path-template", place=template)
    pattern = re.escape(head)
    for segment in body[1:].split("/"):
        rest = re.fullmatch(r"\{(\w+):\*\*\}", segment)
        if rest:
            pattern += f"(?P<{rest[1]}>(?:/+[^/]+)*/*)"
            continue
        pattern += "/+"
        at = 0
        for token in _TOKEN.finditer(segment):
            pattern += re.escape(segment[at : token.start()])
            pattern += f"(?P<{token[1]}>[^/]{'*' if token[2] else '+'})"
            at = token.end()
        pattern += re.escape(segment[at:])
    return re.compile(pattern)


def check_target(target: str) -> None:
    """Refuse a request target that is not plain ASCII origin-form or whose path has a second meaning.

    RFC 9112 section 3.2.1 (origin-form), RFC 3986 section 5.2.4 (dot segments); `..;` and `..%2f` are known ways to
    make two servers disagree, and so are percent signs that encode nothing and overlong UTF-8. Raises `UnknownRoute`.
    """
    if not _TARGET.fullmatch(target):
        raise UnknownRoute("target-not-origin-form")
    decoded = target.partition("?")[0]
    if _STRAY.search(decoded):
        raise UnknownRoute("stray-percent")
    for _ in range(_DEPTH):
        if "\\" in decoded or not decoded.isprintable():
            raise UnknownRoute("path-not-plain")
        if any(segment.partition(";")[0] in {".", ".."} for segment in decoded.split("/")):
            raise UnknownRoute("dot-segment")
        try:
            again = unquote(decoded, errors="strict")
        except UnicodeDecodeError:
            raise UnknownRoute("path-not-utf-8") from None
        if again == decoded:
            return
        decoded = again
    raise UnknownRoute("path-encoded-too-often")


def _names_and_values(query: str) -> dict[str, str]:
    """Decode a query just enough to recognise by it; the first value of a key counts (duplicates are refused later)."""
    pairs: dict[str, str] = {}
    for pair in query.split("&") if query else ():
        name, _, value = pair.partition("=")
        pairs.setdefault(unquote(name, errors="replace"), unquote(value, errors="replace"))
    return pairs
