"""`scormveil people find`: who is behind a pseudonym, which pseudonyms somebody has. Asked for and recorded first.

Exit status: 0 found; 1 nobody is known by this.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import orjson
import typer

from keys import KeyringError
from proxy.cli.common import DEFAULT_CONFIG, ConfigOption
from proxy.cli.desk import Desk, open_desk
from proxy.cli.orders import counted
from proxy.cli.people_found import (
    NOBODY,
    ApprovalOption,
    CaseOption,
    PseudonymOption,
    ReasonOption,
    TenantOption,
    check_case,
    found,
    named,
    tenant_of,
    typed,
)
from proxy.cli.people_grant import granted
from proxy.cli.talk import Manner, OfficerFile, OfficerSecret, actor_of, console, refuse
from proxy.disclosure import Ask
from proxy.identity import check_sought, in_clear
from proxy.people import Cleartext, Kind
from proxy.store import MappingRecord
from proxy.upkeep.opening import open_one
from proxy.upkeep.seeking import Seeking

_FIELDS: Mapping[str, tuple[str, ...]] = {
    "id": ("subject", "account", "openid", "registration"),
    "name": ("name", "given", "family"),
    "email": ("email", "email-sha1"),
}


class FindBy(StrEnum):
    """What an identifier is; by a name every record has to be read."""

    SUBJECT = "subject"
    EMAIL = "email"
    OPENID = "openid"
    ACCOUNT = "account"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class _Look:
    pseudonym: str
    tenant: str
    kind: FindBy
    everywhere: bool


def find(
    *,
    case: CaseOption,
    reason: ReasonOption = "",
    approval: ApprovalOption = "",
    pseudonym: PseudonymOption = "",
    tenant: TenantOption = "",
    kind: Annotated[
        FindBy, typer.Option(help="What the identifier is; by name every record is read.")
    ] = FindBy.SUBJECT,
    everywhere: Annotated[
        bool, typer.Option("--everywhere", help="An address: also where it is not what she is known by.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    officer: OfficerFile = None,
    officer_passphrase: OfficerSecret = "",
) -> None:
    """Find a person: her pseudonyms, dates, whether restricted; by pseudonym also who she is, where you may see it."""
    how = Manner(config, dry_run=False, yes=True, officer=officer, officer_secret=officer_passphrase)
    check_case(case, reason)
    if everywhere and kind is not FindBy.EMAIL:
        refuse("--everywhere is for addresses: --kind email.")
    look = _Look(pseudonym.strip().lower(), tenant, kind, everywhere)
    ask = Ask(
        "",
        reason,
        case,
        "",
        approval=approval.strip().lower(),
        needs=frozenset() if pseudonym else frozenset({"pseudonyms"}),
        by_identifier=not pseudonym,
    )
    told = asyncio.run(_find(how, look, ask))
    if as_json:
        typer.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())
    else:
        for line in _lines(told) if told else ["Nobody is known by this."]:
            console().print(line)
    raise typer.Exit(0 if told else NOBODY)


async def _find(how: Manner, look: _Look, ask: Ask) -> list[dict[str, Any]]:
    async with open_desk(how.config) as desk:
        where = tenant_of(desk, look.tenant)
        actor = await asyncio.to_thread(actor_of, how, desk.config)
        ask = replace(ask, actor=actor, tenant=where)
        await desk.disclosure().check(ask)
        people = await _people(desk, where, look)
        grants = await granted(desk, ask, people)
        shows = look.pseudonym != ""
        return [
            await _told(desk, one, look.pseudonym, grant.fields if shows else grant.fields & {"pseudonyms"})
            for one, grant in zip(people, grants, strict=False)
        ]


async def _people(desk: Desk, where: str, look: _Look) -> Sequence[MappingRecord]:
    if look.pseudonym:
        if not desk.keys.scheme.valid(look.pseudonym):
            raise KeyringError("not-a-pseudonym")
        return await found(desk, where, look.pseudonym, Kind.SUBJECT)
    kind = Kind(look.kind.value)
    if kind is not Kind.NAME and not look.everywhere:
        return await found(desk, where, "", kind)
    with named(kind):
        text = Cleartext(kind, typed(kind))
        check_sought(text)
    seeking = Seeking(desk.records(), desk.stores.mapping.upkeep)
    people = await seeking.called(where, text, lambda _count: None)
    if seeking.unread:
        records = counted(seeking.unread, "record", "records")
        console(stderr=True).print(f"{records} could not be read: whoever they are of may be meant as well.")
    return people


async def _told(desk: Desk, one: MappingRecord, asked: str, fields: frozenset[str]) -> dict[str, Any]:
    """What may be said of a person, as JSON values."""
    mapping = desk.stores.mapping
    rows = await mapping.upkeep.pseudonyms(one.person)
    restricted = await mapping.restrictions.of(one.person)
    shown = rows if "pseudonyms" in fields else [row for row in rows if row.pseudonym == asked]
    told: dict[str, Any] = {
        "pseudonyms": [
            {"pseudonym": row.pseudonym, "state": row.state, "since": _when(row.since), "key": row.key_id}
            for row in shown
        ],
        "tenant": one.tenant,
        "known_by": one.kind,
        "since": _when(one.created),
        "last_seen": _when(one.last_seen),
        "registrations": len(await mapping.upkeep.belongings(one.person)),
        "restricted": {"since": _when(restricted.since), "case": restricted.case} if restricted else None,
    }
    wanted = [kind for field in sorted(fields & _FIELDS.keys()) for kind in _FIELDS[field]]
    if wanted:
        known = await open_one(desk.records(), one)
        texts = in_clear(known)["texts"] if known is not None else {}
        told["texts"] = {kind: texts[kind] for kind in wanted if kind in texts}
    return told


def _lines(told: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for one in told:
        for row in one["pseudonyms"]:
            yield f"{row['pseudonym']}  {row['state']} since {row['since']}, key {row['key']}"
        yield f"    tenant {one['tenant']}, known by {one['known_by']}, since {one['since']}, seen {one['last_seen']}"
        held = one["restricted"]
        use = f"restricted since {held['since']}, case {held['case']}" if held else "not restricted"
        yield f"    {counted(one['registrations'], 'registration', 'registrations')} known here by an id; {use}"
        for kind, texts in one.get("texts", {}).items():
            yield from (f"    {kind}: {_harmless(text)}" for text in texts)


def _harmless(text: str) -> str:
    """A name must not steer a terminal."""
    return "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in text)


def _when(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="seconds")
