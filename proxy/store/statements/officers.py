"""What officers ask of one another: requests, each used up by one approval."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import and_, select, update
from sqlalchemy.engine import Connection

from proxy.store.records import AuditRecord, RequestRecord
from proxy.store.statements.ledger import append_audit
from proxy.store.tables import requests


def submit(connection: Connection, request: RequestRecord, entries: Sequence[AuditRecord]) -> None:
    """Remember a request."""
    connection.execute(requests.insert().values(**asdict(request)))
    append_audit(connection, entries)


def all_requests(connection: Connection) -> list[RequestRecord]:
    """Every request, the newest first."""
    columns = [requests.c[name] for name in RequestRecord.__dataclass_fields__]
    statement = select(*columns).order_by(requests.c.created.desc(), requests.c.request)
    return [_record(row._asdict()) for row in connection.execute(statement)]


def settle(
    connection: Connection, request: str, answer: Mapping[str, str | bytes | int], entries: Sequence[AuditRecord]
) -> bool:
    """Use a request up: the WHERE decides, so of two approvals at once one counts."""
    undecided = and_(requests.c.request == request, requests.c.decided == 0)
    if connection.execute(update(requests).where(undecided).values(**answer)).rowcount != 1:
        return False
    append_audit(connection, entries)
    return True


def _record(row: dict[str, Any]) -> RequestRecord:
    """A row; drivers give bytes in types of their own."""
    return RequestRecord(**{**row, **{name: bytes(row[name]) for name in ("reason", "signature", "approval")}})
