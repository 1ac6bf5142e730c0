"""`scormveil audit list`: the record of mintings, re-identifications and refusals."""

import asyncio
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from proxy.cli import audit_verify
from proxy.cli.common import DEFAULT_CONFIG, ConfigOption, opened_store
from proxy.store import AuditRecord

_PAGE = 5000
_HEADS = ("event", "actor", "mount", "route", "kind", "pseudonym", "key_id", "exchange", "reason", "count")


def build() -> typer.Typer:
    """Build the group."""
    app = typer.Typer(help="The audit log.", no_args_is_help=True)
    app.command("list")(listing)
    audit_verify.build(app)
    return app


def listing(
    config: ConfigOption = DEFAULT_CONFIG,
    after: Annotated[int, typer.Option(help="Entries after this number, from the oldest on.")] = -1,
    last: Annotated[int, typer.Option(help="The last so many entries (without --after).", min=1)] = 50,
    limit: Annotated[int, typer.Option(help="At most so many entries after --after.", min=1)] = 200,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show audit entries in order. They hold pseudonyms, never a value."""
    entries = asyncio.run(_entries(config, after, limit, last))
    if as_json:
        for number, entry in entries:
            row = {"seq": number, "at": _when(entry)} | {head: getattr(entry, head) for head in _HEADS}
            typer.echo(orjson.dumps(row).decode())
        return
    console = Console(highlight=False, soft_wrap=True)
    for number, entry in entries:
        told = [entry.mount, entry.route, entry.reason, entry.pseudonym, entry.key_id and f"key {entry.key_id}"]
        words = "  ".join(word for word in (entry.event, entry.actor, *told, f"incident {entry.exchange}") if word)
        console.print(f"{number:>6}  {_when(entry)}  {words.removesuffix('  incident ')}", markup=False)


def _when(entry: AuditRecord) -> str:
    return datetime.fromtimestamp(entry.at / 1000, UTC).isoformat(timespec="milliseconds")


async def _entries(config: Path, after: int, limit: int, last: int) -> Sequence[tuple[int, AuditRecord]]:
    store = await opened_store(config)
    try:
        if after >= 0:
            return await store.read_audit(after, limit)
        tail: deque[tuple[int, AuditRecord]] = deque(maxlen=last)
        while page := await store.read_audit(tail[-1][0] if tail else 0, _PAGE):
            tail.extend(page)
        return tuple(tail)
    finally:
        await store.close()
