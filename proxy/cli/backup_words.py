"""What `scormveil backup` says: what is in a backup, what a restore did, what is lost."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from proxy.backup import KEYS_KIND, Gist, Lost, Outcome, Tried
from proxy.cli.orders import counted

_SHOWN = 20


def when(at: int) -> str:
    """A moment, to the minute (UTC)."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M")


def about(gist: Gist, file: Path, tried: Tried | None = None) -> Iterator[str]:
    """A backup: what it is, how much of what is in it, how it opens."""
    head = gist.head
    what = "the key store" if head.kind == KEYS_KIND else "mapping, audit log and keyring"
    size = file.stat().st_size / 1_048_576
    yield f"{file.name}: backup of {what} of {when(head.created)}, {size:,.1f} MiB, whole"
    if gist.title.expires:
        yield f"  expires       {when(gist.title.expires)}"
    yield f"  lineage       {head.lineage[:8] or 'none yet'}, revision {head.revision}"
    if head.kind != KEYS_KIND:
        yield f"  keyring       generation {head.generation} announced"
        yield f"  audit         up to number {gist.audit_number:,}" + (
            f" of {when(gist.audit_at)}" if gist.audit_at else ""
        )
    for one in gist.tables:
        yield f"  {one.table:<13} {one.rows:>12,} rows  {one.digest[:16]}"
    if tried is not None:
        yield _tried(tried)


def happened(outcome: Outcome, file: Path, *, dry_run: bool) -> Iterator[str]:
    """A restore, and what it lost."""
    yield from about(outcome.gist, file, outcome.tried)
    yield "Nothing was touched. It would be restored, with these losses:" if dry_run else "Restored."
    keyring = {
        "kept": "The keyring that is there is the one of the backup.",
        "newer-kept": "The keyring that is there is newer than the one of the backup, and stays.",
        "installed": "The keyring of the backup is put in force.",
    }
    yield keyring[outcome.keyring]
    if outcome.aside is not None:
        yield f"The files that were there are {outcome.aside.name} now."
        if outcome.gist.head.kind == KEYS_KIND:
            yield "  They hold data keys. Destroy them within days: who is forgotten from now on lives on in them."
    if outcome.kept_keys:
        yield f"{outcome.kept_keys:,} data keys of the key store that was there are kept: they are newer."
    if outcome.again.restricted:
        yield f"{counted(outcome.again.restricted, 'person', 'people')} restricted since then: restricted again."
    if outcome.again.released:
        yield f"{counted(outcome.again.released, 'person', 'people')} let go since then: let go again."
    if outcome.alone:
        other = "mapping" if outcome.gist.head.kind == KEYS_KIND else "key store"
        yield f"There is no {other} to compare with. Restore it too, before you start scormveil."
    yield ""
    yield f"What was lost since {when(outcome.lost.created)} (UTC):"
    yield from (f"  {line}" for line in _lost(outcome.lost, of_keys=outcome.gist.head.kind == KEYS_KIND))


def _tried(tried: Tried) -> str:
    parts = [f"{tried.opened:,} opened"]
    parts += [f"{tried.without_key:,} have no data key here"] if tried.without_key else []
    parts += [f"{tried.failed:,} DO NOT OPEN"] if tried.failed else []
    return f"  sample        {', '.join(parts)}"


def _lost(one: Lost, *, of_keys: bool) -> Iterator[str]:
    if one.generations:
        yield f"keyring     generations {one.generations[0] + 1} to {one.generations[1]} were announced since; kept"
    yield from _people(one, of_keys=of_keys)
    if one.audit:
        yield f"audit       entries {one.audit[0]:,} to {one.audit[1]:,} are gone"
    elif not one.audit_known:
        yield "audit       every entry since; how many, nothing that survives can tell"
    for what, rows in (("package", one.packages), ("script", one.pins)):
        for row in rows[:_SHOWN]:
            yield f"{what:<11} {' '.join(part[:40] for part in row)}"
        if len(rows) > _SHOWN:
            yield f"{what:<11} and {len(rows) - _SHOWN:,} more"
    yield f"forgotten   {one.forgotten:,} in the backup were forgotten since; they stay forgotten"


def _people(one: Lost, *, of_keys: bool) -> Iterator[str]:
    if one.without_person is None or one.without_key is None:
        yield "people      whoever came since; how many, nothing that survives can tell"
        return
    if not of_keys and one.without_person:
        yield (
            f"people      {one.without_person:,} came since: each gets the same pseudonym again at her next launch; "
            "until then results that name her are refused"
        )
        if one.pseudonym_key_since:
            rotated = when(one.pseudonym_key_since)
            yield f"            but who came before {rotated}, when the PSEUDONYM key was rotated, gets another one"
    if one.without_key:
        yield (
            f"data keys   of {one.without_key:,} people are missing: each is readable again, under the same pseudonym, "
            "when she launches next"
        )
    if not one.without_key and (of_keys or not one.without_person):
        yield "people      none"
