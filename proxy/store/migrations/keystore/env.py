"""Alembic runs this file; the connection comes from `proxy.store.migrate`."""

from alembic import context

from proxy.store.tables import keystore_metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=keystore_metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
