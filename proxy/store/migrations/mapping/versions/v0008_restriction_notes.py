"""What is remembered of restrictions, so that no older database forgets them."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    notes = op.create_table(
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
    there = sa.table("restrictions", *(sa.column(name) for name in ("person", "since", "case")))
    hers = sa.table("pseudonyms", *(sa.column(name) for name in ("tenant", "pseudonym", "person")))
    known = sa.select(
        hers.c.tenant, hers.c.pseudonym, hers.c.person, sa.literal("restricted"), there.c.since, there.c.case
    ).select_from(hers.join(there, there.c.person == hers.c.person))
    op.execute(notes.insert().from_select(["tenant", "pseudonym", "person", "state", "at", "case"], known))
