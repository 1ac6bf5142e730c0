"""`scormveil audit list | show | export`: the record of mintings, re-identifications and refusals."""

import asyncio
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from proxy.audit.export import csv_head, csv_line, json_line, moment, plain
from proxy.audit.export.ocsf import HIGH, MEDIUM, mapped
from proxy.audit.meanings import meanings
from proxy.cli import audit_filters as only
from proxy.cli import audit_verify
from proxy.cli.audit_export import export
from proxy.cli.audit_reading import NEWEST, pages
from proxy.cli.common import DEFAULT_CONFIG, ConfigOption, opened_store
from proxy.cli.desk import now
from proxy.cli.talk import console, refuse
from proxy.config import load
from proxy.store import AuditRecord, AuditRow, Covering, LogPlace, Span

NOT_FOUND = 1
"""Exit status of `audit show`: there is no such entry."""

_EVERYTHING = sys.maxsize
_LAST, _LIMIT = 50, 200
_UNHEARD_OF = "This version knows no such event: another one wrote it, or somebody who should not."


class Form(StrEnum):
    """How entries are shown."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class _Part:
    """Which part of what the filters let through. `limit` is 0 where none was given."""

    after: int | None
    last: int
    limit: int
    everything: bool
    newest_first: bool


def build() -> typer.Typer:
    """Build the group."""
    app = typer.Typer(help="The audit log.", no_args_is_help=True)
    app.command("list")(listing)
    app.command("show")(show)
    app.command("export")(export)
    audit_verify.build(app)
    return app


@only.with_filters
def listing(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    after: Annotated[
        int | None, typer.Option(help="Entries after this number, from the oldest on.", min=0, max=only.MOST_ENTRIES)
    ] = None,
    last: Annotated[
        int | None,
        typer.Option(help=f"The last so many entries; {_LAST} without --after.", min=1, max=only.MOST_ENTRIES),
    ] = None,
    limit: Annotated[
        int, typer.Option(help=f"At most so many entries; {_LIMIT} after --after.", min=0, max=only.MOST_ENTRIES)
    ] = 0,
    everything: Annotated[bool, typer.Option("--all", help="All of them, however many.")] = False,
    newest_first: Annotated[bool, typer.Option("--newest-first", help="From the newest on.")] = False,
    filters: only.Filters,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV that a spreadsheet may open.")] = False,
) -> None:
    """Show audit entries in order. They hold pseudonyms, never a value."""
    if as_json and as_csv:
        refuse("--json or --csv, not both.")
    if sum((after is not None, last is not None, everything and after is None)) > 1:
        refuse("--after, --last and --all are three different parts of the log: say one of them.")
    form = Form.JSON if as_json else Form.CSV if as_csv else Form.TABLE
    asyncio.run(_list(config, filters, _Part(after, last or _LAST, limit, everything, newest_first), form))


async def _list(config: Path, filters: only.Filters, part: _Part, form: Form) -> None:
    store = await opened_store(config)
    try:
        query = await only.asked(filters, store, now(), load(config))
        span = await store.ledger.span(query)
        most = part.limit or _EVERYTHING
        if part.after is not None:
            span = Span(max(span.after, part.after), max(span.to, part.after))
            most = part.limit or (_EVERYTHING if part.everything else _LIMIT)
        elif not part.everything:
            span = await store.ledger.tail(query, span, part.last)
        show_page, found = _shown_as(form), False
        async for page in pages(store.ledger, query, span, most, newest_first=part.newest_first):
            found = True
            await asyncio.to_thread(show_page, page)
        if not found:
            console(stderr=True).print("No entry fits. `scormveil audit list` without options shows the newest ones.")
    finally:
        await store.close()


def _shown_as(form: Form) -> Callable[[Sequence[AuditRow]], None]:
    out = Console(highlight=False, soft_wrap=True, markup=False)
    if form is Form.CSV:
        typer.echo(csv_head())
    if form is Form.TABLE and out.is_terminal:
        return lambda page: out.print(Text("\n").join(map(_coloured, page)))
    line = {Form.TABLE: _line, Form.JSON: json_line, Form.CSV: csv_line}[form]
    return lambda page: typer.echo("\n".join(map(line, page)))


def _line(row: AuditRow) -> str:
    return f"{row.number:>6}  {moment(row.entry.at)}  {'  '.join(_words(row.entry))}"


def _coloured(row: AuditRow) -> Text:
    event, *rest = _words(row.entry)
    weight = mapped(row.entry.event).severity
    style = "bold red" if weight >= HIGH else "yellow" if weight == MEDIUM else "bold"
    return Text.assemble(
        (f"{row.number:>6}  {moment(row.entry.at)}  ", "dim"), (event, style), "".join(f"  {one}" for one in rest)
    )


def _words(entry: AuditRecord) -> Iterator[str]:
    """The event, then what there is to say of it."""
    yield plain(entry.event)
    told = (entry.actor, entry.mount, entry.route, entry.reason, entry.pseudonym)
    yield from (plain(word) for word in told if word)
    if entry.key_id:
        yield f"key {plain(entry.key_id)}"
    if entry.exchange:
        yield f"incident {plain(entry.exchange)}"


def show(
    number: Annotated[
        int, typer.Argument(help="The number of the entry, as `audit list` shows it.", max=only.MOST_ENTRIES)
    ],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Say in plain words what one entry means."""
    found = asyncio.run(_entry(config, number))
    if found is None:
        console(stderr=True).print(f"There is no entry {number}. {NEWEST}")
        raise typer.Exit(NOT_FOUND)
    out = console()
    for line in _told(*found):
        out.print(line)


async def _entry(config: Path, number: int) -> tuple[AuditRow, Covering | None] | None:
    store = await opened_store(config)
    try:
        row = await store.ledger.entry(number)
        if row is None:
            return None
        return row, await store.ledger.covering(LogPlace(row.log, row.pos))
    finally:
        await store.close()


def _told(row: AuditRow, covering: Covering | None) -> Iterator[str]:
    entry = row.entry
    yield f"Entry {row.number}: {plain(entry.event)}"
    yield f"  {meanings().get(entry.event, _UNHEARD_OF)}"
    told = (
        ("when", moment(entry.at)),
        ("who", entry.actor),
        ("tenant", entry.tenant),
        ("mount", entry.mount),
        ("route", entry.route),
        ("kind", entry.kind),
        ("pseudonym", entry.pseudonym),
        ("key", entry.key_id),
        ("incident", entry.exchange),
        ("reason", entry.reason),
        ("how often", str(entry.count) if entry.count else ""),
    )
    yield from (f"  {head:<10} {plain(word)}" for head, word in told if word)
    yield f"  stands in  log {row.log}, position {row.pos}"
    if covering:
        yield f"  signed     by the checkpoint over {covering.size} entries of {moment(covering.at)}"
    else:
        yield "  signed     not yet: no checkpoint covers it"
