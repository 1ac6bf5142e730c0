"""`scormveil attack`: ENISA's adversaries against this installation. Names nobody.

Exit status: 0 everything withstood; 1 findings; 2 it could not be done.
"""

import asyncio
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Annotated

import orjson
import typer

from keys import PseudonymScheme, hex_form
from proxy.attack import (
    Held,
    Result,
    Search,
    Verdict,
    as_html,
    balance,
    guessed_keys,
    held_in,
    held_of,
    join,
    names,
    standing_in,
    tenants,
    times,
    uniqueness,
    weak_keys,
)
from proxy.audit import AuditLog, Entry, Event
from proxy.cli.attack_files import Guesses, cloud_file, launches
from proxy.cli.attack_files import candidates as candidates_of
from proxy.cli.common import DEFAULT_CONFIG, ConfigOption
from proxy.cli.desk import Desk, clock, now, open_desk
from proxy.cli.disclosure_rules import rules_of
from proxy.cli.new_files import new_file, put
from proxy.cli.talk import Manner, OfficerFile, OfficerSecret, actor_of, console, refuse
from proxy.config import load
from proxy.errors import DisclosureRefused

FOUND = 1
_PAGE = 1000
_SEEN = frozenset({Event.MINTED.value, Event.SESSION_OPENED.value})


@dataclass(slots=True)
class _Collected:
    people: list[Held] = field(default_factory=list)
    tokens: list[tuple[str, str]] = field(default_factory=list)
    moments: list[tuple[str, int]] = field(default_factory=list)
    closed: int = 0
    """People whose data key is gone."""


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
        Path | None,
        typer.Option(
            help="What the cloud holds: a CSV, JSON or text file exported there.",
            exists=True,
            dir_okay=False,
            readable=True,
        ),
    ] = None,
    lms: Annotated[
        Path | None,
        typer.Option(
            help="The LMS's log of launches: a line for each, `learner id,time`.",
            exists=True,
            dir_okay=False,
            readable=True,
        ),
    ] = None,
    most: Annotated[int, typer.Option(help="Try this many candidates at most.", min=1)] = 1_000_000,
    show: Annotated[bool, typer.Option("--show", help="Also the ordinal numbers of candidates that hit.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as one JSON object.")] = False,
    html: Annotated[Path | None, typer.Option(help="Also write a page to this file, which must not be there.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    officer: OfficerFile = None,
    officer_passphrase: OfficerSecret = "",
) -> None:
    """Attack what is held here as ENISA's adversaries would. Names nobody; ends with 1 if something is found."""
    if pattern and candidates:
        refuse("Give --pattern or --candidates, not both.")
    if show and load(config).disclosure is not None:
        refuse("--show tells who of the candidates is known, and with [disclosure] that is a look-up: `people find`.")
    how = Manner(config, dry_run=False, yes=True, officer=officer, officer_secret=officer_passphrase)
    guesses = Guesses(pattern, candidates, cloud_file(cloud), launches(lms), most)
    with new_file(html) if html is not None else nullcontext() as file:
        results, hits = asyncio.run(_attack(how, guesses))
        if file is not None:
            put((file, as_html(results, now().strftime("%Y-%m-%d %H:%M UTC")).encode()))
    _tell(results, hits if show else {}, as_json=as_json)
    if any(one.verdict is Verdict.FOUND for one in results):
        raise typer.Exit(FOUND)


def _tell(results: list[Result], hits: dict[str, list[int]], *, as_json: bool) -> None:
    if as_json:
        told = {"results": [asdict(one) for one in results], "hits": hits}
        typer.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())
        return
    out = console()
    for one in results:
        out.print(f"{one.attack}: {one.verdict.value}. {one.says}", markup=False)
        for name, number in one.numbers.items():
            out.print(f"  {number:>14,}  {name}", markup=False)
    for heap, numbers in hits.items():
        out.print(f"candidates that hit {heap}: {', '.join(map(str, numbers))}", markup=False)


async def _attack(how: Manner, guesses: Guesses) -> tuple[list[Result], dict[str, list[int]]]:
    wanted = await asyncio.to_thread(candidates_of, guesses)
    async with open_desk(how.config) as desk:
        actor = await asyncio.to_thread(actor_of, how, desk.config)
        rules = rules_of(desk.config)
        if rules is not None and not rules.has(actor, frozenset(rules.roles)):
            raise DisclosureRefused("no-role")
        # Before anybody's record is opened.
        await AuditLog(desk.stores.mapping, clock).append(Entry(Event.ATTACK_RUN, actor))
        held = await _collected(desk)
        return await asyncio.to_thread(_results, held, desk.keys.scheme, guesses, wanted)


