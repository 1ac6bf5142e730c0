"""`scormveil disclosure`: looking people up by hand, under control. Nobody is shown here."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from keys import KeyringError
from proxy.cli.common import DEFAULT_CONFIG, ConfigOption
from proxy.cli.desk import clock, open_desk
from proxy.cli.disclosure_rules import rules_of
from proxy.cli.people_found import NOBODY, By, found, tenant_of
from proxy.cli.talk import Manner, OfficerSecret, Yes, confirm, console, identify
from proxy.config import load
from proxy.disclosure import Approved, Ask, Rules, used
from proxy.people import Kind

_HOUR_MS = 60 * 60 * 1000
_NONE = "There is no [disclosure] in the configuration: whoever can run a command may look anybody up; it is recorded."

Case = Annotated[str, typer.Option("--case", help="The case number; it goes into the audit log.")]


def build() -> typer.Typer:
    """Build the group."""
    app = typer.Typer(help="Looking people up by hand, under control.", no_args_is_help=True)
    app.command("show")(show)
    app.command("ask")(ask)
    app.command("requests")(requests)
    app.command("approve")(approve)
    app.command("budgets")(budgets)
    return app


def show(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Show who may look whom up, for which reasons, and what raises an alarm."""
    loaded = load(config)
    out, rules = console(), rules_of(loaded)
    if rules is None or loaded.disclosure is None:
        out.print(_NONE)
        return
    for role, officers in sorted(rules.roles.items()):
        out.print(f"role {role}: {', '.join(sorted(officers)) or 'nobody'}")
    for one in rules.reasons.values():
        second = f"approved by {', '.join(sorted(one.approvers))} within {one.valid_minutes} minutes"
        told = (
            f"shows {', '.join(sorted(one.fields))}",
            f"for {', '.join(sorted(one.roles))}",
            f"case {one.case}",
            second if one.second_person else "no second officer",
        )
        out.print(f"reason {one.name}: {'; '.join(told)}")
    given = loaded.disclosure
    out.print(f"budget: {rules.people_per_hour} different people for each officer and hour")
    out.print(
        f"alarms: {rules.alarm_people} different people or {rules.alarm_refusals} refusals in {rules.alarm_minutes} "
        f"minutes; outside {given.office_hours} {given.time_zone}, {' '.join(given.office_days)}"
    )


def ask(
    reason: Annotated[str, typer.Argument(help="One of the reasons that `scormveil disclosure show` lists.")],
    *,
    case: Case,
    officer: Annotated[Path, typer.Option("--officer", help="Your officer file.")],
    officer_passphrase: OfficerSecret = "",
    pseudonym: Annotated[str, typer.Option(help="Her pseudonym (sv1…). Without it her identifier is asked for.")] = "",
    tenant: Annotated[str, typer.Option(help="Her tenant; needed where there are several.")] = "",
    kind: Annotated[By, typer.Option(help="What the identifier is; an account: home page, blank, name.")] = By.SUBJECT,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Ask a second officer for leave to look somebody up. Who she is does not show; prints the id of the request."""
    how = Manner(config, dry_run=False, yes=True, officer=officer, officer_secret=officer_passphrase)
    who = (pseudonym.strip().lower(), tenant, Kind(kind.value))
    raise typer.Exit(asyncio.run(_ask(how, officer, reason, case, who)))


async def _ask(how: Manner, officer_file: Path, reason: str, case: str, who: tuple[str, str, Kind]) -> int:
    pseudonym, tenant, kind = who
    async with open_desk(how.config) as desk:
        officer = identify(officer_file, how.officer_secret, desk.config)
        where = tenant_of(desk, tenant)
        if pseudonym and not desk.keys.scheme.valid(pseudonym):
            raise KeyringError("not-a-pseudonym")
        asked = Ask(officer.name, reason, case, where, pseudonym, by_identifier=not pseudonym)
        await desk.disclosure().check(asked)
        if asked.by_identifier:
            await desk.disclosure().seek(asked)
        people = await found(desk, where, pseudonym, kind)
        if not people:
            console().print(f"Nobody in tenant {where} is known by this. Nothing was asked.")
            return NOBODY
        for one in people:
            record = await desk.requests().ask(officer, replace(asked, pseudonym=one.pseudonym))
            console().print(f"Request {record.request}, good until {_when(record.expires)}. Another officer:")
            console().print(f"  scormveil disclosure approve {record.request} --officer FILE")
        return 0


def requests(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Show who asked to look whom up, and how that stands. A request that was used is gone."""
    asyncio.run(_requests(config))


async def _requests(config: Path) -> None:
    out = console()
    async with open_desk(config) as desk:
        asked = await desk.requests().all()
        for record, standing in asked:
            # Not whom: who asked by an identifier would learn the pseudonym before anybody approved.
            said = _said(desk.requests().said(record), "somebody")
            by = f", approved by {record.approver}" if record.decided else ""
            out.print(f"{record.request}  {said}  {standing}{by}, until {_when(record.expires)}")
        if not asked:
            out.print("No request waits.")


def approve(
    request: Annotated[str, typer.Argument(help="The request, as `scormveil disclosure requests` shows it.")],
    *,
    officer: Annotated[Path, typer.Option("--officer", help="Your officer file; not that of who asked.")],
    officer_passphrase: OfficerSecret = "",
    config: ConfigOption = DEFAULT_CONFIG,
    yes: Yes = False,
) -> None:
    """Approve another officer's look-up. She does it once, with `--approval REQUEST`, in its time."""
    how = Manner(config, dry_run=False, yes=yes, officer=officer, officer_secret=officer_passphrase)
    asyncio.run(_approve(request.strip().lower(), how, officer))


async def _approve(request: str, how: Manner, officer_file: Path) -> None:
    async with open_desk(how.config) as desk:
        officer = identify(officer_file, how.officer_secret, desk.config)
        record = await desk.requests().find(request)
        desk.requests().check_approver(record, officer)
        console().print(_said(desk.requests().said(record), record.subject))
        confirm("yes", yes=how.yes)
        await desk.requests().approve(record, officer)
        console().print(f"Approved: good for {record.officer}, once, until {_when(record.expires)}.")


def budgets(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Show how many people each officer looked up in the last hour, and what was refused and raised an alarm."""
    asyncio.run(_budgets(config))


async def _budgets(config: Path) -> None:
    out = console()
    async with open_desk(config) as desk:
        rules = rules_of(desk.config)
        if rules is None:
            out.print(_NONE)
        since = clock() - _HOUR_MS
        past = await desk.stores.mapping.disclosures.past(since)
        for actor in sorted({one.actor for one in past} | _officers(rules)):
            hers = [one for one in past if one.actor == actor]
            seen = len(used(hers, since))
            limit = f" of {rules.people_per_hour}" if rules is not None else ""
            counted = Counter(one.event for one in hers)
            out.print(
                f"{actor}: {seen}{limit} people in the last hour; refused {counted['refused']}, "
                f"alarms {counted['disclosure-alarm']}"
            )
        if not past and rules is None:
            out.print("Nobody was looked up in the last hour.")


def _officers(rules: Rules | None) -> set[str]:
    return set() if rules is None else {name for names in rules.roles.values() for name in names}


def _said(asked: Approved, whom: str) -> str:
    return f"{asked.officer} asks to see {whom} (tenant {asked.tenant}): {asked.reason}, case {asked.case}"


def _when(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M} UTC"
