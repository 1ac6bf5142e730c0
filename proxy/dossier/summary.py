"""What the log says of a person, counted: how often what happened where, from when to when."""

from collections.abc import Mapping, Sequence
from typing import Any

_COLUMNS = ("event", "mount", "route", "actor")


def sent(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Group entries of the log by event, mount, route and actor: entries, times, the first and the last moment.

    `entries` are those of a report (`at` in ISO 8601, UTC; `number`); the answer is in the order of the first moment.
    """
    groups: dict[tuple[str, ...], dict[str, Any]] = {}
    for entry in sorted(entries, key=lambda one: (one["at"], one["number"])):
        key = tuple(str(entry.get(name, "")) for name in _COLUMNS)
        group = groups.setdefault(
            key, dict(zip(_COLUMNS, key, strict=True)) | {"entries": 0, "times": 0, "first": entry["at"]}
        )
        group["entries"] += 1
        group["times"] += int(entry.get("count", 0)) or 1
        group["last"] = entry["at"]
    return list(groups.values())
