"""`scormveil people export`: what is held on one person, in a file that only its owner can read."""

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import orjson
import typer

from keys import KeyringError
from proxy.audit import AuditLog, Entry, Event
from proxy.cli.common import DEFAULT_CONFIG, ConfigOption
from proxy.cli.desk import clock, open_desk
from proxy.cli.new_files import Draft, new_file, put
from proxy.cli.people_collect import collected
from proxy.cli.people_found import NOBODY, By, found, tenant_of
from proxy.cli.people_grant import granted
from proxy.cli.talk import Manner, OfficerFile, OfficerSecret, actor_of, console, refuse
from proxy.disclosure import FIELDS, Ask, reference
from proxy.people import Kind

_REFERENCE = re.compile(r"[a-z0-9._:/-]{1,80}")


def export(
    *,
    to: Annotated[Path, typer.Option(help="The file to write; it must not be there yet.")],
    reason: Annotated[
        str,
        typer.Option(
            help="A reference of yours (a ticket): lower-case letters, digits, . _ : / - only. With [disclosure] in "
            "the configuration: one of its reasons."
        ),
    ],
    case: Annotated[str, typer.Option(help="With [disclosure]: the case number. It goes into the audit log.")] = "",
    approval: Annotated[str, typer.Option(help="With [disclosure]: the request that a second officer approved.")] = "",
    pseudonym: Annotated[str, typer.Option(help="Her pseudonym (sv1…). Without it her identifier is asked for.")] = "",
    tenant: Annotated[str, typer.Option(help="Her tenant; needed where there are several.")] = "",
    kind: Annotated[
        By,
        typer.Option(help="What the identifier is; an account: home page, blank, name."),
    ] = By.SUBJECT,
    audience: Annotated[
        str, typer.Option(help="For which audience's eyes: `details` says what it may see. Else each mount's.")
    ] = "",
    config: ConfigOption = DEFAULT_CONFIG,
    officer: OfficerFile = None,
    officer_passphrase: OfficerSecret = "",
) -> None:
    """Write down what is held on a person, here and in the cloud: IN CLEAR. The audit log says that you did."""
    how = Manner(config, dry_run=False, yes=True, officer=officer, officer_secret=officer_passphrase)
    if not _REFERENCE.fullmatch(reason):
        refuse("--reason: a reference of yours, of lower-case letters, digits and . _ : / - only; no name.")
    why = Ask("", reason, case, "", approval=approval.strip().lower(), needs=FIELDS, by_identifier=not pseudonym)
    with new_file(to) as file:
        code = asyncio.run(_export(how, file, why, audience, (pseudonym.strip().lower(), tenant, kind)))
    raise typer.Exit(code)


async def _export(how: Manner, file: Draft, why: Ask, audience: str, who: tuple[str, str, By]) -> int:
    pseudonym, tenant, kind = who
    async with open_desk(how.config) as desk:
        if audience and audience not in desk.config.audiences:
            refuse(f"There is no audience {audience}. There are: {', '.join(sorted(desk.config.audiences))}.")
        where = tenant_of(desk, tenant)
        if pseudonym and not desk.keys.scheme.valid(pseudonym):
            raise KeyringError("not-a-pseudonym")
        actor = await asyncio.to_thread(actor_of, how, desk.config)
        why = replace(why, actor=actor, tenant=where)
        await desk.disclosure().check(why)
        people = await found(desk, where, pseudonym, Kind(kind.value))
        if not people:
            await granted(desk, why, people)
            console().print(f"Nobody in tenant {where} is known by this. Nothing was written.")
            return NOBODY
        # Before anything is read: what was not granted and recorded is neither opened nor asked for at the cloud.
        grants = await granted(desk, why, people)
        told = await collected(desk, audience, people)
        content = orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n"
        await AuditLog(desk.stores.mapping, clock).append(
            *(
                Entry(
                    Event.EXPORTED,
                    actor,
                    one.tenant,
                    kind=one.kind,
                    pseudonym=one.pseudonym,
                    exchange=grant.exchange,
                    reason=reference(why),
                    count=1,
                )
                for one, grant in zip(people, grants, strict=True)
            )
        )
        await asyncio.to_thread(put, (file, content), recorded=True)
        console().print(f"Wrote {file.to}: everything in it is in clear. Hand it over safely, then delete it.")
        return 0
