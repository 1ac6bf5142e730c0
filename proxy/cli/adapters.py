"""`scormveil adapters`: what is declared, printed for a privacy review."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from proxy.cli.adapters_summary import print_summary
from proxy.errors import AdapterInvalid
from proxy.fields import Adapter, Field, Route
from proxy.mounting import adapters


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("adapters")(show)


def show(
    name: Annotated[str, typer.Argument(help="One adapter; all without it.")] = "",
    as_markdown: Annotated[bool, typer.Option("--markdown", help="As the page docs/adapters.md.")] = False,
    summary: Annotated[
        bool, typer.Option("--summary", help="Hold it against the inventory of the SCORM Cloud APIs and count.")
    ] = False,
) -> None:
    """Print every route, where people live in it, and what happens there."""
    every = {adapter.name: adapter for group in adapters().values() for adapter in group}
    if name and name not in every:
        raise AdapterInvalid("no-such-adapter")
    chosen = [adapter for adapter in every.values() if not name or adapter.name == name]
    if as_markdown:
        typer.echo(markdown(chosen), nl=False)
        return
    console = Console(highlight=False, soft_wrap=True)
    if summary:
        print_summary(chosen, console)
        return
    for adapter in chosen:
        _print(adapter, console)


def _print(adapter: Adapter, console: Console) -> None:
    console.print(f"\n[bold]{adapter.name}[/] — {adapter.summary} Requests face {adapter.faces.value}.")
    for route in adapter.routes:
        _print_route(route, console)


def _print_route(route: Route, console: Console) -> None:
    conditions = " ".join(f"{key}={value}" for key, value in route.when)
    console.print(
        f"\n  {route.name}: {' '.join(route.methods)} {route.path or _ELSEWHERE} {conditions}".rstrip(), markup=False
    )
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


_ELSEWHERE = "(the mount's routes)"
"""Where a route is that has no path of its own."""
_PAGE = """\
# What is declared

Every route of every adapter, and every place in its messages where a person may be. What is not on this page is
refused. Rendered by `scormveil adapters --markdown`; the words are explained in [proxy/fields.py](../proxy/fields.py).
"""


def markdown(chosen: Sequence[Adapter]) -> str:
    """Return the declarations of `chosen` as the page docs/adapters.md."""
    parts = [_PAGE]
    for adapter in chosen:
        parts.append(f"## {adapter.name}\n\n{adapter.summary} Requests face {adapter.faces.value}.\n")
        headers = ", ".join(f"`{name}`" for name in adapter.request_headers)
        parts.append(f"Header fields that travel besides the general ones: {headers}.\n")
        parts += [_route(route) for route in adapter.routes]
    return "\n".join(parts)


def _route(route: Route) -> str:
    conditions = "".join(f" with `{key}={value}`" for key, value in route.when)
    lines = [f"### {route.name}\n", f"`{' '.join(route.methods)} {route.path or _ELSEWHERE}`{conditions}\n"]
    if route.why:
        lines.append(f"{route.why}\n")
    if route.refuse:
        return "\n".join([*lines, f"**Refused** ({route.refuse}).\n"])
    keys, shape = route.request.keys, route.request
    named = ", ".join(f"`{name}`" for name in keys.named) or "none"
    facts = [f"Session: {route.session.value}", f"body {shape.body.value} → {route.answer.body.value}"]
    facts += [f"query keys: {named}", f"others: {keys.others}"]
    facts += ["also at the address and with the keys of registered packages"] if route.learned else []
    facts += ["the query is not forwarded"] if not keys.forward else []
    facts += [f"signed ({route.signed}): verified, and signed anew"] if route.signed else []
    facts += ["query and form are one set of keys"] if shape.one_set else []
    facts += ["for an audience that may see details only"] if route.details else []
    facts += [f"launches the learner of `{route.launches}`"] if route.launches else []
    facts += ["readable for pages of the LMS (CORS)"] if route.cors else []
    lines.append("; ".join(facts) + ".\n")
    fields = [("request", one) for one in route.request.fields] + [("answer", one) for one in route.answer.fields]
    if fields:
        lines += ["| in | place | kind | what happens | why |", "|---|---|---|---|---|"]
        lines += [_row(where, one) for where, one in fields]
        lines.append("")
    kept = route.answer.keep or route.request.keep
    if kept:
        lines.append(f"Kept: {' '.join(f'`{one}`' for one in kept)}; everything else is removed.\n")
    if route.answer.details:
        more = " ".join(f"`{one}`" for one in route.answer.details)
        lines.append(f"Kept as well for an audience that may see details: {more}.\n")
    for one in route.answer.adds:
        only = f" with the policy `{one.policy}`" if one.policy else ""
        lines.append(f"* put in by us{only}: `{one.key}` = `{one.value}`")
    return "\n".join(lines) + ("\n" if route.answer.adds else "")


def _row(where: str, one: Field) -> str:
    needed = ", required" if one.required else ""
    return f"| {where} | `{one.place}` | {one.kind.value} | {one.treat.value}{needed} | {one.why} |"
