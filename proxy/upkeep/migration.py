"""Moves many people to other pseudonyms, paced, and stops before a cloud that does not rename has cost anybody a wait.

An application has *proved* itself once it has renamed somebody. Until then people are moved one at a time, and the
first one it does not rename ends the run; after that many are under way at once, and several failures in a row end it.
Run it again and it goes on: who is done is not in scope any more, who was begun is finished.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from proxy.cloud import Application, Outcome
from proxy.errors import KeysUnavailable
from proxy.store.moves_port import Moves, Scope
from proxy.store.port import Clock, MappingRecord
from proxy.store.upkeep_port import Upkeep
from proxy.upkeep.barrier import Barrier
from proxy.upkeep.moving import Moved, Mover

JOB = "migrate"
TURN_MS = 6_000
_TURN_SECONDS = 2.0
_PAGE = 200
_AT_ONCE = 64
_IN_A_ROW = 5
_ALONE = 10
"""So many people without any registration are moved one at a time; then an application need not prove anything."""
_PROOFS = frozenset({Outcome.RENAMED, Outcome.PUT_BACK})
_TROUBLES = frozenset({Outcome.REFUSED, Outcome.UNCLEAR})

Told = Callable[[Moved], None]


@dataclass(slots=True)
class Report:
    """What a run did. `kept` are those who keep their old pseudonym; `stopped` says in a word why it ended early."""

    switched: int = 0
    kept: list[Moved] = field(default_factory=list)
    cannot_open: int = 0
    left: int = 0
    stopped: str = ""


class Migration:
    """See the module. `holder` is this process's name among all that share the mapping."""

    def __init__(
        self,
        mover: Mover,
        *,
        moves: Moves,
        upkeep: Upkeep,
        applications: Mapping[str, Sequence[Application]],
        barrier: Barrier,
        clock: Clock,
        holder: str,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Remember the means."""
        self._mover = mover
        self._moves = moves
        self._upkeep = upkeep
        self._applications = applications
        self._barrier = barrier
        self._clock = clock
        self._holder = holder
        self._sleep = sleep
        self._report = Report()
        self._asked = 0
        self._proved: set[str] = set()
        self._alone: Counter[str] = Counter()
        self._row = 0
        self._force = False

    async def take_turn(self) -> bool:
        """Whether it is our turn: one run at a time. A run that was killed keeps it for `TURN_MS`."""
        now = self._clock()
        return await self._upkeep.take(JOB, self._holder, now, now + TURN_MS)

    async def listening(self) -> list[str]:
        """The workers that have not yet answered; to be asked until it is empty before anybody is held."""
        if not self._asked:
            self._asked = await self._moves.ping()
        return await self._barrier.missing(self._asked)

    async def run(self, scope: Scope, *, pace: float, force: bool = False, told: Told = lambda _: None) -> Report:
        """Move everybody in scope, `pace` people a second at most. `told` hears of each.

        Call it once, in our turn. Raises `StoreFailed`, `KeysUnavailable`.
        """
        self._force = force
        left = sum((await self._moves.count(scope)).values())
        keeping = asyncio.ensure_future(self._keep_turn(left))
        try:
            await self._all(scope, pace, told)
            await self._again(told)
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            await self._upkeep.release(JOB, self._holder)
        self._report.left = sum((await self._moves.count(scope)).values())
        return self._report

    async def _all(self, scope: Scope, pace: float, told: Told) -> None:
        under_way: set[asyncio.Task[None]] = set()
        try:
            async for record in self._everybody(scope):
                alone = self._is_alone(record.tenant)
                if alone or len(under_way) >= _AT_ONCE:
                    when = asyncio.ALL_COMPLETED if alone else asyncio.FIRST_COMPLETED
                    under_way = await _ended(under_way, when)
                if self._report.stopped:
                    return
                under_way.add(asyncio.ensure_future(self._one(record, told)))
                if alone:
                    under_way = await _ended(under_way, asyncio.ALL_COMPLETED)
                await self._sleep(1 / pace)
        finally:
            await _ended(under_way, asyncio.ALL_COMPLETED)

    async def _everybody(self, scope: Scope) -> AsyncIterator[MappingRecord]:
        after = ""
        while page := await self._moves.people(scope, after, _PAGE):
            for record in page:
                yield record
            after = page[-1].person

    async def _one(self, record: MappingRecord, told: Told) -> None:
        try:
            moved = await self._mover.move(record, force=self._force)
        except KeysUnavailable as trouble:
            if trouble.reason != "keyring-behind":
                raise
            self._report.stopped = trouble.reason
            return
        self._note(moved)
        told(moved)

    def _note(self, moved: Moved) -> None:
        report = self._report
        if moved.state == "kept":
            report.kept.append(moved)
        report.switched += moved.state == "switched"
        report.cannot_open += moved.state == "cannot-open"
        self._alone[moved.tenant] += 1
        self._proved |= {name for name, outcome in moved.outcomes.items() if outcome in _PROOFS}
        troubled = {name for name, outcome in moved.outcomes.items() if outcome in _TROUBLES}
        self._row = self._row + 1 if troubled else 0
        if self._force:
            return
        if troubled - self._proved:
            report.stopped = "not-renamed"
        elif self._row >= _IN_A_ROW:
            report.stopped = "in-a-row"

    def _is_alone(self, tenant: str) -> bool:
        """Whether people of a tenant are moved one at a time still."""
        unproved = {one.name for one in self._applications.get(tenant, ())} - self._proved
        return bool(unproved) and self._alone[tenant] < _ALONE

    async def _again(self, told: Told) -> None:
        """A rename that was not seen in time may have been done since."""
        for moved in [one for one in self._report.kept if Outcome.UNCLEAR in one.outcomes.values()]:
            record = await self._moves.read(moved.person)
            if record is not None and not self._report.stopped:
                self._report.kept.remove(moved)
                await self._one(record, told)

    async def _keep_turn(self, left: int) -> None:
        """Say now and then that we are at it, and how it stands."""
        while await self.take_turn():
            report = self._report
            done = report.switched + len(report.kept) + report.cannot_open
            await self._upkeep.progress(JOB, self._holder, done, max(left - done, 0), "running")
            await asyncio.sleep(_TURN_SECONDS)
        self._report.stopped = "another-run"


async def _ended(tasks: set[asyncio.Task[None]], when: str) -> set[asyncio.Task[None]]:
    """Wait for tasks; returns those that go on. What one of them raised is raised here."""
    if not tasks:
        return set()
    done, going_on = await asyncio.wait(tasks, return_when=when)
    failures = [failure for one in done if (failure := one.exception()) is not None]
    if failures:
        raise failures[0]
    return going_on
