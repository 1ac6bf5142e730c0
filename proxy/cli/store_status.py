"""`scormveil store status`: what is in the two stores, and what of it needs attention."""

import stat
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from proxy.assemble import open_keys
from proxy.cli.common import DEFAULT_CONFIG, ConfigOption, urls_of
from proxy.cli.findings import Finding, Journals, RingHere, findings
from proxy.config import beside, load
from proxy.store import KEYSTORE, MAPPING, Erasure
from proxy.store.census import (
    Database,
    Fit,
    KeyStoreCensus,
    MappingCensus,
    fit,
    journal_of,
    keystore_census,
    mapping_census,
    notes_of,
)
from proxy.store.engines import parse
from proxy.store.restrictions_port import RestrictionNote
from proxy.store.snapshot import Snapshot
from proxy.upkeep import Journal


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the command shows."""

    mapping: MappingCensus
    keystore: KeyStoreCensus
    both: Fit
    journals: Journals
    keyring: RingHere
    findings: Sequence[Finding]


def status(
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as one JSON object.")] = False,
) -> None:
    """Show both stores: form, size, what is in them, who works on them. Ends with 1 if something needs attention."""
    report = look(config)
    if as_json:
        told = asdict(report) | {"findings": [asdict(one) | {"advice": one.advice} for one in report.findings]}
        typer.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())
    else:
        console = Console(highlight=False, soft_wrap=True)
        for line in (*_mapping(report.mapping), *_keystore(report), *_work(report.mapping)):
            console.print(line, markup=False)
        for finding in report.findings:
            console.print(f"\n! {finding.code} ({finding.count:,})", style="bold red", markup=False)
            console.print(f"  {finding.advice}", markup=False)
        if not report.findings:
            console.print("\nNothing needs attention.")
    if report.findings:
        raise typer.Exit(1)


def look(config_file: Path) -> Report:
    """Look at everything. Raises `StoreFailed`, `KeyringError`, `ConfigInvalid`."""
    settings = load(config_file)
    urls = urls_of(config_file)
    with Snapshot(urls[0], MAPPING) as people, Snapshot(urls[1], KEYSTORE) as keys:
        mapping, keystore, both = mapping_census(people), keystore_census(keys), fit(people, keys)
        journal = Journal(beside(config_file, settings.keystore.journal))
        unequal = _unequal(notes_of(people), notes_of(keys), journal.restrictions.read())
        journals = _compared(unequal, journal_of(people), journal_of(keys), journal.read())
    sealed = open_keys(settings, config_file).opened.sealed
    ring = RingHere(sealed.ring.generation, sealed.digest)
    found = findings(mapping, keystore, both, journals, ring=ring, exposed=sum(map(_exposed, urls)))
    return Report(mapping, keystore, both, journals, ring, found)


def _unequal(*notes: Sequence[RestrictionNote]) -> int:
    """How many notes about restrictions are not the same in the mapping, in the key store, in the file."""
    places = [{(one.tenant, one.pseudonym): (one.state, one.at) for one in some} for some in notes]
    return sum(len({one.get(key) for one in places}) > 1 for key in set().union(*places))


def _compared(unequal: int, *journals: Sequence[Erasure]) -> Journals:
    """`journals`: those of the mapping, of the key store, of the file. `unequal` counts notes about restrictions."""
    mapping, keystore, file = ({(one.tenant, one.pseudonym) for one in journal} for journal in journals)
    whole = mapping | keystore | file
    missing = sum(len(whole - one) for one in (mapping, keystore, file))
    return Journals(len(mapping), len(keystore), len(file), missing + unequal)


def _exposed(url: str) -> bool:
    path = parse(url).path
    return path is not None and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def _mapping(one: MappingCensus) -> Iterator[str]:
    yield f"mapping    {_database(one.database)}"
    yield f"  people        {_counts(one.people, 'tenant')}"
    yield f"  index values  {_counts(one.lookups, 'LOOKUP key')}"
    yield f"  pseudonyms    {_counts(one.pseudonyms, 'PSEUDONYM key')}"
    if one.old_form:
        yield f"  old form      {_counts(one.old_form, 'SEAL key')}"
    extent = f", {_when(one.audit_first)} to {_when(one.audit_last)}" if one.audit_entries else ""
    yield f"  audit         {one.audit_entries:,} entries, the last is number {one.audit_number:,}{extent}"
    yield f"  scripts       {_counts(one.pins, 'state')}"
    yield f"  packages      {_counts(one.packages, 'tenant')}"
    yield f"  postbacks     {_counts(one.postbacks, 'level')}"
    yield f"  keyring       generation {one.generation} announced ({one.keyrings} in all)"


def _keystore(report: Report) -> Iterator[str]:
    one, journals = report.keystore, report.journals
    yield f"key store  {_database(one.database)}"
    yield f"  data keys     {_counts(one.keys, 'SEAL key')}"
    places = ((journals.mapping, "in the mapping"), (journals.keystore, "here"), (journals.file, "in the file"))
    yield f"  erasures      {', '.join(f'{count:,} {where}' for count, where in places)}"


def _work(one: MappingCensus) -> Iterator[str]:
    workers = [f"{worker.node} (generation {worker.generation}, {worker.seconds} s ago)" for worker in one.workers]
    yield f"workers    {', '.join(workers) or 'none'}"
    for job in one.jobs:
        yield f"  {job['name']:<13} {job['state']}: {job['done']:,} done, {job['remaining']:,} left"


def _database(one: Database) -> str:
    size = f"{one.bytes / 1_048_576:,.1f} MiB"
    who = f"lineage {one.lineage[:8] or 'none yet'}, instance {one.instance[:8]}"
    return f"{one.dialect} {one.version}, revision {one.revision}, {size}, {who}"


def _counts(counts: dict[str, int], by: str) -> str:
    """The sum, and what it is made of."""
    parts = ", ".join(f"{name}: {count:,}" for name, count in sorted(counts.items()))
    return f"{sum(counts.values()):,}" + (f" by {by} ({parts})" if parts else "")


def _when(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M")
