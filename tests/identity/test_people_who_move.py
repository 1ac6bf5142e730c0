"""A person whose pseudonym is about to change: inward she is known at once, outward she is waited for."""

import asyncio
from dataclasses import replace

import pytest
from identity_house import CONTEXT, service_on, sighting, texts

from keys import KeyRoom
from proxy.errors import PersonMoving, SealFailed
from proxy.identity import Records
from proxy.people import Kind
from proxy.store import AuditRecord, PseudonymRecord

FAR = 10**15


class Move:
    """What somebody else does to a person in the mapping."""

    def __init__(self, stores, keyring, person):
        self.stores, self.room, self.person = stores, KeyRoom(keyring), person
        self.records = Records(self.room, stores.keys, self._nothing)
        self.former = person.pseudonym.token
        self.coming = self.room.scheme.mint("uni", "subject", ("another",)).token

    async def _nothing(self):
        return

    async def record(self):
        return (await self.stores.mapping.by_pseudonym("uni", [self.former]))[0][1]

    async def promise(self, until=FAR):
        record = await self.record()
        known = (await self.records.open((record,)))[record.person]
        newer = self.records.seal(
            replace(record, moving=until), known.key, known.person.cleartexts, (*known.person.others, self.coming)
        )
        row = PseudonymRecord("uni", self.coming, self.coming[3:7], record.person, "coming", 1)
        promise = await self.stores.mapping.moves.promise(
            newer.record, row, replacing=record.sealed, generation=0, entry=AuditRecord(1, "pseudonym-promised")
        )
        assert promise.verdict == "promised"
        return record.person

    async def switch(self):
        assert await self.stores.mapping.moves.switch(
            (await self.record()).person, former=self.former, coming=self.coming, now=2,
            entry=AuditRecord(2, "pseudonym-changed"),
        )  # fmt: skip

    async def let_go(self):
        await self.stores.mapping.moves.let_go((await self.record()).person)


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr("proxy.identity.service._HOLD_PAUSE_SECONDS", 0.001)


@pytest.fixture
async def zoe(service):
    [person] = await service.pseudonymize([sighting("4711", "Zoë")], CONTEXT)
    return person


@pytest.fixture
def move(stores, keyring, zoe):
    return Move(stores, keyring, zoe)


async def test_both_pseudonyms_lead_to_her_while_she_moves_and_after(service, zoe, move):
    service.look_again_at([await move.promise()])
    for token in (move.former, move.coming, move.coming.upper()):
        person = await service.recall("uni", token)
        assert (person.pseudonym, texts(person, Kind.GIVEN)) == (zoe.pseudonym, ["Zoë"])
    await move.switch()
    found = await service.reidentify("uni", [move.former, move.coming])
    assert {one.pseudonym.token for one in found.values()} == {move.coming}
    assert set(found) == {move.former, move.coming}


async def test_who_launches_meanwhile_waits_and_leaves_under_the_new_one(service, move, quick):
    service.look_again_at([await move.promise()])
    waiting = [
        asyncio.ensure_future(service.pseudonymize([sighting("4711", "Zoë"), sighting("Plato")], CONTEXT)),
        asyncio.ensure_future(service.for_telling("uni", move.former)),
    ]
    done, _ = await asyncio.wait(waiting, timeout=0.05)
    assert done == set()

    await move.switch()

    [launched, plato], told = await asyncio.gather(*waiting)
    assert launched.pseudonym.token == told.pseudonym.token == move.coming
    assert plato.pseudonym.token not in {move.former, move.coming}


async def test_or_under_the_old_one_if_nothing_came_of_it(service, move, quick):
    service.look_again_at([await move.promise()])
    waiting = asyncio.ensure_future(service.pseudonymize([sighting("4711")], CONTEXT))
    await asyncio.wait([waiting], timeout=0.02)
    await move.let_go()
    [person] = await waiting
    assert person.pseudonym.token == move.former
    assert person.others == (move.coming,)


async def test_a_wait_that_is_too_long_is_refused(service, move, quick):
    service.look_again_at([await move.promise()])
    for asking in (service.pseudonymize([sighting("4711")], CONTEXT), service.for_telling("uni", move.former)):
        with pytest.raises(PersonMoving):
            await asking
    assert await service.recall("uni", move.former) is not None, "inward nobody waits"


