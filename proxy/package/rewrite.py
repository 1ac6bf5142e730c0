"""Points a dispatch package at the proxy, and makes sure that it points nowhere else."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from proxy.package.archive import DEFAULT_LIMITS, Entry, Limits, read_archive, write_archive
from proxy.package.encoding import readable
from proxy.package.inspection import Scanned, hosts_of, report_of, scan
from proxy.package.learn import Learned, learn, same_facts
from proxy.package.origins import OriginTable, respell
from proxy.package.reasons import Reason
from proxy.package.report import PackageReport
from proxy.package.verdicts import Judge, Judged, Verdict


@dataclass(frozen=True, slots=True, repr=False)
class Rewritten:
    """The new zip, what the proxy must know about the package, and the report of the *original*."""

    data: bytes
    learned: Learned
    report: PackageReport


def rewrite_package(
    data: bytes,
    mapping: Sequence[tuple[str, str]],
    extra_allowed: Sequence[str] = (),
    *,
    limits: Limits = DEFAULT_LIMITS,
) -> Rewritten:
    """Exchange the upstream origins in the zip `data` for the public addresses of `mapping`, and nothing else.

    `mapping` holds pairs of (upstream origin, public base, with an optional path prefix); `extra_allowed` are hosts
    (`host` or `host:port`) that may stay. Raises PackageRefused with a `Reason`; nothing half-done is returned.
    A package that already points at the proxy comes back byte for byte.
    """
    judge = Judge(OriginTable(mapping), extra_allowed)
    archive = read_archive(data, limits)
    scanned = scan(archive, judge)
    if scanned.foreign:
        raise Reason.FOREIGN.refused()
    digest = hashlib.sha256(data).hexdigest()
    learned = learn(archive, judge.table, hosts_of(scanned, judge.table), digest)
    changed = _changes(scanned, judge.table)
    result = write_archive(archive, changed) if changed else data
    _check(result, judge, learned, limits)
    return Rewritten(result, learned, report_of(archive, judge, scanned, digest))


def _changes(scanned: Scanned, table: OriginTable) -> dict[str, bytes]:
    return {
        entry.name: _respelled(entry, found, table)
        for entry, found in scanned.files
        if any(judged.verdict is Verdict.MAPPED for judged in found)
    }


def _respelled(entry: Entry, found: tuple[Judged, ...], table: OriginTable) -> bytes:
    text = readable(entry.content)
    pieces, at = [], 0
    for judged in found:
        pair = table.mapped(judged.hit)
        if pair:
            pieces += [text.content[at : judged.hit.start], respell(judged.hit, pair[1])]
            at = judged.hit.end
    pieces.append(text.content[at:])
    return text.restore(b"".join(pieces))


def _check(result: bytes, judge: Judge, learned: Learned, limits: Limits) -> None:
    """Read our own output as a stranger would: it must hold together, point to us only, and mean the same."""
    archive = read_archive(result, limits)
    scanned = scan(archive, judge)
    verdicts = {judged.verdict for _, found in scanned.files for judged in found}
    if Verdict.FOREIGN in verdicts:
        raise Reason.FOREIGN.refused()
    again = learn(archive, judge.table, hosts_of(scanned, judge.table), learned.digest)
    if Verdict.MAPPED in verdicts or not same_facts(learned, again):
        raise Reason.SELF_CHECK.refused()
