"""The audit log: what is not on disk here has not happened, and what has not happened is not answered."""

import time
from dataclasses import dataclass

from proxy.audit.events import Event
from proxy.errors import AuditFailed, StoreFailed
from proxy.store.port import AuditRecord, Clock, Store, faulty_field


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry to be written. Texts are short words of our own ([a-z0-9._:/-], at most 80); never a value.

    `pseudonym` is a token or ""; `count` says how often it happened within one exchange.
    """

    event: Event
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


def unix_ms() -> int:
    """Milliseconds since 1970 (UTC)."""
    return time.time_ns() // 1_000_000


class AuditLog:
    """Appends entries to a store."""

    def __init__(self, store: Store, clock: Clock = unix_ms) -> None:
        """Write to `store`, with the time of `clock`."""
        self._store = store
        self._clock = clock

    async def append(self, *entries: Entry) -> None:
        """Make `entries` durable, all or none. Raises `AuditFailed`: then the message must not go on."""
        at = self._clock()
        records = [_record(at, entry) for entry in entries]
        try:
            await self._store.append_audit(records)
        except StoreFailed as failure:
            raise AuditFailed(failure.reason) from None


def _record(at: int, entry: Entry) -> AuditRecord:
    record = AuditRecord(
        at=at,
        event=entry.event.value,
        actor=entry.actor,
        tenant=entry.tenant,
        mount=entry.mount,
        route=entry.route,
        kind=entry.kind,
        pseudonym=entry.pseudonym,
        key_id=entry.key_id,
        exchange=entry.exchange,
        reason=entry.reason,
        count=entry.count,
    )
    faulty = faulty_field(record)
    if faulty:
        raise AuditFailed("entry-invalid", place=faulty)
    return record
