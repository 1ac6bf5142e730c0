"""Keys and stores of a configuration, for whoever wires a house or works on one. Composition level."""

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from keys import AuditKeys, KeyringError, KeyringWatch, Opened
from proxy.config import Config, store_url
from proxy.errors import AuditFailed
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
    """Make both stores; `StoreFailed` for an address that is none.

    No entry of the audit log is written without a code: whoever has no keys open opens the keyring for the first one
    (`AuditFailed` `no-keyring` if that cannot be done, and nothing is written).
    """
    mapping = open_store(store_url(config_file, config.store.url))
    mapping.logs.use(_LateCodes(RingFile(config, config_file)))
    return Stores(mapping, open_keystore(store_url(config_file, config.keystore.url)))


class _LateCodes:
    """The codes of whoever mostly reads. See `proxy.store.log_port.Mac`."""

    def __init__(self, file: RingFile) -> None:
        self._file = file

    @cached_property
    def _keys(self) -> AuditKeys:
        with suppress(KeyringError):
            return AuditKeys(self._file.load().ring)
        raise AuditFailed("no-keyring")

    @property
    def complete(self) -> bool:
        return self._keys.complete

    def of(self, data: bytes) -> bytes:
        return self._keys.of(data)

    def fits(self, data: bytes, code: bytes) -> bool:
        return self._keys.fits(data, code)
