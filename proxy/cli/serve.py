"""`scormveil serve`: the proxy itself, one process or several on one port (SO_REUSEPORT)."""

import asyncio
import gc
import signal
from pathlib import Path
from typing import Annotated

import typer

from proxy.assemble import build
from proxy.cli.common import DEFAULT_CONFIG, ConfigOption
from proxy.cli.workers import supervise
from proxy.config import Config, load
from proxy.doctor import exceptions_of
from proxy.edge.listening import Listening
from proxy.observe import configure, get_logger


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)


def serve(
    config: ConfigOption = DEFAULT_CONFIG,
    worker: Annotated[int, typer.Option(hidden=True, help="Be this one of the configured workers.")] = -1,
) -> None:
    """Run the proxy until it is told to stop (SIGINT, SIGTERM)."""
    settings = load(config)
    if settings.server.workers == 1 or worker >= 0:
        asyncio.run(run(settings, config, worker=max(worker, 0)))
        return
    build(settings, config)  # refuse here, once, rather than in every worker
    raise typer.Exit(supervise(settings.server.workers, config))


async def run(settings: Config, config_file: Path, *, worker: int) -> None:
    """Serve until a signal; a worker's admin listener is at the configured port plus its number."""
    configure(settings.logging.format, settings.logging.level)
    log = get_logger()
    house = build(settings, config_file, worker=worker)
    await house.open()
    listening = Listening()
    host, _, port = settings.server.listen.rpartition(":")
    admin_host, _, admin_port = settings.server.admin_listen.rpartition(":")
    await house.enlist()
    await listening.serve(house.server.door(), host, int(port), shared=settings.server.workers > 1)
    await listening.admin(house.metrics, house.ready, admin_host, int(admin_port) + worker)
    await house.began()
    # Before anybody hears that we serve: who stops us at once must not leave the log in our hands for its lease.
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    for mount in settings.mounts:
        if mount.policy.guard == "report":
            log.error("guard-reports-only", mount=mount.name, hint="identities that are found LEAVE; guard = refuse")
    for one in exceptions_of(settings):
        log.warning("exception", mount=one.application, place=one.where, reason=one.detail or one.host)
    log.info(
        "serving",
        listen=settings.server.listen,
        mounts=len(settings.mounts),
        worker=worker,
        kek=house.guarded_by,
    )
    gc.freeze()
    await stop.wait()
    await listening.close()
    await house.close()
    log.info("stopped", worker=worker)
