"""Group commit: one thread writes, and what arrived while it was busy goes into one transaction.

A commit costs a flush of the disk, whether it holds one row or a hundred. So callers hand their work over and wait;
the thread takes all that is waiting, does it in one transaction, and each caller hears only after COMMIT.
If a piece of work fails, the group is rolled back and done again without it, so that nobody suffers for another's
mistake; work must therefore be repeatable after a rollback. What is wrong with the database itself refuses them all.

A connection that breaks before COMMIT was sent has written nothing: the group is done again on another one. If it
breaks while COMMIT is on its way, nobody can tell what became of it: then every caller is refused and nothing is done
again, for that could write an entry twice. What was written after all is found by the next who asks for it: people by
their index values, keyrings by their generation, erasures in the journal.
"""

import asyncio
import queue
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from proxy.errors import ProxyError, StoreFailed
from proxy.store.chain import Chain
from proxy.store.faults import attempt

T = TypeVar("T")
Work = Callable[[Connection], T]

WAITING = 1024
"""Writes that may wait for the thread; whoever comes then is refused at once, for nothing is kept in memory longer."""

_GROUP = 128
_TRIES = 5
_PAUSE_SECONDS = 0.05
_ROLLED_BACK = "deadlock"
_BROKEN = "connection"
_NOBODYS_FAULT = frozenset((_BROKEN, "locked", "too-slow", "read-only", "disk-full", "server-full"))
"""Whoever came next would fail, or wait, just the same."""


@dataclass(frozen=True, slots=True)
class _Job:
    work: Work[Any]
    future: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a job: a result, or an error if `error` is set."""

    future: asyncio.Future[Any]
    result: Any = None
    error: ProxyError | None = None


class Writer:
    """The one thread that writes.

    At most `limit` pieces of work wait. `ready` runs before each transaction: where it refuses, nobody waits for a
    server that is known not to answer. Right before each transaction commits `chain` makes the audit entries in it
    leaves of the log, and `verify` may refuse it.
    """

    def __init__(
        self, engine: Engine, chain: Chain, limit: int, verify: Callable[[], None], ready: Callable[[], None]
    ) -> None:
        """Start the thread; to be made inside the running loop that will call `run`."""
        self._engine = engine
        self._chain = chain
        self._limit = limit
        self._verify = verify
        self._ready = ready
        self._loop = asyncio.get_running_loop()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closed = False
        self._gone = asyncio.Event()
        self._spoiled: _Job | None = None
        self._committing = False
        self._thread = threading.Thread(target=self._serve, name="scormveil-writer", daemon=True)
        self._thread.start()

    async def run(self, work: Work[T]) -> T:
        """Do `work` in a transaction and return its result once that is committed; raises `StoreFailed`.

        A caller that is cancelled stops waiting; its work may still be done.
        """
        if self._closed:
            raise StoreFailed("closed")
        if self._jobs.qsize() >= self._limit:
            raise StoreFailed("overloaded")
        future: asyncio.Future[T] = self._loop.create_future()
        self._jobs.put(_Job(work, future))
        return await future

    async def close(self) -> None:
        """Finish everything that was handed over, then end the thread."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
        await self._gone.wait()
        self._thread.join()

    def _serve(self) -> None:
        going_on = True
        while going_on:
            group, going_on = self._next_group()
            if group:
                self._tell(partial(_resolve, self._settle(group)))
        self._tell(self._gone.set)

    def _next_group(self) -> tuple[list[_Job], bool]:
        """Wait for work and take all there is; False says that this was the last group."""
        group: list[_Job] = []
        job = self._jobs.get()
        while job is not None:
            group.append(job)
            if len(group) == _GROUP:
                return group, True
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return group, True
        return group, False

    def _settle(self, group: Sequence[_Job]) -> list[_Outcome]:
        """Do the group; whoever spoils it is sent away with the error and the others begin again."""
        outcomes: list[_Outcome] = []
        while group:
            results: list[Any] = []
            error = self._transact(group, results)
            if error is None:
                outcomes += [_Outcome(job.future, result) for job, result in zip(group, results, strict=True)]
                break
            if self._spoiled is None:
                outcomes += [_Outcome(job.future, error=StoreFailed(error.reason)) for job in group]
                break
            outcomes.append(_Outcome(self._spoiled.future, error=error))
            group = [job for job in group if job is not self._spoiled]
        return outcomes

    def _transact(self, group: Sequence[_Job], results: list[Any]) -> ProxyError | None:
        """Fill `results` in one transaction, or return what stopped it; `_spoiled` is then the job that did, if any.

        A failure to begin, to verify or to commit is nobody's fault.
        """
        error = self._try(group, results)
        if error is not None and error.reason == _BROKEN and not self._committing:
            results.clear()
            error = self._try(group, results)
        for _ in range(_TRIES):
            if error is None or error.reason != _ROLLED_BACK:
                break
            # Two nodes waited for each other and the server let ours go: nothing was written, and nobody is to blame.
            results.clear()
            time.sleep(random.uniform(0, _PAUSE_SECONDS))  # noqa: S311  a pause, not a secret
            error = self._try(group, results)
        return error

    def _try(self, group: Sequence[_Job], results: list[Any]) -> ProxyError | None:
        self._spoiled, self._committing = None, False

        def all_of_it() -> None:
            self._ready()
            with self._engine.begin() as connection:
                self._chain.begin(connection)
                for job in group:
                    self._spoiled = job
                    results.append(job.work(connection))
                self._spoiled = None
                self._chain.seal(connection)
                self._verify()
                self._committing = True
            self._chain.committed()

        try:
            attempt(all_of_it)
        except ProxyError as error:
            if self._committing:
                self._chain.doubted()
            if error.reason in _NOBODYS_FAULT:
                self._spoiled = None
            return error
        return None

    def _tell(self, news: Callable[[], object]) -> None:
        try:
            self._loop.call_soon_threadsafe(news)
        except RuntimeError:
            return  # the loop is closed: nobody waits any more, the work itself is done


def _resolve(outcomes: Sequence[_Outcome]) -> None:
    for outcome in outcomes:
        if outcome.future.done():
            continue  # its caller was cancelled
        if outcome.error is None:
            outcome.future.set_result(outcome.result)
        else:
            outcome.future.set_exception(outcome.error)
