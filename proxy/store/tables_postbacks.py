"""The tables of postbacks: addresses that the cloud was given, and results that the LMS has."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, MetaData, PrimaryKeyConstraint, Table, Text, text


def postbacks_in(metadata: MetaData) -> Table:
    """The addresses."""
    table = Table(
        "postbacks",
        metadata,
        Column("digest", LargeBinary, primary_key=True),
        Column("tenant", Text, nullable=False),
        Column("mount", Text, nullable=False),
        Column("level", Text, nullable=False),
        Column("target", LargeBinary, nullable=False),
        Column("person", Text, nullable=False, index=True),
        Column("sealed", LargeBinary, nullable=False),
        Column("seal_key", Text, nullable=False),
        Column("created", BigInteger, nullable=False),
        Column("replaced_at", BigInteger, nullable=False),
        Index("ix_postbacks_seal_key_digest", "seal_key", "digest"),
    )
    counts, replaced = text("replaced_at = 0"), text("replaced_at > 0")
    # Whatever two nodes do at the same moment: one address counts for a target.
    Index(
        "ix_postbacks_current",
        table.c.mount,
        table.c.target,
        unique=True,
        sqlite_where=counts,
        postgresql_where=counts,
    )
    Index("ix_postbacks_replaced", table.c.replaced_at, sqlite_where=replaced, postgresql_where=replaced)
    return table


def deliveries_in(metadata: MetaData) -> Table:
    """The newest result that was accepted, by registration; whose turn it is to deliver one, and until when."""
    return Table(
        "deliveries",
        metadata,
        Column("mount", Text, nullable=False),
        Column("registration", LargeBinary, nullable=False),
        Column("stamp", BigInteger, nullable=False),
        Column("at", BigInteger, nullable=False, index=True),
        Column("holder", Text, nullable=False),
        Column("until", BigInteger, nullable=False),
        PrimaryKeyConstraint("mount", "registration"),
    )
