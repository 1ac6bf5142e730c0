"""`scormveil keys list` and `keys plan`: how the keys stand, and what to do next. Never shows key material."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

from keys import Key, Keyring, KeyringError, KeyState, Opened, Purpose, seen_generation
from keys.plan import Due, Standing, due
from keys.rotate import free_from
from keys.states import WAYS
from proxy.cli.common import DEFAULT_CONFIG, ConfigOption
from proxy.cli.desk import Desk, now, open_desk, rest_of
from proxy.cli.keys_reseal import left_of
from proxy.cli.orders import needs, remedy
from proxy.cli.talk import console
from proxy.config import Config, load
from proxy.errors import StoreFailed
from proxy.housework import periods_of
from proxy.keepers import RingFile
from proxy.upkeep import Survey


@dataclass(frozen=True, slots=True)
class _View:
    """What can be shown; without a survey only what the keyring file says, and `trouble` says why."""

    config: Config
    here: Opened
    ring: Keyring
    noted: bool
    survey: Survey | None
    trouble: str


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("list")(listing)
    app.command("plan")(planning)


def listing(
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object, for monitoring.")] = False,
) -> None:
    """Show every key and what needs it, who guards the keyring, and how far workers and upkeep are."""
    view = asyncio.run(_look(config))
    if as_json:
        typer.echo(orjson.dumps(_as_json(view)).decode())
        return
    _print(view, console())


async def _look(config_file: Path) -> _View:
    """Ask everybody; where stores are away, the file alone can still be read."""
    try:
        async with open_desk(config_file) as desk:
            survey = await desk.survey()
            return _View(desk.config, desk.here, desk.ring, _rollback_is_noticed(desk.file, desk.here), survey, "")
    except (StoreFailed, KeyringError) as failed:
        trouble = failed.reason if isinstance(failed, StoreFailed) else failed.code
    config = load(config_file)
    file = RingFile(config, config_file)
    here = await asyncio.to_thread(file.load)
    return _View(config, here, here.ring, _rollback_is_noticed(file, here), None, trouble)


def _rollback_is_noticed(file: RingFile, opened: Opened) -> bool:
    return seen_generation(file.path, opened.kek) is not None


def _standings(config: Config, ring: Keyring) -> dict[str | None, Due]:
    warn = timedelta(days=config.keys.warn_days)
    return {one.key_id: one for one in due(ring, periods_of(config), now(), warn=warn)}


def _print(view: _View, out: Console) -> None:
    out.print(f"generation {view.ring.generation}, guarded by: {view.here.kek.name}")
    if view.ring.generation != view.here.ring.generation:
        out.print(f"The file on this machine is of generation {view.here.ring.generation}; a node takes the newer one.")
    if not view.noted:
        out.print("A rollback to an older keyring could not be noticed: nothing is noted beside the file.", style="red")
    standings = _standings(view.config, view.ring)
    for key in view.ring.keys:
        words = [*_dates(key), *_cryptoperiod(standings.get(key.id))]
        if view.survey is not None and key.material is not None:
            words.append(f"needed for {needs(key.purpose, view.survey, key.id)}")
        words += [f"“{key.reason}”"] if key.reason else []
        out.print(f"{key.id}  {key.purpose.value:<10}{key.state.value:<15}{', '.join(words)}")
    if view.survey is None:
        out.print(f"What needs the keys cannot be told, nor who uses them: {view.trouble}.", style="red")
        return
    for node in view.survey.nodes:
        out.print(f"worker {node.node} uses generation {node.generation}")
    if not view.survey.nodes:
        out.print("No worker serves at the moment.")
    for job in view.survey.jobs:
        out.print(f"upkeep {job.name}: {job.state}, {job.done:,} done, {job.remaining:,} left")


def _dates(key: Key) -> Iterable[str]:
    return [
        f"{word} {date:%Y-%m-%d}"
        for word, date in (
            ("created", key.created),
            ("active since", key.activated),
            ("deactivated", key.deactivated),
            ("compromised", key.compromised),
            ("destroyed", key.destroyed),
        )
        if date is not None
    ]


def _cryptoperiod(standing: Due | None) -> Iterable[str]:
    if standing is None or standing.until is None:
        return ()
    return (f"cryptoperiod ends {standing.until:%Y-%m-%d} ({standing.standing.value})",)


def _as_json(view: _View) -> dict[str, Any]:
    standings = _standings(view.config, view.ring)
    survey = view.survey
    return {
        "generation": view.ring.generation,
        "generation_here": view.here.ring.generation,
        "guarded_by": view.here.kek.name,
        "rollback_noticed": view.noted,
        "trouble": view.trouble,
        "keys": [_key_as_json(key, standings.get(key.id), survey) for key in view.ring.keys],
        "in_course": survey.in_course if survey else None,
        "workers": [{"name": one.node, "generation": one.generation} for one in survey.nodes] if survey else None,
        "jobs": [{"name": one.name, "state": one.state, "done": one.done, "left": one.remaining} for one in survey.jobs]
        if survey
        else None,
    }


def _key_as_json(key: Key, standing: Due | None, survey: Survey | None) -> dict[str, Any]:
    need = survey.need(key.id) if survey else None
    return {
        "id": key.id,
        "purpose": key.purpose.value,
        "state": key.state.value,
        "created": _when(key.created),
        "activated": _when(key.activated),
        "deactivated": _when(key.deactivated),
        "compromised": _when(key.compromised),
        "destroyed": _when(key.destroyed),
        "reason": key.reason,
        "standing": standing.standing.value if standing else None,
        "until": _when(standing.until) if standing else None,
        "needed": need.rows if need else None,
        "people": need.people if need else None,
        "registrations": need.registrations if need else None,
    }


def _when(date: datetime | None) -> str | None:
    return date.isoformat() if date else None


def planning(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Show what is due, what can be destroyed and what keeps the rest, which work is left; with the next command."""
    asyncio.run(_plan(config))


