"""`scormveil keys requests` and `keys approve`: the second officer's part."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from keys import KeyringError, KeyRoom, Officer
from proxy.assemble import Stores
from proxy.cli.common import DEFAULT_CONFIG, ConfigOption
from proxy.cli.desk import Desk, approvals_of, open_desk, open_stores
from proxy.cli.keys_acts import done, told
from proxy.cli.keys_copies import Copy, CopySecret, put_in_force, read_copy, show_prospect, write_with
from proxy.cli.orders import Order
from proxy.cli.talk import DryRun, Manner, OfficerSecret, Yes, confirm, console, identify, refuse
from proxy.config import Config, load
from proxy.keepers import RingFile
from proxy.store.port import Pulse, RequestRecord
from proxy.upkeep.approval import DISCLOSE, reason_of

_DIGEST_SHOWN = 16


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("requests")(listing)
    app.command("approve")(approve)


def listing(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Show what officers have asked for and nobody has approved."""
    asyncio.run(_list(load(config), config))


async def _list(config: Config, config_file: Path) -> None:
    out = console()
    async with open_stores(config, config_file) as stores:
        pulse = await stores.mapping.pulse()
        keys = await asyncio.to_thread(_keys_here, config, config_file)
        approvals = approvals_of(config, stores, pulse)
        waiting = await approvals.waiting()
        for record in waiting:
            code = approvals.refusal(record, _generation(record, keys, pulse), keys)
            standing = code or f"open until {_when(record.expires)}"
            out.print(f"{record.request}  {_said(record, keys)}  by {record.officer}  {standing}")
        if not waiting:
            out.print("No request waits.")


def approve(
    request: Annotated[str, typer.Argument(help="The request, as `scormveil keys requests` shows it.")],
    *,
    officer: Annotated[Path, typer.Option("--officer", help="Your officer file; not that of who asked.")],
    officer_passphrase: OfficerSecret = "",
    export: Annotated[Path | None, typer.Option("--export", help="For an import: the same export.")] = None,
    secret: CopySecret = "",
    config: ConfigOption = DEFAULT_CONFIG,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Approve what another officer asked for, and do it. A request is good for one approval within 24 hours."""
    how = Manner(config, dry_run, yes, officer, officer_passphrase)
    asyncio.run(_approve(request.lower(), how, officer, export, secret))


async def _approve(request: str, how: Manner, officer_file: Path, export: Path | None, secret: str) -> None:
    config = load(how.config)
    officer = identify(officer_file, how.officer_secret, config)
    async with open_stores(config, how.config) as stores:
        pulse = await stores.mapping.pulse()
        record = await approvals_of(config, stores, pulse).find(request)
        if record.act == DISCLOSE:
            refuse("This asks to look somebody up, not to change a key: `scormveil disclosure approve`.")
        if record.act == "import":
            _check(record, approvals_of(config, stores, pulse).refusal(record, pulse.generation, None), officer)
            copy = _same_copy(record, export, secret, RingFile(config, how.config))
            await _import(record, how, officer, stores, copy)
            return
    async with open_desk(how.config) as desk:
        await _act(record, how, officer, desk)


async def _act(record: RequestRecord, how: Manner, officer: Officer, desk: Desk) -> None:
    _check(record, desk.approvals().refusal(record, desk.ring.generation, desk.keys), officer)
    console().print(f"{record.officer} asks: {_said(record, desk.keys)}")
    order = Order(record.act, record.subject, reason_of(record, desk.keys))
    planned = await told(order, desk, await desk.survey())
    if how.dry_run:
        console().print("Nothing was changed: this was a dry run.")
        return
    confirm(order.word, yes=how.yes)
    await desk.approvals().approve(record, officer, generation=desk.ring.generation, keys=desk.keys)
    await done(order, desk, planned, actor=record.officer, request=record.request)


def _same_copy(record: RequestRecord, export: Path | None, secret: str, ring_file: RingFile) -> Copy:
    if export is None:
        raise KeyringError("export-missing")
    copy = read_copy(export, secret, ring_file)
    if copy.digest != record.subject:
        raise KeyringError("export-other")
    return copy


async def _import(record: RequestRecord, how: Manner, officer: Officer, stores: Stores, copy: Copy) -> None:
    config = load(how.config)
    pulse = await stores.mapping.pulse()
    console().print(f"{record.officer} asks: {_said(record, None)}")
    accept = record.option == "accept"
    await show_prospect(copy, stores, config, how.config, accept=accept)
    if how.dry_run:
        console().print("Nothing was changed: this was a dry run.")
        return
    confirm("yes", yes=how.yes)
    await write_with(stores, copy.ring, record.officer)
    await approvals_of(config, stores, pulse).approve(record, officer, generation=pulse.generation)
    await put_in_force(copy, stores, config, how.config, accept=accept, actor=record.officer, request=record.request)


def _check(record: RequestRecord, code: str, officer: Officer) -> None:
    """Refuse before anybody reads a plan."""
    if code:
        raise KeyringError(code)
    if officer.name == record.officer:
        raise KeyringError("officer-same")


def _said(record: RequestRecord, keys: KeyRoom | None) -> str:
    subject = record.subject[:_DIGEST_SHOWN] if record.act == "import" else record.subject
    reason = reason_of(record, keys)
    words = [record.act, subject, record.option, f"“{reason}”" if reason else ""]
    return " ".join(word for word in words if word)


def _keys_here(config: Config, config_file: Path) -> KeyRoom | None:
    with suppress(KeyringError):  # an import is asked for where there is none
        return KeyRoom(RingFile(config, config_file).load().ring)
    return None


def _generation(record: RequestRecord, keys: KeyRoom | None, pulse: Pulse) -> int:
    """The one a request must have been made for: imports know the mapping's only."""
    here = keys.ring.generation if keys is not None else 0
    return pulse.generation if record.act == "import" else max(here, pulse.generation)


def _when(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M} UTC"
