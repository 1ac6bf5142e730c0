"""Alembic runs this file; the connection comes from `proxy.store.migrate`."""

from alembic import context

from proxy.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
