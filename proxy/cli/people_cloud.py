"""`scormveil people deletions`, and what `people erase` says of the cloud: who is asked, what a human has to do."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote

import orjson
import typer

from proxy.applications import deleters_of, places_of
from proxy.cli.common import DEFAULT_CONFIG, ConfigOption
from proxy.cli.desk import Desk, clock, open_desk
from proxy.cli.orders import counted
from proxy.cli.people_found import check_pseudonym
from proxy.cli.talk import Manner, OfficerFile, OfficerSecret, Yes, actor_of, confirm, console, refuse
from proxy.config import Config
from proxy.edge.upstream import Upstream
from proxy.store.deletions_port import DeletionRecord
from proxy.upkeep import FollowDeletions, Worker, ask_again, close_by_hand

OPEN = 1
_CONNECTIONS = 8
_LOOK_SECONDS = 1.0
_WORDS = {
    "not-allowed": "the configuration does not allow it (mounts.erase.allow)",
    "no-credential": "the mount has no credential of its own",
    "no-application": "no mount of the configuration stands for this application any more",
    "status-403": "the cloud refuses: mounts.erase.user_email is no owner or administrator of the account, or the "
    "application does not allow deleting",
    "status-401": "the cloud does not accept the credential",
    "restored": "the mapping was restored to before the erasure: whether the cloud was asked is not known",
    "still-there": "it was asked, and something is still there; it is asked again",
}
_STATES = {
    "open": "is to be asked",
    "asked": "was asked, and is looked at until nothing is left",
    "by-hand": "has to be done by hand",
    "done": "has nothing of hers",
}


def deletions(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    everything: Annotated[bool, typer.Option("--all", help="Those that are done as well.")] = False,
    follow: Annotated[bool, typer.Option("--follow", help="Ask and look from here until all are done.")] = False,
    retry: Annotated[
        bool, typer.Option("--retry", help="Have the cloud asked again, for what is open or was refused.")
    ] = False,
    done: Annotated[
        bool, typer.Option("--done", help="Say that you have seen to it by hand; of one --pseudonym.")
    ] = False,
    pseudonym: Annotated[str, typer.Option(help="Only of this pseudonym.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
    yes: Yes = False,
    officer: OfficerFile = None,
    officer_passphrase: OfficerSecret = "",
) -> None:
    """List what the cloud has still to forget of people who were erased. Ends with 1 as long as something is open."""
    how = Manner(config, dry_run=False, yes=yes, officer=officer, officer_secret=officer_passphrase)
    if done and not pseudonym:
        refuse("Say which one you have seen to: --pseudonym.")
    if done and retry:
        refuse("--retry and --done are two different things: say one of them.")
    tickets = asyncio.run(_listed(how, pseudonym, retry=retry, done=done, follow=follow))
    undone = [one for one in tickets if one.state != "done"]
    shown = tickets if everything else undone
    if as_json:
        typer.echo(orjson.dumps([asdict(one) for one in shown], option=orjson.OPT_INDENT_2).decode())
    else:
        for line in lines_of(shown) or ["Nothing is open: the cloud has nothing left of anybody who was erased."]:
            console().print(line)
    raise typer.Exit(OPEN if undone else 0)


async def _listed(how: Manner, pseudonym: str, *, retry: bool, done: bool, follow: bool) -> list[DeletionRecord]:
    async with open_desk(how.config) as desk:
        there = desk.stores.mapping.deletions
        pseudonym = check_pseudonym(desk, pseudonym)
        mine = [one for one in await there.tickets() if pseudonym in {"", one.pseudonym}]
        if done and not mine:
            refuse("Nothing is open for this pseudonym, so nothing was changed. `people deletions --all` shows all.")
        if (retry or done) and mine:
            actor = await asyncio.to_thread(actor_of, how, desk.config)
            for line in lines_of(mine):
                console().print(line)
            confirm("yes", yes=how.yes)
            if done:
                await close_by_hand(there, mine, clock(), actor)
            else:
                await ask_again(there, mine, clock())
        if retry or follow:
            await run_errand(desk)
        while follow and await there.tickets():
            await asyncio.sleep(_LOOK_SECONDS)
            await run_errand(desk)
        return [one for one in await there.tickets(done=True) if pseudonym in {"", one.pseudonym}]


async def run_errand(desk: Desk) -> None:
    """Do what is due now, unless a node does it already."""
    async with outlet_of(desk.config) as upstream:
        job = FollowDeletions(
            desk.stores.mapping.deletions, deleters_of(desk.config, desk.config_file, upstream), clock
        )
        upkeep = desk.stores.mapping.upkeep
        await Worker(upkeep, "people-deletions", clock, desk.config.upkeep.records_per_second).do(job)


async def to_the_end(desk: Desk, tokens: Sequence[str], seconds: float) -> bool:
    """Ask and look until the cloud has nothing under any of `tokens`; False if that takes longer, or needs a human."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while left := [one for one in await desk.stores.mapping.deletions.tickets() if one.pseudonym in tokens]:
        if all(one.state == "by-hand" for one in left) or loop.time() >= until:
            return False
        await asyncio.sleep(min(_LOOK_SECONDS, max(until - loop.time(), 0)))
        await run_errand(desk)
    return True


