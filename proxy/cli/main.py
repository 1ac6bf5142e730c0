"""Puts the command groups together; every refusal becomes a sentence that says what to do, never a traceback."""

import asyncio
import importlib.metadata
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from keys import KeyringError
from keys.errors import HINTS, LIFE_HINTS
from proxy.assemble import build
from proxy.backup.reasons import REASONS as BACKUP_REASONS
from proxy.cli import (
    adapters,
    attack,
    audit,
    backup,
    demo,
    disclosure,
    doctor,
    keys,
    officers,
    package,
    people,
    scripts,
    serve,
    setup,
    store,
    trace,
    witness,
)
from proxy.cli.disclosure_rules import REFUSALS
from proxy.config import Config, MountSettings, load
from proxy.errors import (
    AuditFailed,
    BackupFailed,
    ConfigInvalid,
    DisclosureRefused,
    KeysUnavailable,
    ProxyError,
    SealFailed,
    StoreFailed,
    WitnessFailed,
)
from proxy.mounting import address_pairs
from proxy.package import Learned
from proxy.store.reasons import TRANSIENT
from proxy.store.reasons import advice as store_advice
from proxy.witness import REASONS as WITNESS_REASONS

REFUSED = 2
TRY_AGAIN = 75
"""EX_TEMPFAIL of sysexits.h: systemd starts a service that ends so again, while a refusal stays one."""


def application() -> typer.Typer:
    """Build the command tree."""
    app = typer.Typer(
        name="scormveil",
        callback=program,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    setup.add(app)
    serve.add(app)
    demo.add(app)
    adapters.add(app)
    doctor.add(app)
    trace.add(app)
    attack.add(app)
    app.add_typer(package.build(_mapping, _register), name="package")
    app.add_typer(keys.build(), name="keys")
    app.add_typer(officers.build(), name="officers")
    app.add_typer(people.build(), name="people")
    app.add_typer(disclosure.build(), name="disclosure")
    app.add_typer(store.build(), name="store")
    app.add_typer(backup.build(), name="backup")
    app.add_typer(scripts.build(), name="scripts")
    app.add_typer(audit.build(), name="audit")
    app.add_typer(witness.build(), name="witness")
    return app


def _tell_version(asked: bool) -> None:
    if asked:
        print(importlib.metadata.version("scormveil"))
        raise typer.Exit


def program(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """A pseudonymising reverse proxy between a learning platform and SCORM Cloud."""


def _settings(where: package.Where) -> tuple[Config, MountSettings]:
    """Return the configuration and the dispatch mount meant; `ConfigInvalid` if that is not clear."""
    config = load(where.config)
    dispatches = [mount for mount in config.mounts if mount.adapter == "dispatch"]
    meant = [mount for mount in dispatches if where.mount in {"", mount.name}]
    if len(meant) != 1:
        names = ", ".join(mount.name for mount in dispatches) or "none"
        raise ConfigInvalid((f"mounts: say with --mount which dispatch mount is meant (there are: {names})",))
    return config, meant[0]


def _mapping(where: package.Where) -> list[tuple[str, str]]:
    config, mount = _settings(where)
    return address_pairs(mount, config)


def _register(where: package.Where, learned: Learned) -> None:
    """Remember a rewritten package for the tenant of its mount."""
    config, mount = _settings(where)
    asyncio.run(_register_in(config, where.config, mount.tenant, learned))


async def _register_in(config: Config, config_file: Path, tenant: str, learned: Learned) -> None:
    house = build(config, config_file)
    await house.store.open()
    try:
        await house.packages.register(learned, tenant, exchange="", actor="operator")
    finally:
        await house.upstream.close()
        await house.store.close()


def advised(trouble: ProxyError | KeyringError) -> tuple[str, str]:
    """The reason of a refusal, and the sentence that says what to do about just that; "" where there is none."""
    if isinstance(trouble, KeyringError):
        return "", ""
    advice = ""
    if isinstance(trouble, (StoreFailed, AuditFailed)):
        advice = store_advice(trouble.reason)
    elif isinstance(trouble, BackupFailed):
        advice = BACKUP_REASONS.get(trouble.reason, "")
    elif isinstance(trouble, DisclosureRefused):
        advice = REFUSALS.get(trouble.reason, "")
    elif isinstance(trouble, WitnessFailed):
        advice = WITNESS_REASONS.get(trouble.reason, "")
    elif isinstance(trouble, (KeysUnavailable, SealFailed)):
        advice = {**HINTS, **LIFE_HINTS}.get(trouble.reason, "")
    return trouble.reason, advice


def main() -> None:
    """Run the command; exit code 2 for a refusal, 75 if the same may be granted after a while."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        application()()
    except (ProxyError, KeyringError) as trouble:
        # A text of its own: in a hint, [keys.kek] is a table of the configuration, not markup.
        console.print(Text.assemble((trouble.code, "bold red"), f": {trouble.hint}"))
        problems = trouble.problems if isinstance(trouble, ConfigInvalid) else ()
        for problem in problems:
            console.print(f"  • {problem}", markup=False)
        reason, advice = advised(trouble)
        if reason and not problems:
            console.print(f"  reason: {reason}. {advice}" if advice else f"  reason: {reason}", markup=False)
        sys.exit(TRY_AGAIN if isinstance(trouble, StoreFailed) and reason in TRANSIENT else REFUSED)
