"""Results while everything breaks: each arrives at least once, at the right person, and no older one is the last.

The cloud is the sandbox's own queue with the published rules (70 attempts, 1 s to 15 min apart, jitter); its hours pass
on a driven clock. The proxy and the sockets are real.
"""

import asyncio
import itertools
import random
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from proxy.assemble import build
from proxy.config import load
from proxy.demo.cloud import DrivenClock
from proxy.demo.cloud.model import PostbackTarget
from proxy.demo.cloud.postbacks import Backoff, Postbacks
from proxy.edge.listening import Listening
from proxy.identity import Context, Sighting
from proxy.passage import Level, PostbackSpec
from proxy.people import Cleartext, Kind
from tests.kill.program import Program
from tests.kill.taker import Platform, Result
from tests.passage.corridor import LI, OBRIEN, RTL, ZOE

PEOPLE = (ZOE, OBRIEN, LI, RTL)
LOGIN = {"user": "hook", "password": "geheim"}
HOUR = 3600


class Town:
    """Learners with a registration each, and where the cloud was told to post the results of each."""

    def __init__(self) -> None:
        self.results: list[Result] = []
        self.targets: dict[str, PostbackTarget] = {}
        self.pseudonyms: dict[str, str] = {}

    @classmethod
    async def settled(cls, house, hook: str, *, registrations: int) -> "Town":
        """Let the proxy meet everybody."""
        town = cls()
        mount = next(one for one in house.mounts.all if one.name == "api")
        for number in range(registrations):
            who = PEOPLE[number % len(PEOPLE)]
            learner, registration = f"{who.id}-{number}", f"reg-{number}"
            sighting = Sighting(Cleartext(Kind.SUBJECT, learner), (Cleartext(Kind.FAMILY, who.last),))
            [person] = await house.names.pseudonymize((sighting,), Context("uni", "api", "test", "x", "caller"))
            form = {"auth_type": ("HTTPBASIC", "FORM")[number % 2]}
            way = SimpleNamespace(mount=mount, seen=(person,))
            told = await house.postbacks.outward(
                way, Level("registration", registration), PostbackSpec(hook, **LOGIN, **form)
            )
            town.targets[registration] = PostbackTarget(
                told.url, told.user, told.password, told.results_format, told.auth_type
            )
            town.pseudonyms[registration] = person.pseudonym.token
            town.results += [Result(registration, learner, turn) for turn in range(1, 4)]
        return town

    def send(self, queue: Postbacks, results: list[Result]) -> None:
        for one in results:
            queue.put(self.targets[one.registration], one.registration, one.text(self.pseudonyms[one.registration]))

    def check(self, platform: Platform, queue: Postbacks) -> None:
        """Every result of everybody is with the platform, or a newer one of the same registration was before."""
        assert not any(one.given_up for one in queue.deliveries)
        assert all(one.delivered for one in queue.deliveries)
        known = set(self.results)
        assert set(platform.booked) <= known, "a result for somebody else, or one that nobody sent"
        newest = {}
        for one in platform.booked:
            newest[one.registration] = one
        assert newest == {one.registration: one for one in self.results}, "the last word is the newest result"
        accepted = set(platform.accepted)
        for one in known - accepted:
            assert any(other.registration == one.registration and other.number > one.number for other in accepted)


def written(folder: Path, template: Path, platform: Platform, *, idle: float) -> Program:
    """An installation whose API is reached by a name of this machine."""
    program = Program.written(folder, template, platform)
    file = folder / "scormveil.toml"
    text = file.read_text("utf-8").replace("idle_seconds = 5", f"idle_seconds = {idle}")
    public = f"http://proxy.localhost:{program.port}"
    file.write_text(text.replace("https://proxy.example.org/api/v2", f"{public}/api/v2"), "utf-8")
    return program


@asynccontextmanager
async def serving(program: Program):
    """The same installation in this process."""
    file = program.folder / "scormveil.toml"
    house, listening = build(load(file), file), Listening()
    await house.open()
    try:
        await listening.serve(house.server.door(), "127.0.0.1", program.port)
        yield house
    finally:
        await listening.close()
        await house.close()


def in_parts(results: list[Result]) -> list[list[Result]]:
    """All first results, then all second ones, and so on."""
    return [
        list(group)
        for _, group in itertools.groupby(sorted(results, key=lambda one: one.number), lambda one: one.number)
    ]


async def test_an_hour_in_which_the_platform_is_down_slow_broken_and_elsewhere(tmp_path, installation):
    clock = DrivenClock()
    began = clock()
    quarters = (("down", 600), ("500", 600), ("301", 600), ("half", 300), ("silent", 180), ("404", 600), ("down", 720))

    def mood() -> str:
        left = clock() - began
        for name, seconds in quarters:
            if left < seconds:
                return name
            left -= seconds
        return "takes"

    platform = Platform(mood)
    await platform.start()
    program = written(tmp_path / "house", installation, platform, idle=0.2)
    queue = Postbacks(Backoff.published(clock.sleep))
    try:
        async with serving(program) as house:
            town = await Town.settled(house, platform.origin + "/hook", registrations=6)
            for part in in_parts(town.results):
                town.send(queue, part)
                await clock.advance(60, queue.quiet)
            await clock.advance(HOUR - 180, queue.quiet)
            assert platform.accepted == []
            assert platform.booked, "half an answer was given"

            await clock.advance(2 * HOUR, queue.quiet)

            town.check(platform, queue)
            assert max(one.attempts for one in queue.deliveries) > 8
    finally:
        await queue.close()
        await platform.stop()


@pytest.mark.parametrize("seed", [20260504])
async def test_the_proxy_is_killed_between_receiving_and_relaying(tmp_path, installation, seed):
    dice = random.Random(seed)
    clock = DrivenClock()
    platform = Platform()
    await platform.start()
    program = written(tmp_path / "house", installation, platform, idle=0.5)
    queue = Postbacks(Backoff.published(clock.sleep))
    kills = 0
    try:
        async with serving(program) as house:
            town = await Town.settled(house, platform.origin + "/hook", registrations=6)
        first, *later = in_parts(town.results)
        for part in (first, list(itertools.chain(*later))):
            await program.start()
            fatal = deadly(platform, program, dice)
            town.send(queue, part)
            await clock.advance(300, queue.quiet)
            platform.received = None
            kills += fatal.killed
            program.kill()
            await program.ended()
        await program.start()
        await clock.advance(4 * HOUR, queue.quiet)
        await clock.advance(4 * HOUR, queue.quiet)

        town.check(platform, queue)
        assert kills == 2, "the kills fell in the middle"
    finally:
        program.kill()
        await program.ended()
        await queue.close()
        await platform.stop()


def deadly(platform: Platform, program: Program, dice: random.Random) -> SimpleNamespace:
    """Kill the program when the platform has been handed its n-th result: before it answers, or a moment after."""
    fatal = SimpleNamespace(killed=False)
    at, pause = platform.requests + dice.randrange(1, 6), dice.choice([None, 0.0, 0.002])

    async def received() -> None:
        if platform.requests == at:
            fatal.killed = True
            if pause is None:
                program.kill()
            else:
                asyncio.get_running_loop().call_later(pause, program.kill)

    platform.received = received
    return fatal
