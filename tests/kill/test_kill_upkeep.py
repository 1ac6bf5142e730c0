"""kill -9 while records are sealed and indexed anew, and while an officer changes keys: a restart completes it."""

import asyncio
import random
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import pytest

from keys import KeyRoom, Purpose, rotate
from proxy.assemble import stores_of, unix_ms
from proxy.config import load
from proxy.identity import Context, IdentityService, Records, Sighting
from proxy.keepers import RingFile
from proxy.people import Cleartext, Kind
from proxy.upkeep import Office
from tests.kill.program import Program
from tests.passage.wire import Stub
from tests.processes import attended

PEOPLE = 1500
KILLS = 8
CONTEXT = Context(tenant="uni", mount="dispatch", route="launch", exchange="x-1", actor="browser")
PACE = "\n[upkeep]\nrecords_per_second = 1200\n"


async def changing(file: Path) -> None:
    """Change keys without end, and tell of each change that is done."""
    stores = stores_of(load(file), file)
    await stores.mapping.open()
    await stores.keystore.open()
    office = Office(RingFile(load(file), file), stores.mapping.upkeep, stores.keystore, unix_ms)
    print("ready", flush=True)
    for turn in range(1000):
        purpose = list(Purpose)[turn % 4]
        ring = await office.enact(lambda old, one=purpose: rotate.rotate(old, one, datetime.now(UTC)), "operator")
        print(ring.generation, flush=True)


def officer(file: str) -> None:
    asyncio.run(changing(Path(file)))


class Inside:
    """The stores and keys of an installation, looked at from the test while or after it serves."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "scormveil.toml"

    async def __aenter__(self) -> Self:
        self.stores = await asyncio.to_thread(lambda: stores_of(load(self.file), self.file))
        await self.stores.mapping.open()
        await self.stores.keystore.open()
        self.desk = await asyncio.to_thread(lambda: RingFile(load(self.file), self.file))
        self.ring = (await asyncio.to_thread(self.desk.load)).ring
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stores.mapping.close()
        await self.stores.keystore.close()

    async def populate(self) -> None:
        async def nothing() -> None:
            return None

        lineage = (await self.stores.mapping.pulse()).lineage
        await self.stores.keystore.belongs_to(lineage, opens=False)
        names = IdentityService(
            self.stores.mapping,
            self.stores.keystore,
            KeyRoom(self.ring),
            unix_ms,
            cache_size=0,
            may_mint=lambda: None,
            renew=nothing,
        )
        for at in range(0, PEOPLE, 100):
            people = [Sighting(Cleartext(Kind.SUBJECT, f"learner-{one}-of-the-town")) for one in range(at, at + 100)]
            await names.pseudonymize(people, CONTEXT)

    async def rotate(self, *purposes: Purpose) -> None:
        office = Office(self.desk, self.stores.mapping.upkeep, self.stores.keystore, unix_ms)
        for purpose in purposes:
            await office.enact(lambda ring, one=purpose: rotate.rotate(ring, one, datetime.now(UTC)), "operator")

    async def left(self) -> tuple[int, int]:
        """How many data keys and index values are still to be made anew."""
        seal, lookup = self.ring.active(Purpose.SEAL).id, self.ring.active(Purpose.LOOKUP).id
        usage = await self.stores.keystore.usage()
        old = sum(count for key, count in usage.items() if key != seal)
        return old, await self.stores.mapping.upkeep.count_without_index(lookup)

    async def everybody(self) -> set[str]:
        """Everybody's identifier, opened with the keys in force."""

        async def nothing_newer() -> None:
            raise AssertionError("a key that is not in the keyring")

        records = Records(KeyRoom(self.ring), self.stores.keystore, nothing_newer)
        found = await records.open(await self.stores.mapping.upkeep.people("", 2 * PEOPLE))
        assert None not in found.values()
        return {one.person.cleartexts[0].reveal() for one in found.values()}


@pytest.mark.parametrize("seed", [20261125])
async def test_records_are_sealed_and_indexed_anew_across_many_kills(tmp_path, installation, seed):
    dice = random.Random(seed)
    cloud = Stub("cloud.localhost")
    await cloud.start()
    program = Program.written(tmp_path / "house", installation, cloud)
    file = program.folder / "scormveil.toml"
    file.write_text(file.read_text("utf-8") + PACE, "utf-8")
    async with Inside(program.folder) as inside:
        await inside.populate()
        before = await inside.everybody()
        await inside.rotate(Purpose.SEAL, Purpose.LOOKUP)

    kills = in_the_middle = 0
    while kills < KILLS or not in_the_middle:
        async with Inside(program.folder) as inside:
            left = sum(await inside.left())
            if left == 0:  # it was faster than we could look
                await inside.rotate(Purpose.SEAL, Purpose.LOOKUP)
                left = 2 * PEOPLE
        async with Inside(program.folder) as inside:
            goal = max(0, left - dice.randrange(1, 2 * PEOPLE // (KILLS - 1)))
            await program.start()
            async with asyncio.timeout(60):
                while sum(await inside.left()) > goal:
                    await asyncio.sleep(0.01)
        program.kill()
        await program.ended()
        async with Inside(program.folder) as inside:
            in_the_middle += 0 < sum(await inside.left()) < 2 * PEOPLE
        kills += 1

    await program.start()
    async with Inside(program.folder) as inside:
        async with asyncio.timeout(90):
            while await inside.left() != (0, 0):
                await asyncio.sleep(0.1)
    program.kill()
    await program.ended()
    await cloud.stop()

    async with Inside(program.folder) as inside:
        assert await inside.everybody() == before
        assert len(before) == PEOPLE
    assert program.rows("PRAGMA integrity_check", tmp_path / "copy") == [("ok",)]


async def test_an_officer_who_is_killed_in_the_middle_leaves_one_keyring_in_force(tmp_path, installation):
    dice = random.Random(4711)
    cloud = Stub("cloud.localhost")
    await cloud.start()
    program = Program.written(tmp_path / "house", installation, cloud)
    async with Inside(program.folder) as inside:
        await inside.populate()
        before = await inside.everybody()

    newest = 1
    for _ in range(KILLS):
        newest = max(newest, await changed_until_killed(program, dice))
        await program.start()  # it refuses to start if two keyrings could be meant
        launched = await program.launch(1, "learner-1-of-the-town")
        assert launched is not None
        assert launched.status == 200
        program.kill()
        await program.ended()
        async with Inside(program.folder) as inside:
            assert inside.ring.generation >= newest, "what was told as done is undone"
            assert (await inside.stores.mapping.pulse()).generation == inside.ring.generation
            assert await inside.everybody() == before
            newest = inside.ring.generation
    await cloud.stop()
    assert newest > KILLS


async def changed_until_killed(program: Program, dice: random.Random) -> int:
    """Change keys as fast as can be, in a process that is killed at a random moment; the last generation it told."""
    process = await attended(officer, str(program.folder / "scormveil.toml"))
    newest = 0
    async with asyncio.timeout(60):
        assert await process.stdout.readline() == b"ready\n"
        for _ in range(dice.randrange(1, 12)):
            newest = int(await process.stdout.readline())
        await asyncio.sleep(dice.uniform(0, 0.03))  # the moment itself is what is chosen at random
        process.send_signal(signal.SIGKILL)
        told = [line for line in (await process.stdout.read()).splitlines() if line.isdigit()]
        await process.wait()
    return max([newest, *map(int, told)])
