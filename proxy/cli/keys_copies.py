"""`scormveil keys export` and `keys import`: a copy of the keyring for the safe, and the way back from it."""

import asyncio
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from keys import Keyring, KeyringError, KeyRoom, PassphraseKek, Purpose, Secret, export_keyring, import_keyring
from keys.codec import KEYRING
from keys.files import SIZE_LIMIT, create_private
from proxy.assemble import Stores
from proxy.audit import AuditLog, Entry, Event
from proxy.audit.checkpoints import RoomMac
from proxy.audit.closing import close_logs
from proxy.cli.common import DEFAULT_CONFIG, ConfigOption
from proxy.cli.desk import approvals_of, clock, longest_session_ms, open_desk, open_stores
from proxy.cli.keys_acts import say_requested, say_who_heard
from proxy.cli.orders import counted
from proxy.cli.talk import (
    DryRun,
    Manner,
    OfficerFile,
    OfficerSecret,
    Yes,
    actor_of,
    confirm,
    console,
    identify,
    passphrase,
    refuse,
)
from proxy.config import Config, load
from proxy.founding import ground_is_laid, lay_ground
from proxy.keepers import RingFile
from proxy.upkeep import Importing
from proxy.upkeep.importing import Prospect
from proxy.upkeep.survey import Need, survey

CopySecret = Annotated[
    str, typer.Option("--passphrase", help="Of the export: env:NAME or file:PATH; else it is asked.")
]
_SHOWN = 5


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("export")(export)
    app.command("import")(bring_back)


def export(
    file: Annotated[Path, typer.Argument(help="Where to; nothing is overwritten.")],
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    secret: CopySecret = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    officer: OfficerFile = None,
    officer_passphrase: OfficerSecret = "",
) -> None:
    """Write a copy of the keyring for the safe, sealed by a passphrase of its own."""
    asyncio.run(_export(file, secret, Manner(config, dry_run, yes, officer, officer_passphrase)))


async def _export(file: Path, secret: str, how: Manner) -> None:
    async with open_desk(how.config) as desk:
        out = console()
        if await asyncio.to_thread(os.path.lexists, file):
            raise KeyringError("export-exists")
        generation = desk.ring.generation
        out.print(f"Plan: write all {len(desk.ring.keys)} keys of generation {generation} to {file}.")
        out.print("Whoever has the file and the passphrase has every key. It does not follow later rotations.")
        if how.dry_run:
            out.print("Nothing was changed: this was a dry run.")
            return
        actor = actor_of(how, desk.config)
        kek = passphrase(secret, "Passphrase of the copy", new=True)
        confirm("yes", yes=how.yes)
        content = Secret(await asyncio.to_thread(export_keyring, desk.ring, kek))
        entry = Entry(Event.KEYRING_EXPORTED, actor=actor, reason=f"generation:{generation}", count=1)
        await AuditLog(desk.stores.mapping, clock).append(entry)
        await asyncio.to_thread(create_private, file, content, "export", lambda path: _opens(path, kek))
        out.print(f"Done: {file}. Put file and passphrase into two different safes.")


def _opens(path: Path, kek: PassphraseKek) -> None:
    import_keyring(path.read_bytes(), kek)


@dataclass(frozen=True, slots=True)
class Copy:
    """An export that was opened, and the SHA-256 of its file."""

    ring: Keyring
    digest: str


def read_copy(file: Path, secret: str, ring_file: RingFile) -> Copy:
    """Open an export, or a keyring file from a backup. Its mode does not matter: it comes from a stick, and is sealed.

    Raises KeyringError `export-missing`, `export-…`, `kek-passphrase`; for a keyring file `keyring-…`, `kek-…`.
    """
    try:
        with file.open("rb") as stream:
            content = stream.read(SIZE_LIMIT + 1)
    except OSError:
        raise KeyringError("export-missing") from None
    if _is_keyring(content):
        ring = ring_file.peek(content).ring
    else:
        ring = import_keyring(content, passphrase(secret, "Passphrase of the copy"))
    return Copy(ring, hashlib.sha256(content).hexdigest())


def _is_keyring(content: bytes) -> bool:
    """Whether it claims to be a keyring file; what it really is, opening it tells."""
    return f'"{KEYRING}"'.encode() in content


