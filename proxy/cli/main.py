"""Puts the command groups together; every refusal becomes a sentence that says what to do, never a traceback."""

import asyncio
import sys
from pathlib import Path

import typer
from rich.console import Console

from keys import KeyringError
from proxy.assemble import address_pairs, build
from proxy.cli import adapters, audit, demo, package, scripts, serve, setup
from proxy.config import load
from proxy.errors import ConfigInvalid, ProxyError
from proxy.package import Learned


def application() -> typer.Typer:
    """Build the command tree."""
    app = typer.Typer(
        name="scormveil",
        help="A pseudonymising reverse proxy between a learning platform and SCORM Cloud.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    setup.add(app)
    serve.add(app)
    demo.add(app)
    adapters.add(app)
    app.add_typer(package.build(_mapping, _register), name="package")
    app.add_typer(scripts.build(), name="scripts")
    app.add_typer(audit.build(), name="audit")
    return app


def _mapping(config_file: Path | None) -> list[tuple[str, str]]:
    if config_file is None:
        return []
    config = load(config_file)
    return sorted(
        {pair for mount in config.mounts if mount.adapter == "dispatch" for pair in address_pairs(mount, config)}
    )


def _register(config_file: Path | None, learned: Learned) -> None:
    """Remember a rewritten package for every tenant whose dispatch mount leads to the cloud it came from."""
    if config_file is None:
        return
    asyncio.run(_register_in(config_file, learned))


async def _register_in(config_file: Path, learned: Learned) -> None:
    house = build(load(config_file), config_file)
    await house.store.open()
    try:
        for mount in house.mounts.all:
            if mount.adapter.name == "dispatch" and {mount.upstream.origin, *mount.further.values()} & set(
                learned.hosts
            ):
                await house.packages.register(learned, mount.tenant, exchange="", actor="operator")
    finally:
        await house.upstream.close()
        await house.store.close()


def main() -> None:
    """Run the command; exit code 2 for a refusal."""
    console = Console(stderr=True, highlight=False)
    try:
        application()()
    except ConfigInvalid as trouble:
        console.print(f"[bold red]{trouble.code}[/]: {trouble.hint}")
        for problem in trouble.problems:
            console.print(f"  • {problem}", markup=False)
        sys.exit(2)
    except (ProxyError, KeyringError) as trouble:
        console.print(f"[bold red]{trouble.code}[/]: {trouble.hint}")
        reason = getattr(trouble, "reason", "")
        if reason:
            console.print(f"  reason: {reason}", markup=False)
        sys.exit(2)
