"""The applications of the cloud that the configuration gives us a credential for, and who renames people in them.

An application is what the cloud calls one; here it is a `cloud_v2` mount with a `credential`. Composition level.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from keys import KeyRoom
from proxy.audit.log import unix_ms
from proxy.cloud import Application, AppLogin, CloudClient, Outlet, Renaming, V1Client
from proxy.config import Config, MountSettings, secret
from proxy.identity import Records, Renew
from proxy.store import SqlKeyStore, SqlStore
from proxy.upkeep import Barrier, Mover

Applications = Mapping[str, Sequence[Application]]
"""By tenant."""


def applications_of(config: Config, config_file: Path, outlet: Outlet) -> Applications:
    """Return the applications of each tenant; two mounts of one application count once. `ConfigInvalid`."""
    found: dict[str, dict[tuple[str, str], Application]] = {}
    for mount in config.mounts:
        if mount.adapter == "cloud_v2" and mount.credential is not None:
            place = (mount.upstream.rstrip("/"), mount.credential.user)
            mine = found.setdefault(mount.tenant, {})
            if place not in mine:
                mine[place] = _application(mount, config, config_file, outlet)
    return {tenant: tuple(mine.values()) for tenant, mine in found.items()}


def _application(mount: MountSettings, config: Config, config_file: Path, outlet: Outlet) -> Application:
    credential, rename = mount.credential, mount.rename
    login = AppLogin(credential.user, secret(config_file, credential.password)) if credential else AppLogin("", "")
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
