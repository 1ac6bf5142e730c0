"""`scormveil audit export`: the log, or a part of it, for an archive, a spreadsheet or a SIEM."""

import asyncio
import importlib.metadata
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Annotated

import typer

from proxy.audit import AuditLog, Entry, Event
from proxy.audit.export import csv_head, csv_line, json_line, ocsf_line, syslog_message
from proxy.cli import audit_filters as only
from proxy.cli.audit_reading import pages
from proxy.cli.audit_sinks import Sink, SinkFailed, sink_for
from proxy.cli.common import DEFAULT_CONFIG, ConfigOption, opened_store
from proxy.cli.desk import clock, now
from proxy.cli.talk import Manner, OfficerFile, OfficerSecret, actor_of, console, refuse
from proxy.config import load
from proxy.store import AuditQuery, AuditRow, Span, SqlStore

_MOST_COUNTED = 2**31 - 1


class Form(StrEnum):
    """What an export is made of."""

    JSONL = "jsonl"
    CSV = "csv"
    OCSF = "ocsf"


@dataclass(frozen=True, slots=True)
class _Order:
    """What is exported how, and by whom."""

    filters: only.Filters
    form: Form
    sink: Sink
    manner: Manner


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
    since: only.Since = "",
    until: only.Until = "",
    actor: only.Actor = "",
    event: only.Events = None,
    tenant: only.Tenant = "",
    mount: only.Mount = "",
    route: only.Route = "",
    kind: only.Kind = "",
    pseudonym: only.Pseudonym = None,
    person: only.Person = "",
    key: only.KeyId = "",
    incident: only.Exchange = "",
    reason: only.Reason = "",
    config: ConfigOption = DEFAULT_CONFIG,
    officer: OfficerFile = None,
    officer_passphrase: OfficerSecret = "",
) -> None:
    """Write audit entries for use elsewhere, from the oldest on. The log says that you did, before anything leaves."""
    try:
        sink = sink_for(to)
    except ValueError:
        refuse("--to: a file, -, or syslog://HOST:PORT, syslog+tcp://…, syslog+tls://…, syslog+unix:///SOCKET.")
    if sink.framed and form is Form.CSV:
        refuse("A syslog takes --format jsonl or ocsf.")
    filters = only.Filters(
        since, until, actor, tuple(event or ()), tenant, mount, route, kind, tuple(pseudonym or ()), person, key,
        incident, reason,
    )  # fmt: skip
    manner = Manner(config, dry_run=False, yes=True, officer=officer, officer_secret=officer_passphrase)
    try:
        count = asyncio.run(_export(_Order(filters, form, sink, manner)))
    except SinkFailed as failure:
        refuse(str(failure))
    console(stderr=True).print(f"{count} entries.")


async def _export(order: _Order) -> int:
    config = await asyncio.to_thread(load, order.manner.config)
    actor = await asyncio.to_thread(actor_of, order.manner, config)
    store = await opened_store(order.manner.config)
    try:
        query = await only.asked(order.filters, store, now())
        await asyncio.to_thread(order.sink.open)
        span = await store.ledger.span(query)
        await record(store, order, actor, await store.ledger.count(query, span))
        return await _written(store, query, span, order)
    finally:
        await asyncio.to_thread(order.sink.close)
        await store.close()


async def record(store: SqlStore, order: _Order, actor: str, count: int) -> None:
    """Write down that entries leave. Before they do: what was not recorded must not be in anybody's hands."""
    entry = Entry(
        Event.LOG_EXPORTED, actor, route=order.sink.word, kind=order.form.value, count=min(count, _MOST_COUNTED)
    )
    await AuditLog(store, clock).append(entry)


async def _written(store: SqlStore, query: AuditQuery, span: Span, order: _Order) -> int:
    message = await asyncio.to_thread(messages_of, order.form, framed=order.sink.framed)
    count = 0
    if order.form is Form.CSV:
        await asyncio.to_thread(order.sink.write, [csv_head().encode("ascii")])
    async for page in pages(store.ledger, query, span, _MOST_COUNTED):
        await asyncio.to_thread(_write, order.sink, message, page)
        count += len(page)
    await asyncio.to_thread(order.sink.finish)
    return count


def _write(sink: Sink, message: Callable[[AuditRow], bytes], page: Sequence[AuditRow]) -> None:
    sink.write([message(row) for row in page])


def messages_of(form: Form, *, framed: bool) -> Callable[[AuditRow], bytes]:
    """What makes a message of an entry."""
    release = importlib.metadata.version("scormveil")
    lines: dict[Form, Callable[[AuditRow], str]] = {
        Form.JSONL: json_line,
        Form.CSV: csv_line,
        Form.OCSF: partial(ocsf_line, release=release),
    }
    line = lines[form]
    if not framed:
        return lambda row: line(row).encode("ascii")
    host = socket.gethostname()
    return lambda row: syslog_message(row.entry, host, line(row))
