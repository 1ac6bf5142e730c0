"""`scormveil doctor`: what goes around the proxy, and who is in clear at the cloud. Reads, and changes nothing.

Exit status: 0 all is well; 1 something was found; 2 something could not be looked at.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.table import Table

from keys import KeyringError, KeyRoom
from proxy.applications import readers_of, realms_of
from proxy.assemble import open_keys, stores_of
from proxy.cli.common import DEFAULT_CONFIG, ConfigOption
from proxy.cli.desk import clock
from proxy.cli.talk import console, refuse
from proxy.config import Config, load
from proxy.doctor import (
    WORDS,
    Account,
    Finding,
    Limits,
    Report,
    Weight,
    look_at,
    look_at_realm,
    of_configuration,
    ours_of,
)
from proxy.doctor.local import of_clock
from proxy.edge.upstream import Upstream
from proxy.errors import ProxyError
from proxy.passage.postback_seal import digest_of
from proxy.store import SqlStore

_CONNECTIONS = 4
_STYLE = {Weight.WRONG: "bold red", Weight.LOOK: "yellow", Weight.NOTE: "dim"}
_SHOWN = 20
_BLIND = (
    "What nobody can see from here: postbacks of dispatches, website users (People), Reportage, and who else has the "
    "application's secret. Look at them in the console."
)


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


@dataclass(frozen=True, slots=True)
class _Wish:
    config: Path
    mount: str
    limits: Limits
    pace: float


def doctor(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    mount: Annotated[str, typer.Option(help="Only the application of this mount.")] = "",
    courses: Annotated[int, typer.Option(help="Courses that are looked at, at most; 0: all.", min=0)] = 200,
    registrations: Annotated[
        int, typer.Option(help="Registrations that are looked at, a sample; 0: all.", min=0)
    ] = 200,
    pace: Annotated[float, typer.Option(help="Calls a second, at most.", min=0.1, max=1000)] = 10.0,
    show_values: Annotated[
        bool, typer.Option("--show-values", help="Show what was found: LEARNERS' IDS AND ADDRESSES, in clear.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as one JSON object.")] = False,
) -> None:
    """Look for what goes around the proxy: addresses, people in clear, settings; and at this installation."""
    report = asyncio.run(_looked(_Wish(config, mount, Limits(courses, registrations), pace)))
    if as_json:
        typer.echo(orjson.dumps(report.told(values=show_values), option=orjson.OPT_INDENT_2).decode())
    else:
        _show(report, values=show_values)
    raise typer.Exit(report.code)


async def _looked(wish: _Wish) -> Report:
    settings = load(wish.config)
    names = {mount.name for mount in settings.mounts}
    if wish.mount and wish.mount not in names:
        refuse(f"There is no mount {wish.mount}. There are: {', '.join(sorted(names))}.")
    report = Report()
    report.note(*of_configuration(settings))
    async with _opened(settings, wish.config, report) as here, _way(settings) as upstream:
        for name, reader in readers_of(settings, wish.config, upstream, pace=wish.pace):
            mount = next(one for one in settings.mounts if one.name == name)
            if wish.mount not in {"", name}:
                continue
            details = settings.audiences[mount.audience].details
            account = Account(
                name, reader, ours_of(settings), here.is_pseudonym, here.known_in(mount.tenant), here.takes, details
            )
            await look_at(account, wish.limits, report)
            report.note(*of_clock(name, reader.date, datetime.fromtimestamp(clock() / 1000, UTC)))
        for mount, reader in realms_of(settings, wish.config, upstream, pace=wish.pace):
            if wish.mount in {"", mount.name}:
                ours, deletes = _application_ids(settings)
                await look_at_realm(reader, mount.name, ours, report, deletes=deletes)
    return report


def _application_ids(config: Config) -> tuple[set[str], set[str]]:
    """The cloud's ids of the applications that mounts stand for, and of those that are asked to delete."""
    ours, deletes = set[str](), set[str]()
    for mount in config.mounts:
        ours |= {*mount.applications, *([mount.credential.user] if mount.credential else [])}
        ours |= {mount.management_credential.user} if mount.management_credential else set()
        deletes |= {mount.credential.user} if mount.credential and mount.erase.allow else set()
    return ours, deletes


