"""Looking people up by hand, as the audit log has it: the statements, each a function of a connection."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, delete, func, select
from sqlalchemy.engine import Connection

from proxy.store.disclosure_port import DISCLOSED, ROUTE, Judge
from proxy.store.records import AuditRecord, check_entries
from proxy.store.statements.common import in_turn, meta_value, now_ms, set_meta
from proxy.store.statements.ledger import append_audit
from proxy.store.tables import audit, meta, nodes, requests

_RULES = "disclosure-rules"


def now(connection: Connection, ours: int) -> int:
    """The database's time where it has a clock of its own, else ours, if no node was seen later."""
    if connection.dialect.name == "postgresql":
        found: int = connection.execute(select(now_ms(connection))).scalar_one()
        return found
    return max(ours, connection.execute(select(func.max(nodes.c.seen))).scalar() or 0)


def past(connection: Connection, since: int, actor: str = "") -> list[AuditRecord]:
    """Entries since then, one officer's or everybody's, the oldest first.

    Sorted here: asked for an order, SQLite reads the whole log in that order, and not the end of the index of times.
    """
    columns = [audit.c[name] for name in AuditRecord.__dataclass_fields__]
    wanted = and_(audit.c.at >= since, audit.c.route == ROUTE)
    if actor:
        wanted = and_(wanted, audit.c.actor == actor)
    rows = connection.execute(select(audit.c.seq, *columns).where(wanted)).fetchall()
    return [AuditRecord(*row[1:]) for row in sorted(rows, key=lambda row: row.seq)]


def decide(
    connection: Connection, *, actor: str, since: int, judge: Judge, request: str, rules: AuditRecord | None
) -> Sequence[AuditRecord]:
    """Read, judge and write, while nobody else does."""
    in_turn(connection)
    there = bool(request) and connection.execute(select(requests.c.request).where(_is(request))).first() is not None
    entries = [*judge(past(connection, since, actor), there), *_other(connection, rules)]
    check_entries(entries)
    if request and any(one.event == DISCLOSED for one in entries):
        connection.execute(delete(requests).where(_is(request)))
    append_audit(connection, entries)
    return entries


def _other(connection: Connection, rules: AuditRecord | None) -> list[AuditRecord]:
    """Remember by which rules was decided; the entry about it if the last time it was by others."""
    before = meta_value(connection, meta, _RULES)
    if rules is None or rules.exchange == before:
        return []
    set_meta(connection, meta, _RULES, rules.exchange)
    return [rules] if before else []


def _is(request: str) -> ColumnElement[bool]:
    return requests.c.request == request
