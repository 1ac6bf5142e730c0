"""What the proxy must know about a package to handle its launches: upstream addresses and the roles of query keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from proxy.package.archive import Archive
from proxy.package.configuration import Assignment, read_configuration, read_custom_config
from proxy.package.origins import OriginTable
from proxy.package.placeholders import query_keys, read_roles
from proxy.package.reasons import Reason
from proxy.package.traits import Generation, Standard, generation_of, standard_of


@dataclass(frozen=True, slots=True)
class Target:
    """An upstream address without its query: `origin`, raw `path`, and the names of its query `keys`."""

    origin: str
    path: str
    keys: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """Origin and path."""
        return self.origin + self.path


@dataclass(frozen=True, slots=True)
class Learned:
    """The facts of one package, with the addresses as the cloud knows them (no path prefix of the proxy).

    `digest` is the SHA-256 of the zip that was read, in hex. `roles` maps a placeholder to the query key that carries
    it; `fixed` are the other keys of the launch. `launch_path` is the raw path of ContentURL. `content_api` is the
    host page of v1 packages, `dispatch_root` (ending in `/`) that of the others. `hosts` are all upstream origins.
    """

    digest: str
    generation: Generation
    standard: Standard
    content_origin: str
    launch_path: str
    roles: Mapping[str, str]
    fixed: tuple[str, ...]
    hosts: tuple[str, ...]
    dispatch_version: str = ""
    dispatch_root: Target | None = None
    content_api: Target | None = None
    prelaunch: Target | None = None
    custom_config: Target | None = field(default=None, repr=False)


def learn(archive: Archive, table: OriginTable, hosts: tuple[str, ...], digest: str) -> Learned:
    """Read the facts of a package whose addresses are upstream's or already the proxy's. Raises PackageRefused."""
    found = read_configuration(archive.entries)
    if "ContentURL" not in found:
        raise Reason.NO_CONTENT_URL.refused()
    content = _target(found["ContentURL"], table)
    roles = read_roles(found["ContentURL"].value)
    targets = {
        name: _target(found[name], table) if name in found else None
        for name in ("DispatchRoot", "ContentAPI", "PreLaunchConfigurationURL")
    }
    return Learned(
        digest=digest,
        generation=generation_of(archive.entries, found),
        standard=standard_of(archive.entries),
        content_origin=content.origin,
        launch_path=content.path,
        roles=roles.keys,
        fixed=roles.fixed,
        hosts=hosts,
        dispatch_version=found["DispatchVersion"].value if "DispatchVersion" in found else "",
        dispatch_root=targets["DispatchRoot"],
        content_api=targets["ContentAPI"],
        prelaunch=targets["PreLaunchConfigurationURL"],
        custom_config=_custom_config(archive, table),
    )


def _target(assignment: Assignment, table: OriginTable) -> Target:
    """Read the address of a global as upstream knows it. Raises PackageRefused if it is relative or foreign."""
    url = assignment.value
    split = table.upstream_of(url) if url.isascii() else None
    if split is None:
        absolute = url.isascii() and url.lower().startswith(("http://", "https://", "//"))
        raise (Reason.FOREIGN if absolute else Reason.RELATIVE).refused()
    return _split_target(*split)


def _split_target(origin: str, rest: str) -> Target:
    return Target(origin, rest.partition("#")[0].partition("?")[0] or "/", query_keys(rest))


def _custom_config(archive: Archive, table: OriginTable) -> Target | None:
    assignment = read_custom_config(archive.entries)
    split = table.upstream_of(assignment.value) if assignment else None
    return _split_target(*split) if split else None


def same_facts(one: Learned, other: Learned) -> bool:
    """Whether two readings agree in all but digest and origins, which several upstreams of one base may blur."""

    def facts(learned: Learned) -> tuple[object, ...]:
        targets = (learned.dispatch_root, learned.content_api, learned.prelaunch, learned.custom_config)
        paths = tuple((target.path, target.keys) if target else None for target in targets)
        words = (learned.generation, learned.standard, learned.launch_path, learned.dispatch_version)
        return (*words, dict(learned.roles), learned.fixed, paths)

    return facts(one) == facts(other)
