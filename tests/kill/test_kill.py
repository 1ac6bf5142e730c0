"""kill -9 at any moment of a launch: what the cloud was told stays true, and nobody's mapping is lost."""

import asyncio
import random
import re

import pytest

from tests.kill.program import Program
from tests.passage.wire import Stub, send_raw

ROUNDS = 8
PEOPLE = 24
FIELDS = re.compile(rb"dispatchid=P(\d+)&.*learnerid=(sv1[0-9a-z]{37})&")


def told(cloud: Stub) -> dict[int, set[str]]:
    """The pseudonyms the cloud ever received, by person."""
    found: dict[int, set[str]] = {}
    for one in cloud.requests:
        hit = FIELDS.search(one.raw)
        assert hit, one.raw
        found.setdefault(int(hit[1]), set()).add(hit[2].decode())
    return found


async def deadly(program: Program, dice: random.Random, batch: list[int], turn: int) -> list[int]:
    """Launch `batch` at once and kill the program in the middle; return who was answered.

    The first two turns see to it that somebody was answered and somebody was not, whatever the clock.
    """
    cut = asyncio.Event()
    moment = ["answered", "sent"][turn] if turn < 2 else dice.choice(["sent", "received", "answered"])
    count = dice.randrange(1, len(batch))
    pause = 0.0 if turn < 2 else dice.choice([0.0, dice.uniform(0, 0.004), dice.uniform(0, 0.03)])
    before = len(program.cloud.requests)
    answered: list[int] = []
    sent = 0

    def look() -> None:
        reached = {"sent": sent, "received": len(program.cloud.requests) - before, "answered": len(answered)}
        if reached[moment] >= count:
            cut.set()

    async def one(number: int) -> None:
        nonlocal sent
        sent += 1
        look()
        answer = await program.launch(number, f"learner-{number}-of-the-town")
        if answer is not None and answer.status == 200 and answer.whole:
            answered.append(number)
        look()

    async def killer() -> None:
        await cut.wait()
        await asyncio.sleep(pause)  # not to wait for anything: the moment itself is what is chosen at random
        program.kill()

    async with asyncio.TaskGroup() as group:
        group.create_task(killer())
        for number in batch:
            group.create_task(one(number))
    await program.ended()
    return answered


@pytest.mark.parametrize("seed", [20260105, 4711])
async def test_the_same_person_has_the_same_pseudonym_after_every_kill(tmp_path, installation, seed):
    dice = random.Random(seed)
    cloud = Stub("cloud.localhost")
    await cloud.start()
    program = Program.written(tmp_path / "house", installation, cloud)
    mapped: dict[str, tuple] = {}
    answered: set[int] = set()
    try:
        for turn in range(ROUNDS):
            await program.start()
            known = dice.sample(range(turn * PEOPLE), min(PEOPLE // 3, turn * PEOPLE))
            batch = [*known, *range(turn * PEOPLE, (turn + 1) * PEOPLE)]
            dice.shuffle(batch)
            answered |= set(await deadly(program, dice, batch, turn))
            rows = program.rows("SELECT pseudonym, person, created FROM people", tmp_path / "copy")
            now = {row[0]: row for row in rows}
            assert mapped.items() <= now.items(), "a mapping was lost or made anew"
            assert {one for tokens in told(cloud).values() for one in tokens} <= now.keys()
            mapped = now

        before = told(cloud)
        await program.start()
        for number in sorted(before):
            assert (await program.launch(number, f"learner-{number}-of-the-town")).status == 200
        program.kill()
        await program.ended()
    finally:
        if program.process is not None and program.process.returncode is None:
            program.kill()
            await program.ended()
        await cloud.stop()

    after = told(cloud)
    assert 0 < len(answered) < ROUNDS * PEOPLE, "nobody was interrupted, or everybody"
    assert answered <= before.keys()
    for number, tokens in after.items():
        assert len(tokens) == 1, f"person {number} was told as {tokens}"
    assert len({min(tokens) for tokens in after.values()}) == len(after)
    minted = program.rows("SELECT pseudonym FROM audit WHERE event = 'minted'", tmp_path / "copy")
    assert len(minted) == len(set(minted)), "somebody was minted twice"
    assert {min(tokens) for tokens in after.values()} <= {row[0] for row in minted}
    assert {row[0] for row in minted} == mapped.keys(), "a mapping without its entry, or an entry without its mapping"
    opened = program.rows("SELECT pseudonym FROM audit WHERE event = 'session-opened'", tmp_path / "copy")
    assert {min(after[number]) for number in answered} <= {row[0] for row in opened}
    assert program.rows("PRAGMA integrity_check", tmp_path / "copy") == [("ok",)]


async def test_two_workers_that_see_a_person_at_once_give_her_one_pseudonym(tmp_path, installation):
    cloud = Stub("cloud.localhost")
    await cloud.start()
    program = Program.written(tmp_path / "house", installation, cloud, workers=2)
    try:
        await program.start()
        for wave in range(3):
            numbers = [number for number in range(wave * 20, wave * 20 + 20) for _ in range(6)]
            random.Random(wave).shuffle(numbers)
            answers = await asyncio.gather(*(program.launch(one, f"learner-{one}-of-the-town") for one in numbers))
            assert [answer.status for answer in answers if answer is not None] == [200] * len(numbers)
        served = [await exchanges(program.admin + number) for number in range(2)]
    finally:
        program.kill()
        await program.ended()
        await cloud.stop()
    assert min(served) > 0, "one worker did all the work, so nothing was shown"
    heard = told(cloud)
    assert {number: len(tokens) for number, tokens in heard.items()} == dict.fromkeys(range(60), 1)
    mapped = program.rows("SELECT pseudonym FROM people", tmp_path / "copy")
    minted = program.rows("SELECT pseudonym FROM audit WHERE event = 'minted'", tmp_path / "copy")
    assert sorted(mapped) == sorted(minted) == sorted((min(tokens),) for tokens in heard.values())
    assert program.rows("PRAGMA integrity_check", tmp_path / "copy") == [("ok",)]


async def exchanges(port: int) -> float:
    """How many exchanges a worker says it has had."""
    answer = await send_raw(port, b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    lines = [line for line in answer.body.decode().splitlines() if line.startswith("scormveil_exchanges_total{")]
    return sum(float(line.rpartition(" ")[2]) for line in lines)
