"""Who signs the audit log of a process and looks after it: the wiring of `proxy.audit`. Composition level."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from keys import KeyRoom
from proxy.audit.checkpoints import UNWATCHED, Checkpoints, RoomMac, name_of, prefix_of, verifiers
from proxy.audit.notebook import Notebook
from proxy.audit.post_file import FilePost
from proxy.audit.post_syslog import Syslog, SyslogPost
from proxy.audit.posts import Post
from proxy.audit.verify import verify
from proxy.audit.walk import Report
from proxy.config import Config, beside
from proxy.edge.upstream import Upstream
from proxy.errors import ConfigInvalid, ProxyError
from proxy.observe import Metrics
from proxy.store import SqlStore
from proxy.store.log_port import LogReader, LogRecord
from proxy.store.port import Clock
from proxy.tlog import Note, NoteInvalid, NoteKey
from proxy.tlog.note import parse_key
from proxy.witness.client import WitnessPost

MEASURE_SECONDS = 5.0
SETTLE_SECONDS = 5.0
"""How long a process that ends waits for posts to take its last checkpoint."""


class LogKeeping:
    """The logs of a mapping in the care of one process."""

    def __init__(
        self,
        config: Config,
        config_file: Path,
        *,
        keys: KeyRoom,
        store: SqlStore,
        clock: Clock,
        upstream: Upstream | None,
        log: Any = None,
        metrics: Metrics | None = None,
    ) -> None:
        """Nothing is begun. Without `upstream` checkpoints stay here. Raises `ConfigInvalid`."""
        self._settings = config.audit
        self._store = store
        self._keys = keys
        self._log = log
        self._metrics = metrics
        self._posts = () if upstream is None else tuple(_posts(config, config_file, upstream))
        self._task: asyncio.Task[None] | None = None
        self.notebook = Notebook(beside(config_file, config.audit.directory))
        self.outside: tuple[Notebook | FilePost, ...] = (self.notebook, *_files(config, config_file))
        store.logs.use(RoomMac(keys))
        store.logs.wait_for(config.audit.waiting)
        self.checkpoints = Checkpoints(
            store.logs,
            keys,
            self.lineage,
            self.notebook,
            clock,
            posts=self._posts,
            tell=self._tell,
        )

    async def lineage(self) -> str:
        """What all copies of this mapping have in common."""
        return (await self._store.pulse()).lineage

    async def open(self) -> None:
        """Take a log, and compare all of them with what was signed. Raises `StoreFailed`, `AuditFailed`."""
        await self._store.logs.claim()
        await self.checkpoints.inspect()

    def start(self) -> None:
        """Sign from now on."""
        self._task = asyncio.ensure_future(self._run())
        self._task.add_done_callback(self._ended)

    async def stop(self) -> None:
        """Sign what is left, let the posts have it, and let go of the log. What cannot be done is done by the next."""
        with suppress(ProxyError):
            await self.checkpoints.settle(SETTLE_SECONDS)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def verify(self, only: int | None = None, told: Any = lambda _entries: None) -> Report:
        """Verify logs against everything that is known here. Raises `StoreFailed`, `AuditFailed`."""
        prefix = prefix_of(await self.lineage())
        elsewhere = await asyncio.to_thread(self._elsewhere, prefix)
        work = partial(self._verified, prefix=prefix, elsewhere=elsewhere, only=only, told=told)
        return await self._store.logs.reading(work)

    def keys_of(self, origin: str) -> list[NoteKey]:
        """The keys that may have signed a log."""
        return verifiers(self._keys, origin)

    def _verified(
        self,
        reader: LogReader,
        *,
        prefix: str,
        elsewhere: Mapping[str, Sequence[tuple[str, Note]]],
        only: int | None,
        told: Any,
    ) -> Report:
        def origin_of(record: LogRecord) -> str:
            return prefix + name_of(record)

        mac = RoomMac(self._keys) if self._keys.audit.active else None
        return verify(
            reader, origin_of=origin_of, keys_of=self.keys_of, elsewhere=elsewhere, mac=mac, only=only, told=told
        )

    def _elsewhere(self, prefix: str) -> dict[str, list[tuple[str, Note]]]:
        found: dict[str, list[tuple[str, Note]]] = {}
        for number, folder in enumerate(self.outside):
            source = "notebook" if number == 0 else f"files[{number - 1}]"
            for origin in folder.origins(prefix):
                found.setdefault(origin, []).extend((source, note) for note in folder.all(origin))
        return found

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Nobody signs any more, and not because we stop: then nothing may be written that nobody would look at."""
        if not task.cancelled() and task.exception() is not None:
            self._store.logs.stop(UNWATCHED)
            self._tell(UNWATCHED, {})

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.checkpoints.run(self._settings.entries, self._settings.seconds))
            if self._metrics is not None and self._posts:
                group.create_task(self._measure(self._metrics))
            if self._settings.verify_hours:
                group.create_task(self._verify_for_ever(self._settings.verify_hours * 3600.0))

    async def _measure(self, metrics: Metrics) -> None:
        while True:
            behind = {one.name: one.seconds for one in reversed(self.checkpoints.behind())}
            for post in self._posts:
                metrics.post_behind(post.name, behind.get(post.name, 0.0))
            await asyncio.sleep(MEASURE_SECONDS)

    async def _verify_for_ever(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            ours = self._store.logs.ours
            with suppress(ProxyError):
                report = await self.verify(only=None if ours is None else ours.log)
                if report.findings:
                    self._store.logs.stop("log-broken")
                    self._tell("log-broken", {"log": report.findings[0].log})

    def _tell(self, event: str, facts: dict[str, str | int]) -> None:
        if self._log is not None:
            (self._log.info if event == "post-works" else self._log.error)(event, **facts)


def _files(config: Config, config_file: Path) -> list[FilePost]:
    return [FilePost(beside(config_file, one)) for one in config.audit.files]


def _posts(config: Config, config_file: Path, upstream: Upstream) -> list[Post]:
    posts: list[Post] = [*_files(config, config_file)]
    try:
        posts += [WitnessPost(upstream, one.url, parse_key(one.key)) for one in config.audit.witnesses]
    except NoteInvalid:
        raise ConfigInvalid(("audit.witnesses: a key is not as `scormveil witness show` prints it",)) from None
    if config.audit.syslog:
        try:
            posts.append(SyslogPost(Syslog(config.audit.syslog, time.time)))
        except ValueError:
            raise ConfigInvalid(("audit.syslog: no address of a syslog",)) from None
    return posts