async def _collected(desk: Desk) -> _Collected:
    """Everybody, page by page."""
    held = _Collected()
    records, upkeep, after = desk.records(), desk.stores.mapping.upkeep, ""
    while page := await upkeep.people(after, _PAGE):
        after = page[-1].person
        opened = await records.open(page)
        for one in page:
            held.tokens.append((one.pseudonym, one.person))
            held.moments += ((one.pseudonym, one.created), (one.pseudonym, one.last_seen))
            known = opened[one.person]
            if known is None:
                held.closed += 1
            else:
                held.people.append(held_of(one.tenant, one.kind, known.person))
                held.tokens += ((other, one.person) for other in known.person.others)
    number = 0
    while entries := await desk.stores.mapping.read_audit(number, _PAGE):
        number = entries[-1][0]
        held.moments += ((one.pseudonym, one.at) for _, one in entries if one.event in _SEEN and one.pseudonym)
    return held


def _results(
    held: _Collected, scheme: PseudonymScheme, guesses: Guesses, wanted: tuple[Iterable[str], int] | None
) -> tuple[list[Result], dict[str, list[int]]]:
    unopened = Result(
        "records",
        Verdict.REMAINS if held.people else Verdict.NOT_RUN,
        "Some records do not open, for their data keys are gone: nothing below says anything of these people.",
        {"opened": len(held.people), "not opened": held.closed},
    )
    if held.closed and not held.people:
        return [unopened], {}
    dictionary, hits = _dictionary(held, scheme, guesses, wanted)
    return [
        *([unopened] if held.closed else []),
        dictionary,
        standing_in(held.people, guesses.cloud, frozenset(token for token, _ in held.tokens)),
        names(held.people, scheme),
        times(held.moments),
        _joined(held, guesses),
        uniqueness(held.people, held.tokens, scheme),
        balance([token for token, _ in held.tokens]),
        tenants(held.people, scheme),
        weak_keys(held.people, guessed_keys()),
    ], hits


def _joined(held: _Collected, guesses: Guesses) -> Result:
    """With the times of the cloud's file where it has any, else with those that are known here."""
    theirs = guesses.cloud.moments if guesses.cloud is not None and guesses.cloud.moments else held.moments
    return join(theirs, guesses.launches, {one.pseudonym: frozenset(one.spelled) for one in held.people})


def _dictionary(
    held: _Collected, scheme: PseudonymScheme, guesses: Guesses, wanted: tuple[Iterable[str], int] | None
) -> tuple[Result, dict[str, list[int]]]:
    if wanted is None:
        says = "Give --pattern or --candidates: the form of your learner ids."
        return Result("dictionary", Verdict.NOT_RUN, says), {}
    candidates, size = wanted
    tokens = [token for token, _ in held.tokens]
    ours = held_in(word for token in tokens for word in (token, hex_form(token), scheme.alias(token)))
    unsalted = frozenset(
        hashlib.sha1(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()
        for one in held.people
        for text in one.spelled
    )
    heaps = {"our pseudonyms": ours, "unsalted hashes instead": unsalted}
    if guesses.cloud is not None:
        heaps["what the cloud holds"] = frozenset(guesses.cloud.words)
    search, began = Search(heaps), perf_counter()
    search.run(_first(candidates, guesses.most))
    seconds = max(perf_counter() - began, 1e-9)
    count = {name: len(search.values.get(name, ())) for name in heaps}
    rate = search.tried / seconds
    numbers = {
        "candidates": size,
        "tried": search.tried,
        "candidates a second": round(rate),
        "seconds for all of them": round(size / max(rate, 1.0), 1),
    } | {f"hits: {name}": number for name, number in count.items()}
    bad = count["our pseudonyms"] + count.get("what the cloud holds", 0)
    says = "The dictionary undoes what is held." if bad else "No candidate leads to anything that is held."
    return Result("dictionary", Verdict.FOUND if bad else Verdict.WITHSTOOD, says, numbers), search.hits


def _first(candidates: Iterable[str], most: int) -> Iterator[str]:
    for number, one in enumerate(candidates):
        if number == most:
            return
        yield one
