"""`scormveil keys migrate`: other pseudonyms for known people, in the mapping and in the cloud. See docs/migrate.md."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from keys import Purpose
from proxy.applications import Applications, applications_of, mover_of
from proxy.assemble import House, build, unix_ms
from proxy.cli.common import DEFAULT_CONFIG, ConfigOption
from proxy.cli.keys_migrate_text import (
    MigrationPlan,
    Sample,
    as_csv,
    as_json,
    in_a_row,
    list_lines,
    plan_lines,
    report_lines,
    retired_lines,
)
from proxy.config import Config, load
from proxy.errors import ConfigInvalid
from proxy.identity import Records
from proxy.store.moves_port import Scope
from proxy.upkeep import Barrier, Held, Migration, Moved, Mover, Report, Retired, Retiring
from proxy.upkeep.migration import TURN_MS

_SAMPLE = 10
_REST_MS = 24 * 60 * 60 * 1000
_HOUR_MS = 60 * 60 * 1000
_LEFT = 1


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the command line says."""

    tenant: str
    from_key: str
    only_compromised: bool
    pace: float
    force: bool


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("migrate")(migrate)


def migrate(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan and do nothing.")] = False,
    tenant: Annotated[str, typer.Option(help="Only people of this tenant.")] = "",
    from_key: Annotated[str, typer.Option("--from", help="Only people whose pseudonym was made by this key.")] = "",
    only_compromised: Annotated[
        bool, typer.Option("--only-compromised", help="Only people whose pseudonym was made by a compromised key.")
    ] = False,
    pace: Annotated[float, typer.Option(help="People a second, at most.", min=0.01, max=50)] = 5.0,
    force: Annotated[
        bool, typer.Option("--force", help="Also where the cloud did not rename: those learners BEGIN ANEW there.")
    ] = False,
    retire: Annotated[
        bool, typer.Option("--retire", help="Take former pseudonyms away, a day after the change at the earliest.")
    ] = False,
    listing: Annotated[
        bool, typer.Option("--list", help="List what the cloud still holds under former pseudonyms.")
    ] = False,
    csv: Annotated[bool, typer.Option("--csv", help="With --list: as CSV.")] = False,
    json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Give people whose pseudonym was made by an older key one of the active key; they keep their progress."""
    wish = _Wish(tenant, from_key, only_compromised, pace, force)
    console = Console(highlight=False, soft_wrap=True)
    if sum((retire, listing, dry_run)) > 1:
        raise typer.BadParameter("--dry-run, --retire and --list are three different things")
    if listing:
        held = asyncio.run(_listed(config, wish))
        typer.echo(
            as_json(held) if json else as_csv(held) if csv else "\n".join(list_lines(held)), nl=not (json or csv)
        )
        return
    if retire:
        _ask(console, "Take former pseudonyms away for ever?", yes=yes)
        done = asyncio.run(_retired(config, wish))
        if json:
            typer.echo(as_json(done), nl=False)
        else:
            _print(console, retired_lines(done))
        raise typer.Exit(_LEFT if done.held or done.cannot_open else 0)
    plan = asyncio.run(_planned(config, wish))
    if not json or dry_run:
        typer.echo(as_json(plan), nl=False) if json else _print(console, plan_lines(plan))
    if dry_run or (not plan.total and not json):
        return
    report = Report()
    if plan.total:
        _ask(console, f"Give {plan.total} people another pseudonym?", yes=yes)
        report = asyncio.run(_moved(config, wish, plan.total, quiet=json))
    if json:
        typer.echo(as_json(report), nl=False)
    else:
        _print(console, report_lines(report))
    raise typer.Exit(_LEFT if report.kept or report.left or report.stopped else 0)


def _print(console: Console, lines: Sequence[str]) -> None:
    for line in lines:
        console.print(line, markup=False)


def _ask(console: Console, question: str, *, yes: bool) -> None:
    if not yes and not typer.confirm(question, err=True):
        console.print("Nothing was done.")
        raise typer.Exit(_LEFT)


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the command works with: the stores and keys, opened, and the applications of the cloud."""

    config: Config
    house: House
    applications: Applications


@asynccontextmanager
async def _opened(config_file: Path) -> AsyncIterator[_Desk]:
    config = load(config_file)
    house = build(config, config_file)
    try:
        await house.open()
        yield _Desk(config, house, applications_of(config, config_file, house.upstream))
    finally:
        # Not house.close(): a node of the same name may be serving.
        await house.upstream.close()
        await house.store.close()
        await house.keystore.close()


async def _scope(desk: _Desk, wish: _Wish) -> Scope:
    """Who is meant; `typer.BadParameter` for a key or tenant that cannot be."""
    ring = desk.house.keys.ring
    active = ring.active(Purpose.PSEUDONYM).id
    if wish.tenant and wish.tenant not in {mount.tenant for mount in desk.config.mounts}:
        raise typer.BadParameter(f"no mount has the tenant {wish.tenant}")
    if wish.from_key == active:
        raise typer.BadParameter(f"{active} is the active key: people are moved to it, not away from it")
    used = set((await desk.house.store.upkeep.usage())["pseudonym"]) - {active}
    if wish.only_compromised:
        used &= {key.id for key in ring.keys if key.compromised is not None}
    if wish.from_key:
        used &= {wish.from_key}
    return Scope(wish.tenant, tuple(sorted(used)))


async def _planned(config_file: Path, wish: _Wish) -> MigrationPlan:
    async with _opened(config_file) as desk:
        scope = await _scope(desk, wish)
        people = await desk.house.store.moves.count(scope)
        without = sorted({tenant for tenant, _ in people} - set(desk.applications))
        if without and not wish.force:
            raise ConfigInvalid(
                tuple(
                    f"mounts: tenant {one} has no cloud_v2 mount with a credential, so nobody can be renamed there"
                    for one in without
                )
            )
        return MigrationPlan(
            people=people,
            active=desk.house.keys.ring.active(Purpose.PSEUDONYM).id,
            applications={
                tenant: tuple((one.name, one.by.value) for one in desk.applications.get(tenant, ()))
                for tenant, _ in people
            },
            sample=await _sampled(desk, scope),
            pace=wish.pace,
            force=wish.force,
        )


async def _sampled(desk: _Desk, scope: Scope) -> Sample:
    """Ask the cloud about a few: so a credential that is wrong is noticed before anybody is touched."""
    registrations = 0
    page = await desk.house.store.moves.people(scope, "", _SAMPLE)
    for record in page:
        for application in desk.applications.get(record.tenant, ()):
            registrations += len(await application.held(record.pseudonym))
    return Sample(len(page), registrations)


async def _moved(config_file: Path, wish: _Wish, total: int, *, quiet: bool) -> Report:
    progress = Progress(console=Console(stderr=True), disable=quiet)
    async with _opened(config_file) as desk:
        store = desk.house.store
        barrier = Barrier(store.upkeep, unix_ms)
        migration = Migration(
            _mover(desk, barrier),
            moves=store.moves,
            upkeep=store.upkeep,
            applications=desk.applications,
            barrier=barrier,
            clock=unix_ms,
            holder=f"{socket.gethostname()}/migrate/{os.getpid()}",
        )
        with progress:
            bar = progress.add_task("waiting for another run to end", total=total)
            tries = 2 * TURN_MS // 1000
            while not await migration.take_turn():
                tries -= 1
                if not tries:
                    raise typer.BadParameter("another run is at it; see how far it is in the metrics, or wait")
                await asyncio.sleep(1.0)
            while missing := await migration.listening():
                progress.update(bar, description=f"waiting to hear of {len(missing)} workers")
                await migration.take_turn()
                await asyncio.sleep(1.0)
            progress.update(bar, description="people")

            def told(moved: Moved) -> None:
                progress.advance(bar)
                if moved.state != "switched":
                    progress.console.print(in_a_row(moved), markup=False)

            return await migration.run(await _scope(desk, wish), pace=wish.pace, force=wish.force, told=told)


def _mover(desk: _Desk, barrier: Barrier | None = None) -> Mover:
    house = desk.house
    return mover_of(
        desk.applications,
        keys=house.keys,
        store=house.store,
        keystore=house.keystore,
        renew=house.renewal.renew,
        actor="operator",
        barrier=barrier,
    )


def _retiring(desk: _Desk) -> Retiring:
    house = desk.house
    return Retiring(
        _mover(desk),
        keys=house.keys,
        records=Records(house.keys, house.keystore, house.renewal.renew),
        moves=house.store.moves,
        applications=desk.applications,
        clock=unix_ms,
        actor="operator",
    )


async def _retired(config_file: Path, wish: _Wish) -> Retired:
    """A day after the change at the earliest, and no sooner than sessions end that name the pseudonym."""
    async with _opened(config_file) as desk:
        sessions = max(mount.policy.session_hours for mount in desk.config.mounts)
        before = unix_ms() - max(_REST_MS, int(sessions * _HOUR_MS))
        return await _retiring(desk).retire(before, tenant=wish.tenant, force=wish.force)


async def _listed(config_file: Path, wish: _Wish) -> list[Held]:
    async with _opened(config_file) as desk:
        return [one async for one in _retiring(desk).holdings(wish.tenant)]
