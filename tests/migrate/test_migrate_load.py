"""Learners launch all the time while everybody is moved: nobody is refused, nobody begins anew."""

import asyncio
import json

from town import crowd, until

from keys import Purpose

PEOPLE = crowd(40)


async def test_nobody_notices(any_town, request):
    town = any_town
    for number, who in enumerate(PEOPLE):
        player = await town.launch(who)
        assert (await town.commit(player, f"bookmark {number}")).status == 200
    registrations = set(town.known())
    ring = await town.rotated()
    launched, done = [0] * len(PEOPLE), asyncio.Event()

    async def learner(number: int) -> None:
        """Launches again and again, one after the other, from an LMS that remembers nothing."""
        while not done.is_set():
            answer = await town.launched(PEOPLE[number], regid="forgotten")
            assert answer.status == 302, (number, answer.raw)
            launched[number] += 1
            await asyncio.sleep(0.15)

    async def everybody() -> bool:
        return min(launched) > 0

    async with asyncio.TaskGroup() as group:
        learners = [group.create_task(learner(number)) for number in range(len(PEOPLE))]
        await until(everybody)
        before = sum(launched)
        code, out, err = await town.run("keys", "migrate", "--yes", "--json", "--pace", "20")
        done.set()
        await asyncio.gather(*learners)

    assert code == 0, err
    assert json.loads(out)["switched"] == len(PEOPLE)
    assert sum(launched) > before, "nobody launched meanwhile"
    assert set(town.known()) == registrations, "somebody began anew"
    after = [await town.launch(who, regid="forgotten") for who in PEOPLE]
    assert [one.suspended for one in after] == [f"bookmark {number}" for number in range(len(PEOPLE))]
    assert {one.learner[3:7] for one in after} == {ring.active(Purpose.PSEUDONYM).id}
    found = await town.pseudonyms()
    assert all((len(one["current"]), len(one["coming"]), len(one["former"])) == (1, 0, 1) for one in found.values())
