"""Two processes on one database, and processes that are killed in the middle."""

import asyncio
import contextlib
import random

import pytest
from identity_house import CONTEXT, Clock, make_keyring, service_on, sighting
from identity_house import opened as both_opened

from keys import FileKek, open_keyring
from tests.processes import forking

LANES = 6


async def opened(url, keys):
    stores = await both_opened(url)
    return stores, service_on(stores, open_keyring(keys / "keyring", FileKek(keys / "kek")), Clock())


def mint_on_demand(pipe, url, keys):
    """Mint whoever comes through the pipe, answer with her token, until told to stop."""

    async def serve():
        stores, service = await opened(url, keys)
        pipe.send("ready")
        while (subject := await asyncio.to_thread(pipe.recv)) is not None:
            [person] = await service.pseudonymize([sighting(subject, "Zoë")], CONTEXT)
            pipe.send(person.pseudonym.token)
        await stores.close()

    asyncio.run(serve())


def mint_until_killed(pipe, url, keys, life):
    """Mint in several lanes at once and tell of each person only when her mapping was acknowledged."""

    async def lane(service, number):
        turn = 0
        while True:
            subject = f"life-{life}/lane-{number}/turn-{turn}"
            [person] = await service.pseudonymize([sighting(subject, f"Zoë {turn}")], CONTEXT)
            pipe.send((subject, person.pseudonym.token))
            turn += 1

    async def live():
        _, service = await opened(url, keys)
        async with asyncio.TaskGroup() as lanes:
            for number in range(LANES):
                lanes.create_task(lane(service, number))

    asyncio.run(live())


@pytest.fixture(scope="module")
def spawn():
    """Start a process that has everything imported already."""
    context = forking()

    def start(work, *arguments):
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(theirs, *arguments), daemon=True)
        process.start()
        theirs.close()
        return process, ours

    return start


@pytest.fixture
def keys(tmp_path):
    make_keyring(tmp_path)
    return tmp_path


def test_two_processes_that_mint_the_same_person_at_once_give_one_pseudonym(spawn, store_url, keys):
    workers = [spawn(mint_on_demand, store_url, keys) for _ in range(2)]
    for _, pipe in workers:
        assert pipe.recv() == "ready"

    answers = []
    for turn in range(40):
        for _, pipe in workers:
            pipe.send(f"person {turn}")
        answers.append({pipe.recv() for _, pipe in workers})
    for process, pipe in workers:
        pipe.send(None)
        process.join(30)

    assert [len(tokens) for tokens in answers] == [1] * 40
    assert len(set.union(*answers)) == 40
    assert asyncio.run(count_minted(store_url)) == 40


def test_whoever_was_acknowledged_is_still_there_after_a_kill(spawn, store_url, keys):
    chance = random.Random(4711)
    acknowledged = {}
    for life in range(12):
        process, pipe = spawn(mint_until_killed, store_url, keys, life)
        for _ in range(chance.randrange(1, 60)):
            subject, token = pipe.recv()
            acknowledged[subject] = token
        process.kill()
        process.join(30)
        with contextlib.suppress(EOFError):
            while True:
                subject, token = pipe.recv()
                acknowledged[subject] = token

    stored, minted_again, entries = asyncio.run(after_the_kills(store_url, keys, acknowledged))
    assert len(acknowledged) > 100
    assert set(acknowledged.values()) <= stored
    assert minted_again == acknowledged
    # A mapping and its audit entry are one transaction: neither is there without the other.
    assert entries == len(stored)


async def after_the_kills(url, keys, acknowledged):
    stores, service = await opened(url, keys)
    people = await service.pseudonymize([sighting(subject) for subject in acknowledged], CONTEXT)
    again = dict(zip(acknowledged, (person.pseudonym.token for person in people), strict=True))
    entries = [entry for _, entry in await stores.mapping.read_audit(0, 100_000) if entry.event == "minted"]
    stored = {token for token, _ in await stores.mapping.by_pseudonym("uni", [entry.pseudonym for entry in entries])}
    await stores.close()
    return stored, again, len(entries)


async def count_minted(url):
    stores = await both_opened(url)
    entries = [entry for _, entry in await stores.mapping.read_audit(0, 1000) if entry.event == "minted"]
    await stores.close()
    return len(entries)
