"""Data keys of people, the journal of erasures, keyrings on their way to other nodes."""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "k0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    meta = op.create_table(
        "meta",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_meta"),
    )
    op.create_table(
        "person_keys",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("seal_key", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person", name="pk_person_keys"),
    )
    op.create_index("ix_person_keys_seal_key_person", "person_keys", ["seal_key", "person"])
    op.create_table(
        "erasures",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("pseudonym", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_erasures"),
        sa.UniqueConstraint("tenant", "pseudonym", name="uq_erasures_tenant_pseudonym"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_erasures_person", "erasures", ["person"])
    op.create_table(
        "rings",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("generation", "digest", name="pk_rings"),
    )
    op.bulk_insert(meta, [{"name": "instance", "value": uuid.uuid4().hex}])
