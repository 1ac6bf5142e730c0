"""`scormveil backup`: making, verifying and restoring backups of the two stores, and ending their lives in time."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.status import Status

from keys import KekProvider, PassphraseKek, Secret
from proxy.applications import places_of
from proxy.assemble import open_keys
from proxy.audit import AuditLog, Entry, Event
from proxy.backup import (
    KEYS_KIND,
    MAPPING_KIND,
    Here,
    Order,
    Restore,
    Wish,
    destroy,
    expired_in,
    make_keys,
    make_mapping,
    remove_leftovers,
    verify,
)
from proxy.cli.backup_words import about, happened, when
from proxy.cli.common import DEFAULT_CONFIG, ConfigOption, DryRun, opened_store, urls_of
from proxy.config import beside, load, secret
from proxy.errors import ConfigInvalid
from proxy.keepers import kek_of, keks_of

DAY_MS = 24 * 60 * 60 * 1000
File = Annotated[Path, typer.Argument(help="The backup.")]
Passphrase = Annotated[
    str, typer.Option(help="Seal or open with a passphrase, `env:NAME` or `file:PATH`, instead of the configured key.")
]


def build() -> typer.Typer:
    """Build the group."""
    app = typer.Typer(help="Backups of mapping and key store.", no_args_is_help=True)
    app.command("make")(make)
    app.command("keys")(keys)
    app.command("verify")(verifying)
    app.command("restore")(restore)
    app.command("prune")(prune)
    return app


def make(file: File, config: ConfigOption = DEFAULT_CONFIG, passphrase: Passphrase = "") -> None:
    """Back up mapping, audit log and keyring as they are at this moment, while scormveil serves.

    The data keys of people are not in it (`backup keys`), nor is the key-encryption key.
    """
    settings = load(config)
    console = Console(highlight=False, soft_wrap=True)
    with console.status("…") as status:
        order = _order(config, file, passphrase, MAPPING_KIND, status)
        gist = make_mapping(order, lambda: open_keys(settings, config).opened.sealed)
    for line in about(gist, file):
        console.print(line, markup=False)


def keys(
    file: File,
    config: ConfigOption = DEFAULT_CONFIG,
    days: Annotated[int, typer.Option(help="Days after which it is not to be restored any more.", min=1, max=90)] = 7,
    passphrase: Passphrase = "",
) -> None:
    """Back up the data keys of people. Short-lived: who is forgotten lives on in it until it expires."""
    console = Console(highlight=False, soft_wrap=True)
    with console.status("…") as status:
        order = _order(config, file, passphrase, KEYS_KIND, status)
        gist = make_keys(order, order.now + days * DAY_MS)
    for line in about(gist, file):
        console.print(line, markup=False)


def verifying(file: File, config: ConfigOption = DEFAULT_CONFIG, passphrase: Passphrase = "") -> None:
    """Open a backup and check every row of it. Touches nothing.

    Where there is no configuration (in a safe place) the passphrase alone is enough; then no record is opened.
    """
    console = Console(highlight=False, soft_wrap=True)
    if passphrase and not config.exists():
        gist, tried = verify(file, [_passphrase(passphrase)])
    else:
        gist, tried = verify(file, _keks(config, passphrase), _here(config))
    for line in about(gist, file, tried):
        console.print(line, markup=False)
    if tried is not None and tried.failed:
        raise typer.Exit(1)


def restore(
    file: File,
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    into: Annotated[str, typer.Option(help="Address of the mapping to restore into, if not the configured one.")] = "",
    keys_into: Annotated[str, typer.Option(help="Address of the key store, if not the configured one.")] = "",
    replace: Annotated[bool, typer.Option(help="Put the SQLite files that are there aside.")] = False,
    dry_run: DryRun = False,
    accept_expired: Annotated[bool, typer.Option(help="Restore a key store although its time is over.")] = False,
    accept_older_keyring: Annotated[
        bool, typer.Option(help="Install the keyring although a newer one was in use here.")
    ] = False,
    passphrase: Passphrase = "",
) -> None:
    """Restore a backup of either store, forget again who was forgotten since, and say what was lost.

    Stop scormveil first. Ends with status 1 if records could not be opened.
    """
    console = Console(highlight=False, soft_wrap=True)
    wish = Wish(
        file,
        _keks(config, passphrase),
        _now(),
        into=into,
        keys_into=keys_into,
        replace=replace,
        accept_expired=accept_expired,
        accept_older_keyring=accept_older_keyring,
    )
    with console.status("…") as status:
        one = Restore(wish, _here(config))
        outcome = one.plan() if dry_run else one.do(lambda step: status.update(f"{step} …"))
    for line in happened(outcome, file, dry_run=dry_run):
        console.print(line, markup=False)
    if outcome.tried.failed:
        raise typer.Exit(1)


def prune(
    folder: Annotated[Path, typer.Argument(help="The folder; not those below it.")], dry_run: DryRun = False
) -> None:
    """Destroy the backups of key stores whose time is over, and what killed programs left of some.

    Overwrites them once. That reaches neither snapshots nor copies, nor what a copy-on-write file system, a solid-state
    disk or an object store keeps elsewhere: there only the key that sealed them can be destroyed.
    """
    console = Console(highlight=False, soft_wrap=True)
    found = expired_in(folder, _now())
    for one in found:
        word = "expired" if one.expired else "kept"
        console.print(f"{word}  {when(one.title.expires)}  {one.path.name}", markup=False)
        if one.expired and not dry_run:
            destroy(one.path)
    count = sum(one.expired for one in found)
    left = 0 if dry_run else remove_leftovers(folder)
    console.print(f"{count} expired {'would be destroyed' if dry_run else 'destroyed'}, {len(found) - count} kept.")
    if left:
        console.print(f"{left} unfinished ones destroyed.")


def _order(config: Path, file: Path, passphrase: str, kind: str, status: Status) -> Order:
    settings = load(config)
    mapping, keystore = urls_of(config)
    kek = _passphrase(passphrase) if passphrase else kek_of(settings, config)

    def record() -> None:
        asyncio.run(_record(config, kind))

    def told(table: str, rows: int) -> None:
        status.update(f"{table}: {rows:,}")

    return Order(keystore if kind == KEYS_KIND else mapping, file, kek, _now(), record, told)


async def _record(config: Path, kind: str) -> None:
    store = await opened_store(config)
    try:
        await AuditLog(store).append(Entry(Event.BACKUP_MADE, actor="operator", reason=kind))
    finally:
        await store.close()


def _here(config: Path) -> Here:
    settings = load(config)
    journal = beside(config, settings.keystore.journal)
    return Here(
        *urls_of(config), beside(config, settings.keys.keyring), journal, keks_of(settings, config), places_of(settings)
    )


def _keks(config: Path, passphrase: str) -> Sequence[KekProvider]:
    """What may have sealed a backup."""
    if passphrase:
        return [_passphrase(passphrase)]
    return keks_of(load(config), config)


def _passphrase(reference: str) -> KekProvider:
    """Here a path is relative to the current folder, as everywhere on the command line."""
    try:
        return PassphraseKek(Secret(secret(Path.cwd() / "_", reference).encode()))
    except ConfigInvalid as refused:
        raise typer.BadParameter(refused.problems[0], param_hint="--passphrase") from None


def _now() -> int:
    return time.time_ns() // 1_000_000
