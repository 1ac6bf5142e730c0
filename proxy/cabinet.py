"""Keys and stores of a configuration, for whoever wires a house or works on one. Composition level."""

from dataclasses import dataclass
from pathlib import Path

from keys import KeyringWatch, Opened
from proxy.config import Config, store_url
from proxy.keepers import RingFile
from proxy.store import SqlKeyStore, SqlStore, open_keystore, open_store


@dataclass(frozen=True, slots=True)
class KeyCabinet:
    """The opened keyring, its file, and the watch that was set before it was opened."""

    opened: Opened
    desk: RingFile
    watch: KeyringWatch


def open_keys(config: Config, config_file: Path) -> KeyCabinet:
    """Open the keyring; `KeyringError` with its hint if that cannot be done. Without keys nothing starts."""
    desk = RingFile(config, config_file)
    watch = KeyringWatch(desk.path)
    return KeyCabinet(desk.load(), desk, watch)


@dataclass(frozen=True, slots=True)
class Stores:
    """Both stores of a configuration, not opened yet."""

    mapping: SqlStore
    keystore: SqlKeyStore


def stores_of(config: Config, config_file: Path) -> Stores:
    """Make both stores; `StoreFailed` for an address that is none."""
    return Stores(
        open_store(store_url(config_file, config.store.url)), open_keystore(store_url(config_file, config.keystore.url))
    )
