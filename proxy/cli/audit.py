"""`scormveil audit list`: the record of mintings, re-identifications and refusals."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from proxy.cli.common import DEFAULT_CONFIG, ConfigOption, opened_store
from proxy.store import AuditRecord

_HEADS = ("event", "actor", "mount", "route", "kind", "pseudonym", "key_id", "exchange", "reason", "count")


def build() -> typer.Typer:
    """Build the group."""
    app = typer.Typer(help="The audit log.", no_args_is_help=True)
    app.command("list")(listing)
    return app


def listing(
    config: ConfigOption = DEFAULT_CONFIG,
    after: Annotated[int, typer.Option(help="Only entries after this number.")] = 0,
    limit: Annotated[int, typer.Option(help="At most so many entries.")] = 200,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show audit entries in order. They hold pseudonyms, never a value."""
    entries = asyncio.run(_entries(config, after, limit))
    if as_json:
        for number, entry in entries:
            row = {"seq": number, "at": _when(entry)} | {head: getattr(entry, head) for head in _HEADS}
            typer.echo(orjson.dumps(row).decode())
        return
    table = Table(box=None)
    for head in ("seq", "at (UTC)", *_HEADS):
        table.add_column(head, overflow="fold")
    for number, entry in entries:
        table.add_row(str(number), _when(entry), *(str(getattr(entry, head)) for head in _HEADS))
    Console().print(table)


def _when(entry: AuditRecord) -> str:
    return datetime.fromtimestamp(entry.at / 1000, UTC).isoformat(timespec="milliseconds")


async def _entries(config: Path, after: int, limit: int) -> list[tuple[int, AuditRecord]]:
    store = await opened_store(config)
    try:
        return await store.read_audit(after, limit)
    finally:
        await store.close()
