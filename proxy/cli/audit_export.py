"""`scormveil audit export`: the log, or a part of it, for an archive, a spreadsheet or a SIEM."""

import asyncio
import importlib.metadata
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from proxy.audit import AuditLog, Entry, Event
from proxy.audit.export import csv_head, csv_line, json_line, ocsf_line, syslog_message
from proxy.cli import audit_filters as only
from proxy.cli import audit_state
from proxy.cli.audit_following import Follower, until_stopped
from proxy.cli.audit_reading import pages
from proxy.cli.audit_sinks import Sink, SinkFailed, sink_for
from proxy.cli.audit_transparency import shipped
from proxy.cli.common import DEFAULT_CONFIG, ConfigOption
from proxy.cli.desk import Desk, clock, now, open_desk
from proxy.cli.talk import Manner, OfficerFile, OfficerSecret, actor_of, console, refuse
from proxy.errors import ProxyError
from proxy.store import AuditRow

_MOST_COUNTED = 2**31 - 1


class Form(StrEnum):
    """What an export is made of."""

    JSONL = "jsonl"
    CSV = "csv"
    OCSF = "ocsf"
    TRANSPARENCY = "transparency"


@dataclass(frozen=True, slots=True)
class _Order:
    """What is exported, how, and where to."""

    to: str
    form: Form
    filters: only.Filters
    state: Path | None
    follow: bool
    every: float
    notes: str

    @property
    def what(self) -> str:
        """What a state file is good for: the same form and the same filters."""
        asked = ", ".join(f"{name} {value}" for name, value in self.filters.given())
        return f"{self.form.value}: {asked or 'everything'}"


