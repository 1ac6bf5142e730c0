"""Which key-encryption key guards the keyring: from the configuration's words to a provider. Composition level."""

from pathlib import Path

from keys import CommandKek, EnvKek, FileKek, KekProvider, PassphraseKek, Pkcs11Kek, Secret
from proxy.config import Config, beside, secret
from proxy.errors import ConfigInvalid


def kek_of(config: Config, config_file: Path) -> KekProvider:
    """Return the provider that `[keys.kek]` names; `ConfigInvalid` if a setting it needs is missing.

    A passphrase or PIN is read when this is called (passphrase) or whenever it is needed (PIN), never kept in the
    configuration tree.
    """
    chosen = config.keys.kek
    missing = [f"keys.kek.{name}: is needed by provider {chosen.provider.value}" for name in _missing(config)]
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


def _missing(config: Config) -> list[str]:
    chosen = config.keys.kek
    needed = {
        "file": ("path",),
        "env": ("variable",),
        "passphrase": ("passphrase",),
        "command": ("command",),
        "pkcs11": ("library", "token", "label", "pin"),
    }
    return [name for name in needed[chosen.provider.value] if not getattr(chosen, name)]
