"""The database server goes away while people learn: real processes, a real server, launches all the time."""

import asyncio
import itertools
from collections import Counter

import pytest

from tests.kill.program import Program
from tests.kill.test_kill import told
from tests.middlebox import Middlebox
from tests.passage.wire import Stub, send_raw
from tests.postgres import cluster

AT_ONCE = 8
PATIENCE = 60


@pytest.fixture
def server():
    with cluster() as running:
        yield running


@pytest.fixture
async def cloud():
    stub = Stub("cloud.localhost")
    await stub.start()
    yield stub
    await stub.stop()


@pytest.fixture
async def box(server):
    async with Middlebox(server.port) as running:
        yield running


@pytest.fixture
async def program(server, box, cloud, tmp_path, installation):
    """Two workers on a mapping behind a middle box and a key store."""
    mapping, keystore = server.pair()
    extra = f'[store]\nurl = "{mapping.replace(str(server.port), str(box.port))}"\n[keystore]\nurl = "{keystore}"\n'
    made = Program.written(tmp_path / "house", installation, cloud, workers=2, extra=extra)
    await made.start()
    made.database = mapping.rpartition("/")[2]
    yield made
    box.silent = False
    made.kill()
    await made.ended()


class Learners:
    """Launch without pause, everybody under a number of her own, and note what each was answered."""

    def __init__(self, program):
        self.program = program
        self.numbers = itertools.count()
        self.answers = {}
        self.since = Counter()
        self.heard = asyncio.Event()
        self.tasks = [asyncio.ensure_future(self._launch()) for _ in range(AT_ONCE)]

    async def _launch(self):
        while True:
            number = next(self.numbers)
            async with asyncio.timeout(PATIENCE):
                answer = await self.program.launch(number, f"learner-{number}-of-the-town")
            assert answer is not None, "the connection was closed without an answer"
            self.answers[number] = (answer.status, answer.header("X-Scormveil-Code") or "")
            self.since[answer.status] += 1
            self.heard.set()

    async def until(self, status, count=20):
        """Wait until so many were answered in that way from now on."""
        self.since.clear()
        async with asyncio.timeout(PATIENCE):
            while self.since[status] < count:
                self.heard.clear()
                await self.heard.wait()
                for task in self.tasks:
                    if task.done():
                        task.result()

    async def stop(self):
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


async def test_every_launch_is_served_or_refused_and_nobody_is_minted_twice(program, server, box, cloud):
    learners = Learners(program)
    try:
        await learners.until(200)
        for _ in range(5):
            await asyncio.to_thread(server.drop_connections)
            await learners.until(200, 5)
        await asyncio.to_thread(server.stop, "immediate")
        await learners.until(503)
        await asyncio.to_thread(server.start)
        await learners.until(200)
        box.silent = True
        await learners.until(503)
        box.silent = False
        await learners.until(200)
        box.cut()
        await learners.until(200)
    finally:
        await learners.stop()
    await well(program)

    kinds = Counter(learners.answers.values())
    assert set(kinds) <= {(200, ""), (503, "store-failed"), (503, "audit-failed")}, kinds
    before = told(cloud)
    served = [number for number, (status, _) in learners.answers.items() if status == 200]
    assert set(served) <= before.keys()
    assert {number: len(tokens) for number, tokens in before.items()} == dict.fromkeys(before, 1)

    refused = [number for number, (status, _) in learners.answers.items() if status == 503]
    await asyncio.gather(*(again(program, some) for some in slices([*served[:400], *refused[:400]])))
    after = told(cloud)
    assert {number: after[number] for number in before} == before
    assert [len(tokens) for tokens in after.values()] == [1] * len(after)
    with server.connect(program.database) as own:
        minted = [row[0] for row in own.execute("SELECT pseudonym FROM audit WHERE event = 'minted'")]
        people = [row[0] for row in own.execute("SELECT pseudonym FROM people")]
    assert sorted(minted) == sorted(people)
    assert {min(tokens) for tokens in after.values()} <= set(people)


async def well(program):
    """Every worker says that it is."""
    for number in range(program.workers):
        async with asyncio.timeout(PATIENCE):
            while True:
                answer = await send_raw(program.admin + number, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                if answer.status == 200:
                    break
                await asyncio.sleep(0.05)  # it has no event to wait for: this is how a load balancer asks


def slices(numbers):
    return [numbers[at::AT_ONCE] for at in range(AT_ONCE)]


async def again(program, numbers):
    for number in numbers:
        assert (await program.launch(number, f"learner-{number}-of-the-town")).status == 200
