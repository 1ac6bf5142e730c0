"""kill -9 at any moment of a migration: run again, it completes; nobody has two pseudonyms that leave, nobody is lost."""

import asyncio
import json
import random
import signal
from contextlib import suppress

from town import crowd, ids_of, until

from keys import Purpose

PEOPLE = crowd(60)
ROUNDS = 6


class Asked(list):
    """What the cloud was asked for; somebody hears of each before the cloud has answered."""

    heard = staticmethod(lambda: None)

    def append(self, one):
        super().append(one)
        self.heard()


async def killed(town, dice, moment) -> bool:
    """Begin a migration and kill it in the middle; whether it was still going on then.

    In `asked` it always is, if so many can be asked for: the cloud itself kills, and answers nobody.
    """
    count, pause = dice.randrange(1, 12), dice.choice([0.0, dice.uniform(0, 0.05), dice.uniform(0, 0.6)])
    begun = dice.uniform(0, 3)
    process = await town.command("keys", "migrate", "--yes", "--pace", "15")
    if moment == "asked":
        asked = town.cloud.renames.asked = Asked()

        def look():
            if len(asked) == count:
                process.send_signal(signal.SIGKILL)

        asked.heard = look
        return await process.wait() != 0
    async with town.stores() as (store, _):
        before = await events(store, "pseudonym-promised")
        while process.returncode is None and moment == "promised":
            if await events(store, "pseudonym-promised") - before >= count:
                break
    with suppress(TimeoutError):  # not to wait for anything: the moment itself is what is chosen at random
        await asyncio.wait_for(process.wait(), pause if moment == "promised" else begun)
    process.send_signal(signal.SIGKILL)
    await process.communicate()
    return process.returncode != 0


async def events(store, word) -> int:
    return sum(entry.event == word for _, entry in await store.read_audit(0, 100_000))


async def everybody_is_reached(town, tokens):
    """Every pseudonym anybody ever had leads to its person."""
    async with town.stores() as (store, _):
        for person, mine in (await town.pseudonyms()).items():
            assert len(mine["current"]) == 1
            assert len(mine["coming"]) <= 1
            every = [one for some in mine.values() for one in some]
            tokens.setdefault(person, set()).update(every)
            assert tokens[person] == set(every), "one got lost, or there is a second new one"
            found = await store.by_pseudonym("uni", every)
            assert {record.person for _, record in found} == {person}
            assert len(found) == len(every)


async def test_it_completes_after_every_kill(any_town, request):
    town = any_town
    dice = random.Random(request.node.name)
    registrations = {}
    for number, who in enumerate(PEOPLE):
        player = await town.launch(who)
        await town.commit(player, f"bookmark {number}")
        registrations[number] = player.registration
    ring = await town.rotated()
    tokens: dict[str, set[str]] = {}
    town.cloud.renames.seconds = 0.4
    moments = ["asked", "asked", "asked", *dice.choices(["begun", "promised", "asked"], k=ROUNDS - 3)]
    interrupted = 0

    for moment in moments:
        interrupted += await killed(town, dice, moment)
        await everybody_is_reached(town, tokens)
        for number in dice.sample(range(len(PEOPLE)), 5):
            answer = await town.launched(PEOPLE[number], regid="forgotten")
            assert answer.status in {302, 503}, answer.raw

    code, out, err = await town.run("keys", "migrate", "--yes", "--json", "--pace", "50")

    assert code == 0, err
    assert json.loads(out)["kept"] == []
    assert interrupted >= 3, "the first three are in the middle, whatever the clock"
    await everybody_is_reached(town, tokens)
    active = ring.active(Purpose.PSEUDONYM).id
    found = await town.pseudonyms()
    assert {one["current"][0][3:7] for one in found.values()} == {active}
    assert all((len(one["coming"]), len(one["former"])) == (0, 1) for one in found.values())
    async with town.stores() as (store, _):
        counts = [await events(store, f"pseudonym-{word}") for word in ("promised", "changed")]
    assert counts == [len(PEOPLE), len(PEOPLE)]
    for number, who in enumerate(PEOPLE):
        player = await town.launch(who, regid="forgotten")
        assert (player.registration, player.suspended) == (registrations[number], f"bookmark {number}")
        assert player.learner[3:7] == active
        assert (await town.result(player.registration))["learner"]["id"] == who.id
    assert len(town.known()) == len(PEOPLE)
    assert town.leaks(PEOPLE[:5]) == []
    assert ids_of(json.dumps(sorted(town.known()))) == []


async def test_a_running_node_finishes_what_was_begun_without_being_told(town):
    """The command is killed right after the cloud was asked, and nobody runs it again."""
    players = [await town.launch(who) for who in PEOPLE[:6]]
    for number, player in enumerate(players):
        await town.commit(player, f"bookmark {number}")
    await town.rotated()
    town.cloud.renames.seconds = 1.0
    process = await town.command("keys", "migrate", "--yes", "--pace", "50")

    async def asked() -> bool:
        return len(town.cloud.renames.asked) >= 4

    await until(asked)
    process.send_signal(signal.SIGKILL)
    await process.communicate()
    half = {new for _, new in town.cloud.renames.asked}

    async with town.stores() as (store, _):

        async def finished() -> bool:
            return not await store.moves.stalled(2**60, 1)

        await until(finished)

    current = {one["current"][0] for one in (await town.pseudonyms()).values()}
    assert half <= current
    after = [await town.launch(who, regid="forgotten") for who in PEOPLE[:6]]
    assert [one.registration for one in after] == [one.registration for one in players]
    assert [one.suspended for one in after] == [f"bookmark {number}" for number in range(6)]


async def test_ctrl_c_lets_those_under_way_come_to_an_end(town):
    for who in PEOPLE[:30]:
        await town.launch(who)
    await town.rotated()
    town.cloud.renames.seconds = 1.0
    process = await town.command("keys", "migrate", "--yes", "--pace", "20")

    async def asked() -> bool:
        return len(town.cloud.renames.asked) >= 5

    await until(asked)
    process.send_signal(signal.SIGINT)
    _, err = await process.communicate()

    assert (process.returncode, b"Traceback" in err) == (130, False)
    async with town.stores() as (store, _):
        assert await store.moves.stalled(2**60, 1) == [], "nobody is held"
    half = {new for _, new in town.cloud.renames.asked}
    assert half == {one["current"][0] for one in (await town.pseudonyms()).values() if one["former"]}, (
        "whoever was asked for is switched"
    )
    code, said = await town.migrated()
    assert code == 0, said
