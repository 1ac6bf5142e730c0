"""Addresses for results outlive a rotation of the keys, and go once nobody can use them."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from keys import Purpose
from proxy.assemble import unix_ms
from proxy.passage import Level, PostbackSpec
from proxy.store.postbacks_port import KEEP_MS
from proxy.upkeep import Worker
from proxy.upkeep.postbacks import ResealPostbacks, SweepPostbacks
from proxy.upkeep.survey import survey

HOOK = PostbackSpec("https://lms.example.edu/hook", "FORM", "hook", "geheim")


@pytest.fixture
def way(node):
    mount = replace(node.house.mounts.all[0], lms_origins=frozenset({"https://lms.example.edu"}))
    return SimpleNamespace(mount=mount, seen=())


def resealing(node):
    house = node.house
    return ResealPostbacks(house.keys, house.store.postbacks, house.store.upkeep, house.renewal.renew)


def worker(node):
    return Worker(node.house.store.upkeep, "a", unix_ms, 10_000)


def token_in(spec):
    return spec.url.rpartition("/")[2]


async def needed(node, key_id):
    found = await survey(node.house.store.upkeep, node.house.keystore, unix_ms(), 1)
    return found.need(key_id).rows


async def test_they_are_sealed_anew_before_the_key_that_they_need_may_be_destroyed(node, way):
    house = node.house
    old = house.keys.ring.active(Purpose.SEAL).id
    told = [await house.postbacks.outward(way, Level("registration", f"r-{number}"), HOOK) for number in range(30)]
    replaced = told[0]
    await house.postbacks.outward(way, Level("registration", "r-0"), replace(HOOK, password="neu"))
    ring = await node.rotated(Purpose.SEAL)
    await house.renewal.renew()
    assert await needed(node, old) == 31, "the one that was replaced, too: its results may still be under way"

    job = resealing(node)
    assert await job.left() == 31
    assert await worker(node).do(job) == 31

    assert (await job.left(), job.failed, await needed(node, old)) == (0, 0, 0)
    assert (await house.store.upkeep.usage())["postback"] == {ring.active(Purpose.SEAL).id: 31}
    for spec in (*told, replaced):
        _, given = await house.postbacks.find(way.mount, token_in(spec))
        assert given.admits(spec.user, spec.password)
        assert given.lms.password == "geheim"


async def test_an_altered_one_keeps_no_other_from_it(node, way):
    house = node.house
    told = [await house.postbacks.outward(way, Level("course", f"c-{number}"), HOOK) for number in range(3)]
    record, _ = await house.postbacks.find(way.mount, token_in(told[1]))
    spoiled = record.sealed[:-1] + bytes([record.sealed[-1] ^ 1])
    await house.store.postbacks.reseal(record.resealed(spoiled, record.seal_key), replacing=record.sealed)
    await node.rotated(Purpose.SEAL)
    await house.renewal.renew()

    job = resealing(node)
    await worker(node).do(job)

    assert (job.failed, await job.left()) == (1, 1)


async def test_two_days_after_it_was_replaced_an_address_goes(node, way):
    house = node.house
    first = await house.postbacks.outward(way, Level("application"), HOOK)
    second = await house.postbacks.outward(way, Level("application"), replace(HOOK, password="neu"))
    later = 0
    job = SweepPostbacks(house.store.postbacks, lambda: unix_ms() + later)

    later = KEEP_MS - 60_000
    assert await job.left() == 0
    later = KEEP_MS + 60_000
    assert await job.left() == 1
    assert await worker(node).do(job) == 1

    assert await house.postbacks.find(way.mount, token_in(first)) is None
    assert await house.postbacks.find(way.mount, token_in(second)) is not None