def bring_back(
    file: Annotated[Path | None, typer.Argument(help="An export, or a keyring file.")] = None,
    *,
    from_key_store: Annotated[
        bool, typer.Option("--from-key-store", help="No export: the newest keyring, which the key store holds.")
    ] = False,
    accept: Annotated[
        bool, typer.Option("--accept", help="Even if a later keyring was in use: its newer keys are lost.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    secret: CopySecret = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    officer: OfficerFile = None,
    officer_passphrase: OfficerSecret = "",
) -> None:
    """Put a copy of the keyring in force where the keyring file is lost: it is never written over one."""
    if (file is None) is not from_key_store:
        refuse("Say either which export (FILE), or --from-key-store.")
    asyncio.run(_import(file, secret, Manner(config, dry_run, yes, officer, officer_passphrase), accept=accept))


async def _import(file: Path | None, secret: str, how: Manner, *, accept: bool) -> None:
    config = load(how.config)
    ring_file = RingFile(config, how.config)
    await asyncio.to_thread(ring_file.refuse_if_there)
    copy = read_copy(file, secret, ring_file) if file is not None else None
    older = await _show(copy, config, how.config, accept=accept)
    if how.dry_run:
        console().print("Nothing was changed: this was a dry run.")
        return
    if older and not accept:
        raise KeyringError("keyring-rolled-back")
    if config.keys.two_officers and copy is not None:
        await _ask_another(copy, config, how, accept=accept)
        return
    actor = actor_of(how, config)
    confirm("yes", yes=how.yes)
    await asyncio.to_thread(lay_ground, config, how.config)
    async with open_stores(config, how.config) as stores:
        await put_in_force(copy, stores, config, how.config, accept=accept, actor=actor)


async def _ask_another(copy: Copy, config: Config, how: Manner, *, accept: bool) -> None:
    if how.officer is None:
        raise KeyringError("officer-needed")
    officer = identify(how.officer, how.officer_secret, config)
    confirm("yes", yes=how.yes)
    await asyncio.to_thread(lay_ground, config, how.config)
    async with open_stores(config, how.config) as stores:
        pulse = await stores.mapping.pulse()
        option = "accept" if accept else ""
        approvals = approvals_of(config, stores, pulse)
        await write_with(stores, copy.ring, officer.name)
        record = await approvals.ask(officer, "import", copy.digest, generation=pulse.generation, option=option)
        say_requested(record.request, " --export EXPORT")


async def _show(copy: Copy | None, config: Config, config_file: Path, *, accept: bool) -> bool:
    """Print the plan; where there are no stores yet, what will be made. Returns whether a later one was in use."""
    if await asyncio.to_thread(ground_is_laid, config, config_file):
        async with open_stores(config, config_file) as stores:
            return (await show_prospect(copy, stores, config, config_file, accept=accept)).older
    out = console()
    if copy is None:
        raise KeyringError("keyring-behind")
    out.print("There is no mapping or no key store at the configured addresses: they will be made, EMPTY.", style="red")
    out.print(f"Plan: put {len(copy.ring.keys)} keys of generation {copy.ring.generation} in force.")
    return False


async def show_prospect(
    copy: Copy | None, stores: Stores, config: Config, config_file: Path, *, accept: bool
) -> Prospect:
    """Print what an import would do, and what could not be read with it."""
    prospect = await _importing(stores, config, config_file).look(copy.ring if copy else None, accept=accept)
    out = console()
    generation = prospect.ring.generation
    source = f"the copy of generation {prospect.was}" if copy else "the key store's keyring"
    out.print(f"Plan: put {source} ({len(prospect.ring.keys)} keys) in force as generation {generation}.")
    out.print("Records touched: none. Nothing is served here without a keyring; afterwards learners go on as before.")
    if prospect.older:
        out.print(
            f"OLDER than generation {prospect.newest}, which was in use: keys made since then are lost with this act, "
            "for running nodes too. Without --accept it is refused.",
            style="red",
        )
    if prospect.better:
        out.print("The key store holds the newest keyring, and it opens: `keys import --from-key-store` loses nothing.")
    found = await survey(stores.mapping.upkeep, stores.keystore, clock(), longest_session_ms(config))
    for key_id, need in sorted(found.strangers(prospect.ring).items()):
        out.print(f"It has no key {key_id} ({need.purpose}): {_without(need)}.", style="red")
    return prospect


def _without(need: Need) -> str:
    if need.purpose == Purpose.AUDIT.value:
        return f"{counted(need.rows, 'log')} of the audit log signed by it can be verified no more, and new ones begin"
    return f"{need.rows:,} rows cannot be read or found with it"


async def write_with(stores: Stores, ring: Keyring, actor: str) -> None:
    """Write entries with the codes of a keyring that is not in place yet; logs it cannot go on with are closed."""
    mapping, keys = stores.mapping, KeyRoom(ring)
    mapping.logs.use(RoomMac(keys))
    if set((await mapping.upkeep.usage())[Purpose.AUDIT.value]) <= set(keys.audit.public):
        return
    old = [one for one in await mapping.logs.all() if not one.closed]
    await close_logs(mapping.logs, AuditLog(mapping, clock), old, actor)


async def put_in_force(
    copy: Copy | None, stores: Stores, config: Config, config_file: Path, *, accept: bool, actor: str, request: str = ""
) -> None:
    """Import and say who has heard of it."""
    importing = _importing(stores, config, config_file)
    prospect = await importing.look(copy.ring if copy else None, accept=accept)
    await write_with(stores, prospect.ring, actor)
    await importing.put_in_force(prospect, accept=accept, actor=actor, exchange=request)
    console().print(f"Done: keyring generation {prospect.ring.generation} is in force here.")
    await say_who_heard(stores, prospect.ring.generation)


def _importing(stores: Stores, config: Config, config_file: Path) -> Importing:
    return Importing(
        RingFile(config, config_file),
        stores.mapping,
        stores.mapping.upkeep,
        stores.keystore,
        clock,
        distribute=config.keys.distribute,
    )
