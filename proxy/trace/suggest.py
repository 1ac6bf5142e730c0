"""Suggestions as lines for the configuration file: whole lists, so that they can be put in as they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from proxy.trace.lines import Suggestion


@dataclass(frozen=True, slots=True)
class Current:
    """What a mount's settings hold now."""

    lms_origins: tuple[str, ...] = ()
    external_hosts: tuple[str, ...] = ()
    routes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def toml(suggestions: Sequence[Suggestion], current: Mapping[str, Current]) -> str:
    """The lines for the configuration, mount by mount, with what stands there already."""
    parts: list[str] = []
    for mount in dict.fromkeys(one.mount for one in suggestions):
        mine = [one for one in suggestions if one.mount == mount]
        parts.append(f"# in [[mounts]] with name = {_quoted(mount)}\n" + _of_mount(mine, current.get(mount, Current())))
    return "\n".join(parts)


def _of_mount(mine: Sequence[Suggestion], now: Current) -> str:
    lines: list[str] = []
    pages = [one.value for one in mine if one.setting == "lms_origins"]
    if pages:
        lines.append(f"lms_origins = {_list((*now.lms_origins, *pages))}")
    origins = {one.key: one.value for one in mine if one.setting == "origins"}
    if origins:
        lines += ["[mounts.origins]", *(f"{key} = {_quoted(value)}" for key, value in origins.items())]
    routes: dict[str, tuple[str, ...]] = {}
    for one in mine:
        if one.setting == "routes":
            routes[one.key] = (*routes.get(one.key, now.routes.get(one.key, ())), one.value)
    if routes:
        lines += ["[mounts.routes]", *(f"{_quoted(key)} = {_list(values)}" for key, values in routes.items())]
    hosts = [one.value for one in mine if one.setting == "external_hosts"]
    if hosts:
        lines += ["[mounts.policy]", f"external_hosts = {_list((*now.external_hosts, *hosts))}"]
    return "".join(f"{line}\n" for line in lines)


def _list(values: Sequence[str]) -> str:
    return "[" + ", ".join(_quoted(one) for one in dict.fromkeys(values)) + "]"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
