"""`scormveil people erase | retention`: forgetting. Who it is comes from a prompt or a pipe, and is never printed.

Exit status of `erase`: 0 forgotten; 1 nobody was found and nothing was changed; 3 forgotten, but readers kept the
deleted rows in the database's files for now; 4 forgotten here, but with `--wait` not seen to the end in the cloud.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from proxy.cli import people_cloud
from proxy.cli.common import DEFAULT_CONFIG, ConfigOption
from proxy.cli.desk import Desk, clock, open_desk
from proxy.cli.orders import counted
from proxy.cli.people_access import access
from proxy.cli.people_adopt import adopt
from proxy.cli.people_blank import blank
from proxy.cli.people_export import export
from proxy.cli.people_find import find
from proxy.cli.people_found import (
    NOBODY,
    ApprovalOption,
    By,
    KindOption,
    PseudonymOption,
    ReasonOption,
    TenantOption,
    check_case,
    check_pseudonym,
    tenant_of,
)
from proxy.cli.people_grant import Whom, meant, shown
from proxy.cli.people_restrict import restrict, restrictions, unrestrict
from proxy.cli.talk import (
    DryRun,
    Manner,
    OfficerFile,
    OfficerSecret,
    Yes,
    actor_of,
    confirm,
    console,
)
from proxy.store import MappingRecord
from proxy.upkeep import Worker
from proxy.upkeep.jobs import Retention

NOT_SCRUBBED = 3
NOT_ENDED = 4
_DAY_MS = 24 * 60 * 60 * 1000
_REMAINS = (
    "What remains, and is not hers to scormveil any more:",
    "  · audit entries with her pseudonym, which leads to nobody now; `scormveil people blank` takes it out of them;",
    "  · at SCORM Cloud: a website user, if it was ever given her e-mail address (remove it in the console, People);",
    "  · her data key in backups of the key store made before now, for as many days as you keep those;",
    "  · her record in backups and replicas of the mapping: without that key nobody can read it.",
    "If she comes back, she is somebody new.",
)
_ENDED = "The cloud has nothing under her pseudonyms any more, where it could be asked."
_NOT_ENDED = "In the cloud it has not come to its end yet: `scormveil people deletions --follow`."
_NOT_YET = "Deleted rows still lie in the database's files, for somebody reads there: repeat `scormveil people scrub`."


def build() -> typer.Typer:
    """Build the group."""
    app = typer.Typer(help="People in the mapping.", no_args_is_help=True)
    app.command("find")(find)
    app.command("access")(access)
    app.command("erase")(erase)
    app.command("restrict")(restrict)
    app.command("unrestrict")(unrestrict)
    app.command("restrictions")(restrictions)
    app.command("deletions")(people_cloud.deletions)
    app.command("blank")(blank)
    app.command("export")(export)
    app.command("adopt")(adopt)
    app.command("retention")(retention)
    app.command("scrub")(scrub)
    return app


def erase(
    *,
    pseudonym: PseudonymOption = "",
    tenant: TenantOption = "",
    kind: KindOption = By.SUBJECT,
    reason: ReasonOption = "",
    case: Annotated[str, typer.Option("--case", help="With [disclosure], by her identifier: the case number.")] = "",
    approval: ApprovalOption = "",
    wait: Annotated[
        float, typer.Option(help="Seconds to follow it in the cloud, until nothing of hers is left there.", min=0)
    ] = 0.0,
    config: ConfigOption = DEFAULT_CONFIG,
    dry_run: DryRun = False,
    yes: Yes = False,
    officer: OfficerFile = None,
    officer_passphrase: OfficerSecret = "",
) -> None:
    """Forget a person for ever: her data key, record, index, pseudonyms; and, where allowed, what the cloud holds."""
    how = Manner(config, dry_run, yes, officer, officer_passphrase)
    if case:
        check_case(case, reason)
    whom = Whom(pseudonym, tenant, kind, reason, case, approval)
    raise typer.Exit(asyncio.run(_erase(how, whom, wait)))


async def _erase(how: Manner, whom: Whom, wait: float) -> int:
    async with open_desk(how.config) as desk:
        where = tenant_of(desk, whom.tenant)
        check_pseudonym(desk, whom.pseudonym)
        actor = await asyncio.to_thread(actor_of, how, desk.config)
        if not how.dry_run:
            # Who was forgotten must not be found in a database that was restored since.
            await desk.forgetting().reconcile()
        people = await meant(desk, whom, actor)
        out = console()
        if not people:
            out.print(f"Nobody in tenant {where} is known by this. Nothing was changed.")
            return NOBODY
        tokens = await _show(desk, whom, people)
        for line in people_cloud.planned(desk.config, where):
            out.print(line)
        if how.dry_run:
            out.print("Nothing was changed: this was a dry run.")
            return 0
        confirm("yes", yes=how.yes)
        gone = await desk.forgetting().erase(people, actor=actor, reason="request")
        scrubbed = await desk.forgetting().scrub()
        led = counted(gone, "pseudonym leads", "pseudonyms lead")
        out.print(f"Forgotten: {led} to nobody any more. Running nodes hear of it within seconds.")
        await people_cloud.run_errand(desk)
        tickets = await desk.stores.mapping.deletions.tickets(done=True)
        ended = await people_cloud.to_the_end(desk, tokens, wait) if wait else True
        if wait:
            tickets = await desk.stores.mapping.deletions.tickets(done=True)
        for line in (
            *people_cloud.said(tickets, tokens),
            *people_cloud.by_hand(desk.config, where, tokens, tickets),
        ):
            out.print(line)
        for line in _REMAINS:
            out.print(line)
        if not scrubbed:
            out.print(_NOT_YET, style="bold red")
            return NOT_SCRUBBED
        if wait:
            out.print(_ENDED if ended else _NOT_ENDED, style="" if ended else "bold red")
        return 0 if ended else NOT_ENDED


async def _show(desk: Desk, whom: Whom, people: Sequence[MappingRecord]) -> list[str]:
    """Say who is meant; returns every pseudonym."""
    out = console()
    every: list[str] = []
    for one in people:
        upkeep = desk.stores.mapping.upkeep
        tokens = [known.pseudonym for known in await upkeep.pseudonyms(one.person)]
        every += tokens
        said = shown(desk, whom, tokens)
        rest = f" and {len(tokens) - len(said)} more of hers" if len(tokens) > len(said) else ""
        out.print(f"Plan: forget {', '.join(said)}{rest} (tenant {one.tenant}, {one.kind}).")
        owned = [mine.pseudonym for mine in await upkeep.belongings(one.person)]
        if owned:
            told = ", ".join(owned) if said == tokens else str(len(owned))
            out.print(f"      and her registrations: {told}.")
    out.print(
        "Cannot be undone: nobody can bring her back, from any backup of the mapping. Results that arrive for her"
    )
    out.print("afterwards are not handed to the LMS. If she is in mid-course, her next launch makes her somebody new.")
    return every


def retention(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    dry_run: DryRun = False,
    yes: Yes = False,
    officer: OfficerFile = None,
    officer_passphrase: OfficerSecret = "",
) -> None:
    """Forget everybody not seen for upkeep.forget_after_days, as nodes do by themselves; or count them."""
    asyncio.run(_retention(Manner(config, dry_run, yes, officer, officer_passphrase)))


async def _retention(how: Manner) -> None:
    async with open_desk(how.config) as desk:
        days = desk.config.upkeep.forget_after_days
        out = console()
        if not days:
            out.print("upkeep.forget_after_days is 0: nobody is forgotten for not being seen.")
            return
        upkeep = desk.stores.mapping.upkeep
        due = await upkeep.count_unseen(clock() - days * _DAY_MS)
        for tenant, count in due.items():
            who = counted(count, "person", "people")
            out.print(f"{tenant}: {who} not seen for {days} days")
        if how.dry_run or not due:
            out.print("Nothing was changed." if due else f"Nobody has not been seen for {days} days.")
            return
        actor = actor_of(how, desk.config)
        confirm("yes", yes=how.yes)
        job = Retention(desk.forgetting(), upkeep, clock, days, actor)
        done = await Worker(upkeep, "people-retention", clock, desk.config.upkeep.records_per_second).do(job)
        who = counted(done, "person", "people")
        out.print(f"Forgotten: {who}." if done else "Another node does it at the moment.")


def scrub(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Take what was deleted out of the files of both databases, where that did not succeed at once."""
    raise typer.Exit(asyncio.run(_scrub(config)))


async def _scrub(config_file: Path) -> int:
    async with open_desk(config_file) as desk:
        if await desk.forgetting().scrub():
            console().print("Nothing that was deleted is left in the databases' files.")
            return 0
        console().print(_NOT_YET, style="bold red")
        return NOT_SCRUBBED
