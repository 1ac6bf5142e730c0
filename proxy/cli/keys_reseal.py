"""`scormveil keys reseal`: the work that a rotation leaves, in the foreground, with its progress.

The same jobs that nodes do by themselves, in the same turns: what another one does at the moment is waited for. Killed
at any moment, it is simply run again.
"""

import asyncio
import socket
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from keys import Purpose
from keys.index import OVERLAP
from proxy.cli.common import DEFAULT_CONFIG, ConfigOption
from proxy.cli.desk import Desk, clock, open_desk
from proxy.cli.talk import REFUSED, DryRun, console
from proxy.upkeep import Worker
from proxy.upkeep.jobs import GiveKeys, Job, Reindex, RewrapKeys
from proxy.upkeep.postbacks import ResealPostbacks

_LOOK_SECONDS = 0.5
_SAID = {
    "give-keys": "records of an older version that get data keys of their own",
    "reseal": "data keys under another SEAL key",
    "reseal-postbacks": "addresses for results under another SEAL key",
    "reindex": "people or index values under another LOOKUP key",
}


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("reseal")(reseal)


def reseal(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    pace: Annotated[
        int, typer.Option(help="Records a second; 0: upkeep.records_per_second.", min=0, show_default=False)
    ] = 0,
    dry_run: DryRun = False,
) -> None:
    """Seal and index everything under the active keys, as nodes do in the background; learners notice nothing."""
    raise typer.Exit(asyncio.run(_reseal(config, pace=pace, dry_run=dry_run)))


def jobs_of(desk: Desk) -> Sequence[Job]:
    """The work that the ring's active keys allow."""
    active = {key.purpose for key in desk.ring.keys if key.protects}
    records, store = desk.records(), desk.stores.mapping
    sealing: list[Job] = [
        GiveKeys(records, store, store.upkeep),
        RewrapKeys(desk.keys, records, desk.stores.keystore),
        ResealPostbacks(desk.keys, store.postbacks, store.upkeep, desk.renew),
    ]
    indexing: list[Job] = [Reindex(desk.keys, records, store.upkeep, clock)]
    return [*(sealing if Purpose.SEAL in active else ()), *(indexing if Purpose.LOOKUP in active else ())]


async def left_of(desk: Desk) -> dict[str, int]:
    """How much is left, by job. Raises `StoreFailed`."""
    return {job.name: await job.left() for job in jobs_of(desk)}


async def _reseal(config_file: Path, *, pace: int, dry_run: bool) -> int:
    out = console()
    async with open_desk(config_file) as desk:
        left = await left_of(desk)
        for name, count in left.items():
            out.print(f"{name}: {count:,} {_SAID[name]}")
        if dry_run:
            out.print("Nothing was changed: this was a dry run.")
            return 0
        # The same name every time: who was killed takes her turn up again at once instead of waiting for herself.
        holder = f"{socket.gethostname()}/keys-reseal"
        allowed = pace or desk.config.upkeep.records_per_second
        worker = Worker(desk.stores.mapping.upkeep, holder, clock, allowed)
        failed = 0
        with _bar(out) as bar:
            for job in jobs_of(desk):
                if left[job.name]:
                    failed += await _finish(job, worker, bar, left[job.name])
        for line in await _afterwards(desk, failed):
            out.print(line)
        return REFUSED if failed else 0


def _bar(out: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=out)


async def _finish(job: Job, worker: Worker, bar: Progress, whole: int) -> int:
    """Do a job to its end, or watch another one do it; returns how many records could not be opened."""
    task = bar.add_task(job.name, total=whole)
    while left := await job.left():
        bar.update(task, total=max(whole, left), completed=max(whole - left, 0))
        if not await worker.do(job, partial(_told, bar, task, max(whole - left, 0))):
            await asyncio.sleep(_LOOK_SECONDS)
        if job.failed:
            return job.failed
    bar.update(task, completed=whole)
    return 0


def _told(bar: Progress, task: TaskID, before: int, done: int, _left: int) -> None:
    bar.update(task, completed=before + done)


async def _afterwards(desk: Desk, failed: int) -> Sequence[str]:
    lines = []
    if failed:
        lines.append(
            f"{failed:,} records could not be opened: they were altered, or their key is gone. Nothing was deleted, "
            "and everything else is done. `scormveil keys list` shows which key they need."
        )
    survey = await desk.survey()
    for key in desk.ring.processing(Purpose.LOOKUP):
        if key.deactivated is not None and survey.need(key.id).rows:
            free = key.deactivated + 2 * OVERLAP
            lines.append(
                f"What {key.id} made ({survey.need(key.id).rows:,} index values) goes from {free:%Y-%m-%d %H:%M} UTC "
                "on, by nodes that serve or by this command: who has not heard of the rotation may still need it."
            )
    return lines or ["Everything is sealed and indexed under the active keys."]
