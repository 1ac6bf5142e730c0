"""Every key is rotated and the key-encryption key changed while people learn. Nobody notices.

Real processes under a steady load: two workers on SQLite, two nodes on PostgreSQL. Learners launch, go on with the
session they have, and answer; some are new, most are known. In the middle an officer does everything there is to do.
"""

import asyncio
import random
import re
import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from keys import FileKek, KeyRoom, Purpose, rotate
from proxy.assemble import stores_of, unix_ms
from proxy.config import load
from proxy.identity import Records
from proxy.keepers import RingFile
from proxy.store import KEYSTORE, MAPPING
from proxy.upkeep import Office
from tests.kill.program import Program, free_ports
from tests.kill.test_kill import told
from tests.passage.corridor import COMMIT, LAUNCH, PROXY_HOST, cookies_of
from tests.passage.wire import Stub, request, send_raw
from tests.upkeep.nodes import now

RATE = 50
SECONDS = 12
LEARNERS = 240
ACTS = (Purpose.PSEUDONYM, Purpose.SEAL, Purpose.LOOKUP)
NEW_KEK = '\n[keys.new_kek]\nprovider = "file"\npath = "new.key"\n'


@dataclass
class Load:
    """Fifty launches a second, and what goes on in the sessions they open."""

    ports: list[int]
    dice: random.Random = field(default_factory=lambda: random.Random(20261125))
    cookies: dict[int, str] = field(default_factory=dict)
    outcomes: Counter = field(default_factory=Counter)
    refused: list[bytes] = field(default_factory=list)

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.TaskGroup() as group:
            for turn in range(RATE * SECONDS):
                await asyncio.sleep(max(0.0, began + turn / RATE - loop.time()))  # the rate is what is tested
                known = turn > RATE and self.cookies and self.dice.random() < 0.7
                number = self.dice.choice(list(self.cookies)) if known else self.dice.randrange(LEARNERS)
                group.create_task(self.learn(number))

    async def learn(self, number: int) -> None:
        """Launch, then commit an answer with the session that the launch opened; each at whichever node comes."""
        target = LAUNCH.replace("dispatchid=D1", f"dispatchid=P{number}")
        target += f"&learnerid=learner-{number}-of-the-town&fname=Zo%C3%AB&lname=Person{number}"
        answer = await self.ask(request("GET", target, [("Host", PROXY_HOST)]), "launch")
        if answer is None:
            return
        self.cookies[number] = cookies_of(answer)
        body = f'<RTD RI="P{number}"><ARTI LR="Zoë Person{number} was here"/></RTD>'.encode()
        fields = [("Host", PROXY_HOST), ("Cookie", self.cookies[number]), ("Content-Type", "text/xml")]
        await self.ask(request("POST", COMMIT, fields, body), "commit")

    async def ask(self, data: bytes, what: str):
        answer = await send_raw(self.dice.choice(self.ports), data)
        status = answer.status if answer is not None else 0
        self.outcomes[what, status] += 1
        if status == 200:
            return answer
        self.refused.append(answer.raw if answer is not None else b"closed")
        return None


async def officer(program: Program, tempo: float) -> int:
    """Rotate everything, then change the key-encryption key; returns the generation that is in force."""
    file = program.folder / "scormveil.toml"
    stores = await asyncio.to_thread(lambda: stores_of(load(file), file))
    await stores.mapping.open()
    await stores.keystore.open()
    desk = await asyncio.to_thread(lambda: RingFile(load(file), file))
    office = Office(desk, stores.mapping.upkeep, stores.keystore, unix_ms)
    for purpose in ACTS:
        await asyncio.sleep(tempo)  # into the middle of the load
        await office.enact(lambda ring, one=purpose: rotate.rotate(ring, one, now()), "operator")
    await asyncio.sleep(tempo)
    ring = await office.change_kek("operator")
    await stores.mapping.close()
    await stores.keystore.close()
    return ring.generation


