"""Makes a backup of one moment while nodes go on writing: sealed, read back, then given its name. Blocks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from keys import BundleWriter, KekProvider, KeyringError, SealedRing, Title
from proxy.backup.check import Gist, check
from proxy.backup.contents import KEYS_KIND, MAPPING_KIND, Head, Writing
from proxy.backup.files import NewFile
from proxy.errors import BackupFailed, StoreFailed
from proxy.store import KEYSTORE, MAPPING
from proxy.store.migrate import UNFINISHED, wanted
from proxy.store.rows import Row
from proxy.store.snapshot import Snapshot

LEFT_OUT: Final = frozenset(("rings",))
"""Keyrings on their way to other nodes: a key that is destroyed must not live on in a backup of the key store."""

Told = Callable[[str, int], None]
"""Hears which table is written, and how many rows of it are."""

_STEP: Final = 1000


@dataclass(frozen=True, slots=True)
class Order:
    """What to back up and where to: `record` writes the audit entry once all is verified, or raises."""

    url: str
    file: Path
    kek: KekProvider
    now: int
    record: Callable[[], None]
    told: Told


def make_mapping(order: Order, ring: Callable[[], SealedRing]) -> Gist:
    """Back up the mapping, audit log included, with the keyring.

    `ring` opens the keyring file; it is asked when the moment of the backup has begun, so it has every key that the
    backup needs. Raises `StoreFailed`, `BackupFailed`, KeyringError `keyring-behind`, `keyring-forked`.
    """
    with Snapshot(order.url, MAPPING) as store:
        sealed, pulse = ring(), store.pulse
        if sealed.ring.generation < pulse.generation:
            raise KeyringError("keyring-behind")
        if sealed.ring.generation == pulse.generation and sealed.digest != pulse.digest:
            raise KeyringError("keyring-forked")
        return _make(order, store, Title(MAPPING_KIND, order.now), sealed.file)


def make_keys(order: Order, expires: int) -> Gist:
    """Back up the key store, until `expires`: people who are forgotten live on in it as long as it does."""
    with Snapshot(order.url, KEYSTORE) as store:
        return _make(order, store, Title(KEYS_KIND, order.now, expires), b"")


def _make(order: Order, store: Snapshot, title: Title, keyring: bytes) -> Gist:
    if store.meta(UNFINISHED):
        raise StoreFailed("unfinished")
    found: list[Gist] = []
    with NewFile(order.file) as passing:
        bundle = BundleWriter(passing, order.kek, title)
        pulse = store.pulse
        revision = wanted(store.schema)
        head = Head(title.kind, title.created, pulse.lineage, pulse.instance, revision, pulse.generation)
        writing = Writing(bundle, head)
        if keyring:
            writing.keyring(keyring)
        layouts = [one for one in store.layouts() if one.table not in LEFT_OUT]
        written = [writing.table(one, _counted(one.table, store.rows(one), order.told)) for one in layouts]
        writing.finish()

        def read_back(source: BinaryIO) -> None:
            gist = check(source, (order.kek,))
            if gist.tables != written or gist.keyring != keyring:
                raise BackupFailed("not-written")
            found.append(gist)

        passing.place(read_back, order.record)
    return found[0]


def _counted(table: str, rows: Iterator[Row], told: Told) -> Iterator[Row]:
    count = 0
    for count, row in enumerate(rows, 1):
        yield row
        if count % _STEP == 0:
            told(table, count)
    told(table, count)
