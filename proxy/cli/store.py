"""`scormveil store`: the two databases themselves: their form, what is in them, moving them, what does not fit."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from proxy.assemble import stores_of
from proxy.audit import AuditLog, Entry, Event
from proxy.cli import store_status
from proxy.cli.common import DEFAULT_CONFIG, ConfigOption, DryRun, Yes, opened_store, urls_of
from proxy.config import load
from proxy.errors import StoreFailed
from proxy.store import KEYSTORE, MAPPING, revisions, upgrade
from proxy.store.copying import Compared, copy, fit_to_receive
from proxy.store.engines import parse
from proxy.store.occupancy import workers_on
from proxy.store.snapshot import Snapshot
from proxy.store.statements.upkeep import has_own_keys
from proxy.store.tidying import Tidied, tidy


def build() -> typer.Typer:
    """Build the group."""
    app = typer.Typer(help="The two databases: mapping and key store.", no_args_is_help=True)
    app.command("migrate")(migrate)
    app.command("status")(store_status.status)
    app.command("copy")(copy_to)
    app.command("tidy")(tidying)
    app.command("accept-lost-keys")(accept_lost_keys)
    return app


def migrate(config: ConfigOption = DEFAULT_CONFIG, dry_run: DryRun = False) -> None:
    """Bring both stores to the form that this version works with. Stop scormveil on every node first."""
    console = Console(highlight=False, soft_wrap=True)
    mapping, keystore = urls_of(config)
    steps = [(schema, url, *revisions(url, schema)) for schema, url in ((MAPPING, mapping), (KEYSTORE, keystore))]
    if not all(there for *_, there, _ in steps):
        raise StoreFailed("not-created")
    if not dry_run and any(there != wanted for *_, there, wanted in steps) and workers_on(mapping):
        raise StoreFailed("in-use")
    for schema, url, there, wanted in steps:
        if there == wanted:
            console.print(f"{schema.name}: is at revision {there}, as it should be")
            continue
        if not dry_run:
            upgrade(url, schema)
        console.print(f"{schema.name}: {'would go' if dry_run else 'went'} from revision {there} to {wanted}")


def copy_to(
    to: Annotated[str, typer.Option(help="Address of the new mapping: postgresql+psycopg://… or sqlite:///…")],
    keys_to: Annotated[str, typer.Option(help="Address of the new key store; another database.")],
    config: ConfigOption = DEFAULT_CONFIG,
    dry_run: DryRun = False,
) -> None:
    """Make two other databases equal to both stores, row by row. Repeat it as often as you like, while nodes serve.

    To move: copy while serving, stop scormveil, copy again (seconds), change the configuration, start.
    """
    console = Console(highlight=False, soft_wrap=True)
    mapping, keystore = urls_of(config)
    if parse(to) == parse(keys_to):
        raise typer.BadParameter("mapping and key store must be two databases, or nobody could ever be forgotten")
    # The mapping first: a person's data key is stored before she is, so its key store has the keys of all its people.
    with Snapshot(mapping, MAPPING) as people, Snapshot(keystore, KEYSTORE) as keys:
        if keys.pulse.lineage not in {"", people.pulse.lineage}:
            raise StoreFailed("foreign-key-store")
        for source, url in ((people, to), (keys, keys_to)):
            fit_to_receive(source, url)
        done: list[Compared] = []
        for source, url in ((people, to), (keys, keys_to)):
            with console.status(f"{source.schema.name} …") as shown:
                tables = copy(source, url, dry_run=dry_run, told=lambda name, rows: shown.update(f"{name}: {rows:,}"))
            console.print(_compared(source.schema.name, tables))
            done += tables
    _say_what_was_copied(console, done, to, keys_to, dry_run=dry_run)


def _compared(title: str, tables: Sequence[Compared]) -> Table:
    table = Table(box=None, title=title, title_justify="left", title_style="bold")
    for head in ("table", "rows compared", "inserted", "updated", "deleted", "sha-256"):
        table.add_column(head, justify="left" if head in {"table", "sha-256"} else "right", no_wrap=True)
    for one in tables:
        counts = (one.rows, one.inserted, one.updated, one.deleted)
        table.add_row(one.table, *(f"{count:,}" for count in counts), one.digest[:16])
    return table


def _say_what_was_copied(console: Console, done: Sequence[Compared], to: str, keys_to: str, *, dry_run: bool) -> None:
    changed = sum(one.changed for one in done)
    if dry_run:
        console.print(f"{changed:,} rows would be changed. Nothing was.")
        return
    if changed:
        console.print(f"{changed:,} rows were changed; then all {sum(one.rows for one in done):,} were compared.")
    console.print("identical" if not changed else "identical now. What comes after this moment is not in the copy.")
    console.print("To use it, with scormveil stopped and this command repeated until nothing changes:\n")
    for name, url in (("store", to), ("keystore", keys_to)):
        address = parse(url)
        shown = f"sqlite:///{address.path}" if address.path else address.url.render_as_string(hide_password=True)
        console.print(f'[{name}]\nurl = "{shown}"', markup=False)


def tidying(config: ConfigOption = DEFAULT_CONFIG, dry_run: DryRun = False, yes: Yes = False) -> None:
    """Remove what leads to nobody: data keys, index values and pseudonyms without a person."""
    console = Console(highlight=False, soft_wrap=True)
    mapping, keystore = urls_of(config)
    found = tidy(mapping, keystore, dry_run=True)
    console.print(
        f"{found.keys:,} data keys, {found.lookups:,} index values, {found.pseudonyms:,} pseudonyms lead to nobody."
    )
    if dry_run or not found.total:
        return
    if found.keys and not yes:
        console.print("With these data keys nobody can be read any more in newer copies of the mapping than this one.")
        typer.confirm("Destroy them?", abort=True)
    gone = tidy(mapping, keystore, dry_run=False)
    asyncio.run(_record_tidied(config, gone))
    console.print(f"Removed {gone.total:,}.")


async def _record_tidied(config: Path, gone: Tidied) -> None:
    store = await opened_store(config)
    try:
        await AuditLog(store).append(Entry(Event.TIDIED, actor="operator", count=gone.total))
    finally:
        await store.close()


def accept_lost_keys(config: ConfigOption = DEFAULT_CONFIG, yes: Yes = False) -> None:
    """Say that the key store is lost for good, so that scormveil starts with an empty one (`key-store-new`)."""
    console = Console(highlight=False, soft_wrap=True)
    mapping, keystore = urls_of(config)
    with Snapshot(mapping, MAPPING) as people, Snapshot(keystore, KEYSTORE) as keys:
        lineage, theirs, count = people.pulse.lineage, keys.pulse.lineage, people.count("people")
        expected = has_own_keys(people.connection)
    if theirs == lineage or not (theirs or expected):
        console.print("No data keys are missed here: there is nothing to accept.")
        return
    if theirs:
        raise StoreFailed("foreign-key-store")
    console.print(
        f"{count:,} people cannot be read until each launches again; then she is, under the same pseudonym. Until then "
        "results that name her are refused."
    )
    if not yes:
        typer.confirm("Are their data keys lost for good?", abort=True)
    asyncio.run(_accept(config, lineage, count))
    console.print("Accepted and recorded. Start scormveil.")


async def _accept(config: Path, lineage: str, count: int) -> None:
    stores = stores_of(load(config), config)
    await stores.mapping.open()
    try:
        await stores.keystore.open()
        await AuditLog(stores.mapping).append(Entry(Event.KEYS_LOST_ACCEPTED, actor="operator", count=count))
        await stores.keystore.adopt(lineage)
    finally:
        await stores.keystore.close()
        await stores.mapping.close()
