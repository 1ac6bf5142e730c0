"""The rhythms of a running node: feeling for its databases, listening for news, looking for work.

Every second it asks both databases whether they are there: one that is gone, silent or exchanged is noticed whatever
else takes long. Every second it listens for a newer keyring and for people forgotten or renamed elsewhere. Every few
seconds it looks for work, which is done by one node at a time (a turn that lapses, so that a killed node holds nobody
up), paced, with its progress in the mapping for everybody to see. Urgent work, for which somebody waits, does not wait
for work that takes hours.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from proxy.errors import ProxyError
from proxy.store.port import Clock, KeyStore, Openable, Store
from proxy.store.upkeep_port import Upkeep
from proxy.upkeep.changes import Changes
from proxy.upkeep.forgetting import Forgetting
from proxy.upkeep.jobs import Job
from proxy.upkeep.renewal import Renewal

LISTEN_SECONDS = 1.0
HURRY_SECONDS = 2.0
WORK_SECONDS = 5.0
REPORT_MS = 10_000
TURN_MS = 60_000
STEP = 100
_STUCK_SECONDS = 600.0

Tell = Callable[[str, dict[str, str | int]], None]
"""Takes a short word for what happened and what else may be known of it; for log and metrics."""


class Worker:
    """Does jobs, `pace` records a second at most. `holder` is this process's name among all that share the stores."""

    def __init__(
        self,
        upkeep: Upkeep,
        holder: str,
        clock: Clock,
        pace: int,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Remember the means."""
        self._upkeep = upkeep
        self._holder = holder
        self._clock = clock
        self._pace = pace
        self._sleep = sleep

    async def do(self, job: Job, told: Callable[[int, int], None] = lambda _done, _left: None) -> int:
        """Do a round of a job unless somebody else does; returns how many records were looked at.

        `told` hears how many are done and left. Raises `StoreFailed`, `KeysUnavailable`.
        """
        left = await job.left()
        if not left or not await self._turn(job):
            return 0
        done, job.failed = 0, 0
        try:
            while count := await self._step(job):
                done += count
                await self._upkeep.progress(job.name, self._holder, done, max(left - done, 0), "running")
                told(done, max(left - done, 0))
                if not await self._turn(job):
                    return done
            left = await job.left()
            state = "done" if not left else "waiting" if not job.failed else "cannot-open"
            await self._upkeep.progress(job.name, self._holder, done, left, state)
            told(done, left)
        finally:
            with suppress(ProxyError):  # it lapses by itself
                await self._upkeep.release(job.name, self._holder)
        return done

    async def _turn(self, job: Job) -> bool:
        now = self._clock()
        return await self._upkeep.take(job.name, self._holder, now, now + TURN_MS)

    async def _step(self, job: Job) -> int:
        """One step, and a rest as long as the pace demands: learners come first."""
        began = time.monotonic()
        count = await job.step(min(STEP, self._pace))
        await self._sleep(max(0.0, count / self._pace - (time.monotonic() - began)))
        return count


class Housekeeping:
    """Runs beside the traffic of a node, from `start` to `stop`."""

    def __init__(
        self,
        *,
        node: str,
        store: Store,
        upkeep: Upkeep,
        keystore: KeyStore,
        renewal: Renewal,
        forgetting: Forgetting,
        changes: Changes,
        urgent: Sequence[Job],
        jobs: Sequence[Job],
        errands: Sequence[Job],
        duties: Sequence[Callable[[], Awaitable[None]]],
        worker: Worker,
        clock: Clock,
        generation: Callable[[], int],
        tell: Tell,
    ) -> None:
        """Remember the means. `duties` are short and done at every look for work; `generation` is the ring's.

        `errands` ask the cloud, which may be slow: they keep nobody else waiting.
        """
        self._node = node
        self._store = store
        self._upkeep = upkeep
        self._keystore = keystore
        self._renewal = renewal
        self._forgetting = forgetting
        self._changes = changes
        self._urgent = urgent
        self._jobs = jobs
        self._errands = errands
        self._duties = duties
        self._worker = worker
        self._clock = clock
        self._generation = generation
        self._tell = tell
        self._tasks: list[asyncio.Future[None]] = []
        self._reported = (0, 0, 0)
        self._troubles: dict[str, str] = {}
        self._rest_until: dict[str, float] = {}

    def start(self) -> None:
        """Begin; to be called inside the loop."""
        rhythms = (
            (self.feel, LISTEN_SECONDS),
            (self.listen, LISTEN_SECONDS),
            (self.hurry, HURRY_SECONDS),
            (self.work, WORK_SECONDS),
            (self.run_errands, HURRY_SECONDS),
        )
        self._tasks = [asyncio.ensure_future(_forever(act, seconds)) for act, seconds in rhythms]

    async def stop(self) -> None:
        """End, and strike this node from the list of those that serve."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(ProxyError):
            await self._upkeep.retire(self._node)

    async def feel(self) -> None:
        """See that both databases answer. What is wrong is told once, and again when it is well."""

        async def one(what: str, database: Openable) -> None:
            async with _Telling(self, what):
                await database.pulse()

        await asyncio.gather(one("store", self._store), one("keystore", self._keystore))

    async def listen(self) -> None:
        """Hear what is new. What cannot be heard is told once, and again when it can."""
        async with _Telling(self, "news"):
            pulse = await self._store.pulse()
            await self._renewal.beat(pulse)
            await self._forgetting.beat(pulse.erasures)
            await self._forgetting.restricting.beat(pulse.restrictions)
            await self._changes.beat(pulse.changes)
            await self._report()
        self.note("keyring", self._renewal.trouble)

    async def hurry(self) -> None:
        """Do what somebody waits for."""
        await self._each(self._urgent)

    async def run_errands(self) -> None:
        """Ask the cloud what is to be asked."""
        await self._each(self._errands)

    async def work(self) -> None:
        """Do what is due."""
        for duty in self._duties:
            async with _Telling(self, "duty"):
                await duty()
        await self._each(self._jobs)

    def note(self, what: str, trouble: str) -> None:
        """Tell a trouble when it begins, changes or ends."""
        if self._troubles.get(what, "") == trouble:
            return
        self._troubles[what] = trouble
        self._tell("upkeep-trouble" if trouble else "upkeep-well", {"kind": what, "reason": trouble})

    async def _each(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            async with _Telling(self, job.name):
                await self._do(job)

    async def _do(self, job: Job) -> None:
        if time.monotonic() < self._rest_until.get(job.name, 0.0):
            return
        done = await self._worker.do(job)
        if done:
            self._tell("upkeep", {"kind": job.name, "count": done})
        if job.failed:
            # The same records would fail again at once; somebody has to look at them first.
            self._rest_until[job.name] = time.monotonic() + _STUCK_SECONDS
            self._tell("upkeep-cannot-open", {"kind": job.name, "count": job.failed})

    async def _report(self) -> None:
        now, generation, heard = self._clock(), self._generation(), self._changes.heard
        if (generation, heard) != self._reported[:2] or not 0 <= now - self._reported[2] < REPORT_MS:
            await self._upkeep.report(self._node, generation, now, heard)
            self._reported = (generation, heard, now)


class _Telling:
    """A part of a rhythm that may fail: what failed is told once, and the rhythm goes on."""

    def __init__(self, house: Housekeeping, what: str) -> None:
        self._house = house
        self._what = what

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(self, kind: object, error: BaseException | None, _trace: object) -> bool:
        if error is None:
            self._house.note(self._what, "")
            return False
        if isinstance(error, ProxyError):
            self._house.note(self._what, error.reason or error.code)
            return True
        if isinstance(error, Exception):
            self._house.note(self._what, type(error).__name__.lower())
            return True
        return False


async def _forever(act: Callable[[], Awaitable[None]], seconds: float) -> None:
    while True:
        await act()
        await asyncio.sleep(seconds)
