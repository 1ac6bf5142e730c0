"""`scormveil keys add | rotate | activate | deactivate | compromise | destroy`: a plan, a yes, an act."""

import asyncio
from collections.abc import Callable
from typing import Annotated

import typer

from keys import KeyringError, Purpose
from keys.plan import Plan
from proxy.assemble import Stores
from proxy.cli.advice import after_compromise
from proxy.cli.common import DEFAULT_CONFIG, ConfigOption
from proxy.cli.desk import Desk, heard_by, open_desk
from proxy.cli.orders import Order
from proxy.cli.plans import show
from proxy.cli.talk import DryRun, Manner, OfficerFile, OfficerSecret, Why, Yes, actor_of, confirm, console, identify
from proxy.upkeep import Survey
from proxy.upkeep.approval import DESTRUCTIVE

_ON_PURPOSES = (
    ("add", "Make a key that waits: to be distributed to every node before `activate` puts it to use."),
    ("rotate", "Let a new key protect what comes from now on; the old one goes on reading what it protected."),
)
_ON_KEYS = (
    ("activate", "Let a key that waits take the place of the active one."),
    (
        "deactivate",
        "End the active key WITHOUT a successor: what needs one is refused from then on. Mostly `rotate` is meant.",
    ),
    ("compromise", "Say that others know or may know a key: a new one takes its place, and you hear what to do next."),
    ("destroy", "Destroy a key for ever, if nothing needs it and it has rested long enough."),
)


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    for act, text in _ON_PURPOSES:
        app.command(act, help=text)(_on_purpose(act))
    for act, text in _ON_KEYS:
        app.command(act, help=text)(_on_key(act))


def _on_purpose(act: str) -> Callable[..., None]:
    def command(
        purpose: Annotated[Purpose, typer.Argument(help="What the key is for.")],
        *,
        reason: Why = "",
        config: ConfigOption = DEFAULT_CONFIG,
        dry_run: DryRun = False,
        yes: Yes = False,
        officer: OfficerFile = None,
        officer_passphrase: OfficerSecret = "",
    ) -> None:
        how = Manner(config, dry_run, yes, officer, officer_passphrase)
        asyncio.run(_carry_out(Order(act, purpose.value, reason), how))

    return command


def _on_key(act: str) -> Callable[..., None]:
    def command(
        key: Annotated[str, typer.Argument(help="Four letters, as `scormveil keys list` shows them.")],
        *,
        reason: Why = "",
        config: ConfigOption = DEFAULT_CONFIG,
        dry_run: DryRun = False,
        yes: Yes = False,
        officer: OfficerFile = None,
        officer_passphrase: OfficerSecret = "",
    ) -> None:
        how = Manner(config, dry_run, yes, officer, officer_passphrase)
        asyncio.run(_carry_out(Order(act, key.lower(), reason), how))

    return command


async def _carry_out(order: Order, how: Manner) -> None:
    async with open_desk(how.config) as desk:
        planned = await told(order, desk, await desk.survey())
        if how.dry_run:
            console().print("Nothing was changed: this was a dry run.")
            return
        if desk.config.keys.two_officers and order.act in DESTRUCTIVE:
            await _ask_another(order, desk, how)
            return
        actor = actor_of(how, desk.config)
        confirm(order.word, yes=how.yes)
        await done(order, desk, planned, actor=actor)


async def told(order: Order, desk: Desk, survey: Survey) -> Plan:
    """Print the plan and give it. Raises what the act raises."""
    planned = order.planned(desk, survey)
    await show(order, planned, desk, survey, console())
    if order.act == "compromise":
        for line in after_compromise(desk.ring.get(order.subject), survey):
            console().print(line)
    return planned


async def done(order: Order, desk: Desk, planned: Plan, *, actor: str, request: str = "") -> None:
    """Do what was planned and say who has heard of it."""
    await desk.catch_up()
    # Counted once more: she may have thought about it for an hour.
    ring = await desk.office().enact(order.on(desk, await desk.survey()), actor, request)
    desk.keys.install(ring)  # a new AUDIT key signs the logs before this ends, so that nothing waits for the old one
    made = [key.id for key in ring.keys if key.id not in {one.id for one in desk.ring.keys}]
    names = f" The new key is {', '.join(made)}." if made else ""
    console().print(f"Done: keyring generation {planned.generation} is in force.{names}")
    await say_who_heard(desk.stores, planned.generation)


async def say_who_heard(stores: Stores, generation: int) -> None:
    """Wait for the workers and say how many use the new keyring."""
    using, serving = await heard_by(stores, generation)
    out = console()
    if not serving:
        out.print("No worker serves at the moment: whoever starts uses it.")
        return
    out.print(f"{using} of {serving} workers use it.")
    if using < serving:
        out.print(
            "The others do not after 10 seconds: see `upkeep-trouble` in their logs. They give nobody new a pseudonym.",
            style="bold red",
        )


async def _ask_another(order: Order, desk: Desk, how: Manner) -> None:
    if how.officer is None:
        raise KeyringError("officer-needed")
    officer = identify(how.officer, how.officer_secret, desk.config)
    confirm(order.word, yes=how.yes)
    record = await desk.approvals().ask(
        officer,
        order.act,
        order.subject,
        generation=desk.ring.generation,
        keys=desk.keys,
        reason=order.reason,
    )
    say_requested(record.request)


def say_requested(request: str, also: str = "") -> None:
    """Say what the other officer has to do."""
    console().print(f"Nothing is done yet. Request {request} waits for another officer, 24 hours at most:")
    console().print(f"  scormveil keys approve {request} --officer FILE{also}")
