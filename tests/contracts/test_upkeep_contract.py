"""What every mapping promises to those who look after it."""

import asyncio
from dataclasses import replace

import pytest
from test_store_contract import known, mapping, minted, new, newcomer

from proxy.errors import StoreFailed
from proxy.store import AuditRecord, Erasure, LookupRecord, open_store


def erased(number, at=100):
    return Erasure("uni", mapping(number).pseudonym, mapping(number).person, at)


@pytest.fixture
def upkeep(store):
    return store.upkeep


async def events(store):
    return [entry.event for _, entry in await store.read_audit(0, 100)]


class TestKeyrings:
    async def test_the_newest_one_announced_is_in_the_pulse(self, store, upkeep):
        assert (await store.pulse()).generation == 0

        assert await upkeep.announce(1, "first", [])
        assert await upkeep.announce(3, "third", [minted(1)])

        pulse = await store.pulse()
        assert (pulse.generation, pulse.digest) == (3, "third")
        assert await events(store) == ["minted"]

    async def test_of_two_with_one_number_the_first_counts_and_the_second_leaves_no_entry(self, store, upkeep):
        assert await upkeep.announce(2, "ours", [minted(1)])
        assert await upkeep.announce(2, "ours", [minted(2)]), "to say the same again is true"
        assert not await upkeep.announce(2, "theirs", [minted(3)])

        assert (await store.pulse()).digest == "ours"
        assert [entry.at for _, entry in await store.read_audit(0, 10)] == [1]

    async def test_two_nodes_at_once_cannot_both_have_a_number(self, store, other_store):
        for generation in range(1, 10):
            claims = await asyncio.gather(
                store.upkeep.announce(generation, "one", []), other_store.upkeep.announce(generation, "other", [])
            )
            assert sorted(claims) == [False, True]

    async def test_workers_say_which_one_they_use(self, upkeep):
        await upkeep.report("a", 1, 10)
        await upkeep.report("b", 1, 20)
        await upkeep.report("a", 2, 30)

        assert [(node.node, node.generation) for node in await upkeep.nodes(0)] == [("a", 2), ("b", 1)]
        assert [node.node for node in await upkeep.nodes(25)] == ["a"]
        await upkeep.retire("a")
        assert [node.node for node in await upkeep.nodes(0)] == ["b"]


class TestTurns:
    async def test_one_at_a_time_and_they_lapse(self, upkeep):
        assert await upkeep.take("reseal", "a", now=0, until=60)
        assert await upkeep.take("reseal", "a", now=10, until=70)
        assert not await upkeep.take("reseal", "b", now=69, until=99)
        assert await upkeep.take("reindex", "b", now=0, until=60), "another job is another turn"
        assert await upkeep.take("reseal", "b", now=70, until=130)
        assert not await upkeep.take("reseal", "a", now=71, until=130)

    async def test_that_are_given_back_are_free_at_once(self, upkeep):
        await upkeep.take("reseal", "a", now=0, until=60)
        await upkeep.release("reseal", "b")
        assert not await upkeep.take("reseal", "b", now=1, until=60), "not hers to give back"
        await upkeep.release("reseal", "a")
        assert await upkeep.take("reseal", "b", now=1, until=60)

    async def test_two_that_ask_at_once_are_answered_differently(self, store, other_store):
        for job in range(10):
            answers = await asyncio.gather(
                store.upkeep.take(f"job-{job}", "a", 0, 60), other_store.upkeep.take(f"job-{job}", "b", 0, 60)
            )
            assert sorted(answers) == [False, True]

    async def test_progress_is_there_for_everybody_and_only_from_whose_turn_it_is(self, upkeep):
        await upkeep.take("reseal", "a", now=0, until=60)
        await upkeep.progress("reseal", "a", 30, 70, "running")
        await upkeep.progress("reseal", "b", 1, 1, "nonsense")

        [job] = await upkeep.jobs()
        assert (job.name, job.holder, job.done, job.remaining, job.state) == ("reseal", "a", 30, 70, "running")


class TestPages:
    async def test_people_come_by_the_page(self, store, upkeep):
        await store.insert_or_get([newcomer(number) for number in (3, 1, 2)])

        page = await upkeep.people("", 2)
        rest = await upkeep.people(page[-1].person, 2)

        assert [*page, *rest] == [mapping(1), mapping(2), mapping(3)]

    async def test_people_of_the_old_form_are_told_from_the_others(self, store, upkeep):
        old = replace(newcomer(1), record=replace(mapping(1), seal_key="s1s1"))
        assert not await upkeep.has_own_keys()
        await store.insert_or_get([old])
        assert not await upkeep.has_own_keys()
        await store.insert_or_get([newcomer(2)])

        assert await upkeep.has_own_keys()
        assert await upkeep.under_seal_key("", 10) == [old.record]
        assert (await upkeep.usage())["seal"] == {"s1s1": 1}

    async def test_people_not_seen_for_long_come_first(self, store, upkeep):
        await store.insert_or_get([newcomer(number) for number in (30, 10, 20)])

        assert await upkeep.unseen_since(30, 10) == [mapping(10), mapping(20)]
        assert await upkeep.unseen_since(30, 1) == [mapping(10)]


