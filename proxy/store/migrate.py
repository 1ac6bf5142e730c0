"""Creates a store and brings its schema up to date; the only code that makes a database file."""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from proxy.errors import StoreFailed
from proxy.store.engines import Address, attempt, engine_for, parse

_MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(url: str) -> None:
    """Create the store at `url` if there is none, and run the migrations it lacks. Blocks; raises `StoreFailed`.

    A new SQLite file is readable by its owner only; its directory must exist.
    """
    address = parse(url)
    attempt(lambda: _upgrade(address))


def require_current(connection: Connection) -> None:
    """Raise `StoreFailed` unless the schema is exactly the one this program knows."""
    found = MigrationContext.configure(connection).get_current_heads()
    wanted = tuple(_scripts().get_heads())
    if not found:
        raise StoreFailed("not-created")
    if found != wanted:
        raise StoreFailed("not-migrated")


def _upgrade(address: Address) -> None:
    if address.path is not None:
        _create_file(address.path)
    engine = engine_for(address, writing=True)
    try:
        with engine.begin() as connection:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def _create_file(path: Path) -> None:
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    # The journal mode is kept in the file and cannot be changed inside a transaction.
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL").close()


def _config() -> Config:
    config = Config()
    # Alembic expands %(…)s in its options.
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
