"""`scormveil init`, `check-config`, `config example`: from nothing to a configuration that holds together."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from proxy.assemble import open_keys
from proxy.cli.common import DEFAULT_CONFIG, ConfigOption
from proxy.config import MountSettings, load, render, secret
from proxy.doctor import exceptions_of
from proxy.errors import ConfigInvalid
from proxy.founding import found
from proxy.mounting import mount_of


def add(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("init")(init)
    app.command("check-config")(check_config)
    config = typer.Typer(help="The configuration file.", no_args_is_help=True)
    config.command("example")(example)
    app.add_typer(config, name="config")


def init(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Create the configuration (if there is none), the key-encryption key, the keyring and the store."""
    console = Console(highlight=False, soft_wrap=True)
    if not config.exists():
        config.write_text(render(), "utf-8")
        console.print(f"Wrote {config}. Put your own addresses into [[mounts]].")
    settings = load(config)
    founded = found(settings, config)
    did = "Created" if founded.created else "Kept"
    console.print(f"{did} the keyring with {len(founded.ring.keys)} keys; the store is ready.")
    console.print("Keep the key file apart from the backups of keyring and store: whoever has all three has the names.")


def check_config(file: Annotated[Path, typer.Argument(help="The configuration file.")] = DEFAULT_CONFIG) -> None:
    """Report everything that is wrong with a configuration at once, each problem with its TOML path."""
    settings = load(file)
    problems: list[str] = []
    for index, mount in enumerate(settings.mounts):
        problems += [f"mounts[{index}].{text}" for text in _secret_problems(mount, file)]
    if problems:
        raise ConfigInvalid(tuple(problems))
    for mount in settings.mounts:
        mount_of(mount, settings, file)
    open_keys(settings, file)
    console = Console(highlight=False, soft_wrap=True)
    for mount in settings.mounts:
        console.print(
            f"{mount.name}: {mount.public} → {mount.upstream} ({mount.adapter}, tenant {mount.tenant})", markup=False
        )
        if mount.policy.guard == "report":
            console.print(
                "  WARNING: guard = report: identities that are found LEAVE and are only reported", style="bold red"
            )
    for one in exceptions_of(settings):
        allowed = f"{one.where} = {one.detail or one.host}"
        console.print(f"  EXCEPTION in {one.application}: {allowed}", style="bold red", markup=False)
    console.print("The configuration holds together, and the keyring opens.")


def _secret_problems(mount: MountSettings, file: Path) -> list[str]:
    """Try every reference to a secret, so that all that lead nowhere are told at once."""
    found: list[str] = []
    for name, credential in (("caller", mount.caller), ("credential", mount.credential)):
        try:
            _ = secret(file, credential.password) if credential else ""
        except ConfigInvalid as trouble:
            found += [f"{name}.password: {problem}" for problem in trouble.problems]
    return found


def example() -> None:
    """Print the example configuration with every setting and its default."""
    typer.echo(render(), nl=False)
