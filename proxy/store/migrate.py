"""Creates a store and brings its schema up to date; the only code that makes a database file."""

import os
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, text
from sqlalchemy.engine import Connection

from proxy.errors import StoreFailed
from proxy.store.engines import BULK_READING, BULK_WRITING, Address, engine_for, parse
from proxy.store.faults import attempt
from proxy.store.statements.common import set_meta
from proxy.store.tables import keystore_metadata, metadata

_MIGRATION_LOCK: Final = 0x5C0E_0001


@dataclass(frozen=True, slots=True)
class Schema:
    """Which of the two stores: its tables, and the folder of its migrations."""

    name: str
    metadata: MetaData


MAPPING: Final = Schema("mapping", metadata)
KEYSTORE: Final = Schema("keystore", keystore_metadata)


UNFINISHED: Final = "unfinished"
"""Stands in `meta` while rows are missing: nobody may serve from such a store."""


def upgrade(url: str, schema: Schema = MAPPING, *, unfinished: str = "") -> None:
    """Create the store at `url` if there is none, and run the migrations it lacks. Blocks; raises `StoreFailed`.

    A new SQLite file is readable by its owner only; its directory must exist. A PostgreSQL database must exist.
    `unfinished` marks a store that is created here as one from which nobody may serve yet.
    """
    address = parse(url)
    attempt(lambda: _upgrade(address, schema, unfinished))


def revisions(url: str, schema: Schema = MAPPING) -> tuple[str, str]:
    """The schema revision that is there ("" if none) and the one this program wants. Blocks; raises `StoreFailed`."""
    address = parse(url)
    if address.path is not None and not address.path.is_file():
        return "", wanted(schema)
    engine = engine_for(address, BULK_READING)

    def look() -> str:
        with engine.connect() as connection:
            return revision_of(connection, schema)

    try:
        return attempt(look), wanted(schema)
    finally:
        engine.dispose()


@cache
def wanted(schema: Schema) -> str:
    """The revision that this program works with; its files are read once."""
    return str(_scripts(schema).get_current_head())


def revision_of(connection: Connection, schema: Schema) -> str:
    """The revision that is there, "" if there is no store. `StoreFailed`: `wrong-store`, `schema-newer`."""
    found = ",".join(MigrationContext.configure(connection).get_current_heads())
    if found and not knows(schema, found):
        other = KEYSTORE if schema is MAPPING else MAPPING
        raise StoreFailed("wrong-store" if knows(other, found) else "schema-newer")
    return found


def knows(schema: Schema, revision: str) -> bool:
    """Whether a revision is one of ours, today's or an earlier one."""
    return revision in _revisions(schema)


def require_current(connection: Connection, schema: Schema) -> None:
    """Raise `StoreFailed` unless the schema is exactly the one this program knows."""
    if MigrationContext.configure(connection).get_current_heads() == (wanted(schema),):
        return
    raise StoreFailed("not-migrated" if revision_of(connection, schema) else "not-created")


def upgrade_in(connection: Connection, schema: Schema, revision: str = "head") -> None:
    """Run the migrations up to `revision` in the transaction of `connection`."""
    config = _config(schema)
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def create_file(path: Path) -> None:
    """Make an empty SQLite file for its owner alone, or keep the one that is there, with a write-ahead log."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    # The journal mode is kept in the file and cannot be changed inside a transaction.
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL").close()


def _upgrade(address: Address, schema: Schema, unfinished: str) -> None:
    if address.path is not None:
        create_file(address.path)
    engine = engine_for(address, BULK_WRITING)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                # Nodes that start together must not create the same tables.
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
            there = revision_of(connection, schema)
            if there != wanted(schema):  # Alembic's environment for nothing would be half of the start of a node
                upgrade_in(connection, schema)
            if unfinished and not there:
                set_meta(connection, schema.metadata.tables["meta"], UNFINISHED, unfinished)
    finally:
        engine.dispose()


@cache
def _revisions(schema: Schema) -> frozenset[str]:
    return frozenset(one.revision for one in _scripts(schema).walk_revisions())


def _scripts(schema: Schema) -> ScriptDirectory:
    return ScriptDirectory.from_config(_config(schema))


def _config(schema: Schema) -> Config:
    config = Config()
    folder = Path(__file__).parent / "migrations" / schema.name
    # Alembic expands %(…)s in its options.
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
