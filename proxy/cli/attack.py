"""`scormveil attack`: ENISA's adversaries against this installation. Names nobody.

Exit status: 0 everything withstood; 1 findings; 2 it could not be done.
"""

import asyncio
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Annotated

import orjson
import typer

from proxy.attack import Battery, CloudFile, Knowledge, Result, Verdict, as_html
from proxy.audit import AuditLog, Entry, Event
from proxy.cli import attack_cloud
from proxy.cli.attack_files import candidates as candidates_of
from proxy.cli.attack_files import cloud_of, launches_of
from proxy.cli.common import DEFAULT_CONFIG, ConfigOption
from proxy.cli.desk import Desk, clock, now, open_desk
from proxy.cli.disclosure_rules import rules_of
from proxy.cli.new_files import new_file, put
from proxy.cli.people_found import CaseOption, ReasonOption
from proxy.cli.talk import Manner, OfficerFile, OfficerSecret, actor_of, console, refuse
from proxy.config import load
from proxy.disclosure import Ask
from proxy.errors import DisclosureRefused
from proxy.people import Person
from proxy.store.port import MappingRecord
from proxy.upkeep import open_each

FOUND = 1
_PAGE = 500
_SEEN = frozenset({Event.MINTED.value, Event.SESSION_OPENED.value})


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the adversary knows, whether the cloud is to be asked, and why, with [disclosure].

    `guessing`: something of it was chosen by whoever runs this, so the counts tell whether somebody is known.
    """

    knowledge: Knowledge
    ask: bool
    guessing: bool
    reason: str
    case: str


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("attack")(attack)


def attack(
    *,
    pattern: Annotated[
        str, typer.Option(help="The form of your learner ids: letters, [a-z], \\d, {n}, {n,m}; for example s[0-9]{6}.")
    ] = "",
    candidates: Annotated[str, typer.Option(help="Or a file of ids, one a line; - reads a pipe.")] = "",
    cloud: Annotated[
        list[Path] | None,
        typer.Option(
            help="What the cloud holds: a CSV, JSON or text file exported there; may be said again.",
            exists=True,
            dir_okay=False,
            readable=True,
        ),
    ] = None,
    ask: Annotated[
        bool, typer.Option("--ask", help="Ask the cloud itself for its registrations, with the mounts' credentials.")
    ] = False,
    lms: Annotated[
        Path | None,
        typer.Option(
            help="The LMS's log of launches: a line for each, `learner id,time`.",
            exists=True,
            dir_okay=False,
            readable=True,
        ),
    ] = None,
    domain: Annotated[
        list[str] | None, typer.Option(help="Try ids with this domain, too: id@DOMAIN; may be said again.")
    ] = None,
    most: Annotated[int, typer.Option(help="Try this many candidates at most.", min=1)] = 1_000_000,
    show: Annotated[
        bool,
        typer.Option(
            "--show", help="Also which candidates hit and which records have somebody in them: their numbers."
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as one JSON object.")] = False,
    html: Annotated[Path | None, typer.Option(help="Also write a page to this file, which must not be there.")] = None,
    reason: ReasonOption = "",
    case: CaseOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    officer: OfficerFile = None,
    officer_passphrase: OfficerSecret = "",
) -> None:
    """Attack what is held here as ENISA's adversaries would. Names nobody; ends with 1 if something is found."""
    if pattern and candidates:
        refuse("Give --pattern or --candidates, not both.")
    settings = load(config)
    if show and settings.disclosure is not None:
        refuse("--show tells who of the candidates is known, and with [disclosure] that is a look-up: `people find`.")
    if ask:
        attack_cloud.check(settings)
    how = Manner(config, dry_run=False, yes=True, officer=officer, officer_secret=officer_passphrase)
    held = cloud_of(cloud or ())
    if held is None and ask:
        held = CloudFile()
    knows = Knowledge(held, launches_of(lms), candidates_of(pattern, candidates), most, tuple(domain or ()))
    guessing = bool(pattern or candidates or cloud or lms)
    wish = _Wish(knows, ask, guessing, reason, case)
    with new_file(html) if html is not None else nullcontext() as file:
        results, details = asyncio.run(_attack(how, wish))
        if file is not None:
            put((file, as_html(results, now().strftime("%Y-%m-%d %H:%M UTC")).encode()))
    _tell(results, details if show else {}, as_json=as_json)
    if any(one.verdict is Verdict.FOUND for one in results):
        raise typer.Exit(FOUND)


def _tell(results: list[Result], details: dict[str, list[int]], *, as_json: bool) -> None:
    if as_json:
        told = {"results": [asdict(one) for one in results], "hits": details}
        typer.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())
        return
    out = console()
    for one in results:
        out.print(f"{one.attack}: {one.verdict.value}. {one.says}", markup=False)
        for name, number in one.numbers.items():
            out.print(f"  {number:>14,}  {name}", markup=False)
    for what, numbers in details.items():
        out.print(f"{what}: {', '.join(map(str, numbers))}", markup=False)


async def _attack(how: Manner, wish: _Wish) -> tuple[list[Result], dict[str, list[int]]]:
    async with open_desk(how.config) as desk:
        actor = await asyncio.to_thread(actor_of, how, desk.config)
        rules = rules_of(desk.config)
        if rules is not None and not rules.has(actor, frozenset(rules.roles)):
            raise DisclosureRefused("no-role")
        if rules is not None and wish.guessing:
            # A list of one candidate asks whether she is known, and so does any other file: that is a look-up.
            await desk.disclosure().seek(Ask(actor, wish.reason, wish.case, "", by_identifier=True))
        # Before anybody's record is opened.
        await AuditLog(desk.stores.mapping, clock).append(Entry(Event.ATTACK_RUN, actor))
        if wish.ask and wish.knowledge.cloud is not None:
            await attack_cloud.ask(desk, wish.knowledge.cloud)
        battery = Battery(desk.keys.scheme, wish.knowledge, desk.config.pseudonyms.mail_domain, perf_counter)
        await _meet(desk, battery)
        return await asyncio.to_thread(_ended, battery)


def _ended(battery: Battery) -> tuple[list[Result], dict[str, list[int]]]:
    results = battery.results()
    return results, battery.details()


async def _meet(desk: Desk, battery: Battery) -> None:
    """Everybody, page by page; then when they were seen."""
    records, upkeep, after = desk.records(), desk.stores.mapping.upkeep, ""
    while page := await upkeep.people(after, _PAGE):
        after = page[-1].person
        opened, _ = await open_each(records, page)
        known = {one.record.person: one.person for one in opened}

        def take(page: list[MappingRecord] = page, known: dict[str, Person] = known) -> None:
            for one in page:
                seen = (one.created, one.last_seen)
                if one.person in known:
                    battery.person(one.tenant, one.kind, known[one.person], seen)
                else:
                    battery.closed(one.pseudonym, seen)

        await asyncio.to_thread(take)
    number = 0
    while entries := await desk.stores.mapping.read_audit(number, _PAGE):
        number = entries[-1][0]
        for _, one in entries:
            if one.event in _SEEN and one.pseudonym:
                battery.seen(one.pseudonym, one.at)
