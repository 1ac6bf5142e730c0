"""Everything that is held on people and was sent about them, as JSON values."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from proxy.applications import mounts_of, readers_of
from proxy.cli.desk import Desk, clock
from proxy.edge.upstream import Upstream
from proxy.passage.postback_seal import Vault
from proxy.store import MappingRecord
from proxy.upkeep.access import Access, Application

_CONNECTIONS = 4


async def collected(desk: Desk, audience: str, people: Sequence[MappingRecord]) -> list[dict[str, Any]]:
    """What is held on each, here and at the cloud. Raises `StoreFailed`, `KeysUnavailable`, `SealFailed`."""
    limits = desk.config.limits
    upstream = Upstream(
        connections_per_host=_CONNECTIONS, connect_timeout=limits.connect_seconds, read_timeout=limits.idle_seconds
    )
    try:
        readers = dict(readers_of(desk.config, desk.config_file, upstream))
        applications: dict[str, list[Application]] = {}
        for mount in mounts_of(desk.config):
            details = desk.config.audiences[audience or mount.audience].details
            applications.setdefault(mount.tenant, []).append(Application(mount.name, readers[mount.name], details))
        mapping = desk.stores.mapping
        access = Access(desk.records(), mapping.upkeep, mapping.restrictions, _Addresses(desk).of, applications)
        held = [await access.collect(one, clock()) for one in people]
    finally:
        await upstream.close()
    await _place(desk, [entry for one in held for entry in one["audit"]])
    return held


async def _place(desk: Desk, entries: Sequence[dict[str, Any]]) -> None:
    """Say of each entry where it stands in which log, and with which leaf hash: what a proof of it is about."""
    numbers = [entry["number"] for entry in entries]
    rows = await desk.stores.mapping.logs.reading(lambda log: {number: log.leaf(number) for number in numbers})
    for entry in entries:
        row = rows[entry["number"]]
        if row is not None and row.pos >= 0:
            entry |= {"log": row.log, "position": row.pos, "leaf": row.leaf.hex()}


class _Addresses:
    """Opens the addresses to which somebody's results go. Passwords of the LMS are not about her."""

    def __init__(self, desk: Desk) -> None:
        self._there = desk.stores.mapping.postbacks
        self._vault = Vault(desk.keys, desk.renew)

    async def of(self, person: str) -> list[dict[str, Any]]:
        """The addresses of a person, by the name of her row."""
        told = []
        for record in await self._there.of_person(person):
            given = await self._vault.open(record)
            told.append(
                {
                    "mount": record.mount,
                    "address": given.lms.url,
                    "set_for": f"{record.level} {given.ident}".strip(),
                    "since": _when(record.created),
                    "replaced": _when(record.replaced_at) if record.replaced_at else None,
                }
            )
        return told


def _when(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="seconds")
