"""Data keys of people: destroyed for good, lost by accident, or not there yet in an old mapping."""

import asyncio
from dataclasses import replace

import pytest
from identity_house import CONTEXT, rotated, service_on, sighting, texts

from keys import KeyRoom, PseudonymScheme, Purpose, rotate
from proxy.errors import KeysUnavailable, SealFailed
from proxy.people import Cleartext, Kind
from proxy.store import LookupRecord, MappingRecord, Newcomer

OLD_TEXT = '{"v":1,"texts":{"subject":["4711"],"given":["Zoë"]}}'.encode()


async def row_of(stores, person):
    [(_, record)] = await stores.mapping.by_pseudonym("uni", [person.pseudonym.token])
    return record


async def erase(stores, person):
    record = await row_of(stores, person)
    erasures = await stores.mapping.upkeep.erase([record.person], 1, [])
    await stores.keys.replay(erasures)
    return record


async def events(stores):
    return [entry.event for _, entry in await stores.mapping.read_audit(0, 1000)]


class TestErased:
    async def test_whoever_comes_back_is_somebody_new(self, service, stores, keyring, clock):
        [before] = await service.pseudonymize([sighting("4711", "Zoë")], CONTEXT)
        await erase(stores, before)

        [after] = await service_on(stores, keyring, clock).pseudonymize([sighting("4711")], CONTEXT)
        [again] = await service_on(stores, keyring, clock).pseudonymize([sighting("4711")], CONTEXT)

        assert after.pseudonym.token != before.pseudonym.token
        assert PseudonymScheme(keyring).valid(after.pseudonym.token)
        assert again == after, "but only once"
        assert texts(after, Kind.GIVEN) == []
        assert await service_on(stores, keyring, clock).recall("uni", before.pseudonym.token) is None
        assert await events(stores) == ["minted", "minted"]

    async def test_time_and_again_until_another_key_is_needed(self, stores, keyring, newer_keyring, clock):
        tokens = set()
        for _ in range(8):
            [person] = await service_on(stores, keyring, clock).pseudonymize([sighting("4711")], CONTEXT)
            tokens.add(person.pseudonym.token)
            await erase(stores, person)
        assert len(tokens) == 8
        with pytest.raises(KeysUnavailable, match="forgotten-too-often"):
            await service_on(stores, keyring, clock).pseudonymize([sighting("4711")], CONTEXT)

        [person] = await service_on(stores, newer_keyring, clock).pseudonymize([sighting("4711")], CONTEXT)
        assert person.pseudonym.token not in tokens

    async def test_a_node_that_has_her_in_memory_mints_her_anew_when_she_says_something_new(self, service, stores):
        [before] = await service.pseudonymize([sighting("4711")], CONTEXT)
        await erase(stores, before)

        [after] = await service.pseudonymize([sighting("4711", "Zoë")], CONTEXT)

        assert after.pseudonym != before.pseudonym

    async def test_a_node_that_has_heard_of_it_does_not_answer_from_memory(self, service, stores):
        [person] = await service.pseudonymize([sighting("4711")], CONTEXT)
        record = await erase(stores, person)
        assert await service.recall("uni", person.pseudonym.token) is not None, "it has not heard yet"

        service.forget([record.person])

        assert await service.recall("uni", person.pseudonym.token) is None

    async def test_a_reading_that_began_before_does_not_bring_her_back_into_memory(
        self, service, stores, keyring, clock
    ):
        [person] = await service_on(stores, keyring, clock).pseudonymize([sighting("4711")], CONTEXT)
        has_read, may_go_on, read = asyncio.Event(), asyncio.Event(), stores.keys.get

        async def slow(names):
            found = await read(names)
            has_read.set()
            await may_go_on.wait()
            return found

        stores.keys.get = slow
        reading = asyncio.ensure_future(service.recall("uni", person.pseudonym.token))
        await has_read.wait()
        record = await erase(stores, person)
        service.forget([record.person])
        may_go_on.set()
        assert await reading is not None, "who asked before may still be answered"
        del stores.keys.get

        assert await service.recall("uni", person.pseudonym.token) is None

    async def test_no_key_opens_her_in_a_copy_of_the_mapping(self, service, stores, keyring, clock):
        [person] = await service.pseudonymize([sighting("4711")], CONTEXT)
        record = await row_of(stores, person)
        await erase(stores, person)
        copy = Newcomer(replace(record, pseudonym=PseudonymScheme(keyring).mint("uni", "subject", ("x",)).token), ())
        await stores.mapping.insert_or_get([copy])

        with pytest.raises(SealFailed, match="person-key-missing"):
            await service_on(stores, keyring, clock).recall("uni", copy.record.pseudonym)

    async def test_losers_of_a_race_leave_no_keys_behind(self, stores, keyring, clock):
        nodes = [service_on(stores, keyring, clock) for _ in range(6)]
        await asyncio.gather(*(node.pseudonymize([sighting("4711")], CONTEXT) for node in nodes))

        assert sum((await stores.keys.usage()).values()) == 1


