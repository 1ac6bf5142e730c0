"""Decides about one address: does it point to the proxy, to the cloud, to nothing at all, or somewhere else."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from proxy.package.addresses import Hit, find_addresses, find_named, tail_of
from proxy.package.archive import Entry
from proxy.package.encoding import readable
from proxy.package.markup import Ground, Markup
from proxy.package.origins import OriginTable
from proxy.package.spelling import Spelling

# Who publishes the schemas and namespaces in a SCORM 1.2, SCORM 2004 or AICC package.
_NAMESPACE_HOSTS = frozenset({
    "adlnet.gov", "www.adlnet.gov", "www.adlnet.org", "imsglobal.org", "www.imsglobal.org", "www.imsproject.org",
    "ltsc.ieee.org", "purl.org", "www.w3.org", "w3.org",
})  # fmt: skip

# Namespaces that scripts, pages and images name as constants; a browser never opens them.
_CONSTANTS = frozenset(
    b"http://" + rest
    for rest in (
        b"www.w3.org/1999/xhtml", b"www.w3.org/2000/svg", b"www.w3.org/1999/xlink", b"www.w3.org/1998/Math/MathML",
        b"www.w3.org/2000/xmlns/", b"www.w3.org/XML/1998/namespace", b"www.w3.org/2001/XMLSchema",
        b"www.w3.org/2001/XMLSchema-instance", b"www.w3.org/1999/02/22-rdf-syntax-ns#", b"ns.adobe.com/xap/1.0/",
        b"ns.adobe.com/xap/1.0/mm/", b"ns.adobe.com/xap/1.0/sType/ResourceRef#", b"purl.org/dc/elements/1.1/",
    )
)  # fmt: skip


class Verdict(StrEnum):
    """What an address is to us."""

    MAPPED = "cloud"
    PUBLIC = "proxy"
    NAMESPACE = "namespace"
    PROSE = "documentation"
    ALLOWED = "allowed"
    FOREIGN = "unmapped"


@dataclass(frozen=True, slots=True, repr=False)
class Judged:
    """A hit, and the verdict on it."""

    hit: Hit
    verdict: Verdict


class Judge:
    """Applies one mapping and one list of allowed hosts (`host` or `host:port`) to the files of a package."""

    def __init__(self, table: OriginTable, allowed: Iterable[str] = ()) -> None:
        """Remember both."""
        self.table = table
        self._allowed = frozenset(host.lower() for host in allowed)

    def judge(self, entry: Entry) -> Iterator[Judged]:
        """Give every address of a file with its verdict, in the order of the file. Raises PackageRefused."""
        content = readable(entry.content).content
        by_end: dict[int, Hit] = {}  # one piece of text may be found in two ways: the longer reading counts
        for hit in (*find_addresses(content), *find_named(content, self.table.netlocs)):
            known = by_end.setdefault(hit.end, hit)
            if hit.start < known.start:
                by_end[hit.end] = hit
        if not by_end:
            return
        markup = Markup(content, entry.extension)
        for hit in sorted(by_end.values(), key=lambda hit: hit.start):
            yield Judged(hit, self._verdict(hit, content, markup))

    def _verdict(self, hit: Hit, content: bytes, markup: Markup) -> Verdict:
        if self.table.mapped(hit):
            return Verdict.MAPPED
        if self.table.served(hit, content):
            return Verdict.PUBLIC
        return self._harmless(hit, content, markup) or Verdict.FOREIGN

    def _harmless(self, hit: Hit, content: bytes, markup: Markup) -> Verdict | None:
        ground = markup.ground(hit.start)
        if ground is Ground.PROSE and hit.spelling is not Spelling.BARE:
            return Verdict.PROSE
        if not hit.clear:
            return None
        if ground is Ground.NAMESPACE and hit.host in _NAMESPACE_HOSTS:
            return Verdict.NAMESPACE
        if content[hit.start : hit.end] + tail_of(content, hit) in _CONSTANTS:
            return Verdict.NAMESPACE
        netloc = hit.host if hit.port is None else f"{hit.host}:{hit.port}"
        return Verdict.ALLOWED if netloc in self._allowed else None
