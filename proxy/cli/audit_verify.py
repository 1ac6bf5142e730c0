"""`scormveil audit verify | prove | key | close`: whether the log is whole, and what shows it to others."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Protocol

import orjson
import typer

from proxy.audit import AuditLog
from proxy.audit.checkpoints import name_of, prefix_of
from proxy.audit.closing import close_logs
from proxy.audit.notebook import checkpoint_of
from proxy.audit.proof import Proof
from proxy.audit.tree import Tree
from proxy.audit.walk import WORDS, Finding, Report
from proxy.cli.audit_filters import MOST_ENTRIES, MOST_LOGS, logs_named, refuse_unknown
from proxy.cli.audit_reading import NEWEST
from proxy.cli.common import DEFAULT_CONFIG, ConfigOption
from proxy.cli.desk import clock, open_desk
from proxy.cli.new_files import new_file, put
from proxy.cli.orders import counted
from proxy.cli.talk import Manner, OfficerFile, OfficerSecret, Yes, actor_of, confirm, console, refuse
from proxy.store.log_port import LogReader, LogRecord
from proxy.tlog.note import Note, parse_note

BROKEN = 1


def build(app: typer.Typer) -> None:
    """Add the commands to the group."""
    app.command("verify")(verify)
    app.command("prove")(prove)
    app.command("key")(key)
    app.command("close")(close)


def verify(
    config: ConfigOption = DEFAULT_CONFIG,
    log: Annotated[int | None, typer.Option(help="Only this log.", min=0, max=MOST_LOGS)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Verify every entry of every log against all checkpoints that are known here. Exit status 1: it is not whole."""
    report = asyncio.run(_verify(config, log))
    if as_json:
        typer.echo(orjson.dumps({"whole": not report.findings, **_figures(report), "findings": report.findings}))
    else:
        for line in _told(report):
            console().print(line, style="bold red" if line.startswith("NOT WHOLE") else None)
    raise typer.Exit(BROKEN if report.findings else 0)


async def _verify(config: Path, only: int | None) -> Report:
    async with open_desk(config) as desk:
        report = await desk.logs.verify(only)
        # A log that was deleted is a finding; one that nobody ever heard of must not be called whole.
        if only is not None and not report.logs and not report.findings:
            await refuse_unknown(only, desk.stores.mapping)
        return report


def _figures(report: Report) -> dict[str, int]:
    names = ("logs", "entries", "checkpoints", "unsigned", "erased", "uncoded", "lost")
    return {name: getattr(report, name) for name in names}


def _told(report: Report) -> Iterator[str]:
    yield (
        f"Looked at {counted(report.entries, 'entry', 'entries')} in {counted(report.logs, 'log', 'logs')}, "
        f"against {counted(report.checkpoints, 'checkpoint', 'checkpoints')}."
    )
    if report.unsigned:
        yield f"  {report.unsigned:,} are newer than the last checkpoint: nothing outside vouches for them yet."
    if report.erased:
        yield f"  {report.erased:,} have lost their salt with a person who was forgotten: their hashes stand."
    if report.uncoded:
        yield f"  {report.uncoded:,} have no keyed code: they are older than the log."
    if report.lost:
        yield f"  {report.lost:,} that were signed are lost, as is recorded: a backup was restored, or a log closed."
    for one in report.findings:
        yield f"NOT WHOLE: {_place(one)}: {WORDS[one.what]}{f' (known from {one.source})' if one.source else ''}"
    if not report.findings:
        yield "The log is whole."


def _place(one: Finding) -> str:
    if one.what in {"forged", "deleted", "closed"}:
        return f"log {one.log}"
    number = f", entry {one.seq}" if one.seq else ""
    if one.first == one.last:
        return f"log {one.log}, position {one.first}{number}"
    return f"log {one.log}, positions {one.first} to {one.last}"


class Notes(Protocol):
    """A place outside the database where checkpoints are kept."""

    def all(self, origin: str, /) -> Sequence[Note]:
        """Those of a log."""


