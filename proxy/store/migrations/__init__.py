"""The schema's history (Alembic). Run through `proxy.store.upgrade`."""
