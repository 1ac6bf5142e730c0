"""`scormveil people access`: what is held on a person and was sent about her, for her to read (GDPR Article 15).

Exit status: 0 written; 1 nobody is known by this, and nothing was written.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import orjson
import typer

from proxy.audit import AuditLog, Entry, Event
from proxy.cli.common import DEFAULT_CONFIG, ConfigOption
from proxy.cli.desk import Desk, clock, open_desk
from proxy.cli.new_files import Draft, folder_for, new_file, put
from proxy.cli.people_collect import collected
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
    check_pseudonym,
    found,
    tenant_of,
)
from proxy.cli.people_grant import granted
from proxy.cli.talk import Manner, OfficerFile, OfficerSecret, actor_of, console, refuse
from proxy.config import Config
from proxy.disclosure import FIELDS, Ask, reference
from proxy.dossier import available, blocks, page, printed, sent
from proxy.people import Kind
from proxy.store import MappingRecord

TITLE = "What is held on you, and what was sent to whom"
_FILES = ("access.json", "access.html", "access.pdf")
_FACING_LMS = frozenset({"postback", "aicc"})
_UNSTATED = "(not stated: people.places in the configuration)"
_HOW = (
    "Each entry above has its number in the log of this installation. The log is a hash tree whose heads are kept "
    "elsewhere, too: nobody can take an entry out, or change one, without being found out. The operator makes a proof "
    "of each entry that you name; it can be checked without this program, with a verifier in tools/ and a public key."
)
_LATER = (
    "The answer of the course service is as of the moment when this was made.",
    "What the person who made this may not see is left out and said so; nothing is left out silently.",
)


@dataclass(frozen=True, slots=True)
class _Wish:
    files: Mapping[str, Draft]
    ask: Ask
    audience: str
    pdf: bool
    who: tuple[str, str, By]


def access(
    *,
    to: Annotated[Path, typer.Option(help="The folder for the files; made (0700) if it is not there.")],
    case: CaseOption,
    reason: ReasonOption = "",
    approval: ApprovalOption = "",
    pseudonym: PseudonymOption = "",
    tenant: TenantOption = "",
    kind: KindOption = By.SUBJECT,
    audience: Annotated[str, typer.Option(help="For which audience's eyes; else each mount's.")] = "",
    pdf: Annotated[bool, typer.Option(help="Write a PDF, too; needs the extra `pdf`.")] = True,
    config: ConfigOption = DEFAULT_CONFIG,
    officer: OfficerFile = None,
    officer_passphrase: OfficerSecret = "",
) -> None:
    """Write a report about a person as a page, a PDF and JSON: IN CLEAR. The audit log says so before."""
    how = Manner(config, dry_run=False, yes=True, officer=officer, officer_secret=officer_passphrase)
    check_case(case, reason)
    ask = Ask("", reason, case, "", approval=approval.strip().lower(), needs=FIELDS, by_identifier=not pseudonym)
    with folder_for(to), ExitStack() as begun:
        files = {name: begun.enter_context(new_file(to / name)) for name in _FILES}
        wish = _Wish(files, ask, audience, pdf, (pseudonym, tenant, kind))
        code = asyncio.run(_access(how, wish))
    raise typer.Exit(code)


async def _access(how: Manner, wish: _Wish) -> int:
    async with open_desk(how.config) as desk:
        if wish.audience and wish.audience not in desk.config.audiences:
            refuse(f"There is no audience {wish.audience}. There are: {', '.join(sorted(desk.config.audiences))}.")
        actor = await asyncio.to_thread(actor_of, how, desk.config)
        pseudonym, tenant, kind = wish.who
        ask = replace(wish.ask, actor=actor, tenant=tenant_of(desk, tenant))
        await desk.disclosure().check(ask)
        people = await found(desk, ask.tenant, check_pseudonym(desk, pseudonym), Kind(kind.value))
        if not people:
            await granted(desk, ask, people)
            console().print("Nobody is known by this. Nothing was written.")
            return NOBODY
        # Before anything is read: what was not granted and recorded is neither opened nor asked for at the cloud.
        grants = await granted(desk, ask, people)
        told = await report(desk, wish.audience, ask.case, people)
        entries = [_entry(one, ask, grant.exchange) for one, grant in zip(people, grants, strict=True)]
        await AuditLog(desk.stores.mapping, clock).append(*entries)
        for line in await asyncio.to_thread(_written, wish, told):
            console().print(line)
        return 0


async def report(desk: Desk, audience: str, case: str, people: Sequence[MappingRecord]) -> dict[str, Any]:
    """The whole report as JSON values. Raises `StoreFailed`, `KeysUnavailable`, `SealFailed`."""
    held = await collected(desk, audience, people)
    own, config = desk.config.people, desk.config
    days = config.upkeep.forget_after_days
    elsewhere = [line for one in held for line in one.pop("not_in_here")]
    return {
        "made": datetime.fromtimestamp(clock() / 1000, UTC).isoformat(timespec="seconds"),
        "case": case,
        "controller": own.model_dump(mode="json", exclude={"places"}),
        "forgotten_after": f"{days} days after you were last seen." if days else "Not forgotten by time alone.",
        "recipients": list(recipients(config, {one.tenant for one in people})),
        "people": [one | {"sent": sent(one["audit"])} for one in held],
        "not_in_here": [*dict.fromkeys(elsewhere), *_LATER],
        "verify": verify([entry["number"] for one in held for entry in one["audit"]]),
    }


def recipients(config: Config, tenants: set[str]) -> Iterator[dict[str, str]]:
    """To whom data of these tenants go, as the configuration says: a row for each mount."""
    for mount in config.mounts:
        if mount.tenant not in tenants:
            continue
        readers = config.audiences[mount.audience]
        seen = "who you are" if readers.reveal else "your pseudonym"
        more = ", and detailed results" if readers.details else ""
        if mount.adapter in _FACING_LMS:
            receives = f"Results of yours; the learning platform's readers ({mount.audience}) see {seen}{more}."
        else:
            receives = f"Your pseudonym, what courses record under it. Its answers show {seen}{more}."
        hosts = [urlsplit(address).hostname or "" for address in (mount.upstream, *mount.origins.values())]
        places = [config.people.places[host] for host in hosts if host in config.people.places]
        yield {
            "mount": mount.name,
            "address": ", ".join(dict.fromkeys(hosts)),
            "receives": receives,
            "place": "; ".join(dict.fromkeys(places)) or _UNSTATED,
        }


def verify(numbers: Sequence[int]) -> dict[str, list[str]]:
    """How the list of entries is checked against the log."""
    ends = [*dict.fromkeys((min(numbers), max(numbers)))] if numbers else []
    return {
        "words": [_HOW],
        "commands": [
            "scormveil audit verify",
            *(f"scormveil audit prove {number} --to entry-{number}.proof" for number in ends),
            *(f"python tools/verify_audit.py proof entry-{number}.proof --key KEY" for number in ends),
        ],
    }


def _written(wish: _Wish, told: dict[str, Any]) -> list[str]:
    """Write the files; says what to do with them."""
    data, shown_page, pdf = (wish.files[name] for name in _FILES)
    shown = blocks(told)
    content = [
        (data, orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n"),
        (shown_page, page(TITLE, shown).encode("utf-8", "replace")),
    ]
    lines = [f"Wrote {shown_page.to} and {data.to}."]
    if wish.pdf and available():
        content.append((pdf, printed(TITLE, shown)))
        lines.append(f"Wrote {pdf.to}.")
    elif wish.pdf:
        lines.append("No PDF: the extra is not installed (pip install 'scormveil[pdf]'). Print the page instead.")
    put(*content, recorded=True)
    lines.append("Everything in them is in clear: hand them over safely, then delete them.")
    return lines


def _entry(one: MappingRecord, ask: Ask, exchange: str) -> Entry:
    return Entry(
        Event.EXPORTED,
        ask.actor,
        one.tenant,
        kind=one.kind,
        pseudonym=one.pseudonym,
        exchange=exchange,
        reason=reference(ask),
        count=1,
    )
