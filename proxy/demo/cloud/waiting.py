"""A clock that tests drive: an hour of a platform being down is over at once, and nothing happens out of turn."""

import asyncio
import heapq
import itertools
from collections.abc import Awaitable, Callable


class DrivenClock:
    """Time that stands still until `advance`. Calling it gives seconds since the epoch; `sleep` waits in its time."""

    def __init__(self, now: float = 1_790_000_000.0) -> None:
        """Stand still at `now`."""
        self._now = now
        self._count = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def __call__(self) -> float:
        """The time."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Wait until so much of this clock's time has passed."""
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._count), woken))
        await woken

    async def advance(self, seconds: float, quiet: Callable[[], Awaitable[None]]) -> None:
        """Let time pass; whoever sleeps wakes at her moment, and the next one only when all is `quiet` again."""
        end = self._now + seconds
        await quiet()
        while self._sleepers and self._sleepers[0][0] <= end:
            self._now, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                woken.set_result(None)
            await asyncio.sleep(0)  # the sleeper is awake, and counted, after one turn of the loop
            await quiet()
        self._now = end
