"""Waits until every worker that serves has heard of a change, and nothing from before it leaves there any more.

A worker says what it has heard in its row of `nodes`. One that was killed says nothing more: it is waited for until its
row has not changed for `SILENT_SECONDS`, by our own watch and so whatever the clocks say. That is longer than anybody
stays in a worker's memory: a worker that cannot reach the mapping for so long serves nobody from memory either.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from math import inf

from proxy.store.port import Clock, NodeRecord
from proxy.store.upkeep_port import Upkeep

SILENT_SECONDS = 75.0
_GONE_MS = 10 * 60 * 1000
"""Rows older than this are not waited for at all: no two clocks differ by so much."""
_PAUSE_SECONDS = 0.25


class Barrier:
    """See the module. Used by many at once, it asks the mapping once for all."""

    def __init__(
        self,
        upkeep: Upkeep,
        clock: Clock,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Remember the means."""
        self._upkeep = upkeep
        self._clock = clock
        self._now = now
        self._sleep = sleep
        self._lock = asyncio.Lock()
        self._rows: list[NodeRecord] = []
        self._looked = -inf
        self._since: dict[str, tuple[int, float]] = {}

    async def heard(self, number: int, patience: float = inf) -> bool:
        """Wait until all have heard of change `number`; False if they have not within `patience` seconds."""
        until = self._now() + patience
        while await self.missing(number):
            if self._now() >= until:
                return False
            await self._sleep(_PAUSE_SECONDS)
        return True

    async def missing(self, number: int) -> list[str]:
        """The names of workers that have not heard of change `number` and may still serve."""
        await self._look()
        now = self._now()
        return [
            one.node for one in self._rows if one.heard < number and now - self._since[one.node][1] < SILENT_SECONDS
        ]

    async def _look(self) -> None:
        async with self._lock:
            if self._now() - self._looked < _PAUSE_SECONDS:
                return
            self._rows = await self._upkeep.nodes(self._clock() - _GONE_MS)
            self._looked = self._now()
            for one in self._rows:
                if self._since.get(one.node, (None, 0.0))[0] != one.seen:
                    self._since[one.node] = (one.seen, self._looked)