@dataclass(frozen=True, slots=True)
class _Here:
    """Keyring and mapping, as far as they open: without them every pseudonym of the right form counts as ours."""

    keys: KeyRoom | None
    store: SqlStore | None

    def is_pseudonym(self, text: str) -> bool:
        return self.keys is not None and self.keys.scheme.valid(text)

    async def takes(self, token: str) -> bool:
        return self.store is None or await self.store.postbacks.find(digest_of(token)) is not None

    def known_in(self, tenant: str) -> Callable[[Sequence[str]], Awaitable[Collection[str]]]:
        async def known(tokens: Sequence[str]) -> Collection[str]:
            if self.store is None:
                return tokens
            return {found for found, _ in await self.store.by_pseudonym(tenant, tokens)}

        return known


@asynccontextmanager
async def _opened(config: Config, config_file: Path, report: Report) -> AsyncIterator[_Here]:
    """What is here; that it does not open is a finding, and the account is looked at all the same."""
    keys: KeyRoom | None = None
    store: SqlStore | None = None
    try:
        keys = KeyRoom((await asyncio.to_thread(open_keys, config, config_file)).opened.ring)
        stores = stores_of(config, config_file)
        await stores.mapping.open()
        store = stores.mapping
        await stores.keystore.open()
        await stores.keystore.close()
    except (ProxyError, KeyringError) as trouble:
        report.note(Finding("keys", "", "keyring and stores", detail=_word(trouble)))
    try:
        yield _Here(keys, store)
    finally:
        if store is not None:
            await store.close()


def _word(trouble: ProxyError | KeyringError) -> str:
    reason = getattr(trouble, "reason", "")
    return f"{trouble.code} {reason}".strip()


@asynccontextmanager
async def _way(config: Config) -> AsyncIterator[Upstream]:
    limits = config.limits
    upstream = Upstream(
        connections_per_host=_CONNECTIONS, connect_timeout=limits.connect_seconds, read_timeout=limits.idle_seconds
    )
    try:
        yield upstream
    finally:
        await upstream.close()


def _show(report: Report, *, values: bool) -> None:
    out = console()
    table = Table(show_lines=False)
    for head in ("", "finding", "application", "where", "host", "count"):
        table.add_column(head, overflow="fold")
    for one in report.sorted():
        where = f"{one.where} ({one.detail})" if one.detail else one.where
        row = (one.weight.value, one.code, one.application, where, one.host, str(one.count))
        table.add_row(*row, style=_STYLE[one.weight])
    if report.findings:
        out.print(table)
    for line in _advice(report):
        out.print(line)
    if values:
        for line in _values(report.sorted()):
            out.print(line)
    for unseen in report.unseen:
        out.print(f"Could not be looked at: {unseen.application}, {unseen.what} ({_reason(unseen.reason)}).")
    for application, counts in report.seen.items():
        out.print(f"Looked at in {application}: {', '.join(f'{number} {what}' for what, number in counts.items())}.")
    out.print(_BLIND)
    if not report.code:
        out.print("Nothing that was looked at goes around the proxy.")


def _advice(report: Report) -> Iterator[str]:
    """Each kind of finding once: why it matters, and what to do."""
    for code in dict.fromkeys(one.code for one in report.sorted() if one.weight is not Weight.NOTE):
        yield f"\n{code}: {WORDS[code].why}"
        yield f"  → {WORDS[code].repair}"
    yield ""


def _values(findings: Sequence[Finding]) -> Iterator[str]:
    for one in findings:
        for value in one.values[:_SHOWN]:
            yield f"{one.code} {one.application} {one.where}: {value}"
        if len(one.values) > _SHOWN:
            yield f"{one.code} {one.application} {one.where}: and {len(one.values) - _SHOWN} more (--json has all)"


def _reason(reason: str) -> str:
    return {
        "limit": "there is more than the limit; raise it",
        "status-401": "the credential is wrong",
        "status-403": "the credential may not read it",
        "tls-failed": "the certificate of the cloud is not accepted",
    }.get(reason, reason)
