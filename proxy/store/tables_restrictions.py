"""The table of what both stores remember of restrictions. See `proxy.store.restrictions_port`."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, MetaData, Table, Text, UniqueConstraint


def notes_in(of: MetaData) -> Table:
    """The notes stand in both stores, so that neither can be restored to before a restriction.

    A changed one gets a new number, so that whoever reads on from the last number sees it.
    """
    return Table(
        "restriction_notes",
        of,
        Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
        Column("tenant", Text, nullable=False),
        Column("pseudonym", Text, nullable=False),
        Column("person", Text, nullable=False, index=True),
        Column("state", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("case", Text, nullable=False),
        UniqueConstraint("tenant", "pseudonym"),
        CheckConstraint("state IN ('restricted', 'released')", name="state"),
        sqlite_autoincrement=True,
    )
