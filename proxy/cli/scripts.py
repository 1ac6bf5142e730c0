"""`scormveil scripts`: the scripts of the cloud that run in the LMS page, and their approval."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from proxy.audit import AuditLog, Entry, Event
from proxy.cli.common import DEFAULT_CONFIG, ConfigOption, opened_store
from proxy.store import PinRecord


def build() -> typer.Typer:
    """Build the group."""
    app = typer.Typer(help="Scripts of the cloud that run in the LMS page.", no_args_is_help=True)
    app.command("list")(listing)
    app.command("approve")(approve)
    return app


def listing(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Show every script seen, approved or waiting."""
    pins = asyncio.run(_pins(config))
    table = Table(box=None)
    for head in ("mount", "path", "sha-256", "state", "first seen (UTC)"):
        table.add_column(head, overflow="fold")
    for pin in pins:
        seen = datetime.fromtimestamp(pin.first_seen / 1000, UTC).strftime("%Y-%m-%d %H:%M")
        table.add_row(pin.mount, pin.path, pin.digest, pin.state, seen)
    Console().print(table)


def approve(
    digest: Annotated[str, typer.Argument(help="SHA-256 of the script, from its first 12 digits on.")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Approve the script with this digest in place of the one approved before."""
    for pin in asyncio.run(_approve(config, digest.lower())):
        Console(soft_wrap=True).print(f"approved {pin.path} of {pin.mount}: {pin.digest}", markup=False)


async def _pins(config: Path) -> list[PinRecord]:
    store = await opened_store(config)
    try:
        return await store.pins()
    finally:
        await store.close()


_SHORTEST = 12


async def _approve(config: Path, digest: str) -> list[PinRecord]:
    store = await opened_store(config)
    try:
        chosen = [pin for pin in await store.pins() if pin.digest.startswith(digest)]
        if len(digest) < _SHORTEST or not chosen or len({pin.digest for pin in chosen}) > 1:
            raise typer.BadParameter("no script, or more than one, has this digest; see `scormveil scripts list`")
        done = []
        for pin in chosen:
            done.append(await store.approve(pin.mount, pin.path, pin.digest))
            entry = Entry(Event.SCRIPT_APPROVED, actor="operator", mount=pin.mount, reason=pin.digest[:16], count=1)
            await AuditLog(store).append(entry)
        return done
    finally:
        await store.close()
