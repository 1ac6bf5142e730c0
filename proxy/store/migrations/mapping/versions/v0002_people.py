"""People with data keys of their own, several index values and several pseudonyms; the journal of erasures; upkeep.

The mappings of revision 0001 become people whose records stay sealed directly under a SEAL key until re-sealing.
"""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_people()
    _create_upkeep()
    _move()
    op.drop_table("mappings")
    meta = sa.table("meta", sa.column("name", sa.Text()), sa.column("value", sa.Text()))
    identity = uuid.uuid4().hex
    op.bulk_insert(meta, [{"name": "instance", "value": identity}, {"name": "lineage", "value": identity}])


def _create_people() -> None:
    op.create_table(
        "people",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("pseudonym", sa.Text(), nullable=False),
        sa.Column("pseudonym_key", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("seal_key", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person", name="pk_people"),
    )
    op.create_index("ix_people_last_seen", "people", ["last_seen"])
    op.create_table(
        "lookups",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "kind", "value", name="pk_lookups"),
    )
    op.create_index("ix_lookups_person", "lookups", ["person"])
    op.create_index("ix_lookups_key_id_person", "lookups", ["key_id", "person"])
    op.create_table(
        "pseudonyms",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("pseudonym", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "pseudonym", name="pk_pseudonyms"),
        sa.CheckConstraint("state IN ('current', 'coming', 'former')", name="ck_pseudonyms_state"),
    )
    op.create_index("ix_pseudonyms_person", "pseudonyms", ["person"])
    op.create_index("ix_pseudonyms_key_id_state", "pseudonyms", ["key_id", "state"])


def _create_upkeep() -> None:
    op.create_table(
        "meta",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_meta"),
    )
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
        "keyrings",
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("generation", name="pk_keyrings"),
    )
    op.create_table(
        "nodes",
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("node", name="pk_nodes"),
    )
    op.create_table(
        "jobs",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_jobs"),
    )
    op.create_table(
        "requests",
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("option", sa.Text(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("officer", sa.Text(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("approver", sa.Text(), nullable=False),
        sa.Column("approval", sa.LargeBinary(), nullable=False),
        sa.Column("decided", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("request", name="pk_requests"),
    )


def _move() -> None:
    """Nothing is opened: a person's new name is random, everything else is copied."""
    name = (
        "lower(hex(randomblob(16)))"
        if op.get_bind().dialect.name == "sqlite"
        else "replace(gen_random_uuid()::text, '-', '')"
    )
    columns = "tenant, kind, pseudonym, pseudonym_key, sealed, seal_key, created, last_seen"
    op.execute(f"INSERT INTO people (person, {columns}) SELECT {name}, {columns} FROM mappings")  # noqa: S608  ours
    op.execute(
        "INSERT INTO lookups (tenant, kind, value, key_id, person) "
        "SELECT m.tenant, m.kind, m.lookup, m.lookup_key, p.person "
        "FROM mappings m JOIN people p ON p.tenant = m.tenant AND p.pseudonym = m.pseudonym"
    )
    op.execute(
        "INSERT INTO pseudonyms (tenant, pseudonym, key_id, person, state, since) "
        "SELECT tenant, pseudonym, pseudonym_key, person, 'current', created FROM people"
    )
