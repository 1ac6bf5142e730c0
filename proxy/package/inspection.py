"""Makes the report of a package."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from proxy.errors import PackageRefused
from proxy.package.archive import DEFAULT_LIMITS, Archive, Entry, Limits, read_archive
from proxy.package.configuration import Assignment, read_configuration, read_custom_config
from proxy.package.encoding import readable
from proxy.package.learn import learn
from proxy.package.origins import OriginTable, parse_place
from proxy.package.placeholders import read_roles
from proxy.package.reasons import Reason
from proxy.package.report import AddressSpot, GlobalSpot, PackageReport, PlaceholderSpot
from proxy.package.spelling import Spelling
from proxy.package.tokens import find_tokens
from proxy.package.traits import generation_of, standard_of
from proxy.package.verdicts import Judge, Judged, Verdict

_NOWHERE = "https://proxy.invalid"  # stands for the public base where only origins are asked about (RFC 2606)
MOST_ADDRESSES = 20_000
_HARMLESS = frozenset({Verdict.NAMESPACE, Verdict.PROSE})


@dataclass(frozen=True, slots=True, repr=False)
class Scanned:
    """Every address of an archive with its verdict, file by file."""

    files: tuple[tuple[Entry, tuple[Judged, ...]], ...]

    @property
    def foreign(self) -> bool:
        """Whether an address points somewhere else than to the cloud, the proxy or nothing."""
        return any(judged.verdict is Verdict.FOREIGN for _, found in self.files for judged in found)


def scan(archive: Archive, judge: Judge) -> Scanned:
    """Judge every address of `archive`. Raises PackageRefused."""
    files, count = [], 0
    for entry in archive.entries:
        found = []
        for judged in judge.judge(entry):
            found.append(judged)
            count += 1
            if count > MOST_ADDRESSES:
                raise Reason.ADDRESSES.refused()
        files.append((entry, tuple(found)))
    return Scanned(tuple(files))


def hosts_of(scanned: Scanned, table: OriginTable) -> tuple[str, ...]:
    """Give the upstream origins that the package names, in the order of the mapping."""
    named: set[str] = set()
    for entry, found in scanned.files:
        content = readable(entry.content).content
        for judged in found:
            pair = table.mapped(judged.hit) or table.served(judged.hit, content)
            if pair:
                named.add(pair[0].text)
    return tuple(upstream.text for upstream, _ in table.pairs if upstream.text in named)


def inspect_package(
    data: bytes,
    origins: Sequence[str | tuple[str, str]] = (),
    extra_allowed: Sequence[str] = (),
    *,
    limits: Limits = DEFAULT_LIMITS,
) -> PackageReport:
    """Report what the zip `data` holds; nothing is changed. Raises PackageRefused if it cannot be read safely.

    `origins` are upstream origins, or pairs with the public base of each; addresses of neither are `unmapped`.
    """
    pairs = [(item, _NOWHERE) if isinstance(item, str) else item for item in origins]
    judge = Judge(OriginTable(pairs), extra_allowed)
    archive = read_archive(data, limits)
    return report_of(archive, judge, scan(archive, judge), hashlib.sha256(data).hexdigest())


def report_of(archive: Archive, judge: Judge, scanned: Scanned, digest: str) -> PackageReport:
    """Put the report together. Raises PackageRefused only for files that cannot be read at all."""
    spots = [spot for entry, found in scanned.files for spot in _address_spots(entry, found)]
    found, problems = _configuration(archive)
    placeholders, more = _placeholders(found.get("ContentURL"))
    custom = read_custom_config(archive.entries)
    problems += more
    foreign = [spot for spot in spots if spot.verdict is Verdict.FOREIGN]
    if not problems and not foreign:
        problems += _learnable(archive, judge, scanned, digest)
    return PackageReport(
        digest=digest,
        files=sum(not entry.name.endswith("/") for entry in archive.entries),
        generation=generation_of(archive.entries, found),
        standard=standard_of(archive.entries),
        addresses=tuple(spot for spot in spots if spot.verdict not in _HARMLESS),
        harmless=sum(spot.verdict in _HARMLESS for spot in spots),
        tokens=tuple(token for entry in archive.entries for token in find_tokens(entry)),
        globals=tuple(_global_spot(assignment) for assignment in found.values()),
        placeholders=placeholders,
        custom_config=_global_spot(custom) if custom else None,
        unmapped=tuple(sorted({spot.origin for spot in foreign})),
        problems=tuple(problems),
    )


def _address_spots(entry: Entry, found: tuple[Judged, ...]) -> list[AddressSpot]:
    content = readable(entry.content).content
    spots, line, at = [], 1, 0
    for judged in found:
        hit = judged.hit
        line, at = line + content.count(b"\n", at, hit.start), hit.start
        origin = "(host name only)" if hit.spelling is Spelling.BARE else hit.origin
        spots.append(AddressSpot(entry.name, line, hit.spelling, origin, judged.verdict))
    return spots


def _configuration(archive: Archive) -> tuple[dict[str, Assignment], list[str]]:
    try:
        found = read_configuration(archive.entries)
    except PackageRefused as refused:
        return {}, [refused.reason]
    return found, [] if "ContentURL" in found else [Reason.NO_CONTENT_URL.value]


def _placeholders(content_url: Assignment | None) -> tuple[tuple[PlaceholderSpot, ...], list[str]]:
    if content_url is None:
        return (), []
    try:
        roles = read_roles(content_url.value)
    except PackageRefused as refused:
        return (), [refused.reason]
    spots = (PlaceholderSpot(name, key, content_url.file, content_url.line) for name, key in roles.keys.items())
    return tuple(spots), []


def _learnable(archive: Archive, judge: Judge, scanned: Scanned, digest: str) -> list[str]:
    try:
        learn(archive, judge.table, hosts_of(scanned, judge.table), digest)
    except PackageRefused as refused:
        return [refused.reason]
    return []


def _global_spot(assignment: Assignment) -> GlobalSpot:
    scheme, mark, rest = assignment.value.partition("//")
    authority = rest.replace("\\", "/").partition("/")[0].partition("?")[0].partition("#")[0]
    origin = ""
    if mark and scheme.lower() in {"", "http:", "https:"}:
        try:
            origin = parse_place(f"{scheme or 'https:'}//{authority}").text
        except PackageRefused:
            origin = "(unclear)"
    return GlobalSpot(assignment.name, assignment.file, assignment.line, origin)
