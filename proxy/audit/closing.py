"""Closes logs that nobody is to go on with, and says so in one that begins then."""

from collections.abc import Sequence

from proxy.audit.events import Event
from proxy.audit.log import AuditLog, Entry
from proxy.store.log_port import ACCEPTED, LogRecord, Logs


async def close_logs(logs: Logs, audit: AuditLog, records: Sequence[LogRecord], actor: str) -> None:
    """Close first all of them: so what is said of it stands in a log that nobody can mistake for one of these.

    Raises `StoreFailed`, `AuditFailed`.
    """
    for one in records:
        await logs.close_log(one.log, ACCEPTED)
    await audit.append(*(Entry(Event.LOG_CLOSED, actor=actor, reason=str(one.log)) for one in records))
