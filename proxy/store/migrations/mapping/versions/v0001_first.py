"""Mappings, audit, pins and packages."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mappings",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("pseudonym", sa.Text(), nullable=False),
        sa.Column("pseudonym_key", sa.Text(), nullable=False),
        sa.Column("lookup", sa.LargeBinary(), nullable=False),
        sa.Column("lookup_key", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("seal_key", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "pseudonym", name="pk_mappings"),
        sa.UniqueConstraint("tenant", "kind", "lookup", name="uq_mappings_tenant_kind_lookup"),
    )
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in (
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
            )
        ),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "pins",
        sa.Column("mount", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("mount", "path", "digest", name="pk_pins"),
        sa.CheckConstraint("state IN ('approved', 'pending')", name="ck_pins_state"),
    )
    approved = sa.text("state = 'approved'")
    op.create_index(
        "ix_pins_approved",
        "pins",
        ["mount", "path"],
        unique=True,
        sqlite_where=approved,
        postgresql_where=approved,
    )
    op.create_table(
        "packages",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("launch_path", sa.Text(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("fixed", sa.JSON(), nullable=False),
        sa.Column("dispatch_root", sa.Text(), nullable=False),
        sa.Column("prelaunch_path", sa.Text(), nullable=False),
        sa.Column("prelaunch_keys", sa.JSON(), nullable=False),
        sa.Column("config_path", sa.Text(), nullable=False),
        sa.Column("hosts", sa.JSON(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "digest", name="pk_packages"),
    )
