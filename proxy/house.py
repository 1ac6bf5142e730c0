"""Everything that runs, for whoever starts and stops it. Composition level."""

from dataclasses import dataclass

from keys import KeyRoom
from proxy.audit import AuditLog, Entry, Event
from proxy.edge.server import Server
from proxy.edge.upstream import Upstream
from proxy.errors import KeysUnavailable
from proxy.identity import IdentityService
from proxy.logkeeping import LogKeeping
from proxy.observe import Metrics
from proxy.passage import Crowds, Mounts, Packages, Passage, Postbacks
from proxy.store import SqlKeyStore, SqlStore
from proxy.upkeep import Forgetting, Housekeeping, Renewal


@dataclass(frozen=True, slots=True)
class House:
    """Everything that runs, for whoever starts and stops it."""

    server: Server
    passage: Passage
    upstream: Upstream
    store: SqlStore
    keystore: SqlKeyStore
    audit: AuditLog
    metrics: Metrics
    packages: Packages
    mounts: Mounts
    keys: KeyRoom
    names: IdentityService
    postbacks: Postbacks
    crowds: Crowds
    renewal: Renewal
    forgetting: Forgetting
    housekeeping: Housekeeping
    logs: LogKeeping
    configuration: str
    """A digest of the configuration, 16 hexadecimal digits: what a process began with, for the audit log."""
    guarded_by: str
    """The kind of key-encryption key that opened the keyring."""

    async def open(self) -> None:
        """Open both stores and take the newest keyring; forget and restrict whom a restored database has not.

        `StoreFailed` if a store is not there or not ours, `KeysUnavailable` if a newer keyring cannot be had.
        """
        await self.store.open()
        await self.keystore.open()
        opens = await self.store.upkeep.has_own_keys()
        await self.keystore.belongs_to((await self.store.pulse()).lineage, opens=opens)
        await self.renewal.begin()
        await self.logs.open()
        back = await self.forgetting.reconcile()
        if back.people or back.keys:
            await self.audit.append(Entry(Event.FORGOTTEN_AGAIN, actor="system", count=max(back.people, back.keys)))
        await self.forgetting.restricting.reconcile()

    async def enlist(self) -> None:
        """Say that we are about to serve, so that whoever changes pseudonyms waits for us, too."""
        await self.housekeeping.listen()

    async def began(self) -> None:
        """Record that we serve, once we do, and begin the upkeep; `AuditFailed`."""
        await self.audit.append(
            Entry(Event.STARTED, actor="system", reason=self.configuration, count=len(self.mounts.all))
        )
        self.housekeeping.start()
        self.logs.start()

    async def ready(self) -> None:
        """Raise what keeps this node from serving everybody: `StoreFailed`, `KeysUnavailable`."""
        await self.store.check()
        await self.keystore.check()
        if self.renewal.trouble:
            raise KeysUnavailable(self.renewal.trouble)

    async def close(self) -> None:
        """Record the stop, finish what was begun, let go."""
        await self.housekeeping.stop()
        try:
            await self.audit.append(Entry(Event.STOPPED, actor="system"))
            await self.logs.stop()
        finally:
            await self.crowds.close()
            await self.upstream.close()
            await self.store.close()
            await self.keystore.close()