class TestLostKeys:
    """The key store was restored from a backup of yesterday: today's people have no data keys."""

    async def test_whoever_launches_again_keeps_her_pseudonym(self, service, stores, keyring, clock):
        [before] = await service.pseudonymize([sighting("4711", "Zoë")], CONTEXT)
        record = await row_of(stores, before)
        await stores.keys.destroy([record.person])
        later = service_on(stores, keyring, clock)
        with pytest.raises(SealFailed, match="person-key-missing"):
            await later.recall("uni", before.pseudonym.token)

        [after] = await later.pseudonymize([sighting("4711", "Zoë Ann")], CONTEXT)

        assert after.pseudonym == before.pseudonym
        assert texts(after, Kind.GIVEN) == ["Zoë Ann"]
        assert await service_on(stores, keyring, clock).recall("uni", before.pseudonym.token) == after
        assert await events(stores) == ["minted"]

    async def test_a_row_that_was_exchanged_is_not_taken_for_hers(self, service, stores, keyring, clock):
        zoe, plato = await service.pseudonymize([sighting("4711"), sighting("Plato")], CONTEXT)
        his = await row_of(stores, plato)
        await stores.keys.destroy([his.person])

        async def exchanged(_tenant, _kind, values):
            return [(values[0], his)]

        stores.mapping.by_lookup = exchanged
        with pytest.raises(SealFailed, match="person-key-missing"):
            await service_on(stores, keyring, clock).pseudonymize([sighting("4711")], CONTEXT)
        assert zoe != plato

    async def test_two_nodes_that_heal_her_at_once_agree(self, service, stores, keyring, clock):
        [before] = await service.pseudonymize([sighting("4711")], CONTEXT)
        await stores.keys.destroy([(await row_of(stores, before)).person])
        nodes = [service_on(stores, keyring, clock) for _ in range(4)]

        answers = await asyncio.gather(
            *(node.pseudonymize([sighting("4711")], CONTEXT) for node in nodes), return_exceptions=True
        )

        assert any(answer == [before] for answer in answers)
        assert await service_on(stores, keyring, clock).pseudonymize([sighting("4711")], CONTEXT) == [before]


class TestOldForm:
    """A mapping of version 0.1: sealed directly under a SEAL key, bound to the pseudonym."""

    @pytest.fixture
    async def old(self, stores, keyring):
        room = KeyRoom(keyring)
        minted = room.scheme.mint("uni", "subject", ("4711",))
        sealed = room.envelope.seal(OLD_TEXT, ("uni", "subject", minted.token))
        record = MappingRecord(
            "uni", "subject", "a" * 32, minted.token, minted.key_id, sealed, room.envelope.key_id_of(sealed), 1, 1
        )
        index = room.index.of("uni", "subject", ("4711",))
        await stores.mapping.insert_or_get([Newcomer(record, (LookupRecord(index.value, index.key_id),))])
        return record

    async def test_is_read_both_ways(self, old, stores, keyring, clock):
        person = await service_on(stores, keyring, clock).recall("uni", old.pseudonym)
        assert texts(person, Kind.GIVEN) == ["Zoë"]
        assert person.cleartexts[0] == Cleartext(Kind.SUBJECT, "4711")

    async def test_becomes_the_new_form_with_the_first_news(self, old, stores, keyring, clock):
        [person] = await service_on(stores, keyring, clock).pseudonymize([sighting("4711", "Zoë Ann")], CONTEXT)

        assert person.pseudonym.token == old.pseudonym
        record = await row_of(stores, person)
        assert record.seal_key == ""
        assert list(await stores.keys.usage()) == [keyring.active(Purpose.SEAL).id]
        again = await service_on(stores, keyring, clock).recall("uni", old.pseudonym)
        assert texts(again, Kind.GIVEN) == ["Zoë Ann", "Zoë"]

    async def test_whose_pseudonym_was_exchanged_does_not_open(self, old, stores, keyring, clock):
        async def pointed(_tenant, tokens):
            return [(tokens[0], replace(old, pseudonym=tokens[0]))]

        stores.mapping.by_pseudonym = pointed
        other = PseudonymScheme(keyring).mint("uni", "subject", ("Plato",)).token
        with pytest.raises(SealFailed):
            await service_on(stores, keyring, clock).recall("uni", other)


class TestBehind:
    """Another node has a newer keyring than ours, and we meet what it made."""

    async def test_the_newer_keyring_is_asked_for_once_and_then_everything_opens(
        self, stores, keyring, newer_keyring, clock
    ):
        [zoe] = await service_on(stores, newer_keyring, clock).pseudonymize([sighting("4711", "Zoë")], CONTEXT)
        room, asked = KeyRoom(keyring), []

        async def renew():
            asked.append(1)
            room.install(newer_keyring)

        behind = service_on(stores, room, clock, renew=renew)
        assert await behind.recall("uni", zoe.pseudonym.token) == zoe
        assert await behind.pseudonymize([sighting("4711")], CONTEXT) == [zoe]
        assert asked == [1]

    async def test_two_nodes_under_different_keys_of_every_purpose_mint_a_person_once(
        self, stores, keyring, newer_keyring, clock
    ):
        """Within the few seconds that a rotation takes to reach both; both know the older LOOKUP key."""
        newer = keyring
        for purpose in (Purpose.LOOKUP, Purpose.PSEUDONYM):
            newer = rotated(newer, purpose=purpose, fresh_from=newer_keyring)
        for turn in range(10):
            answers = await asyncio.gather(
                *(
                    service_on(stores, ring, clock).pseudonymize([sighting(f"learner-{turn}")], CONTEXT)
                    for ring in [keyring, newer] * 2
                )
            )
            assert len({answer[0].pseudonym for answer in answers}) == 1


async def test_without_an_active_seal_key_known_people_are_served_and_nobody_new(service, stores, keyring, clock):
    [zoe] = await service.pseudonymize([sighting("4711")], CONTEXT)
    retired = rotate.deactivate(keyring, keyring.active(Purpose.SEAL).id, keyring.keys[0].created, "the house closes")
    closing = service_on(stores, retired, clock)

    assert await closing.recall("uni", zoe.pseudonym.token) == zoe
    with pytest.raises(KeysUnavailable, match="no-key"):
        await closing.pseudonymize([sighting("4712")], CONTEXT)
