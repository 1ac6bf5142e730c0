"""Takes deleted rows out of the database's own files, so that what was forgotten cannot be dug up there.

SQLite overwrites deleted cells itself (`secure_delete`), but the pages from before stand in the write-ahead log until
it is truncated. PostgreSQL keeps dead rows until the table is vacuumed. Neither reaches copies that were made of the
files (backups, replicas, archived logs, the blocks of a solid-state disk): see docs/keys.md.
"""

import time

from sqlalchemy import Engine, MetaData, text

_DELETED_FROM = frozenset(("person", "content"))
"""Columns of the tables from which people and keyrings are deleted."""
_TRIES = 20
_PAUSE_SECONDS = 0.1


def scrub(engine: Engine, metadata: MetaData) -> bool:
    """Blocks. False if a reader kept us from it; then the next scrub, or the next checkpoint, does it."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in metadata.sorted_tables:
                if not _DELETED_FROM.isdisjoint(table.c.keys()):
                    connection.execute(text(f"VACUUM {table.name}"))
        return True
    for _ in range(_TRIES):
        raw = engine.raw_connection()
        try:
            busy = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        finally:
            raw.close()
        if not busy:
            return True
        time.sleep(_PAUSE_SECONDS)
    return False
