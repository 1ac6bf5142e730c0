"""Which key-encryption key guards the keyring: from the configuration's words to a provider. Composition level."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from keys import (
    CommandKek,
    EnvKek,
    FileKek,
    KekProvider,
    Keyring,
    KeyringError,
    Opened,
    PassphraseKek,
    Pkcs11Kek,
    SealedRing,
    Secret,
    adopt_keyring,
    install_keyring,
    open_content,
    open_with,
    seal_first,
    seal_next,
    seal_rewrapped,
    seen_generation,
)
from proxy.config import Config, Kek, beside, load, secret
from proxy.errors import ConfigInvalid


def kek_of(config: Config, config_file: Path) -> KekProvider:
    """Return the provider that `[keys.kek]` names; `ConfigInvalid` if a setting it needs is missing.

    A passphrase or PIN is read when this is called (passphrase) or whenever it is needed (PIN), never kept in the
    configuration tree.
    """
    return provider_of(config.keys.kek, config_file, "keys.kek")


def keks_of(config: Config, config_file: Path) -> list[KekProvider]:
    """Return the providers that may have sealed the keyring: `[keys.kek]`, and `[keys.new_kek]` while it is changed.

    One that cannot be made (its secret is not there yet, or no more) is left out if the other can; else
    `ConfigInvalid`.
    """
    if config.keys.new_kek is None:
        return [kek_of(config, config_file)]
    made: list[KekProvider] = []
    trouble: ConfigInvalid | None = None
    for kek, where in ((config.keys.kek, "keys.kek"), (config.keys.new_kek, "keys.new_kek")):
        try:
            made.append(provider_of(kek, config_file, where))
        except ConfigInvalid as refused:
            trouble = trouble or refused
    if not made and trouble is not None:
        raise trouble
    return made


def provider_of(chosen: Kek, config_file: Path, where: str) -> KekProvider:
    """Make a provider of its settings; `ConfigInvalid`."""
    missing = [f"{where}.{name}: is needed by provider {chosen.provider.value}" for name in _missing(chosen)]
    if missing:
        raise ConfigInvalid(tuple(missing))
    match chosen.provider.value:
        case "env":
            return EnvKek(chosen.variable)
        case "passphrase":
            return PassphraseKek(Secret(secret(config_file, chosen.passphrase).encode()))
        case "command":
            return CommandKek(chosen.command)
        case "pkcs11":
            pin = chosen.pin
            return Pkcs11Kek(
                Path(chosen.library), chosen.token, chosen.label, lambda: Secret(secret(config_file, pin).encode())
            )
        case _:
            return FileKek(beside(config_file, chosen.path))


def make_kek(config: Config, config_file: Path) -> str:
    """Make the key-encryption key that `[keys.new_kek]` names, else that of `[keys.kek]`; returns which of the two.

    A file, or an AES key in the HSM. Raises `KeyringError`: `kek-exists`, `kek-elsewhere` for providers whose key is
    not made by us; `ConfigInvalid`.
    """
    chosen, where = config.keys.kek, "keys.kek"
    if config.keys.new_kek is not None:
        chosen, where = config.keys.new_kek, "keys.new_kek"
    provider = provider_of(chosen, config_file, where)
    if isinstance(provider, Pkcs11Kek):
        provider.create()
    elif isinstance(provider, FileKek):
        FileKek.create(beside(config_file, chosen.path))
    else:
        raise KeyringError("kek-elsewhere")
    return where


def _missing(chosen: Kek) -> list[str]:
    needed = {
        "file": ("path",),
        "env": ("variable",),
        "passphrase": ("passphrase",),
        "command": ("command",),
        "pkcs11": ("library", "token", "label", "pin"),
    }
    return [name for name in needed[chosen.provider.value] if not getattr(chosen, name)]


class RingFile:
    """The keyring file with its key-encryption keys, read anew from the configuration each time they are needed.

    So an officer can name the next key-encryption key while nodes run. Every method blocks and raises `KeyringError`;
    `ConfigInvalid` if no provider can be made.
    """

    def __init__(self, config: Config, config_file: Path) -> None:
        """Remember where the configuration is; `config` serves if it cannot be read any more."""
        self._config = config
        self._config_file = config_file
        self.path = beside(config_file, config.keys.keyring)

    def keks(self) -> Sequence[KekProvider]:
        """The providers that may open the file."""
        return keks_of(self._fresh(), self._config_file)

    def load(self) -> Opened:
        """Open the file."""
        return open_with(self.path, self.keks())

    def adopt(self, content: bytes) -> Opened:
        """Put in force what was sealed elsewhere, or keep what is here if that is as new."""
        return adopt_keyring(self.path, self.keks(), Secret(content))

    def seal(self, opened: Opened, ring: Keyring) -> SealedRing:
        """Seal the ring that is to follow, and write nothing yet."""
        return seal_next(self.path, opened.kek, ring)

    def rewrap(self) -> SealedRing:
        """Seal the same keys under `[keys.new_kek]`, and write nothing yet; `kek-unchanged` if there is none."""
        config = self._fresh()
        if config.keys.new_kek is None:
            raise KeyringError("kek-unchanged")
        new = provider_of(config.keys.new_kek, self._config_file, "keys.new_kek")
        if self._opens(new):
            raise KeyringError("kek-done")
        return seal_rewrapped(self.path, kek_of(config, self._config_file), new)

    def refuse_if_there(self) -> None:
        """`keyring-exists` if there is a file."""
        if os.path.lexists(self.path):
            raise KeyringError("keyring-exists")

    def seen(self) -> int:
        """The newest generation that was in use here, 0 if none was ever noted."""
        return seen_generation(self.path, self.keks()[0]) or 0

    def peek(self, content: bytes) -> Opened:
        """Open a sealed ring and write nothing."""
        return open_content(self.keks(), Secret(content))

    def seal_first(self, ring: Keyring) -> SealedRing:
        """Seal a ring that is to lie where none is, and write nothing yet."""
        return seal_first(self.keks()[0], ring)

    def install(self, sealed: SealedRing) -> None:
        """Write it where no file is. Whether it is older than one that was in use, the caller has judged."""
        install_keyring(self.path, self.peek(sealed.file).kek, sealed.ring, accept=True, sealed=sealed)

    def _opens(self, kek: KekProvider) -> bool:
        try:
            open_with(self.path, (kek,))
        except KeyringError:
            return False
        return True

    def _fresh(self) -> Config:
        with suppress(ConfigInvalid):
            return load(self._config_file)
        return self._config