@asynccontextmanager
async def outlet_of(config: Config) -> AsyncIterator[Upstream]:
    """The way to the cloud, for as long as a command needs it."""
    limits = config.limits
    upstream = Upstream(
        connections_per_host=_CONNECTIONS, connect_timeout=limits.connect_seconds, read_timeout=limits.idle_seconds
    )
    try:
        yield upstream
    finally:
        await upstream.close()


def planned(config: Config, tenant: str) -> Iterator[str]:
    """What an erasure would ask of the cloud."""
    places = [one for one in places_of(config) if one.tenant == tenant]
    for place in places:
        if place.state == "open":
            yield (
                f"In the cloud, application {place.application} is asked to DELETE everything under these pseudonyms; "
                "it tells the address in mounts.erase.user_email when it has."
            )
        else:
            yield f"In the cloud, application {place.application} is not asked: {_WORDS[place.trouble]}."
    if not places:
        yield "In the cloud nobody is asked: no cloud_v2 mount of this tenant stands for an application."


def lines_of(tickets: Sequence[DeletionRecord]) -> list[str]:
    """Each ticket in a line."""
    return [
        f"{one.pseudonym}  {one.tenant}/{one.application}  since {_when(one.created)}: {_STATES[one.state]}"
        + (f" ({_WORDS.get(one.trouble, one.trouble)})" if one.trouble else "")
        for one in tickets
    ]


def by_hand(config: Config, tenant: str, tokens: Sequence[str], tickets: Sequence[DeletionRecord]) -> Iterator[str]:
    """Exactly what a human has to do, where scormveil may not or cannot."""
    hers = [one for one in tickets if one.pseudonym in tokens and one.state == "by-hand"]
    address: Callable[[str], str] = {mount.name: mount.upstream.rstrip("/") for mount in config.mounts}.__getitem__
    if hers:
        yield "To be done by hand, as an owner or administrator of the account, in each of these applications:"
    for one in hers:
        yield f"  · {one.application}: {_WORDS.get(one.trouble, one.trouble)}. Ask for"
        yield f"      POST {address(one.application)}/learner/{quote(one.pseudonym)}/delete-information?userEmail=YOURS"
    if hers:
        yield "  scormveil looks every hour whether it is done, or: scormveil people deletions --done --pseudonym …"
    if not any(one.tenant == tenant for one in places_of(config)):
        yield "To be done by hand, in each application of the cloud where she learned, for these learner ids:"
        yield from (f"  · {token}" for token in tokens)


def said(tickets: Sequence[DeletionRecord], tokens: Sequence[str]) -> Iterator[str]:
    """How it stands with the cloud right after an erasure."""
    hers = [one for one in tickets if one.pseudonym in tokens and one.state != "by-hand"]
    asked = [one for one in hers if one.state in {"asked", "done"}]
    if asked:
        yield f"The cloud was asked to delete what it holds: {counted(len(asked), 'request', 'requests')}."
    for one in hers:
        if one.state == "open":
            why = f": {_WORDS.get(one.trouble, one.trouble)}" if one.trouble else ""
            yield f"Application {one.application} could not be asked yet{why}. It will be."
    if hers:
        yield "Running nodes follow it to its end; `scormveil people deletions` says how it stands."


def _when(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
