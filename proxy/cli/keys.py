"""`scormveil keys list`: what is in the keyring, and who guards it. Never shows key material."""

import typer
from rich.console import Console

from keys import Keyring, seen_generation
from proxy.assemble import open_keys
from proxy.cli import keys_migrate
from proxy.cli.common import DEFAULT_CONFIG, ConfigOption
from proxy.config import beside, load


def build() -> typer.Typer:
    """Build the group."""
    app = typer.Typer(help="The keyring.", no_args_is_help=True)
    app.command("list")(listing)
    keys_migrate.add(app)
    return app


def listing(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Show every key with its purpose, state and dates, the generation of the ring, and its keeper."""
    settings = load(config)
    opened = open_keys(settings, config).opened
    ring, keeper = opened.ring, opened.kek
    noted = seen_generation(beside(config, settings.keys.keyring), keeper)
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"generation {ring.generation}, guarded by: {keeper.name}", markup=False)
    if noted is None:
        console.print(
            "A rollback to an older keyring could not be noticed: nothing is noted beside the file.", style="red"
        )
    _print(ring, console)


def _print(ring: Keyring, console: Console) -> None:
    for key in ring.keys:
        dates = [f"created {key.created:%Y-%m-%d}"]
        dates += [f"active since {key.activated:%Y-%m-%d}"] if key.activated else []
        dates += [f"deactivated {key.deactivated:%Y-%m-%d}"] if key.deactivated else []
        console.print(f"{key.id}  {key.purpose.value:<10}{key.state.value:<15}{', '.join(dates)}", markup=False)
