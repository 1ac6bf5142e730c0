"""`scormveil keys …`: the security team's commands, put together."""

import typer

from proxy.cli import keys_acts, keys_approve, keys_copies, keys_kek, keys_reseal, keys_show


def build() -> typer.Typer:
    """Build the group."""
    app = typer.Typer(help="The keyring: every act shows its plan first.", no_args_is_help=True)
    for part in (keys_show, keys_acts, keys_reseal, keys_kek, keys_copies, keys_approve):
        part.add_to(app)
    return app
