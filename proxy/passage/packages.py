"""What is known of dispatch packages: registered when one is rewritten, used to recognise their launches."""

import time
from collections.abc import Callable, Sequence

from proxy.audit import AuditLog, Entry, Event
from proxy.package import Learned, rewrite_package
from proxy.passage.mounts import Mount
from proxy.store.port import PackageRecord, Store

_FRESH_SECONDS = 2.0


class Packages:
    """The register of one installation, read at most every two seconds."""

    def __init__(self, store: Store, audit: AuditLog, clock: Callable[[], float] = time.time) -> None:
        """Remember the means."""
        self._store = store
        self._audit = audit
        self._clock = clock
        self._held: dict[str, tuple[float, Sequence[PackageRecord]]] = {}

    async def known(self, tenant: str) -> Sequence[PackageRecord]:
        """Return the tenant's packages."""
        read_at, held = self._held.get(tenant, (0.0, ()))
        if self._clock() - read_at > _FRESH_SECONDS:
            held = distinct(await self._store.packages(tenant))
            self._held[tenant] = (self._clock(), held)
        return held

    async def rewrite(self, data: bytes, mounts: Sequence[Mount], tenant: str, *, exchange: str, actor: str) -> bytes:
        """Point a dispatch zip at the proxy and register what it teaches; `PackageRefused` if that is not possible."""
        pairs = {pair for mount in mounts for pair in pairs_of(mount)}
        rewritten = rewrite_package(data, sorted(pairs))
        await self.register(rewritten.learned, tenant, exchange=exchange, actor=actor)
        return rewritten.data

    async def register(self, learned: Learned, tenant: str, *, exchange: str, actor: str) -> None:
        """Remember a package, on disk, before anyone can launch it."""
        await self._store.register_package(record_of(learned, tenant, int(self._clock() * 1000)))
        self._held.pop(tenant, None)
        await self._audit.append(
            Entry(Event.PACKAGE_REGISTERED, actor=actor, tenant=tenant, exchange=exchange, count=len(learned.roles))
        )


def distinct(records: Sequence[PackageRecord]) -> tuple[PackageRecord, ...]:
    """Leave out packages that teach nothing new: every download of one dispatch is a package of its own."""
    lessons = {
        (one.launch_path, one.prelaunch_path, one.config_path, tuple(sorted(one.roles.items())), one.fixed): one
        for one in records
    }
    return tuple(lessons.values())


def pairs_of(mount: Mount) -> tuple[tuple[str, str], ...]:
    """Return (upstream origin, public base) for every host of the cloud that `mount` serves."""
    further = ((origin, f"{mount.public.origin}/~{alias}") for alias, origin in mount.further.items())
    return ((mount.upstream.origin, mount.public.origin), *further)


def record_of(learned: Learned, tenant: str, now: int) -> PackageRecord:
    """Make what a package taught a record of the register."""
    return PackageRecord(
        digest=learned.digest,
        tenant=tenant,
        launch_path=learned.launch_path,
        roles=dict(learned.roles),
        fixed=tuple(learned.fixed),
        dispatch_root=learned.dispatch_root.url if learned.dispatch_root else "",
        hosts=tuple(learned.hosts),
        created=now,
        prelaunch_path=learned.prelaunch.path if learned.prelaunch else "",
        prelaunch_keys=learned.prelaunch.keys if learned.prelaunch else (),
        config_path=learned.custom_config.path if learned.custom_config else "",
    )
