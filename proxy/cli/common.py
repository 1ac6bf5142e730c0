"""What several commands share: the option that names the configuration, and the stores behind it."""

from pathlib import Path
from typing import Annotated

import typer

from proxy.cabinet import stores_of
from proxy.config import load, store_url
from proxy.store import SqlStore

ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", help="The configuration file.", envvar="SCORMVEIL_CONFIG", show_default=True)
]
DEFAULT_CONFIG = Path("scormveil.toml")
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


async def opened_store(config_file: Path) -> SqlStore:
    """Open the store of a configuration; the caller closes it."""
    store = stores_of(load(config_file), config_file).mapping
    await store.open()
    return store


def urls_of(config_file: Path) -> tuple[str, str]:
    """The addresses of mapping and key store in a configuration."""
    config = load(config_file)
    return store_url(config_file, config.store.url), store_url(config_file, config.keystore.url)
