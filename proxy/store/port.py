"""What the house asks of a store, and the records it hands over. Knows no database.

Every time is in milliseconds since 1970 (UTC). Records hold no cleartext: a mapping's identities are in `sealed`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Literal, Protocol

Clock = Callable[[], int]
"""Gives milliseconds since 1970 (UTC)."""

PinState = Literal["approved", "pending"]

_WORD = re.compile(r"[a-z0-9._:/-]{0,80}")
_TOKEN = re.compile(r"(?:sv[0-9][a-z0-9]{37})?")  # the form of docs/pseudonyms.md, any scheme number
_COUNT_LIMIT = 2**31


@dataclass(frozen=True, slots=True)
class MappingRecord:
    """One person as the store holds her. `lookup` is the blind index, `sealed` the envelope with her cleartexts.

    `pseudonym_key`, `lookup_key` and `seal_key` are the ids of the keys that made the three.
    """

    tenant: str
    kind: str
    pseudonym: str
    pseudonym_key: str
    lookup: bytes
    lookup_key: str
    sealed: bytes
    seal_key: str
    created: int
    last_seen: int


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One entry of the audit log: who did what, where and when; never a value."""

    at: int
    event: str
    actor: str = ""
    tenant: str = ""
    mount: str = ""
    route: str = ""
    kind: str = ""
    pseudonym: str = ""
    key_id: str = ""
    exchange: str = ""
    reason: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class PinRecord:
    """A script that runs in the LMS page, by its digest. At most one per mount and path is approved."""

    mount: str
    path: str
    digest: str
    state: PinState
    first_seen: int


@dataclass(frozen=True, slots=True)
class PackageRecord:
    """What was learned of a dispatch package.

    `roles` maps a placeholder to the query key that carries it; `fixed` are the other query keys of the launch.
    `prelaunch_path` and `config_path` are where the package asks before it launches, "" where it does not.
    """

    digest: str
    tenant: str
    launch_path: str
    roles: Mapping[str, str]
    fixed: tuple[str, ...]
    dispatch_root: str
    hosts: tuple[str, ...]
    created: int
    prelaunch_path: str = ""
    prelaunch_keys: tuple[str, ...] = ()
    config_path: str = ""


def faulty_field(entry: AuditRecord) -> str:
    """Return the name of a field that could hold a value, "" if there is none.

    Every text of an entry is a short word of a narrow alphabet or has the shape of a token. The store asks before it
    writes, so no way into the log goes around it.
    """
    for one in fields(entry):
        value = getattr(entry, one.name)
        if isinstance(value, int):
            allowed = one.name == "at" or 0 <= value < _COUNT_LIMIT
        else:
            allowed = bool((_TOKEN if one.name == "pseudonym" else _WORD).fullmatch(value))
        if not allowed:
            return one.name
    return ""


class Store(Protocol):
    """Where mappings, audit entries, pinned scripts and packages live. Every method raises `StoreFailed` only."""

    async def open(self) -> None:
        """Connect. Refuses a store that was never created or whose schema is not this program's."""

    async def close(self) -> None:
        """Finish what was begun and disconnect. Harmless when it is closed already."""

    async def check(self) -> None:
        """Make sure that the store is still the one that was opened. A few µs; for every exchange."""

    async def by_lookup(self, tenant: str, kind: str, lookups: Sequence[bytes]) -> list[MappingRecord]:
        """Return the mappings of any of `lookups`, oldest first."""

    async def by_pseudonym(self, tenant: str, pseudonyms: Sequence[str]) -> list[MappingRecord]:
        """Return the mappings of any of `pseudonyms`, oldest first."""

    async def insert_or_get(
        self, records: Sequence[MappingRecord], audit: Sequence[Sequence[AuditRecord]] = ()
    ) -> list[MappingRecord]:
        """Insert each record, or find the one that was there before it; the winners come back in the same order.

        `audit[i]` is written in the same transaction if `records[i]` won, and not at all if it lost.
        """

    async def reseal(self, record: MappingRecord, *, replacing: bytes | None = None) -> bool:
        """Write new `sealed`, `seal_key` and `last_seen` of a mapping.

        With `replacing` only if what is sealed now equals it; False means that someone else was faster.
        """

    async def append_audit(self, entries: Sequence[AuditRecord]) -> None:
        """Write all entries or none; they are on disk when this returns."""

    async def read_audit(self, after: int, limit: int) -> list[tuple[int, AuditRecord]]:
        """Return up to `limit` entries with sequence numbers above `after`, in order."""

    async def pin(self, record: PinRecord) -> PinRecord:
        """Remember a script and return the one that counts: the approved one of the path if any, else this one.

        A second script that asks to be approved becomes pending: only `approve` may change what is approved.
        """

    async def pins(self) -> list[PinRecord]:
        """Return every pin by mount and path, the approved one first."""

    async def approve(self, mount: str, path: str, digest: str) -> PinRecord:
        """Approve a remembered script; the one approved before becomes pending. Unknown ones are refused."""

    async def register_package(self, record: PackageRecord) -> None:
        """Remember a package; the same digest again replaces what was known of it."""

    async def packages(self, tenant: str) -> list[PackageRecord]:
        """Return the packages of `tenant`, oldest first."""
