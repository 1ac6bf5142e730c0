"""`scormveil witness init | serve | show`: a witness of audit logs, to be run by somebody else, somewhere else."""

import asyncio
import signal
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from proxy.config.model import LogFormat
from proxy.observe import configure, get_logger
from proxy.tlog.checkpoint import parse_checkpoint
from proxy.witness import Witness, WitnessPlace, serving
from proxy.witness.place import LISTEN

Folder = Annotated[Path, typer.Argument(help="The folder of the witness.", show_default=False)]


def build() -> typer.Typer:
    """Build the group."""
    app = typer.Typer(help="A witness: signs that audit logs only grow. Run it elsewhere.", no_args_is_help=True)
    app.command("init")(init)
    app.command("serve")(serve)
    app.command("show")(show)
    return app


def init(
    folder: Folder,
    name: Annotated[str, typer.Option(help="Its name: an address without https://, say witness.example.org/audit.")],
    log: Annotated[list[str] | None, typer.Option(help="The key of a log that it shall know; repeatable.")] = None,
    listen: Annotated[str, typer.Option(help="Where it listens.")] = LISTEN,
) -> None:
    """Make a witness: a folder with its key (open to you only) and its settings. Prints its public key."""
    typer.echo(WitnessPlace(folder).create(name, listen, tuple(log or ())))


def serve(
    folder: Folder,
    log_format: Annotated[LogFormat, typer.Option(help="For machines or for people.")] = LogFormat.JSON,
) -> None:
    """Sign checkpoints until told to stop (SIGINT, SIGTERM)."""
    configure(log_format, "info")
    asyncio.run(_serve(folder))


async def _serve(folder: Path) -> None:
    witness = Witness(WitnessPlace(folder), time.time)
    settings = await asyncio.to_thread(witness.open)
    log = get_logger()
    try:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, stop.set)
        async with serving(witness, settings.listen, log) as port:
            log.info("witnessing", listen=f"{settings.listen.rpartition(':')[0]}:{port}", count=len(settings.logs))
            await stop.wait()
    finally:
        witness.close()
    log.info("stopped")


def show(folder: Folder) -> None:
    """Say the witness's public key, the logs it knows and what it signed last. Works while it runs."""
    place = WitnessPlace(folder)
    settings = place.settings()
    key = place.signer(settings.name).key
    seen = place.seen(key)
    typer.echo(f"key       {key}")
    typer.echo(f"listens   {settings.listen}")
    for origin in dict.fromkeys((*(one.name for one in settings.logs), *seen)):
        typer.echo(f"\nlog       {origin}")
        known = seen.get(origin)
        for one in known.trusted(settings.keys_of(origin)) if known else settings.keys_of(origin):
            typer.echo(f"trusted   {one}")
        for one in known.retired if known else ():
            typer.echo(f"retired   {one}")
        if known is None:
            typer.echo("signed    nothing yet")
            continue
        typer.echo(f"signed    {known.size} entries, {_when(known.at(key))}, root {known.root.hex()}")
        if refused := place.refused(origin):
            typer.echo(
                f"refused   {parse_checkpoint(refused).size} entries, root {parse_checkpoint(refused).root.hex()}"
            )


def _when(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