async def generation_of(admin: int) -> float:
    answer = await send_raw(admin, b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    return float(re.search(rb"^scormveil_keyring_generation (\S+)", answer.body, re.MULTILINE)[1])


async def all_follow(admins: list[int], generation: int) -> None:
    """Wait until every worker has said that it uses the newest keyring."""
    async with asyncio.timeout(20):
        while {await generation_of(admin) for admin in admins} != {float(generation)}:
            await asyncio.sleep(0.2)


async def everybody_opens(program: Program) -> dict[str, int]:
    """Open every record with the keys that are in force; returns how many there are and under how many keys."""
    file = program.folder / "scormveil.toml"
    stores = await asyncio.to_thread(lambda: stores_of(load(file), file))
    await stores.mapping.open()
    await stores.keystore.open()
    opened = await asyncio.to_thread(lambda: RingFile(load(file), file).load())

    async def nothing_newer():
        raise AssertionError("a record of a keyring that is not in force")

    people = await stores.mapping.upkeep.people("", 10_000)
    known = await Records(KeyRoom(opened.ring), stores.keystore, nothing_newer).open(people)
    assert None not in known.values()
    subjects = [one.person.cleartexts[0].reveal() for one in known.values()]
    assert len(set(subjects)) == len(subjects), "a learner has two records"
    minted = Counter(
        entry.pseudonym for _, entry in await stores.mapping.read_audit(0, 100_000) if entry.event == "minted"
    )
    assert set(minted.values()) == {1}
    await stores.mapping.close()
    await stores.keystore.close()
    return {"people": len(people), "keys": len({one.pseudonym_key for one in people})}


async def rotated_under_load(programs: list[Program], cloud: Stub) -> None:
    for program in programs:
        await program.start()
    ports = [program.port for program in programs]
    admins = [program.admin + number for program in programs for number in range(program.workers)]
    load_ = Load(ports)
    try:
        _, generation = await asyncio.gather(load_.run(), officer(programs[0], SECONDS / 6))
        await all_follow(admins, generation)
    finally:
        for program in programs:
            program.kill()
            await program.ended()
        await cloud.stop()

    assert load_.refused == []
    assert set(load_.outcomes) == {("launch", 200), ("commit", 200)}
    assert load_.outcomes["launch", 200] == RATE * SECONDS
    heard = told_by_launches(cloud)
    assert {number: len(tokens) for number, tokens in heard.items()} == dict.fromkeys(heard, 1)
    found = await everybody_opens(programs[0])
    assert found == {"people": len(heard), "keys": 2}, "people were minted before and after"
    assert b"Person" not in cloud.everything


def told_by_launches(cloud: Stub) -> dict[int, set[str]]:
    launches = Stub("launches")
    launches.requests = [one for one in cloud.requests if one.start.startswith("GET ")]
    return told(launches)


@pytest.mark.parametrize("workers", [2])
async def test_two_workers_on_one_machine(tmp_path, installation, workers):
    cloud = Stub("cloud.localhost")
    await cloud.start()
    program = Program.written(tmp_path / "house", installation, cloud, workers=workers)
    await asyncio.to_thread(FileKek.create, program.folder / "new.key")
    add(program, NEW_KEK)
    await rotated_under_load([program], cloud)


async def test_two_nodes_on_postgresql(tmp_path, installation, postgres):
    cloud = Stub("cloud.localhost")
    await cloud.start()
    urls = await asyncio.to_thread(lambda: (postgres.database(MAPPING), postgres.database(KEYSTORE)))
    programs = []
    for number in range(2):
        program = Program.written(tmp_path / f"node-{number}", installation, cloud)
        add(program, f'\n[store]\nurl = "{urls[0]}"\n[keystore]\nurl = "{urls[1]}"\n{NEW_KEK}')
        if number == 0:
            await asyncio.to_thread(FileKek.create, program.folder / "new.key")
        else:
            shutil.copy2(programs[0].folder / "new.key", program.folder / "new.key")
        programs.append(program)
    assert programs[0].port != programs[1].port or free_ports(1)
    await rotated_under_load(programs, cloud)


def add(program: Program, tables: str) -> None:
    file: Path = program.folder / "scormveil.toml"
    file.write_text(file.read_text("utf-8") + tables, "utf-8")
