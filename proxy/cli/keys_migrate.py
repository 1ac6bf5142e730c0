"""`scormveil keys migrate`: other pseudonyms for known people, in the mapping and in the cloud. See docs/migrate.md."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.progress import Progress

from keys import Purpose
from proxy.applications import Applications, applications_of, mover_of
from proxy.cli import keys_migrate_text as text
from proxy.cli.common import DEFAULT_CONFIG, ConfigOption
from proxy.cli.desk import Desk, clock, longest_session_ms, open_desk
from proxy.cli.talk import DryRun, Manner, OfficerFile, OfficerSecret, Yes, actor_of, confirm, console, refuse
from proxy.edge.upstream import Upstream
from proxy.errors import ConfigInvalid
from proxy.store.moves_port import Scope
from proxy.upkeep import Barrier, Held, Migration, Moved, Mover, Report, Retired, Retiring
from proxy.upkeep.migration import TURN_MS

_SAMPLE = 10
_REST_MS = 24 * 60 * 60 * 1000
_CONNECTIONS = 16
_LEFT = 1


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the command line says."""

    how: Manner
    tenant: str
    from_key: str
    only_compromised: bool
    pace: float
    force: bool


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("migrate")(migrate)


def migrate(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    dry_run: DryRun = False,
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
    yes: Yes = False,
    officer: OfficerFile = None,
    officer_passphrase: OfficerSecret = "",
) -> None:
    """Give people whose pseudonym was made by an older key one of the active key; they keep their progress."""
    wish = _Wish(
        Manner(config, dry_run, yes, officer, officer_passphrase), tenant, from_key, only_compromised, pace, force
    )
    if sum((retire, listing, dry_run)) > 1:
        refuse("--dry-run, --retire and --list are three different things: say one of them.")
    if listing:
        held = asyncio.run(_listed(wish))
        typer.echo(text.as_json(held) if json else text.as_csv(held) if csv else text.list_text(held), nl=False)
    elif retire:
        _retire(wish, json=json)
    else:
        _migrate(wish, json=json)


def _migrate(wish: _Wish, *, json: bool) -> None:
    plan = asyncio.run(_planned(wish))
    if wish.how.dry_run:
        typer.echo(text.as_json(plan) if json else text.plan_text(plan), nl=False)
        return
    if not json:
        typer.echo(text.plan_text(plan), nl=False)
    report = Report()
    if plan.total:
        confirm("migrate", yes=wish.how.yes)
        report = asyncio.run(_moved(wish, plan.total, quiet=json))
    if plan.total or json:
        typer.echo(text.as_json(report) if json else text.report_text(report), nl=False)
    raise typer.Exit(_LEFT if report.kept or report.left or report.stopped else 0)


def _retire(wish: _Wish, *, json: bool) -> None:
    if not json:
        console().print(text.RETIRING)
    confirm("retire", yes=wish.how.yes)
    done = asyncio.run(_retired(wish))
    typer.echo(text.as_json(done) if json else text.retired_text(done), nl=False)
    raise typer.Exit(_LEFT if done.held or done.cannot_open else 0)


@dataclass(frozen=True, slots=True)
class _Table:
    """The desk, and on it the applications of the cloud; `actor` is whom the audit log names."""

    desk: Desk
    applications: Applications
    actor: str

    def mover(self, barrier: Barrier | None = None) -> Mover:
        stores = self.desk.stores
        return mover_of(
            self.applications,
            keys=self.desk.keys,
            store=stores.mapping,
            keystore=stores.keystore,
            renew=self.desk.renew,
            actor=self.actor,
            barrier=barrier,
        )

    def retiring(self) -> Retiring:
        return Retiring(
            self.mover(),
            keys=self.desk.keys,
            records=self.desk.records(),
            moves=self.desk.stores.mapping.moves,
            applications=self.applications,
            clock=clock,
            actor=self.actor,
        )


@asynccontextmanager
async def _opened(wish: _Wish) -> AsyncIterator[_Table]:
    async with open_desk(wish.how.config) as desk:
        limits = desk.config.limits
        upstream = Upstream(
            connections_per_host=_CONNECTIONS, connect_timeout=limits.connect_seconds, read_timeout=limits.idle_seconds
        )
        try:
            actor = await asyncio.to_thread(actor_of, wish.how, desk.config)
            yield _Table(desk, applications_of(desk.config, wish.how.config, upstream), actor)
        finally:
            await upstream.close()


