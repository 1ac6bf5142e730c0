"""Creates an installation: key-encryption key, keyring, store. Used by `scormveil init` and by the sandbox."""

from datetime import UTC, datetime
from pathlib import Path

from keys import FileKek, Keyring, create_keyring
from proxy.config import Config, beside, store_url
from proxy.store import upgrade


def found(config: Config, config_file: Path) -> Keyring:
    """Create what `config` names; `KeyringError` if a keyring is there already, `StoreFailed` if the store fails.

    An existing key-encryption key is used, never overwritten: it may come from a safer place than this machine.
    """
    kek_path = beside(config_file, config.keys.kek.path)
    kek = FileKek(kek_path) if kek_path.exists() else FileKek.create(kek_path)
    ring = create_keyring(beside(config_file, config.keys.keyring), kek, datetime.now(UTC))
    upgrade(store_url(config_file, config.store.url))
    return ring
