"""Tickets for the cloud to forget whom we have forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deletions",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("pseudonym", sa.Text(), nullable=False),
        sa.Column("application", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("emptied", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "pseudonym", "application", name="pk_deletions"),
        sa.CheckConstraint("state IN ('open', 'asked', 'by-hand', 'done')", name="ck_deletions_state"),
    )
    undone = sa.text("state != 'done'")
    op.create_index("ix_deletions_due", "deletions", ["due"], sqlite_where=undone, postgresql_where=undone)
