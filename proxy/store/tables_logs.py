"""The tables of the transparency log: who writes which log, what was signed, and roots that spare hashing."""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)


def audit_in(metadata: MetaData, number: Column[int]) -> Table:
    """The entries, each a leaf of one log."""
    named, told = text("pseudonym != ''"), text("exchange != ''")
    return Table(
        "audit",
        metadata,
        number,
        Column("log", Integer, nullable=False),
        Column("pos", BigInteger, nullable=False),
        Column("at", BigInteger, nullable=False, index=True),
        Column("event", Text, nullable=False),
        Column("actor", Text, nullable=False),
        Column("tenant", Text, nullable=False),
        Column("mount", Text, nullable=False),
        Column("route", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("pseudonym", Text, nullable=False),
        Column("key_id", Text, nullable=False),
        Column("exchange", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("count", Integer, nullable=False),
        Column("salt", LargeBinary, nullable=False),
        Column("leaf", LargeBinary, nullable=False),
        Column("mac", LargeBinary, nullable=False),
        Index("ix_audit_log", "log", "pos", unique=True),
        Index("ix_audit_pseudonym", "pseudonym", sqlite_where=named, postgresql_where=named),
        Index("ix_audit_exchange", "exchange", sqlite_where=told, postgresql_where=told),
        sqlite_autoincrement=True,
    )


def logs_in(metadata: MetaData) -> Table:
    """One row for each log that was ever begun."""
    return Table(
        "logs",
        metadata,
        Column("log", Integer, primary_key=True, autoincrement=False),
        Column("tag", Text, nullable=False),
        Column("size", BigInteger, nullable=False),
        Column("frontier", LargeBinary, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("epoch", Integer, nullable=False),
        Column("holder", Text, nullable=False),
        Column("until", BigInteger, nullable=False),
        Column("closed", Text, nullable=False),
    )


def checkpoints_in(metadata: MetaData) -> Table:
    """What was signed."""
    return Table(
        "checkpoints",
        metadata,
        Column("log", Integer, nullable=False),
        Column("size", BigInteger, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("frontier", LargeBinary, nullable=False),
        Column("key_id", Text, nullable=False),
        Column("note", Text, nullable=False),
        PrimaryKeyConstraint("log", "size"),
    )


def subtrees_in(metadata: MetaData) -> Table:
    """Roots over complete groups of leaves."""
    return Table(
        "subtrees",
        metadata,
        Column("log", Integer, nullable=False),
        Column("number", BigInteger, nullable=False),
        Column("root", LargeBinary, nullable=False),
        PrimaryKeyConstraint("log", "number"),
    )
