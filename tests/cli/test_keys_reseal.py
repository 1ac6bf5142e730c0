"""The work that a rotation leaves, in the foreground: shown, shared with nodes, and finished whatever happens."""

import asyncio
import random
import sqlite3
import subprocess
import time
from contextlib import closing, suppress

from proxy.cli.desk import clock
from proxy.upkeep import Worker
from tests.cli.kit import PEOPLE

MANY = [f"learner {number}" for number in range(400)]


def usage(house):
    """Data keys by SEAL key, index values by LOOKUP key."""

    async def asked():
        async with house.opened() as stores:
            return await stores.keystore.usage(), (await stores.mapping.upkeep.usage())["lookup"]

    return asyncio.run(asked())


def rotated(house):
    for purpose in ("seal", "lookup"):
        house.done("keys", "rotate", purpose, "--yes")
    return house.key("seal"), house.key("lookup")


def test_a_dry_run_counts(full):
    rotated(full)
    before = full.content()
    said = full.done("keys", "reseal", "--dry-run").words
    assert "give-keys: 0 records of an older version" in said
    assert "reseal: 4 data keys under another SEAL key" in said
    assert "reindex: 4 people or index values under another LOOKUP key" in said
    assert full.content() == before


def test_everything_is_under_the_active_keys_afterwards_and_nobody_has_lost_anything(full):
    seal, lookup = rotated(full)
    said = full.done("keys", "reseal").words
    assert "reseal" in said
    assert "4/4" in said
    assert usage(full)[0] == {seal: 4}
    assert usage(full)[1][lookup] == 4
    assert full.mint() == full.tokens
    assert full.recalled(full.tokens) == list(PEOPLE)


def test_the_old_index_goes_when_no_node_can_need_it_any_more_and_it_is_said_when(full):
    old = full.key("lookup")
    _, lookup = rotated(full)
    said = full.done("keys", "reseal").words
    assert f"What {old} made (4 index values) goes from " in said
    full.clock.wait(hours=0.5)
    said = full.done("keys", "reseal").words
    assert "Everything is sealed and indexed under the active keys." in said
    assert usage(full)[1] == {lookup: 4}


def test_nothing_to_do_is_said(full):
    assert "Everything is sealed and indexed under the active keys." in full.done("keys", "reseal").words


def test_without_an_active_key_nothing_is_sealed_and_nothing_breaks(full):
    full.done("keys", "deactivate", full.key("seal"), "--reason", "a test", "--yes")
    full.done("keys", "reseal")
    assert full.recalled(full.tokens) == list(PEOPLE)


def test_what_cannot_be_opened_is_counted_told_and_kept(full):
    old = full.key("seal")
    rotated(full)
    with closing(sqlite3.connect(full.folder / "keys.db")) as raw, raw:
        raw.execute("UPDATE person_keys SET wrapped = CAST(substr(wrapped, 1, 60) || x'00' AS BLOB) WHERE rowid = 1")
    said = full.run("keys", "reseal")
    assert said.code == 2
    # One data key: the person can be neither sealed nor indexed anew.
    assert "2 records could not be opened: they were altered, or their key is gone. Nothing was deleted" in said.words
    assert usage(full)[0] == {old: 1, full.key("seal"): 3}


def test_a_turn_that_another_node_has_is_waited_for(full):
    """A node works on it and gives its turn back when the command has asked in vain twice."""
    seal, _ = rotated(full)

    async def take():
        async with full.opened() as stores:
            assert await stores.mapping.upkeep.take("reseal", "another node", clock(), clock() + 60_000)

    asyncio.run(take())
    asked = []

    class Asking(Worker):
        async def do(self, job, told):
            done = await super().do(job, told)
            if not done:
                asked.append(job.name)
                assert seal not in await job._keystore.usage()
            if asked == ["reseal", "reseal"]:
                await self._upkeep.release("reseal", "another node")
            return done

    full.monkeypatch.setattr("proxy.cli.keys_reseal.Worker", Asking)
    full.monkeypatch.setattr("proxy.cli.keys_reseal._LOOK_SECONDS", 0)
    full.done("keys", "reseal")
    assert asked == ["reseal", "reseal"]
    assert usage(full)[0] == {seal: 4}


def test_killed_at_any_moment_it_is_simply_run_again(house):
    """SIGKILL in the middle of the work, again and again; each next run goes on at once."""
    tokens = house.mint(MANY)
    seal, lookup = rotated(house)
    chance = random.Random(7)
    killed = 0
    for _ in range(4):
        process = house.process("keys", "reseal", "--pace", "150")
        last = usage(house)[0].get(seal, 0), usage(house)[1].get(lookup, 0)
        deadline = time.monotonic() + 60
        goal = sum(last) + chance.randrange(1, 200)
        while process.poll() is None and time.monotonic() < deadline:
            done = usage(house)
            if done[0].get(seal, 0) + done[1].get(lookup, 0) >= goal:
                process.kill()
                killed += 1
                break
            with suppress(subprocess.TimeoutExpired):  # looking costs as much as the work itself
                process.wait(0.05)
        process.wait()
    assert killed
    house.done("keys", "reseal", "--pace", "100000")
    assert usage(house)[0] == {seal: len(MANY)}
    assert usage(house)[1][lookup] == len(MANY)
    assert house.recalled(tokens) == MANY
    assert house.mint(MANY) == tokens
