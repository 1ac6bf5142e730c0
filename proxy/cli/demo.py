"""`scormveil demo`: the proxy between a sandbox LMS and a sandbox SCORM Cloud, on this machine only."""

import asyncio
import signal
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from proxy.sandbox import Ports, Sandbox


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    folder: Annotated[Path, typer.Option(help="Where configuration, keys and mapping of the demo live.")] = Path("run"),
    port: Annotated[int, typer.Option(help="Port of the start page; the next three are used too.")] = 8080,
) -> None:
    """Start proxy, sandbox LMS and sandbox cloud, and say which page to open."""
    asyncio.run(_run(folder.resolve(), port))


async def _run(folder: Path, port: int) -> None:
    sandbox = await Sandbox.start(folder, Ports(lms=port, proxy=port + 1, cloud=port + 2, content=port + 3))
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"\n  [bold]scormveil is running.[/]  Open  [bold cyan]{sandbox.lms.origin}/[/]\n")
    console.print(f"  LMS    {sandbox.lms.origin}    proxy  {sandbox.proxy_origin}    cloud  {sandbox.cloud.origin}")
    console.print(f"  Configuration, keys and mapping: {folder}.  Stop with Ctrl-C.\n")
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await stop.wait()
    await sandbox.close()
