"""Puts the command groups together; every refusal becomes a sentence that says what to do, never a traceback."""

import asyncio
import sys
from pathlib import Path

import typer
from rich.console import Console
from rich.text import Text

from keys import KeyringError
from keys.errors import HINTS, LIFE_HINTS
from proxy.assemble import build
from proxy.backup.reasons import REASONS as BACKUP_REASONS
from proxy.cli import adapters, audit, backup, demo, keys, package, scripts, serve, setup, store
from proxy.config import Config, MountSettings, load
from proxy.errors import AuditFailed, BackupFailed, ConfigInvalid, KeysUnavailable, ProxyError, SealFailed, StoreFailed
from proxy.mounting import address_pairs
from proxy.package import Learned
from proxy.store.reasons import TRANSIENT
from proxy.store.reasons import advice as store_advice

REFUSED = 2
TRY_AGAIN = 75
"""EX_TEMPFAIL of sysexits.h: systemd starts a service that ends so again, while a refusal stays one."""


def application() -> typer.Typer:
    """Build the command tree."""
    app = typer.Typer(
        name="scormveil",
        help="A pseudonymising reverse proxy between a learning platform and SCORM Cloud.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    setup.add(app)
    serve.add(app)
    demo.add(app)
    adapters.add(app)
    app.add_typer(package.build(_mapping, _register), name="package")
    app.add_typer(keys.build(), name="keys")
    app.add_typer(store.build(), name="store")
    app.add_typer(backup.build(), name="backup")
    app.add_typer(scripts.build(), name="scripts")
    app.add_typer(audit.build(), name="audit")
    return app


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
    """The reason of a refusal, and the sentence that says what to do about just that; else the code's own."""
    if isinstance(trouble, KeyringError):
        return "", trouble.hint
    hint = store_advice(trouble.reason) if isinstance(trouble, (StoreFailed, AuditFailed)) else ""
    if isinstance(trouble, BackupFailed):
        hint = BACKUP_REASONS.get(trouble.reason, "")
    if isinstance(trouble, (KeysUnavailable, SealFailed)):
        hint = {**HINTS, **LIFE_HINTS}.get(trouble.reason, "")
    return trouble.reason, hint or trouble.hint


def _sentence(code: str, hint: str) -> Text:
    """As text, not as markup: hints name tables of the configuration in brackets."""
    return Text.assemble((code, "bold red"), f": {hint}")


def main() -> None:
    """Run the command; exit code 2 for a refusal, 75 if the same may be granted after a while."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        application()()
    except ConfigInvalid as trouble:
        console.print(_sentence(trouble.code, trouble.hint))
        for problem in trouble.problems:
            console.print(f"  • {problem}", markup=False)
        sys.exit(REFUSED)
    except (ProxyError, KeyringError) as trouble:
        reason, hint = advised(trouble)
        console.print(_sentence(trouble.code, hint))
        if reason:
            console.print(f"  reason: {reason}", markup=False)
        sys.exit(TRY_AGAIN if isinstance(trouble, StoreFailed) and reason in TRANSIENT else REFUSED)