async def _scope(table: _Table, wish: _Wish) -> Scope:
    """Who is meant; refuses a key or tenant that cannot be."""
    ring = table.desk.ring
    active = ring.active(Purpose.PSEUDONYM).id
    if wish.tenant and wish.tenant not in {mount.tenant for mount in table.desk.config.mounts}:
        refuse(f"No mount has the tenant {wish.tenant}. See [[mounts]] in the configuration.")
    if wish.from_key == active:
        refuse(f"{active} is the active key: people are moved to it, not away from it. Rotate PSEUDONYM first.")
    used = set((await table.desk.stores.mapping.upkeep.usage())["pseudonym"]) - {active}
    if wish.only_compromised:
        used &= {key.id for key in ring.keys if key.compromised is not None}
    if wish.from_key:
        used &= {wish.from_key}
    return Scope(wish.tenant, tuple(sorted(used)))


async def _planned(wish: _Wish) -> text.MigrationPlan:
    async with _opened(wish) as table:
        scope = await _scope(table, wish)
        people = await table.desk.stores.mapping.moves.count(scope)
        without = sorted({tenant for tenant, _ in people} - set(table.applications))
        if without and not wish.force:
            raise ConfigInvalid(
                tuple(
                    f"mounts: tenant {one} has no cloud_v2 mount with a credential, so nobody can be renamed there"
                    for one in without
                )
            )
        return text.MigrationPlan(
            people=people,
            active=table.desk.ring.active(Purpose.PSEUDONYM).id,
            applications={
                tenant: tuple((one.name, one.by.value) for one in table.applications.get(tenant, ()))
                for tenant, _ in people
            },
            sample=await _sampled(table, scope),
            pace=wish.pace,
            force=wish.force,
        )


async def _sampled(table: _Table, scope: Scope) -> text.Sample:
    """Ask the cloud about a few: so a credential that is wrong is noticed before anybody is touched."""
    registrations = 0
    page = await table.desk.stores.mapping.moves.people(scope, "", _SAMPLE)
    for record in page:
        for application in table.applications.get(record.tenant, ()):
            registrations += len(await application.held(record.pseudonym))
    return text.Sample(len(page), registrations)


async def _moved(wish: _Wish, total: int, *, quiet: bool) -> Report:
    progress = Progress(console=console(stderr=True), disable=quiet)
    async with _opened(wish) as table:
        store = table.desk.stores.mapping
        barrier = Barrier(store.upkeep, clock)
        migration = Migration(
            table.mover(barrier),
            moves=store.moves,
            upkeep=store.upkeep,
            applications=table.applications,
            barrier=barrier,
            clock=clock,
            holder=f"{socket.gethostname()}/keys-migrate/{os.getpid()}",
        )
        with progress:
            bar = progress.add_task("waiting for another run to end", total=total)
            tries = 2 * TURN_MS // 1000
            while not await migration.take_turn():
                tries -= 1
                if not tries:
                    refuse("Another run is at it. Wait until it has ended, or end it; then repeat.")
                await asyncio.sleep(1.0)
            while missing := await migration.listening():
                progress.update(bar, description=f"waiting to hear of {len(missing)} workers")
                await migration.take_turn()
                await asyncio.sleep(1.0)
            progress.update(bar, description="people")

            def told(moved: Moved) -> None:
                progress.advance(bar)
                if moved.state != "switched":
                    progress.console.print(text.in_a_row(moved))

            return await migration.run(await _scope(table, wish), pace=wish.pace, force=wish.force, told=told)


async def _retired(wish: _Wish) -> Retired:
    """A day after the change at the earliest, and no sooner than sessions end that name the pseudonym."""
    async with _opened(wish) as table:
        before = clock() - max(_REST_MS, longest_session_ms(table.desk.config))
        return await table.retiring().retire(before, tenant=wish.tenant, force=wish.force)


async def _listed(wish: _Wish) -> list[Held]:
    async with _opened(wish) as table:
        return [one async for one in table.retiring().holdings(wish.tenant)]
