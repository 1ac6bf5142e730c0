"""How commands talk with officers: options they share, confirmation, passphrases, refusals in a sentence."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.text import Text

from keys import KeyringError, Officer, PassphraseKek, Secret, read_officer
from keys.officers import prove
from proxy.config import Config, secret
from proxy.errors import ConfigInvalid

REFUSED = 2

DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the plan and change nothing.")]
Yes = Annotated[bool, typer.Option("--yes", help="Show the plan and go on without asking.")]
OfficerFile = Annotated[
    Path | None, typer.Option("--officer", help="Act as this officer (her file); else as `operator`.")
]
OfficerSecret = Annotated[
    str, typer.Option("--officer-passphrase", help="Of the officer's file: env:NAME or file:PATH; else it is asked.")
]
Why = Annotated[str, typer.Option("--reason", help="Why, in a line; it stays in the keyring.")]


@dataclass(frozen=True, slots=True)
class Manner:
    """How an act is to be done, as the options say."""

    config: Path
    dry_run: bool
    yes: bool
    officer: Path | None
    officer_secret: str


def console(*, stderr: bool = False) -> Console:
    """Lines as they are: [keys.kek] is a table of the configuration, and lines are copied from the terminal."""
    return Console(stderr=stderr, highlight=False, markup=False, soft_wrap=True)


def refuse(sentence: str) -> NoReturn:
    """End with a sentence that says what to do."""
    console(stderr=True).print(Text(sentence, style="bold red"))
    raise typer.Exit(REFUSED)


def at_terminal() -> bool:
    """Whether somebody is there to be asked."""
    return sys.stdin.isatty()


def confirm(word: str, *, yes: bool) -> None:
    """Go on only if it is meant: `--yes`, or the word typed at a terminal."""
    if yes:
        return
    if not at_terminal():
        refuse("Nothing was changed: there is no terminal to ask at. Look at the plan, then say --yes.")
    typed: str = typer.prompt(f"Type {word} to do it, anything else to stop", default="", show_default=False)
    if typed.strip() != word:
        refuse("Nothing was changed.")


def passphrase(reference: str, what: str, *, new: bool = False) -> PassphraseKek:
    """The key of a passphrase: by reference, or asked for; a new one twice. Raises KeyringError `kek-weak`."""
    return PassphraseKek(_given(reference) if reference else _asked(what, new=new))


def identify(officer_file: Path, reference: str, config: Config) -> Officer:
    """Open an officer's file and make sure that the configuration lists her with this key.

    Raises KeyringError `officer-…`, `kek-passphrase`.
    """
    if not os.path.lexists(officer_file):
        raise KeyringError("officer-missing")  # before anybody types a passphrase for nothing
    officer = read_officer(officer_file, passphrase(reference, f"Passphrase of {officer_file.name}"))
    prove(officer, config.keys.officers)
    return officer


def actor_of(how: Manner, config: Config) -> str:
    """Whom the audit log names."""
    if how.officer is None:
        return "operator"
    return identify(how.officer, how.officer_secret, config).name


def _given(reference: str) -> Secret:
    """Relative to where the command is run, as every path on a command line. Refuses."""
    try:
        return Secret(secret(Path("scormveil.toml"), reference).encode())
    except ConfigInvalid as trouble:
        refuse(f"There is no passphrase ({'; '.join(trouble.problems)}). Say where it is: env:NAME or file:PATH.")


def _asked(what: str, *, new: bool) -> Secret:
    if not at_terminal():
        refuse("There is no terminal to ask for the passphrase at. Say where it is: env:NAME or file:PATH.")
    typed: str = typer.prompt(what, hide_input=True, confirmation_prompt=new)
    return Secret(typed.encode())
