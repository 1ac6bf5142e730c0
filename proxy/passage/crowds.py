"""Everybody this process has met lately, kept ready for messages without a session (API calls between servers).

The identity service says whom it read or minted (`see`). Who was met is searched from the next message on: few new
people are prepared at once, many in a thread for which that message waits. Small crowds are merged in a thread now and
then, so that a message passes a handful of automata. Who is forgotten is out at once, whatever is built at that moment.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from itertools import count, islice

from proxy.guard import Crowd, Hit, Throng, inspect, traces_of
from proxy.people import Person

_AT_ONCE = 4
"""So many people are prepared on the loop (some 0.2 ms each)."""
_BACKLOG = 64
"""So many people waiting are prepared before anybody asks."""
_SLAB = 250
_LARGEST = 5_000
"""People of one crowd. Building it holds the interpreter's lock (some 20 µs for each of them), which stops the loop."""
_MOST_TAIL = 8
_SHARE = 4
"""A crowd is merged with the smaller ones behind it once they are together this part of it."""
_TINY = 12
_LARGE = 64 * 1024
"""Bytes of a message from which it is searched in a thread."""


class Crowds:
    """The people of each tenant of `tenants`, `limit` of each; others are not remembered."""

    def __init__(self, tenants: Iterable[str], limit: int = 50_000) -> None:
        """Begin with nobody."""
        self._circles = {tenant: _Circle(limit) for tenant in tenants}

    def see(self, tenant: str, name: str, person: Person) -> None:
        """Remember a person, by the name of her row."""
        if tenant in self._circles:
            self._circles[tenant].see(name, person)

    def forget(self, names: Iterable[str]) -> None:
        """Search people no more, by the names of their rows."""
        gone = tuple(names)
        for circle in self._circles.values():
            circle.forget(gone)

    async def search(self, tenant: str, pieces: Sequence[tuple[str, bytes]]) -> tuple[Hit, ...]:
        """Return whom of `tenant` the pieces of one message give away, like `guard.inspect`."""
        if tenant not in self._circles:
            return ()
        throng = await self._circles[tenant].ready()
        if sum(len(data) for _, data in pieces) <= _LARGE:
            return inspect(pieces, throng)
        return await asyncio.to_thread(inspect, pieces, throng)

    def sizes(self, tenant: str) -> tuple[int, ...]:
        """How many people are in each crowd of a tenant, the oldest crowd first."""
        return self._circles[tenant].sizes()

    async def settle(self) -> None:
        """Return when everybody is prepared and nothing is being merged."""
        for circle in self._circles.values():
            await circle.settle()

    async def close(self) -> None:
        """Begin nothing more."""
        for circle in self._circles.values():
            await circle.close()

    def __repr__(self) -> str:
        return f"<Crowds {sum(len(circle) for circle in self._circles.values())}>"


class _Circle:
    """The people of one tenant, the least lately seen first; each spelling of her has a number of its own."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._numbers = count()
        self._roster: OrderedDict[str, tuple[Person, int]] = OrderedDict()
        self._alive: set[int] = set()
        self._waiting: dict[int, Person] = {}
        self._crowds: list[Crowd] = []
        self._held = 0
        """So many of the crowds are being merged."""
        self._lock = asyncio.Lock()
        self._work: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._roster)

    def see(self, name: str, person: Person) -> None:
        held = self._roster.get(name)
        if held is not None:
            self._roster.move_to_end(name)
            if held[0].cleartexts is person.cleartexts or held[0].cleartexts == person.cleartexts:
                return
            self._drop(held[1])
        number = next(self._numbers)
        self._roster[name] = (person, number)
        self._roster.move_to_end(name)
        self._alive.add(number)
        self._waiting[number] = person
        if len(self._roster) > self._limit:
            self._drop(self._roster.popitem(last=False)[1][1])
        if len(self._waiting) >= _BACKLOG:
            self._begin()

    def forget(self, names: Iterable[str]) -> None:
        for name in names:
            held = self._roster.pop(name, None)
            if held is not None:
                self._drop(held[1])

    def _drop(self, number: int) -> None:
        self._alive.discard(number)
        self._waiting.pop(number, None)

    async def ready(self) -> Throng:
        """Everybody who has been seen until now."""
        if self._waiting:
            async with self._lock:
                await self._prepare(max(self._waiting, default=-1))
        if self._mergeable() > _MOST_TAIL:
            self._begin()
        return Throng(self._crowds)

    async def _prepare(self, until: int) -> None:
        """Prepare who waits up to the number `until`; the lock is held."""
        while slab := tuple(islice((one for one in self._waiting.items() if one[0] <= until), _SLAB)):
            crowd = self._crowd_of(slab) if len(slab) <= _AT_ONCE else await asyncio.to_thread(self._crowd_of, slab)
            self._crowds.append(crowd)
            for number, _ in slab:
                self._waiting.pop(number, None)
        self._gather()

    def _gather(self) -> None:
        """Make one crowd of many tiny ones; some do not wait for the thread, which may be behind."""
        few = 0
        while few < len(self._crowds) - self._held and self._crowds[-few - 1].people <= _AT_ONCE:
            few += 1
        if few >= _TINY:
            self._crowds[-few:] = [Crowd((), self._alive.__contains__, self._crowds[-few:])]

    def _crowd_of(self, people: Sequence[tuple[int, Person]]) -> Crowd:
        prepared = [(number, traces_of(person.cleartexts)) for number, person in people]
        return Crowd(prepared, self._alive.__contains__)

    def _begin(self) -> None:
        if self._work is None or self._work.done():
            self._work = asyncio.get_running_loop().create_task(self._catch_up())

    async def _catch_up(self) -> None:
        """Prepare a backlog and merge small crowds, beside the traffic."""
        async with self._lock:
            await self._prepare(max(self._waiting, default=-1))
        while (small := self._mergeable()) > 1:
            await self._merge(len(self._crowds) - small, len(self._crowds))
        if sum(self.sizes()) > 2 * len(self._roster) + _LARGEST:
            for crowd in tuple(self._crowds):
                if 2 * await asyncio.to_thread(crowd.living) < crowd.people:
                    place = self._crowds.index(crowd)
                    await self._merge(place, place + 1)

    async def _merge(self, start: int, end: int) -> None:
        """Make one crowd of those at start..end; others may be added behind them meanwhile."""
        self._held = end
        merged = await asyncio.to_thread(Crowd, (), self._alive.__contains__, self._crowds[start:end])
        self._crowds[start:end] = [merged] if merged.people else []
        self._held = 0

    def _mergeable(self) -> int:
        """How many of the latest crowds belong together; less than 2 for none."""
        number, together = 0, 0
        for size in reversed(self.sizes()):
            if number and (size > together * _SHARE or size + together > _LARGEST):
                break
            number += 1
            together += size
        return number

    def sizes(self) -> tuple[int, ...]:
        return tuple(crowd.people for crowd in self._crowds)

    async def settle(self) -> None:
        await self.ready()
        while self._work is not None and not self._work.done():
            await self._work

    async def close(self) -> None:
        if self._work is not None and not self._work.done():
            self._work.cancel()
            await asyncio.wait({self._work})
