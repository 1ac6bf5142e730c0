"""`scormveil people restrict | unrestrict | restrictions`: what is held on her is kept and not used (GDPR Article 18).

Exit status: 0 done (or it was so already); 1 nobody is known by this, nothing was changed; 3 done, but not every
running worker has said within the time that nothing from before is under way there any more.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer

from proxy.audit import Event
from proxy.cli.common import DEFAULT_CONFIG, ConfigOption
from proxy.cli.desk import Desk, clock, open_desk
from proxy.cli.orders import counted
from proxy.cli.people_found import (
    NOBODY,
    ApprovalOption,
    By,
    CaseOption,
    KindOption,
    PseudonymOption,
    ReasonOption,
    TenantOption,
    check_case,
    tenant_of,
)
from proxy.cli.people_grant import Whom, meant, shown
from proxy.cli.talk import DryRun, Manner, OfficerFile, OfficerSecret, Yes, actor_of, confirm, console
from proxy.store import AuditRecord, MappingRecord
from proxy.store.restrictions_port import RestrictionRecord
from proxy.upkeep.barrier import Barrier
from proxy.upkeep.pages import pages

UNHEARD = 3
Wait = Annotated[float, typer.Option(help="Seconds to wait for running workers to say that they know.", min=0)]
_PLAN = (
    "Kept, and not used: who she is, her pseudonyms and the log stay. She cannot launch, her sessions end, and what",
    "names her is refused (`restricted`). Results of hers are not handed over: the cloud keeps them and repeats for",
    "some 17 hours; after that the LMS has to ask for them. Answers to the LMS show her pseudonym.",
)
_AFTER = (
    "She can learn and be seen again. Results the cloud gave up repeating are there still: have the LMS read them",
    "(API v2, GET /registrations/{id}), or post them again from the cloud's console.",
)
_LOST = "not in the mapping, which is older: restricted at once when she is seen again"


def restrict(
    *,
    case: CaseOption,
    pseudonym: PseudonymOption = "",
    tenant: TenantOption = "",
    kind: KindOption = By.SUBJECT,
    reason: ReasonOption = "",
    approval: ApprovalOption = "",
    wait: Wait = 30.0,
    config: ConfigOption = DEFAULT_CONFIG,
    dry_run: DryRun = False,
    yes: Yes = False,
    officer: OfficerFile = None,
    officer_passphrase: OfficerSecret = "",
) -> None:
    """Keep what is held on a person and do not use it, until `people unrestrict`."""
    how = Manner(config, dry_run, yes, officer, officer_passphrase)
    check_case(case, reason)
    whom = Whom(pseudonym, tenant, kind, reason, case, approval)
    raise typer.Exit(asyncio.run(_change(how, whom, wait, Event.RESTRICTED)))


def unrestrict(
    *,
    case: CaseOption,
    pseudonym: PseudonymOption = "",
    tenant: TenantOption = "",
    kind: KindOption = By.SUBJECT,
    reason: ReasonOption = "",
    approval: ApprovalOption = "",
    wait: Wait = 30.0,
    config: ConfigOption = DEFAULT_CONFIG,
    dry_run: DryRun = False,
    yes: Yes = False,
    officer: OfficerFile = None,
    officer_passphrase: OfficerSecret = "",
) -> None:
    """Let what is held on a person be used again. She has to be told before (GDPR Article 18(3))."""
    how = Manner(config, dry_run, yes, officer, officer_passphrase)
    check_case(case, reason)
    whom = Whom(pseudonym, tenant, kind, reason, case, approval)
    raise typer.Exit(asyncio.run(_change(how, whom, wait, Event.RELEASED)))


def restrictions(*, tenant: TenantOption = "", config: ConfigOption = DEFAULT_CONFIG) -> None:
    """List who is restricted, by pseudonym, with the case and since when."""
    for line in asyncio.run(_listed(config, tenant)) or ["Nobody is restricted."]:
        console().print(line)


async def _change(how: Manner, whom: Whom, wait: float, event: Event) -> int:
    async with open_desk(how.config) as desk:
        actor = await asyncio.to_thread(actor_of, how, desk.config)
        if not how.dry_run:  # what is decided now must be later than all that was, also if an older mapping is in place
            await desk.forgetting().restricting.reconcile()
        people = await meant(desk, whom, actor)
        if not people:
            console().print("Nobody is known by this. Nothing was changed.")
            return NOBODY
        restricting = event is Event.RESTRICTED
        due = [one for one in people if bool(one.restricted) is not restricting]
        word = "restricted" if restricting else "not restricted"
        for one in people:
            state = "is to be changed" if one in due else f"is {word} already"
            [said] = shown(desk, whom, [one.pseudonym])
            console().print(f"{said} (tenant {one.tenant}, {one.kind}) {state}.")
        for line in _PLAN if restricting else ():
            console().print(line)
        if how.dry_run or not due:
            console().print("Nothing was changed" + (": this was a dry run." if how.dry_run else "."))
            return 0
        confirm("yes", yes=how.yes)
        number = await _done(desk, due, (event, actor, check_case(whom.case)))
        await desk.forgetting().restricting.reconcile()  # so that no restored database forgets it
        console().print(f"Done for {counted(len(due), 'person', 'people')}.")
        for line in () if restricting else _AFTER:
            console().print(line)
        return await _heard(desk, number, wait)


async def _done(desk: Desk, people: Sequence[MappingRecord], what: tuple[Event, str, str]) -> int:
    """The number of the last change that nodes have to hear of."""
    event, actor, case = what
    there, number = desk.stores.mapping.restrictions, 0
    for one in people:
        now = clock()
        entry = AuditRecord(
            at=now,
            event=event.value,
            actor=actor,
            tenant=one.tenant,
            kind=one.kind,
            pseudonym=one.pseudonym,
            key_id=one.pseudonym_key,
            reason=case,
            count=1,
        )
        act = there.restrict if event is Event.RESTRICTED else there.release
        number = max(number, await act(RestrictionRecord(one.person, one.tenant, now, case), (entry,)))
    return number


async def _heard(desk: Desk, number: int, patience: float) -> int:
    barrier = Barrier(desk.stores.mapping.upkeep, clock)
    if await barrier.heard(number, patience):
        console().print("Every running worker knows, and nothing from before is under way any more.")
        return 0
    missing = ", ".join(await barrier.missing(number))
    console().print(f"These workers have not said yet that they know: {missing}.", style="bold red")
    return UNHEARD


async def _listed(config: ConfigOption, tenant: str) -> list[str]:
    async with open_desk(config) as desk:
        if tenant:
            tenant_of(desk, tenant)
        mapping, lines, there = desk.stores.mapping, list[str](), set[str]()
        tenants = sorted({mount.tenant for mount in desk.config.mounts if tenant in {"", mount.tenant}})
        for where in tenants:
            for one in await mapping.restrictions.all(where):
                there.add(one.person)
                rows = await mapping.upkeep.pseudonyms(one.person)
                current = next((row.pseudonym for row in rows if row.state == "current"), "(no pseudonym)")
                lines.append(f"{current}  {where}  since {_when(one.since)}, case {one.case}")
        notes = [note for _, note in await pages(mapping.restrictions.notes, 0) if note.state == "restricted"]
        for note in notes:
            if note.person not in there and note.tenant in tenants:
                lines.append(f"{note.pseudonym}  {note.tenant}  since {_when(note.at)}, case {note.case}; {_LOST}")
        return lines


def _when(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M")