@only.with_filters
def export(
    *,
    to: Annotated[
        str,
        typer.Option(
            help="A new file, - for standard output, or syslog://HOST:PORT (UDP), syslog+tcp://, syslog+tls://, "
            "syslog+unix:///SOCKET."
        ),
    ] = "-",
    form: Annotated[Form, typer.Option("--format", help="What a line is.")] = Form.JSONL,
    notes: Annotated[
        str, typer.Option(help="Where the checkpoints go (transparency); else to the same name with .notes.")
    ] = "",
    state: Annotated[
        Path | None, typer.Option(help="Go on where the last export with this file ended, and note in it how far.")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Do not end: write what comes (with --state).")] = False,
    every: Annotated[float, typer.Option(help="Look for new entries after so many seconds.", min=0.05)] = 1.0,
    filters: only.Filters,
    config: ConfigOption = DEFAULT_CONFIG,
    officer: OfficerFile = None,
    officer_passphrase: OfficerSecret = "",
) -> None:
    """Write audit entries for use elsewhere, from the oldest on. The log says that you did, before anything leaves."""
    order = _Order(to, form, filters, state, follow, every, notes)
    _refuse_nonsense(order)
    manner = Manner(config, dry_run=False, yes=True, officer=officer, officer_secret=officer_passphrase)
    try:
        count = asyncio.run(_export(order, manner))
    except (SinkFailed, audit_state.StateUnusable) as failure:
        refuse(str(failure))
    console(stderr=True).print(f"{count} entries.")


def _refuse_nonsense(order: _Order) -> None:
    """What does not go together."""
    try:
        framed = sink_for(order.to).framed
    except ValueError:
        refuse("--to: a file, -, or syslog://HOST:PORT, syslog+tcp://…, syslog+tls://…, syslog+unix:///SOCKET.")
    if framed and order.form not in {Form.JSONL, Form.OCSF}:
        refuse("A syslog takes --format jsonl or ocsf.")
    if order.follow and order.state is None:
        refuse("--follow needs --state FILE: it says where to go on after a stop.")
    if order.form is not Form.TRANSPARENCY:
        if order.notes:
            refuse("--notes is for --format transparency; nothing else has checkpoints.")
        return
    if order.state is not None or order.filters.given():
        refuse("--format transparency is for verifying whole logs: without filters, without --state.")
    if order.to == "-" and not order.notes:
        refuse("Say with --notes where the checkpoints go; the entries go to standard output.")
    if order.notes == order.to or Path(order.notes).absolute() == Path(order.to).absolute():
        refuse("--to and --notes are one place: entries and checkpoints are two files. Name another one.")


async def _export(order: _Order, manner: Manner) -> int:
    async with open_desk(manner.config) as desk:
        actor = await asyncio.to_thread(actor_of, manner, desk.config)
        if order.form is Form.TRANSPARENCY:
            return await _whole_logs(desk, order, actor)
        return await (_once(desk, order, actor) if order.state is None else _further(desk, order, order.state, actor))


async def _record(desk: Desk, order: _Order, sink: Sink, actor: str, count: int) -> None:
    """Write down that entries leave. Before they do: what was not recorded must not be in anybody's hands.

    The log it was written to is signed and left to others, for what follows may take long.
    """
    manner = "follow" if order.follow else "continued" if order.state else ""
    kind, count = order.form.value, min(count, _MOST_COUNTED)
    entry = Entry(Event.LOG_EXPORTED, actor, route=sink.word, kind=kind, reason=manner, count=count)
    await AuditLog(desk.stores.mapping, clock).append(entry)
    with suppress(ProxyError):  # the next who serves signs it
        await desk.logs.checkpoints.make()
    await desk.stores.mapping.logs.release()


async def _once(desk: Desk, order: _Order, actor: str) -> int:
    """What is there by now, in the order of the numbers."""
    store = desk.stores.mapping
    query = await only.asked(order.filters, store, now(), desk.config)
    sink = sink_for(order.to)
    try:
        await asyncio.to_thread(sink.open)
        span = await store.ledger.span(query)
        await _record(desk, order, sink, actor, await store.ledger.count(query, span))
        ship = await asyncio.to_thread(_shipping, order.form, sink, begin=True)
        count = 0
        async for page in pages(store.ledger, query, span, _MOST_COUNTED):
            await asyncio.to_thread(ship, page)
            count += len(page)
        await asyncio.to_thread(sink.finish)
        return count
    finally:
        await asyncio.to_thread(sink.close)


async def _further(desk: Desk, order: _Order, file: Path, actor: str) -> int:
    """What was not exported yet, log by log."""
    store = desk.stores.mapping
    query = await only.asked(order.filters, store, now(), desk.config)
    state = await asyncio.to_thread(audit_state.read, file, desk.pulse.lineage, order.what)
    await audit_state.refuse_another_past(state, store.ledger)
    await asyncio.to_thread(audit_state.probe, file)
    sink = sink_for(order.to, state.written)
    try:
        await asyncio.to_thread(sink.open)
        # From here on the file that is written is ours, whatever happens before the first entry is noted.
        state = replace(state, written=sink.written)
        await asyncio.to_thread(audit_state.write, file, state)
        follower = Follower(
            store.ledger,
            query,
            state,
            file,
            await asyncio.to_thread(_shipping, order.form, sink, begin=not sink.written),
        )
        await _record(desk, order, sink, actor, await follower.waiting())
        return await (until_stopped(follower, order.every) if order.follow else follower.catch_up())
    finally:
        await asyncio.to_thread(sink.close)


async def _whole_logs(desk: Desk, order: _Order, actor: str) -> int:
    """Every leaf with what it was made from, and the checkpoints over them: two files to verify elsewhere."""
    store = desk.stores.mapping
    entries, notes = sink_for(order.to), sink_for(order.notes or f"{order.to}.notes")
    try:
        await asyncio.to_thread(entries.open)
        await asyncio.to_thread(notes.open)
        await desk.logs.checkpoints.make()  # a verifier counts only what was signed
        heads = await store.ledger.heads()
        await _record(desk, order, entries, actor, sum(heads.values()))
        count = await store.logs.reading(partial(shipped, heads=heads, entries=entries, notes=notes))
        await asyncio.to_thread(entries.finish)
        await asyncio.to_thread(notes.finish)
        return count
    finally:
        await asyncio.to_thread(entries.close)
        await asyncio.to_thread(notes.close)


def _shipping(form: Form, sink: Sink, *, begin: bool) -> Callable[[Sequence[AuditRow]], int]:
    """What writes entries; the head of a table first, where it begins."""
    release = importlib.metadata.version("scormveil")
    lines: dict[Form, Callable[[AuditRow], str]] = {
        Form.JSONL: json_line,
        Form.CSV: csv_line,
        Form.OCSF: partial(ocsf_line, release=release),
    }
    line, host = lines[form], socket.gethostname()
    if form is Form.CSV and begin:
        sink.write([csv_head().encode("ascii")])

    def ship(page: Sequence[AuditRow]) -> int:
        said = [(row, line(row)) for row in page]
        sink.write([syslog_message(row.entry, host, one) if sink.framed else one.encode("ascii") for row, one in said])
        return sink.written

    return ship
