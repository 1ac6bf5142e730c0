"""Creates an installation: key-encryption key, keyring, store. Used by `scormveil init` and by the sandbox."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from keys import FileKek, Keyring, create_keyring, open_keyring
from proxy.config import Config, beside, store_url
from proxy.keepers import kek_of
from proxy.store import KEYSTORE, revisions, upgrade


@dataclass(frozen=True, slots=True)
class Founded:
    """What there is now, and whether the keyring is a new one."""

    ring: Keyring
    created: bool


def found(config: Config, config_file: Path) -> Founded:
    """Create what `config` names and is not there yet; `StoreFailed`, `KeyringError`.

    What is there stays: a keyring is opened, never overwritten, and an existing key-encryption key is used, for it may
    come from a safer place than this machine. Only a key file is made here; other providers have their own ways. The
    store comes first, because it is what most often fails, and a second attempt must be able to finish what the first
    one began.
    """
    lay_ground(config, config_file)
    ring_path = beside(config_file, config.keys.keyring)
    kek = kek_of(config, config_file)
    if ring_path.exists():
        return Founded(open_keyring(ring_path, kek), created=False)
    return Founded(create_keyring(ring_path, kek, datetime.now(UTC)), created=True)


def lay_ground(config: Config, config_file: Path) -> None:
    """Create what a keyring needs around it and is not there yet: both stores, and the key file; see `found`."""
    upgrade(store_url(config_file, config.store.url))
    upgrade(store_url(config_file, config.keystore.url), KEYSTORE)
    kek_path = beside(config_file, config.keys.kek.path)
    if config.keys.kek.provider == "file" and not kek_path.exists():
        FileKek.create(kek_path)


def ground_is_laid(config: Config, config_file: Path) -> bool:
    """Whether both stores are there. `StoreFailed` if they cannot be asked."""
    mapping = revisions(store_url(config_file, config.store.url))
    keystore = revisions(store_url(config_file, config.keystore.url), KEYSTORE)
    return bool(mapping[0] and keystore[0])