class TestIndex:
    async def test_who_lacks_a_value_is_found_and_given_one(self, store, upkeep):
        await store.insert_or_get([newcomer(1), newcomer(2, b"two", b"two-new")])
        assert await upkeep.without_index("key1", "", 10) == [mapping(1)]
        assert await upkeep.count_without_index("key1") == 1

        await upkeep.add_lookups(mapping(1), [LookupRecord(b"one-new", "key1")])

        assert await upkeep.without_index("key1", "", 10) == []
        assert await store.by_lookup("uni", "subject", [b"one-new"]) == [(b"one-new", mapping(1))]
        assert (await upkeep.usage())["lookup"] == {"key0": 2, "key1": 2}

    async def test_nothing_is_added_for_who_is_gone(self, store, upkeep):
        await upkeep.add_lookups(mapping(1), [LookupRecord(b"hers", "key1")])

        assert await store.insert_or_get([newcomer(2, b"hers")]) == [new(newcomer(2, b"hers"))]

    async def test_values_of_an_old_key_go_but_never_somebodys_last_one(self, store, upkeep):
        await store.insert_or_get([newcomer(1, b"one", b"one-new"), newcomer(2, b"two"), newcomer(3, b"3", b"3-new")])

        assert await upkeep.drop_lookups("key0", "key1", 1) == 1
        assert await upkeep.drop_lookups("key0", "key1", 10) == 1
        assert await upkeep.drop_lookups("key0", "key1", 10) == 0

        assert await store.by_lookup("uni", "subject", [b"one", b"two", b"3"]) == [(b"two", mapping(2))]
        assert (await upkeep.usage())["lookup"] == {"key0": 1, "key1": 2}


class TestErasure:
    async def test_takes_everything_of_a_person_and_leaves_her_pseudonym_in_the_journal(self, store, upkeep):
        await store.insert_or_get([newcomer(1, b"one", b"one-new"), newcomer(2)])
        entry = AuditRecord(100, "erased", tenant="uni", pseudonym=mapping(1).pseudonym, count=1)

        assert await upkeep.erase([mapping(1).person, "nobody"], 100, [entry]) == [erased(1)]

        assert await store.by_pseudonym("uni", [mapping(1).pseudonym]) == []
        assert await store.by_lookup("uni", "subject", [b"one", b"one-new", b"lookup-2"]) == [(b"lookup-2", mapping(2))]
        assert await upkeep.pseudonyms(mapping(1).person) == []
        usage = await upkeep.usage()
        assert usage == {"lookup": {"key0": 1}, "pseudonym": {"abcd": 1}, "seal": {}, "postback": {}, "audit": {}}
        assert [one for _, one in await upkeep.erasures(0, 10)] == [erased(1)]
        assert await events(store) == ["erased"]

    async def test_an_entry_that_could_hold_a_value_forgets_nobody(self, store, upkeep):
        await store.insert_or_get([newcomer(1)])
        with pytest.raises(StoreFailed, match="audit-entry reason"):
            await upkeep.erase([mapping(1).person], 100, [AuditRecord(1, "erased", reason="Zoë")])
        assert len(await store.by_pseudonym("uni", [mapping(1).pseudonym])) == 1

    async def test_a_forgotten_persons_pseudonym_is_given_to_nobody(self, store, upkeep):
        await store.insert_or_get([newcomer(1)])
        await upkeep.erase([mapping(1).person], 100, [])

        [admission] = await store.insert_or_get([newcomer(1, entries=[minted(1)])])

        assert admission.verdict == "erased"
        assert await store.by_lookup("uni", "subject", [b"lookup-1"]) == []
        assert await events(store) == []

    async def test_a_journal_kept_elsewhere_is_replayed(self, store, upkeep):
        await store.insert_or_get([newcomer(1), newcomer(2)])

        assert await upkeep.replay([erased(1), erased(7)]) == 1
        assert await upkeep.replay([erased(1), erased(7)]) == 0

        assert await store.by_pseudonym("uni", [mapping(1).pseudonym, mapping(2).pseudonym]) == [
            (mapping(2).pseudonym, mapping(2))
        ]
        assert [one for _, one in await upkeep.erasures(0, 10)] == [erased(1), erased(7)]
        assert (await store.pulse()).erasures == (await upkeep.erasures(0, 10))[-1][0]

    async def test_erasing_and_minting_at_once_leaves_one_of_the_two(self, store, other_store):
        for number in range(1, 20):
            await store.insert_or_get([newcomer(number)])
            _, [admission] = await asyncio.gather(
                store.upkeep.erase([mapping(number).person], 100, []), other_store.insert_or_get([newcomer(number)])
            )
            assert admission.verdict in {"known", "erased"}
            assert await store.by_lookup("uni", "subject", [b"lookup-%d" % number]) == []

    async def test_every_pseudonym_of_a_person_is_listed(self, store, upkeep):
        await store.insert_or_get([newcomer(1)])
        [one] = await upkeep.pseudonyms(mapping(1).person)
        assert (one.pseudonym, one.key_id, one.state, one.since) == (mapping(1).pseudonym, "abcd", "current", 1)

    async def test_the_files_are_scrubbed_while_the_store_is_in_use(self, store, upkeep):
        await store.insert_or_get([newcomer(1)])
        await upkeep.erase([mapping(1).person], 100, [])
        assert await upkeep.scrub() is True
        assert await store.insert_or_get([newcomer(2)]) == [new(newcomer(2))]
        assert await store.insert_or_get([newcomer(2)]) == [known(newcomer(2))]


async def test_a_database_that_was_exchanged_under_us_is_noticed_by_the_pulse(store, store_url, request):
    """On a server there is no file whose inode could be watched."""
    mine = (await store.pulse()).instance
    other = open_store(store_url)
    await other.open()
    await other.upkeep.set_identity("lineage", "another instance")
    await other.close()

    with pytest.raises(StoreFailed, match="replaced"):
        await store.pulse()
    with pytest.raises(StoreFailed, match="replaced"):
        await store.check()
    assert mine != "another instance"
