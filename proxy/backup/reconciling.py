"""After a restore: what is remembered in three places is made equal at once, as every start does; it is recorded."""

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from proxy.audit import AuditLog, Entry, Event
from proxy.backup.contents import KEYS_KIND
from proxy.store import KEYSTORE, MAPPING, SqlKeyStore, SqlStore, open_keystore, open_store
from proxy.store.census import Fit, fit
from proxy.store.deletions_port import Place
from proxy.store.log_port import Mac
from proxy.store.snapshot import Snapshot
from proxy.upkeep import Forgetting, Journal


class Files(Protocol):
    """The files of an installation that are needed here."""

    @property
    def keyring(self) -> Path:
        """The keyring."""

    @property
    def journal(self) -> Path:
        """The journal of erasures."""

    @property
    def places(self) -> Sequence[Place]:
        """Applications of the cloud that have to forget as well."""


async def reconcile(mapping_url: str, keystore_url: str, files: Files, mac: Mac, *, of_keys: bool) -> None:
    """Forget in both stores whom any journal names, restrict and release as is noted anywhere.

    `mac` makes the codes of entries. Raises `StoreFailed`, `AuditFailed`.
    """
    store, keystore = open_store(mapping_url), open_keystore(keystore_url)
    store.logs.use(mac)
    await store.open()
    try:
        await keystore.open()
        await _reconcile(store, keystore, files, of_keys=of_keys)
    finally:
        await keystore.close()
        await store.close()


async def _reconcile(store: SqlStore, keystore: SqlKeyStore, files: Files, *, of_keys: bool) -> None:
    audit = AuditLog(store)
    if of_keys:
        await audit.append(Entry(Event.BACKUP_RESTORED, actor="operator", reason=KEYS_KIND))
    forgetting = Forgetting(
        store.upkeep,
        keystore,
        Journal(files.journal),
        lambda: time.time_ns() // 1_000_000,
        lambda _erasures: None,
        files.places,
        restrictions=store.restrictions,
    )
    back = await forgetting.reconcile()
    if back.people or back.keys:
        await audit.append(Entry(Event.FORGOTTEN_AGAIN, actor="operator", count=max(back.people, back.keys)))
    await forgetting.restricting.reconcile()
    pulse = await store.pulse()
    content = files.keyring.read_bytes()
    if hashlib.sha256(content).hexdigest() == pulse.digest:  # a backup of the key store has none on its way to nodes
        await keystore.put_ring(pulse.generation, pulse.digest, content)


def missing_after(mapping_url: str, keystore_url: str) -> Fit:
    """Who lacks what now that both stores are there."""
    with Snapshot(mapping_url, MAPPING) as mapping, Snapshot(keystore_url, KEYSTORE) as keys:
        return fit(mapping, keys, age_ms=0)
