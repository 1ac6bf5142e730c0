"""`scormveil officers new`: an officer's own key, for the two-person rule and for her name in the audit log."""

from pathlib import Path
from typing import Annotated

import typer

from keys import Officer, write_officer
from proxy.cli.talk import console, passphrase


def build() -> typer.Typer:
    """Build the group."""
    app = typer.Typer(help="Officers who look after the keys.", no_args_is_help=True)
    app.command("new")(new)
    app.callback()(_group)
    return app


def _group() -> None:
    """Keep `new` a sub-command while it is the only one."""


def new(
    name: Annotated[str, typer.Argument(help="As the audit log shall name her: lower-case letters, digits, hyphens.")],
    *,
    folder: Annotated[Path, typer.Option("--folder", help="Where NAME.officer is written.")] = Path(),
    secret: Annotated[str, typer.Option("--passphrase", help="env:NAME or file:PATH; else it is asked, twice.")] = "",
) -> None:
    """Make an officer's key, sealed by her passphrase, and print the line for [keys.officers]."""
    officer = Officer.new(name)
    path = folder / f"{name}.officer"
    kek = passphrase(secret, f"Passphrase of {path.name}", new=True)
    write_officer(path, officer, kek)
    out = console()
    out.print(f"Wrote {path}. It is {name}'s alone: on her own machine or stick, with a copy in her safe.")
    out.print("The line for [keys.officers] in the configuration of every node:")
    typer.echo(f'{name} = "{officer.public}"')
