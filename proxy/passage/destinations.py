"""Where a request goes: which host of the cloud, and the path below its base."""

from dataclasses import dataclass

from proxy.passage.mounts import Mount


@dataclass(frozen=True, slots=True, repr=False)
class Destination:
    """The host of the cloud a request is for: `alias` is "" for the mount's own upstream. `path` is below its base."""

    alias: str
    origin: str
    base: str
    path: str


def destination(mount: Mount, path: str) -> Destination:
    """Tell which host of the cloud a path below the mount leads to (`/~alias/…` are the further hosts)."""
    for alias, origin in mount.further.items():
        if path.startswith(f"/~{alias}/"):
            return Destination(alias, origin, "", path[len(alias) + 2 :])
    return Destination("", mount.upstream.origin, mount.upstream.path, path)
