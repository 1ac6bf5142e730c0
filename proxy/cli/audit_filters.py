"""Which entries are meant: the options that `audit list` and `audit export` share."""

import functools
import inspect
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from proxy.audit import Event
from proxy.cli.talk import refuse
from proxy.config import Config
from proxy.store import AuditQuery, SqlStore

MOST_LOGS = 2**31 - 1
MOST_ENTRIES = 2**62
"""More than any database numbers: what is beyond it is refused before it is asked for."""

Since = Annotated[str, typer.Option(help="From then on: 2026-11-28, 2026-11-28T09:30, 30m, 2h, 7d or 4w ago (UTC).")]
Until = Annotated[str, typer.Option(help="Up to then, in the same forms; a day is meant with its end.")]
Actor = Annotated[str, typer.Option(help="Who did it: browser, cloud, system, operator, an officer's name.")]
Events = Annotated[list[str] | None, typer.Option("--event", "--action", help="What happened; several are allowed.")]
Tenant = Annotated[str, typer.Option(help="Of this tenant.")]
Mount = Annotated[str, typer.Option(help="At this mount.")]
Route = Annotated[str, typer.Option(help="On this route.")]
Kind = Annotated[str, typer.Option(help="Of this kind: subject, email, lookup …")]
Pseudonyms = Annotated[
    list[str] | None, typer.Option("--pseudonym", help="With this pseudonym (sv1…); several are allowed.")
]
Person = Annotated[
    str, typer.Option(help="With any pseudonym that whoever has or had this one ever had, as far as it is remembered.")
]
Log = Annotated[
    int | None, typer.Option(help="In this log; there is one for each process that wrote.", min=0, max=MOST_LOGS)
]
KeyId = Annotated[str, typer.Option("--key", help="With this key: four letters.")]
Exchange = Annotated[str, typer.Option("--incident", "--exchange", help="Of this incident or exchange.")]
Reason = Annotated[str, typer.Option(help="With this reason.")]

_AGO = re.compile(r"([0-9]{1,6})([mhdw])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TOKEN = re.compile(r"sv[0-9][a-z0-9]{37}")


@dataclass(frozen=True, slots=True)
class Filters:
    """The options as they were given; `with_filters` makes them options of a command."""

    since: Since = ""
    until: Until = ""
    actor: Actor = ""
    events: Events = None
    tenant: Tenant = ""
    mount: Mount = ""
    route: Route = ""
    kind: Kind = ""
    pseudonyms: Pseudonyms = None
    person: Person = ""
    key_id: KeyId = ""
    exchange: Exchange = ""
    reason: Reason = ""
    log: Log = None

    def given(self) -> list[tuple[str, str]]:
        """What was asked for, by the options' names."""
        words = {field.name: getattr(self, field.name) for field in fields(self)}
        words["log"] = "" if self.log is None else str(self.log)
        told = {name: " ".join(word) if isinstance(word, list) else word for name, word in words.items()}
        return [(name, word) for name, word in told.items() if word]

    def query(self, now: datetime) -> AuditQuery:
        """What they ask for, but for `person`; refuses what cannot be meant."""
        known = [event.value for event in Event]
        if not set(self.events or ()) <= set(known):
            refuse(f"--event: there is no such event. There are: {', '.join(known)}.")
        tokens = tuple(one.strip().lower() for one in self.pseudonyms or ())
        for one in (*tokens, *([self.person.strip().lower()] if self.person else [])):
            if not _TOKEN.fullmatch(one):
                refuse("A pseudonym begins with sv1 and has 40 letters and digits; nothing else can be looked for.")
        since = moment_of(self.since, now, "--since", end=False) if self.since else None
        until = moment_of(self.until, now, "--until", end=True) if self.until else None
        if since is not None and until is not None and since >= until:
            refuse("--since is not before --until, so no entry can be between them. Exchange them.")
        return AuditQuery(
            since=since,
            until=until,
            events=tuple(self.events or ()),
            pseudonyms=tokens,
            actor=self.actor,
            tenant=self.tenant,
            mount=self.mount,
            route=self.route,
            kind=self.kind,
            log=self.log,
            key_id=self.key_id,
            exchange=self.exchange,
            reason=self.reason,
        )


def with_filters(command: Callable[..., None]) -> Callable[..., None]:
    """The command with an option for each member of its argument `filters`: what typer reads is the signature."""
    options = [
        one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in inspect.signature(Filters).parameters.values()
    ]
    own = inspect.signature(command)
    others = [one for one in own.parameters.values() if one.name != "filters"]

    @functools.wraps(command)
    def run(**given: Any) -> None:
        filters = Filters(**{one.name: given.pop(one.name) for one in options})
        command(filters=filters, **given)

    vars(run)["__signature__"] = own.replace(parameters=[*others, *options])
    return run


async def asked(filters: Filters, store: SqlStore, now: datetime, config: Config) -> AuditQuery:
    """What is asked of the store: `person` becomes all pseudonyms she ever had. Refuses, raises `StoreFailed`."""
    query = filters.query(now)
    if filters.log is not None:
        await refuse_unknown(filters.log, store)
    if not filters.person:
        return query
    if config.disclosure is not None:
        refuse(
            "--person tells which pseudonyms are one person's, and with [disclosure] that wants a reason: "
            "`scormveil people find --pseudonym` shows them; then give each with --pseudonym."
        )
    one = filters.person.strip().lower()
    # A pseudonym that leads to nobody (retired, or forgotten long ago) is still one that entries may have.
    hers = {one, *await store.ledger.pseudonyms_ever(one)}
    if query.pseudonyms and not hers & set(query.pseudonyms):
        refuse("--pseudonym and --person are two people's; no entry can be both's.")
    return replace(query, pseudonyms=tuple(sorted(hers & set(query.pseudonyms) if query.pseudonyms else hers)))


async def refuse_unknown(log: int, store: SqlStore) -> None:
    """Refuse a log that nobody knows of; one that was deleted is known by its entries. Raises `StoreFailed`."""
    known = {one.log for one in await store.logs.all()} | {*await store.ledger.heads()}
    if log not in known:
        refuse(f"There is no log {log}. {logs_named(known)}")


def logs_named(known: Collection[int]) -> str:
    """A sentence that says which logs there are."""
    return f"There are: {', '.join(map(str, sorted(known)))}." if known else "Nothing has been written yet."


def moment_of(text: str, now: datetime, option: str, *, end: bool) -> int:
    """Milliseconds since 1970 of a moment in ISO 8601 (UTC unless it says otherwise), or so long ago.

    With `end` a day alone is the beginning of the next one. Refuses anything else.
    """
    ago = _AGO.fullmatch(text)
    try:
        if ago:
            found = now - int(ago[1]) * _UNITS[ago[2]]
        else:
            found = datetime.fromisoformat(text)
            found = found if found.tzinfo else found.replace(tzinfo=UTC)
            found += timedelta(days=1) if end and _DAY.fullmatch(text) else timedelta()
    except (ValueError, OverflowError):
        refuse(f"{option} takes a day (2026-11-28), a moment (2026-11-28T09:30), or so long ago (30m, 2h, 7d, 4w).")
    return int((found - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1))
