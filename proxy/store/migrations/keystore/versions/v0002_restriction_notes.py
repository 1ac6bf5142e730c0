"""What is remembered of restrictions, so that no older mapping forgets them. Filled at the next start."""

import sqlalchemy as sa
from alembic import op

revision = "k0002"
down_revision = "k0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "restriction_notes",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("pseudonym", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("case", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_restriction_notes"),
        sa.UniqueConstraint("tenant", "pseudonym", name="uq_restriction_notes_tenant_pseudonym"),
        sa.CheckConstraint("state IN ('restricted', 'released')", name="ck_restriction_notes_state"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_restriction_notes_person", "restriction_notes", ["person"])
