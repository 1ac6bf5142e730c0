"""Registrations know to whom they belong, so that they are forgotten with her."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("owner", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_people_owner", "people", ["owner"])
