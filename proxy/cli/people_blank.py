"""`scormveil people blank`: a forgotten person's pseudonyms leave the log, too. The log verifies as before.

An entry is a leaf of the log's tree by a salted hash. Without pseudonym and salt it still counts in the tree, and
nobody can prove, or find out by trial, whose it was. Not before the cloud is done: what is recorded then names her.
"""

import asyncio
from typing import Annotated

import typer

from proxy.audit import AuditLog, Entry, Event
from proxy.cli.common import DEFAULT_CONFIG, ConfigOption
from proxy.cli.desk import Desk, clock, open_desk
from proxy.cli.orders import counted
from proxy.cli.people_found import CaseOption, check_case, check_pseudonym
from proxy.cli.talk import DryRun, Manner, OfficerFile, OfficerSecret, Yes, actor_of, confirm, console, refuse

_PAGE = 1000


def blank(
    *,
    case: CaseOption,
    pseudonym: Annotated[list[str], typer.Option("--pseudonym", help="Of somebody forgotten; may be said repeatedly.")],
    config: ConfigOption = DEFAULT_CONFIG,
    dry_run: DryRun = False,
    yes: Yes = False,
    officer: OfficerFile = None,
    officer_passphrase: OfficerSecret = "",
) -> None:
    """Take pseudonyms of forgotten people out of the audit log for ever. Nobody can prove these entries then."""
    how = Manner(config, dry_run, yes, officer, officer_passphrase)
    asyncio.run(_blank(how, pseudonym, check_case(case)))


async def _blank(how: Manner, given: list[str], case: str) -> None:
    async with open_desk(how.config) as desk:
        tokens = sorted({check_pseudonym(desk, one) for one in given} - {""})
        if not tokens:
            refuse("Say whose entries: --pseudonym, one that an erasure named. Nothing was changed.")
        living = set(tokens) - await _forgotten(desk)
        if living:
            refuse(f"Nobody was forgotten under {', '.join(sorted(living))}: erase her first. Nothing was changed.")
        open_ones = {one.pseudonym for one in await desk.stores.mapping.deletions.tickets()} & set(tokens)
        if open_ones:
            refuse(
                f"The cloud is not done with {', '.join(sorted(open_ones))}, and what is recorded of that would name "
                "it again: `scormveil people deletions` first. Nothing was changed."
            )
        count = await _entries(desk, tokens)
        console().print(f"{counted(count, 'entry names', 'entries name')} {', '.join(tokens)}. Nobody can prove")
        console().print("them once their salts are gone; the log as a whole verifies as before. Cannot be undone.")
        if how.dry_run or not count:
            console().print("Nothing was changed" + (": this was a dry run." if how.dry_run else "."))
            return
        actor = await asyncio.to_thread(actor_of, how, desk.config)
        confirm("yes", yes=how.yes)
        log = AuditLog(desk.stores.mapping, clock)
        await log.append(Entry(Event.ENTRIES_ERASED, actor, reason=case, count=count))
        gone = await desk.stores.mapping.logs.erase_salts(tokens)
        console().print(f"Done: {counted(gone, 'entry names', 'entries name')} nobody any more.")


async def _forgotten(desk: Desk) -> set[str]:
    """Every pseudonym in the journal of erasures."""
    found: set[str] = set()
    after = 0
    while page := await desk.stores.mapping.upkeep.erasures(after, _PAGE):
        after = page[-1][0]
        found |= {one.pseudonym for _, one in page}
    return found


async def _entries(desk: Desk, tokens: list[str]) -> int:
    count = after = 0
    while page := await desk.stores.mapping.upkeep.about(tokens, after, _PAGE):
        count, after = count + len(page), page[-1][0]
    return count