async def test_a_hold_that_nobody_prolongs_ends(service, move, clock):
    service.look_again_at([await move.promise(until=clock.now + 1000)])
    clock.now += 1000
    [person] = await service.pseudonymize([sighting("4711")], CONTEXT)
    assert person.pseudonym.token == move.former


async def test_whoever_reads_her_while_she_is_dropped_does_not_keep_what_he_read(service, stores, move, quick):
    """He has read the row before it changed, and goes on after the node has heard of the change."""
    service.look_again_at([(await move.record()).person])
    has_read, may_go_on, read = asyncio.Event(), asyncio.Event(), stores.keys.get

    async def slow(names):
        found = await read(names)
        has_read.set()
        await may_go_on.wait()
        return found

    stores.keys.get = slow
    launching = asyncio.ensure_future(service.pseudonymize([sighting("4711", "Zoë")], CONTEXT))
    await has_read.wait()
    stores.keys.get = read
    person = await move.promise()
    await move.switch()
    service.look_again_at([person])
    may_go_on.set()

    [launched] = await launching

    assert launched.pseudonym.token == move.coming, "an answer that was begun before is not given after"
    again = await service.pseudonymize([sighting("4711", "Zoë")], CONTEXT)
    assert again[0].pseudonym.token == move.coming


async def test_her_news_are_kept_whoever_writes_first(service, stores, keyring, clock, move, quick):
    """One node has her in memory as she was; it writes a new name down after she was switched."""
    behind = service_on(stores, keyring, clock)
    await behind.pseudonymize([sighting("4711", "Zoë")], CONTEXT)
    await move.promise()
    await move.switch()

    [person] = await behind.pseudonymize([sighting("4711", "Zoë Ann")], CONTEXT)

    assert person.pseudonym.token == move.coming
    assert texts(await service_on(stores, keyring, clock).recall("uni", move.former), Kind.GIVEN) == ["Zoë Ann", "Zoë"]


async def test_she_is_not_in_memory_while_she_moves_and_for_a_minute_after(service, stores, move, clock):
    reads = []
    by_pseudonym = stores.mapping.by_pseudonym

    async def counted(tenant, tokens):
        reads.append(tokens)
        return await by_pseudonym(tenant, tokens)

    await service.recall("uni", move.former)
    stores.mapping.by_pseudonym = counted
    await service.recall("uni", move.former)
    assert reads == []
    service.look_again_at([await move.promise()])
    reads.clear()
    for _ in range(3):
        await service.recall("uni", move.former)
    await move.switch()
    reads.clear()
    for _ in range(3):
        await service.recall("uni", move.coming)
    assert len(reads) == 3
    clock.now += 61_000
    for _ in range(3):
        await service.recall("uni", move.coming)
    assert len(reads) == 4


async def test_whose_data_key_was_lost_keeps_every_pseudonym_that_is_surely_hers(
    stores, keyring, newer_keyring, clock, service, zoe, move
):
    """The key store is one of yesterday; the rows of her pseudonyms are proved by the scheme, one by one."""
    move.coming = KeyRoom(newer_keyring).scheme.mint("uni", "subject", ("4711",)).token
    person = await move.promise(until=0)
    await move.switch()
    await stores.keys.destroy([person])
    later = service_on(stores, newer_keyring, clock)

    [again] = await later.pseudonymize([sighting("4711", "Zoë")], CONTEXT)

    assert again.pseudonym.token == move.coming
    assert again.others == (zoe.pseudonym.token,)
    for token in (move.former, move.coming):
        assert (await service_on(stores, newer_keyring, clock).recall("uni", token)).pseudonym == again.pseudonym


async def test_but_not_one_that_somebody_put_into_her_rows(stores, keyring, clock, zoe, move):
    await move.promise(until=0)  # not what the scheme gives for her
    await stores.keys.destroy([(await move.record()).person])
    [again] = await service_on(stores, keyring, clock).pseudonymize([sighting("4711", "Zoë")], CONTEXT)
    assert again.others == ()
    with pytest.raises(SealFailed):
        await service_on(stores, keyring, clock).recall("uni", move.coming)
