"""Gives the newest checkpoint to every post. One that fails holds nobody up, is tried again, is known to be behind."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from proxy.audit.posts import Consistency, Post
from proxy.errors import ProxyError
from proxy.tlog.note import Note, parse_note

_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 60.0


@dataclass(frozen=True, slots=True)
class Behind:
    """A post that does not have the newest checkpoint: for how many seconds, and why it failed last ("": under way)."""

    name: str
    seconds: float
    reason: str


@dataclass(slots=True)
class _Lane:
    """One post: what it has, since when it lacks something, and what went wrong last."""

    post: Post
    has: str = ""
    since: float | None = None
    reason: str = ""
    wake: asyncio.Event = field(default_factory=asyncio.Event)


class Posting:
    """One log's posts. `clock` gives seconds that never go back; `sleep` is asyncio's, or a test's."""

    def __init__(
        self,
        posts: Sequence[Post],
        *,
        clock: Callable[[], float],
        signed: Callable[[str], Awaitable[None]],
        told: Callable[[str, str], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Remember the posts; `run` serves them.

        `signed` gets each checkpoint to which signatures of witnesses came, to be kept with it. `told` gets the name of
        a post and the reason when it fails otherwise than before, and "" when it works again.
        """
        self._lanes = [_Lane(post) for post in posts]
        self._clock, self._signed, self._told, self._sleep = clock, signed, told, sleep
        self._note = ""
        self._consistency: Consistency | None = None
        self._offered = 0.0
        self._level = asyncio.Event()
        self._level.set()

    def offer(self, note: str, consistency: Consistency) -> None:
        """Take a checkpoint, newer than the last: from now on it is what every post has to have."""
        self._consistency, self._offered = consistency, self._clock()
        self._renew(note)

    async def run(self) -> None:
        """Serve all posts until cancelled."""
        async with asyncio.TaskGroup() as group:
            for lane in self._lanes:
                group.create_task(self._serve(lane))

    async def settle(self, seconds: float) -> bool:
        """Wait until every post has the newest checkpoint, at most so long; whether they have. `run` has to run."""
        try:
            async with asyncio.timeout(seconds):
                await self._level.wait()
        except TimeoutError:
            return False
        return True

    def behind(self) -> tuple[Behind, ...]:
        """The posts that lack something, the longest first."""
        now = self._clock()
        late = [Behind(one.post.name, now - one.since, one.reason) for one in self._lanes if one.since is not None]
        return tuple(sorted(late, key=lambda one: -one.seconds))

    def _renew(self, note: str) -> None:
        self._note = note
        for lane in self._lanes:
            if lane.since is None:
                lane.since = self._offered
            self._level.clear()
            lane.wake.set()

    async def _serve(self, lane: _Lane) -> None:
        tries = 0
        while True:
            await lane.wake.wait()
            lane.wake.clear()
            if lane.has == self._note:
                continue
            note, offered = self._note, self._offered
            try:
                signed = await lane.post.deliver(note, self._needed())
            except ProxyError as failed:
                self._tell(lane, failed.reason or failed.code)
                tries += 1
                lane.wake.set()
                # Spread a little: all nodes of an installation have the same witness.
                pause = min(_FIRST_PAUSE * 2 ** min(tries - 1, 10), _LONGEST_PAUSE)
                await self._sleep(pause * random.uniform(0.7, 1.0))  # noqa: S311  no secret
                continue
            tries = 0
            lane.has = signed
            self._tell(lane, "")
            await self._merge(parse_note(signed), offered)
            lane.since = None if lane.has == self._note else self._offered
            if all(one.since is None for one in self._lanes):
                self._level.set()

    async def _merge(self, note: Note, offered: float) -> None:
        """Signatures that came are signatures for all, if no newer checkpoint came meanwhile."""
        newest = parse_note(self._note)
        more = [one for one in note.signatures if one not in newest.signatures]
        if note.text != newest.text or offered != self._offered or not more:
            return
        for one in more:
            newest = newest.with_signature(one)
        self._renew(str(newest))
        await self._signed(str(newest))

    def _tell(self, lane: _Lane, reason: str) -> None:
        if reason != lane.reason:
            lane.reason = reason
            self._told(lane.post.name, reason)

    def _needed(self) -> Consistency:
        if self._consistency is None:
            raise RuntimeError("nothing was offered")
        return self._consistency
