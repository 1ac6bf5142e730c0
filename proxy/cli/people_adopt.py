"""`scormveil people adopt`: learners whom the cloud knows in clear get pseudonyms there. See docs/scorm-cloud.md."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.progress import Progress

from proxy.applications import applications_of, mounts_of, mover_of, readers_of
from proxy.cli.common import DEFAULT_CONFIG, ConfigOption
from proxy.cli.desk import Desk, clock, open_desk
from proxy.cli.orders import counted
from proxy.cli.talk import DryRun, Manner, OfficerFile, OfficerSecret, Yes, actor_of, confirm, console, refuse
from proxy.cloud import Application, Reader
from proxy.config import MountSettings
from proxy.edge.upstream import Upstream
from proxy.identity import Context, IdentityService
from proxy.upkeep.adopting import Adopted, Adopting, Clear, in_clear_at

LEFT = 1
_CONNECTIONS = 4
_CACHE = 1000
_ROUTE = "people.adopt"


def adopt(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    mount: Annotated[str, typer.Option(help="Only the application of this mount.")] = "",
    pace: Annotated[float, typer.Option(help="Calls a second while reading, at most.", min=0.1, max=1000)] = 10.0,
    dry_run: DryRun = False,
    yes: Yes = False,
    officer: OfficerFile = None,
    officer_passphrase: OfficerSecret = "",
) -> None:
    """Rename learners whom the cloud knows in clear to pseudonyms. Ends with 1 as long as somebody is left."""
    how = Manner(config, dry_run, yes, officer, officer_passphrase)
    raise typer.Exit(asyncio.run(_adopt(how, mount, pace)))


@dataclass(frozen=True, slots=True)
class _Place:
    mount: MountSettings
    reader: Reader
    application: Application


async def _adopt(how: Manner, name: str, pace: float) -> int:
    async with open_desk(how.config) as desk, _outlet(desk) as upstream:
        places = [one for one in _places(desk, upstream, pace) if name in {"", one.mount.name}]
        if not places:
            refuse("No cloud_v2 mount with a credential is meant.")
        left = 0
        for place in places:
            left += await _one(how, desk, place)
        return LEFT if left else 0


async def _one(how: Manner, desk: Desk, place: _Place) -> int:
    """How many are left in one application."""
    out, mount = console(), place.mount
    learners = await in_clear_at(place.reader, desk.keys.scheme.valid)
    registrations = sum(one.registrations for one in learners)
    out.print(
        f"Application {mount.name}: {counted(len(learners), 'learner', 'learners')} in clear, with "
        f"{counted(registrations, 'registration', 'registrations')}."
    )
    if not learners:
        return 0
    out.print(f"Each would get a pseudonym and be renamed there by {mount.rename.by.value}; names become aliases.")
    if how.dry_run:
        out.print("Nothing was changed: this was a dry run.")
        return 0
    actor = await asyncio.to_thread(actor_of, how, desk.config)
    confirm("adopt", yes=how.yes)
    done = await _run(desk, place, actor, learners)
    for line in _lines(done):
        out.print(line)
    return len(learners) - done.renamed


async def _run(desk: Desk, place: _Place, actor: str, learners: list[Clear]) -> Adopted:
    store, keystore = desk.stores.mapping, desk.stores.keystore
    names = IdentityService(
        store, keystore, desk.keys, clock, cache_size=_CACHE, may_mint=lambda: None, renew=desk.renew
    )
    mover = mover_of({}, keys=desk.keys, store=store, keystore=keystore, renew=desk.renew, actor=actor)
    context = Context(place.mount.tenant, place.mount.name, _ROUTE, "", actor)
    adopting = Adopting(
        place.application,
        names=names,
        update_for=mover.update_for,
        moves=store.moves,
        context=context,
        clock=clock,
    )
    with Progress(console=console(stderr=True)) as progress:
        bar = progress.add_task(place.mount.name, total=len(learners))
        return await adopting.run(learners, lambda: progress.advance(bar))


def _lines(done: Adopted) -> Iterator[str]:
    yield f"{counted(done.renamed, 'learner has', 'learners have')} a pseudonym there now."
    if done.kept:
        yield "These are in clear still; run it again soon:"
        yield from (f"  {token}  {word}" for token, word in done.kept)
    if done.invalid:
        yield f"{counted(done.invalid, 'id is', 'ids are')} none that a learner can have (empty, or too long)."
    if done.stopped:
        yield "Stopped: the cloud does not rename. See rename.by of the mount; `refused` is a right that is missing."


def _places(desk: Desk, upstream: Upstream, pace: float) -> Iterator[_Place]:
    readers = dict(readers_of(desk.config, desk.config_file, upstream, pace=pace))
    known = applications_of(desk.config, desk.config_file, upstream)
    for mount in mounts_of(desk.config):
        application = next(one for one in known[mount.tenant] if one.name == mount.name)
        yield _Place(mount, readers[mount.name], application)


@asynccontextmanager
async def _outlet(desk: Desk) -> AsyncIterator[Upstream]:
    limits = desk.config.limits
    upstream = Upstream(
        connections_per_host=_CONNECTIONS, connect_timeout=limits.connect_seconds, read_timeout=limits.idle_seconds
    )
    try:
        yield upstream
    finally:
        await upstream.close()
