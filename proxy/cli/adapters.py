"""`scormveil adapters`: what is declared, printed for a privacy review."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from proxy.assemble import adapters
from proxy.errors import AdapterInvalid
from proxy.fields import Adapter, Field, Route


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("adapters")(show)


def show(name: Annotated[str, typer.Argument(help="One adapter; all without it.")] = "") -> None:
    """Print every route, where people live in it, and what happens there."""
    every = {adapter.name: adapter for group in adapters().values() for adapter in group}
    if name and name not in every:
        raise AdapterInvalid("no-such-adapter")
    console = Console(highlight=False, soft_wrap=True)
    for adapter in every.values():
        if not name or adapter.name == name:
            _print(adapter, console)


def _print(adapter: Adapter, console: Console) -> None:
    console.print(f"\n[bold]{adapter.name}[/] — {adapter.summary} Requests face {adapter.faces.value}.")
    for route in adapter.routes:
        _print_route(route, console)


def _print_route(route: Route, console: Console) -> None:
    conditions = " ".join(f"{key}={value}" for key, value in route.when)
    console.print(f"\n  {route.name}: {' '.join(route.methods)} {route.path} {conditions}".rstrip(), markup=False)
    if route.why:
        console.print(f"    {route.why}", style="dim", markup=False)
    if route.refuse:
        console.print(f"    REFUSED: {route.refuse}", style="red")
        return
    keys = route.request.keys
    console.print(
        f"    session: {route.session.value}; query keys: {', '.join(keys.named) or 'none'}; others: {keys.others}; "
        f"body: {route.request.body.value} → {route.answer.body.value}",
        markup=False,
    )
    fields = [("request", one) for one in route.request.fields] + [("answer", one) for one in route.answer.fields]
    if fields:
        console.print(_table(fields))
    if route.answer.keep or route.request.keep:
        kept = route.answer.keep or route.request.keep
        console.print(f"    kept: {' '.join(kept)}; everything else is removed", markup=False)


def _table(fields: list[tuple[str, Field]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for head in ("    in", "place", "kind", "what happens", "why"):
        table.add_column(head, style="dim" if head == "why" else None)
    for where, one in fields:
        needed = " (required)" if one.required else ""
        table.add_row(f"    {where}", str(one.place), one.kind.value, one.treat.value + needed, one.why)
    return table