def prove(
    entry: Annotated[
        int, typer.Argument(help="The entry's number, as `audit list` shows it.", min=1, max=MOST_ENTRIES)
    ],
    config: ConfigOption = DEFAULT_CONFIG,
    to: Annotated[Path | None, typer.Option(help="The file to be written; else it goes to standard output.")] = None,
) -> None:
    """Write a proof that an entry is in the log (C2SP tlog-proof), for tools/verify_audit.py or any other verifier."""
    if to is None:
        typer.echo(str(asyncio.run(_prove(config, entry))), nl=False)
        return
    with new_file(to) as file:
        proof = asyncio.run(_prove(config, entry))
        put((file, str(proof).encode()))
    console().print(f"Written: {to}. Position {proof.index} of {proof.note.text.splitlines()[0]}.")


async def _prove(config: Path, seq: int) -> Proof:
    async with open_desk(config) as desk:
        await desk.logs.checkpoints.make()
        prefix, places = prefix_of(await desk.logs.lineage()), desk.logs.outside
        made = await desk.stores.mapping.logs.reading(lambda reader: _proof(reader, seq, prefix, places))
    if isinstance(made, str):
        refuse(made)
    return made


def _proof(reader: LogReader, seq: int, prefix: str, places: Sequence[Notes]) -> Proof | str:
    """The proof, or why there is none; under the checkpoint that most have signed, where witnesses' signatures are."""
    row = reader.leaf(seq)
    if row is None:
        return f"There is no entry {seq}. {NEWEST}"
    if not row.salt:
        return f"Entry {seq} lost its salt with a person who was forgotten: it cannot be proved any more."
    origin = prefix + next(name_of(one) for one in reader.logs() if one.log == row.log)
    known = [parse_note(one.note) for one in reader.checkpoints(row.log)]
    known += [note for place in places for note in place.all(origin)]
    over = [note for note in known if checkpoint_of(note).size > row.pos]
    if not over:
        return f"Entry {seq} is newer than the last checkpoint of its log, which another process signs within a minute."
    best = max(over, key=lambda note: (len(note.signatures), checkpoint_of(note).size))
    try:
        tree = Tree(reader, row.log, checkpoint_of(best).size)
        path, whole = tree.inclusion(row.pos), tree.root() == checkpoint_of(best).root
    except ValueError:
        whole = False
    if not whole:
        return "The log is not whole, so nothing is proved: `scormveil audit verify` says where it breaks."
    return Proof(row.values, row.salt, row.pos, tuple(path), best)


def key(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Print the public keys of the logs, for witnesses and auditors: each a line `name+hash+key`."""
    for line in asyncio.run(_keys(config)):
        typer.echo(line)


async def _keys(config: Path) -> list[str]:
    async with open_desk(config) as desk:
        prefix = prefix_of(await desk.logs.lineage())
        logs = await desk.stores.mapping.logs.all()
        return [str(one) for log in logs for one in desk.logs.keys_of(prefix + name_of(log))]


def close(
    log: Annotated[int | None, typer.Argument(help="The number of the log.", min=0, max=MOST_LOGS)] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Every open log: an older database was put in place.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    yes: Yes = False,
    officer: OfficerFile = None,
    officer_passphrase: OfficerSecret = "",
) -> None:
    """Let nobody write a log any more, after it was found broken: a new one begins, and the act is its first entry."""
    if every is (log is not None):
        refuse("Say which log: its number, or --all, and not both.")
    how = Manner(config, dry_run=False, yes=yes, officer=officer, officer_secret=officer_passphrase)
    asyncio.run(_close(how, log))


async def _close(how: Manner, number: int | None) -> None:
    """Close this log, or all of them."""
    async with open_desk(how.config) as desk:
        open_ones = [one for one in await desk.stores.mapping.logs.all() if not one.closed]
        logs = [one for one in open_ones if number in {None, one.log}]
        if not logs:
            which = "" if number is None else f" {number}"
            refuse(f"There is no open log{which}. {logs_named({one.log for one in open_ones})}")
        actor = actor_of(how, desk.config)
        for line in _plan(logs):
            console().print(line)
        confirm("yes", yes=how.yes)
        mapping = desk.stores.mapping
        await close_logs(mapping.logs, AuditLog(mapping, clock), logs, actor)
        for one in logs:
            console().print(
                f"Log {one.log} is closed. What is wrong with it stays so: `audit verify` goes on saying it."
            )


def _plan(records: Sequence[LogRecord]) -> Iterator[str]:
    for record in records:
        yield f"Plan: close log {record.log} ({record.size:,} entries). Nothing of it is removed or mended."
    yield "A process that writes it goes on with another one. First find out, and write down, what happened to it."