async def _plan(config_file: Path) -> None:
    async with open_desk(config_file) as desk:
        survey = await desk.survey()
        out = console()
        for title, lines in (
            ("What is due", _due_lines(desk)),
            ("What can be destroyed", _destroy_lines(desk, survey)),
            ("What work is left", await _work_lines(desk)),
        ):
            out.print(title)
            for line in lines:
                out.print(f"  {line}")


def _due_lines(desk: Desk) -> Iterable[str]:
    periods = periods_of(desk.config)
    unscheduled = ", ".join(purpose.value for purpose in Purpose if purpose not in periods)
    for one in due(desk.ring, periods, now(), warn=timedelta(days=desk.config.keys.warn_days)):
        until = f"{one.key_id} until {one.until:%Y-%m-%d}" if one.until else "no active key"
        line = f"{one.purpose.value}: {until}, {one.standing.value}"
        if one.standing is Standing.CURRENT:
            yield line
        else:
            yield f"{line}. Next: scormveil keys rotate {one.purpose.value} --dry-run"
    if unscheduled:
        yield f"{unscheduled}: no cryptoperiod is set ([keys.rotate_every])"
    for purpose in Purpose:
        if purpose not in periods and not any(key.purpose is purpose and key.protects for key in desk.ring.keys):
            yield f"{purpose.value}: no active key. Next: scormveil keys rotate {purpose.value} --dry-run"


def _destroy_lines(desk: Desk, survey: Survey) -> Iterable[str]:
    spent = [key for key in desk.ring.keys if KeyState.DESTROYED in WAYS[key.state]]
    for key in spent:
        free = free_from(key, rest_of(desk.config))
        if survey.need(key.id).rows:
            yield f"{key.id}: needed for {needs(key.purpose, survey, key.id)}. {remedy(key.purpose)}"
        elif free is not None and now() < free:
            yield f"{key.id}: nothing needs it, but it rests until {free:%Y-%m-%d %H:%M} UTC"
        else:
            yield f'{key.id}: nothing needs it. Next: scormveil keys destroy {key.id} --reason "…" --dry-run'
    if not spent:
        yield "nothing: every key is in use or destroyed"


async def _work_lines(desk: Desk) -> Iterable[str]:
    left = {name: count for name, count in (await left_of(desk)).items() if count}
    lines = [f"{name}: {count:,} records. Next: scormveil keys reseal" for name, count in left.items()]
    return lines or ["none"]
