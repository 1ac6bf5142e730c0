"""The applications of the cloud that the configuration gives us a credential for, and who renames people in them.

An application is what the cloud calls one; here it is a `cloud_v2` mount with a `credential`. Composition level.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from keys import KeyRoom
from proxy.audit.log import unix_ms
from proxy.cloud import PACE, Application, AppLogin, CloudClient, Deleter, Outlet, Reader, Renaming, V1Client
from proxy.config import Config, MountSettings, secret
from proxy.errors import ConfigInvalid
from proxy.identity import Records, Renew
from proxy.store import SqlKeyStore, SqlStore
from proxy.store.deletions_port import Place
from proxy.upkeep import Barrier, Deleters, Mover

Applications = Mapping[str, Sequence[Application]]
"""By tenant."""


def applications_of(config: Config, config_file: Path, outlet: Outlet) -> Applications:
    """Return the applications of each tenant; two mounts of one application count once. `ConfigInvalid`."""
    found: dict[str, list[Application]] = {}
    for mount in mounts_of(config):
        found.setdefault(mount.tenant, []).append(_application(mount, config, config_file, outlet))
    return {tenant: tuple(mine) for tenant, mine in found.items()}


def mounts_of(config: Config) -> Iterator[MountSettings]:
    """The mounts that stand for an application; of several of one tenant and application, the first."""
    seen: set[tuple[str, str, str]] = set()
    for mount in config.mounts:
        if mount.adapter == "cloud_v2" and mount.credential is not None:
            place = (mount.tenant, mount.upstream.rstrip("/"), mount.credential.user)
            if place not in seen:
                seen.add(place)
                yield mount


def readers_of(
    config: Config, config_file: Path, outlet: Outlet, *, pace: float = PACE
) -> Iterator[tuple[str, Reader]]:
    """What reads each application, `pace` calls a second at most, with the name of its mount. `ConfigInvalid`."""
    agent = config.server.user_agent
    for mount in mounts_of(config):
        yield mount.name, Reader(outlet, mount.upstream, _login(mount, config_file), user_agent=agent, pace=pace)


def deleters_of(config: Config, config_file: Path, outlet: Outlet) -> Deleters:
    """What has each application forget a learner; not one that is not to be asked and whose login cannot be read.

    An officer's machine that only forgets people here needs no secret of the cloud. Raises `ConfigInvalid`.
    """
    found: dict[tuple[str, str], Deleter] = {}
    for mount in mounts_of(config):
        how = mount.erase
        try:
            login = _login(mount, config_file)
        except ConfigInvalid:
            if how.allow:
                raise
            continue
        # Tickets are repeated for days; a call need not be.
        client = CloudClient(outlet, mount.upstream, login, user_agent=config.server.user_agent, tries=1)
        found[mount.tenant, mount.name] = Deleter(
            mount.name, client, user_email=how.user_email, allowed=how.allow, settle_seconds=how.settle_seconds
        )
    return found


def places_of(config: Config) -> tuple[Place, ...]:
    """To which applications an erasure is followed, and where a human has to do it."""
    found = [
        Place(
            mount.tenant,
            mount.name,
            "open" if mount.erase.allow else "by-hand",
            "" if mount.erase.allow else "not-allowed",
            mount.erase.allow and mount.erase.retention,
        )
        for mount in mounts_of(config)
    ]
    asked = {(mount.tenant, mount.upstream.rstrip("/")) for mount in mounts_of(config)}
    for mount in config.mounts:
        there = (mount.tenant, mount.upstream.rstrip("/"))
        if mount.adapter == "cloud_v2" and mount.credential is None and there not in asked:
            asked.add(there)
            found.append(Place(mount.tenant, mount.name, "by-hand", "no-credential"))
    return tuple(found)


def realms_of(
    config: Config, config_file: Path, outlet: Outlet, *, pace: float = PACE
) -> Iterator[tuple[MountSettings, Reader]]:
    """What reads each realm that the configuration gives us the login of, with the first such mount."""
    seen: set[tuple[str, str]] = set()
    for mount in config.mounts:
        manager = mount.management_credential
        if manager is None or (mount.upstream.rstrip("/"), manager.user) in seen:
            continue
        seen.add((mount.upstream.rstrip("/"), manager.user))
        login = AppLogin(manager.user, secret(config_file, manager.password))
        yield mount, Reader(outlet, mount.upstream, login, user_agent=config.server.user_agent, pace=pace)


def _login(mount: MountSettings, config_file: Path) -> AppLogin:
    credential = mount.credential
    return AppLogin(credential.user, secret(config_file, credential.password)) if credential else AppLogin("", "")


def _application(mount: MountSettings, config: Config, config_file: Path, outlet: Outlet) -> Application:
    rename, login = mount.rename, _login(mount, config_file)
    agent = config.server.user_agent
    by = Renaming(rename.by.value)
    v1 = V1Client(outlet, rename.v1_url, login, user_agent=agent) if by is Renaming.V1 else None
    client = CloudClient(outlet, mount.upstream, login, user_agent=agent)
    return Application(mount.name, client, by=by, v1=v1, patience=rename.wait_seconds)


def mover_of(
    applications: Applications,
    *,
    keys: KeyRoom,
    store: SqlStore,
    keystore: SqlKeyStore,
    renew: Renew,
    actor: str,
    barrier: Barrier | None = None,
) -> Mover:
    """Wire who moves people; `actor` is who told it to."""
    return Mover(
        keys=keys,
        records=Records(keys, keystore, renew),
        moves=store.moves,
        upkeep=store.upkeep,
        applications=applications,
        barrier=barrier or Barrier(store.upkeep, unix_ms),
        clock=unix_ms,
        actor=actor,
    )
