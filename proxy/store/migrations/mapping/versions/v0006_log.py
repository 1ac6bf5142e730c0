"""The audit entries become leaves of a transparency log; what was there before is its log number 0.

Nothing proves what was in the table until now. That log is closed, for new entries begin another; the first process
that serves signs the whole of it.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.engine import Connection

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_PAGE = 1000
_GROUP = 256
_MEMBERS = (
    "at",
    "event",
    "actor",
    "tenant",
    "mount",
    "route",
    "kind",
    "pseudonym",
    "key_id",
    "exchange",
    "reason",
    "count",
)


def upgrade() -> None:
    _create_logs()
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        _alter(connection)
    else:
        _recreate(connection)
    named, told = sa.text("pseudonym != ''"), sa.text("exchange != ''")
    op.create_index("ix_audit_log", "audit", ["log", "pos"], unique=True)
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_pseudonym", "audit", ["pseudonym"], sqlite_where=named, postgresql_where=named)
    op.create_index("ix_audit_exchange", "audit", ["exchange"], sqlite_where=told, postgresql_where=told)


def _create_logs() -> None:
    op.create_table(
        "logs",
        sa.Column("log", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("closed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("log", name="pk_logs"),
    )
    op.create_table(
        "checkpoints",
        sa.Column("log", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("log", "size", name="pk_checkpoints"),
    )
    op.create_table(
        "subtrees",
        sa.Column("log", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("log", "number", name="pk_subtrees"),
    )


def _columns() -> list[sa.Column[Any]]:
    texts = [name for name in _MEMBERS if name not in {"at", "count"}]
    return [
        sa.Column("at", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        sa.Column("count", sa.Integer(), nullable=False),
    ]


def _recreate(connection: Connection) -> None:
    """SQLite cannot add a column that must not be empty."""
    op.rename_table("audit", "audit_before")
    made = op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), nullable=False, autoincrement=True),
        sa.Column("log", sa.Integer(), nullable=False),
        sa.Column("pos", sa.BigInteger(), nullable=False),
        *_columns(),
        *(sa.Column(name, sa.LargeBinary(), nullable=False) for name in ("salt", "leaf", "mac")),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
        sqlite_autoincrement=True,
    )
    before = sa.table("audit_before", *(sa.column(name) for name in ("seq", *_MEMBERS)))

    def keep(rows: Sequence[dict[str, Any]]) -> None:
        connection.execute(made.insert(), rows)

    _chain(connection, before, keep)
    op.drop_table("audit_before")


def _alter(connection: Connection) -> None:
    added = (
        ("log", sa.Integer()),
        ("pos", sa.BigInteger()),
        ("salt", sa.LargeBinary()),
        ("leaf", sa.LargeBinary()),
        ("mac", sa.LargeBinary()),
    )
    for name, kind in added:
        op.add_column("audit", sa.Column(name, kind, nullable=True))
    audit = sa.table("audit", *(sa.column(name) for name in ("seq", *_MEMBERS, *(name for name, _ in added))))
    change = sa.update(audit).where(audit.c.seq == sa.bindparam("which"))
    change = change.values({name: sa.bindparam(f"new_{name}") for name, _ in added})

    def keep(rows: Sequence[dict[str, Any]]) -> None:
        values = [{"which": row["seq"]} | {f"new_{name}": row[name] for name, _ in added} for row in rows]
        connection.execute(change, values)

    _chain(connection, audit, keep)
    for name, _ in added:
        op.alter_column("audit", name, nullable=False)


def _chain(connection: Connection, source: sa.TableClause, keep: Any) -> None:
    """Make leaves of all rows, page by page."""
    tops: list[bytes] = []
    size = last = at = 0
    while rows := _page(connection, source, last):
        done, kept = [], []
        for row in rows:
            values = dict(row)
            salt = os.urandom(16)
            whole = json.dumps({name: values[name] for name in _MEMBERS}, separators=(",", ":"), ensure_ascii=False)
            leaf = _hash(b"\x00", hashlib.sha256(salt + whole.encode()).digest())
            done.append({**values, "log": 0, "pos": size, "salt": salt, "leaf": leaf, "mac": b""})
            if (root := _grow(tops, size, leaf)) is not None:
                kept.append({"log": 0, "number": size // _GROUP, "root": root})
            size, last, at = size + 1, values["seq"], max(at, values["at"])
        keep(done)
        if kept:
            table = sa.table("subtrees", sa.column("log"), sa.column("number"), sa.column("root"))
            connection.execute(sa.insert(table), kept)
    names = ("log", "tag", "size", "frontier", "at", "epoch", "holder", "until", "closed")
    logs = sa.table("logs", *(sa.column(name) for name in names))
    first = {"log": 0, "tag": os.urandom(4).hex(), "size": size, "frontier": b"".join(tops), "at": at}
    if size:
        connection.execute(sa.insert(logs), [{**first, "epoch": 0, "holder": "", "until": 0, "closed": "old-form"}])


def _page(connection: Connection, source: sa.TableClause, after: int) -> Sequence[sa.RowMapping]:
    columns = [source.c[name] for name in ("seq", *_MEMBERS)]
    statement = sa.select(*columns).where(source.c.seq > after).order_by(source.c.seq).limit(_PAGE)
    return connection.execute(statement).mappings().fetchall()


def _grow(tops: list[bytes], size: int, leaf: bytes) -> bytes | None:
    """Append a leaf (RFC 6962, section 2.1); the root of the group of leaves that it completes, if it does."""
    number, top, height, root = size, leaf, 0, None
    while number & 1:
        top, number, height = _hash(b"\x01", tops.pop() + top), number >> 1, height + 1
        if 1 << height == _GROUP:
            root = top
    tops.append(top)
    return root


def _hash(mark: bytes, content: bytes) -> bytes:
    return hashlib.sha256(mark + content).digest()
