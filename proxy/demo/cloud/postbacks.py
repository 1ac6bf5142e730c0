"""Postbacks: a queue that repeats every result until the platform takes it.

As documented for the real service: success is any status that is not 4xx or 5xx, a 3xx counts as success and is not
followed, everything else is repeated up to 70 times with exponential backoff and jitter, 1 s to 15 min apart. Results
for one address are first tried in order; one that has to be repeated lets the others pass, so they may arrive out of
order, and one whose answer got lost arrives twice. The waits here are short unless asked for; `Backoff.published` has
the real ones, to be used with a driven clock. The queue lives in memory.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from proxy.demo.cloud.model import PostbackTarget
from proxy.demo.cloud.parcels import parcel

_ANSWER_LIMIT = 65_536
_REFUSED = 400


@dataclass(frozen=True)
class Backoff:
    """Waits between attempts in seconds, doubling from `first` to `longest`; `patience` is for one answer.

    `jitter` takes up to that part off each wait, never below `first`; `sleep` waits.
    """

    first: float = 0.1
    longest: float = 2.0
    attempts: int = 70
    patience: float = 10.0
    jitter: float = 0.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    @classmethod
    def published(cls, sleep: Callable[[float], Awaitable[None]], patience: float = 10.0) -> "Backoff":
        """The waits of the real service: 1 s to 15 min, 70 attempts, jitter."""
        return cls(first=1.0, longest=900.0, patience=patience, jitter=0.25, sleep=sleep)


@dataclass
class Delivery:
    """What became of one postback, for the start page and for tests. `status` is the last answer's, 0 for none."""

    registration: str
    attempts: int = 0
    status: int = 0
    delivered: bool = False
    given_up: bool = False


@dataclass(frozen=True)
class _Job:
    url: str
    request: bytes
    delivery: Delivery


class Postbacks:
    """The queue: one lane for each address, and a task for every delivery that has to be repeated."""

    def __init__(self, backoff: Backoff) -> None:
        """Nothing is started yet."""
        self.deliveries: list[Delivery] = []
        self._backoff = backoff
        self._lanes: dict[str, asyncio.Queue[_Job]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._open = 0
        self._busy = 0
        self._changed = asyncio.Event()

    def put(self, target: PostbackTarget, registration: str, body: str) -> None:
        """Queue one result (JSON or XML text). Must be called on the loop."""
        self.put_request(target.url, registration, _packed(target, body))

    def put_request(self, url: str, registration: str, request: bytes) -> None:
        """Queue a whole request to an address."""
        delivery = Delivery(registration=registration)
        self.deliveries.append(delivery)
        self._open += 1
        self._busy += 1
        lane = self._lanes.get(url)
        if lane is None:
            lane = self._lanes[url] = asyncio.Queue()
            self._start(self._work(lane))
        lane.put_nowait(_Job(url, request, delivery))

    async def once(self, target: PostbackTarget, body: str) -> int:
        """One attempt that is neither queued nor repeated; the status of the answer, 0 for none."""
        return await self._attempt(target.url, _packed(target, body))

    async def settle(self) -> None:
        """Wait until everything queued is delivered or given up."""
        await self._until(lambda: self._open == 0)

    async def quiet(self) -> None:
        """Wait until nothing is under way: every delivery is over or waits for its next attempt."""
        await self._until(lambda: self._busy == 0)

    async def close(self) -> None:
        """Stop; what is still queued stays undelivered."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _until(self, reached: Callable[[], bool]) -> None:
        while not reached():
            self._changed.clear()
            await self._changed.wait()

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, lane: asyncio.Queue[_Job]) -> None:
        while True:
            job = await lane.get()
            if await self._taken(job):
                self._over(job)
            else:
                self._start(self._repeat(job))

    async def _taken(self, job: _Job) -> bool:
        job.delivery.attempts += 1
        job.delivery.status = await self._attempt(job.url, job.request)
        job.delivery.delivered = 0 < job.delivery.status < _REFUSED
        return job.delivery.delivered

    async def _repeat(self, job: _Job) -> None:
        wait = self._backoff.first
        while job.delivery.attempts < self._backoff.attempts:
            await self._pause(max(self._backoff.first, wait * (1 - self._backoff.jitter * random.random())))  # noqa: S311
            if await self._taken(job):
                break
            wait = min(wait * 2, self._backoff.longest)
        job.delivery.given_up = not job.delivery.delivered
        self._over(job)

    async def _pause(self, seconds: float) -> None:
        self._busy -= 1
        self._changed.set()
        try:
            await self._backoff.sleep(seconds)
        finally:
            self._busy += 1

    def _over(self, _job: _Job) -> None:
        self._open -= 1
        self._busy -= 1
        self._changed.set()

    async def _attempt(self, url: str, request: bytes) -> int:
        """The status of one POST, or 0 when there was no answer."""
        try:
            async with asyncio.timeout(self._backoff.patience):
                return await _post(urlsplit(url), request)
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
            return 0


def _packed(target: PostbackTarget, body: str) -> bytes:
    """The request, or nothing for what is no address: it is tried, and fails, like any other."""
    try:
        return parcel(target, body)
    except ValueError:
        return b""


def _address_of(host: str) -> str:
    """Names below `localhost` are this machine (RFC 6761 section 6.3); not every resolver knows that."""
    return "127.0.0.1" if host.endswith(".localhost") else host


async def _post(url: SplitResult, request: bytes) -> int:
    secure = url.scheme == "https"
    reader, writer = await asyncio.open_connection(
        _address_of(url.hostname or ""), url.port or (443 if secure else 80), ssl=secure or None, limit=_ANSWER_LIMIT
    )
    try:
        writer.write(request)
        await writer.drain()
        line = await reader.readline()
        return int(line.split(b" ", 2)[1]) if line.startswith(b"HTTP/1.") else 0
    except IndexError:
        return 0
    finally:
        writer.close()
