"""What the stores that are there still know, before anything is put in their place."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from proxy.errors import ProxyError, StoreFailed
from proxy.store import KEYSTORE, MAPPING
from proxy.store.census import journal_of, ledger_of, notes_of, with_own_keys
from proxy.store.copying import is_unused
from proxy.store.engines import parse, url_of
from proxy.store.migrate import UNFINISHED, Schema
from proxy.store.records import Erasure
from proxy.store.restrictions_port import RestrictionNote
from proxy.store.snapshot import Snapshot

ASIDE: Final = ".before-restore-"


@dataclass(frozen=True, slots=True)
class Survivor:
    """A store as it was found. `reason` says why it could not be read; then nothing else is known of it.

    `used`: somebody's data are in it, and not only those of a restore that was cut short.
    """

    url: str
    reason: str = ""
    used: bool = False
    lineage: str = ""
    generation: int = 0
    erasures: Sequence[Erasure] = ()
    notes: Sequence[RestrictionNote] = ()
    audit_number: int = 0
    packages: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    pins: frozenset[tuple[str, str, str]] = field(default_factory=frozenset)

    @property
    def there(self) -> bool:
        """Whether it could be read and has something to tell."""
        return self.used and not self.reason

    def refuse_stranger(self, lineage: str, refusal: ProxyError) -> None:
        """Raise `refusal` if this store is another installation's than the backup of `lineage`."""
        if self.there and lineage and self.lineage not in {"", lineage}:
            raise refusal


def look_at(url: str, schema: Schema) -> Survivor:
    """Look, and never raise: a store that cannot be read is what backups are for."""
    erasures: Sequence[Erasure] = ()
    notes: Sequence[RestrictionNote] = ()
    try:
        with Snapshot(url, schema) as store:
            erasures = journal_of(store)  # first: it may be readable where other pages are damaged
            notes = notes_of(store)
            return replace(_seen(store, url), erasures=erasures, notes=notes)
    except StoreFailed as failure:
        older = _put_aside(url) if failure.reason == "not-created" else ""
        if older:
            return look_at(older, schema)
        return Survivor(url, reason=failure.reason, erasures=erasures, notes=notes)


@contextmanager
def names_in(one: Survivor, schema: Schema) -> Iterator[Iterator[str] | None]:
    """The names of people who need a data key, or of data keys, in order; None if the store cannot tell."""
    if not one.there:
        yield None
        return
    with Snapshot(one.url, schema) as store:
        yield with_own_keys(store) if schema is MAPPING else store.names("person_keys")


def _seen(store: Snapshot, url: str) -> Survivor:
    used = not is_unused(store) and not store.meta(UNFINISHED)
    if store.schema is KEYSTORE:
        return Survivor(url, "", used, store.pulse.lineage)
    kept = ledger_of(store)
    return Survivor(
        url,
        used=used,
        lineage=store.pulse.lineage,
        generation=store.pulse.generation,
        audit_number=kept.audit_number,
        packages=kept.packages,
        pins=kept.pins,
    )


def _put_aside(url: str) -> str:
    """The store that an earlier restore, cut short, has moved away from here."""
    path = parse(url).path
    if path is None:
        return ""
    found = sorted(one for one in path.parent.glob(f"{path.name}{ASIDE}*") if not one.name.endswith(("-wal", "-shm")))
    return url_of(Path(found[-1])) if found else ""
