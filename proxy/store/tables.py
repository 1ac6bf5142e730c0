"""The tables, for the statements and for the migrations to be compared with."""

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    }
)

mappings = Table(
    "mappings",
    metadata,
    Column("tenant", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("pseudonym", Text, nullable=False),
    Column("pseudonym_key", Text, nullable=False),
    Column("lookup", LargeBinary, nullable=False),
    Column("lookup_key", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("seal_key", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "pseudonym"),
    # This constraint, not any code, decides which of two processes minted a person first.
    UniqueConstraint("tenant", "kind", "lookup"),
)

audit = Table(
    "audit",
    metadata,
    # SQLite gives a rowid only to INTEGER; AUTOINCREMENT never hands out a number twice.
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
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
    sqlite_autoincrement=True,
)

pins = Table(
    "pins",
    metadata,
    Column("mount", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    PrimaryKeyConstraint("mount", "path", "digest"),
    CheckConstraint("state IN ('approved', 'pending')", name="state"),
)

_APPROVED = text("state = 'approved'")
# One approved script per path, whatever two workers do at the same moment.
Index(
    "ix_pins_approved",
    pins.c.mount,
    pins.c.path,
    unique=True,
    sqlite_where=_APPROVED,
    postgresql_where=_APPROVED,
)

packages = Table(
    "packages",
    metadata,
    Column("tenant", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("launch_path", Text, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("fixed", JSON, nullable=False),
    Column("dispatch_root", Text, nullable=False),
    Column("prelaunch_path", Text, nullable=False),
    Column("prelaunch_keys", JSON, nullable=False),
    Column("config_path", Text, nullable=False),
    Column("hosts", JSON, nullable=False),
    Column("created", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "digest"),
)
