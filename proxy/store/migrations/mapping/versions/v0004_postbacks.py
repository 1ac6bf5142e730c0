"""Addresses that the cloud posts results to, and which results were delivered."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_postbacks()
    _create_deliveries()


def _create_postbacks() -> None:
    op.create_table(
        "postbacks",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("mount", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("target", sa.LargeBinary(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("seal_key", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("replaced_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_postbacks"),
    )
    op.create_index("ix_postbacks_person", "postbacks", ["person"])
    op.create_index("ix_postbacks_seal_key_digest", "postbacks", ["seal_key", "digest"])
    counts, replaced = sa.text("replaced_at = 0"), sa.text("replaced_at > 0")
    op.create_index(
        "ix_postbacks_current",
        "postbacks",
        ["mount", "target"],
        unique=True,
        sqlite_where=counts,
        postgresql_where=counts,
    )
    op.create_index(
        "ix_postbacks_replaced", "postbacks", ["replaced_at"], sqlite_where=replaced, postgresql_where=replaced
    )


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("mount", sa.Text(), nullable=False),
        sa.Column("registration", sa.LargeBinary(), nullable=False),
        sa.Column("stamp", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("mount", "registration", name="pk_deliveries"),
    )
    op.create_index("ix_deliveries_at", "deliveries", ["at"])
