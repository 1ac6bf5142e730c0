"""The newest checkpoint reaches every post: those that fail hold nobody up, and are known to be behind."""

import asyncio

import pytest

from proxy.audit.posting import Behind, Posting
from proxy.errors import PostFailed, StoreFailed
from proxy.observe.logs import gate
from proxy.tlog.note import COSIGNER_KEY, NoteSigner, parse_note
from tests.witness.kit import NOW, ORIGIN, Tree

TREE = Tree(30)


class Fake:
    """A post that does what it is told; `got` are the sizes that came."""

    def __init__(self, name, *failures, signer=None):
        self.name, self.failures, self.signer, self.got = name, list(failures), signer, []
        self.notes = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def deliver(self, note, _consistency):
        parsed = parse_note(note)
        self.notes.append(note)
        self.got.append(int(parsed.text.split("\n")[1]))
        await self.gate.wait()
        if self.failures:
            raise self.failures.pop(0)
        if self.signer and not parsed.signed_by(self.signer.key):
            return str(parsed.with_signature(self.signer.sign(parsed.text, NOW)))
        return note


class Scene:
    """A posting that runs, with a clock that stands."""

    def __init__(self, *posts):
        self.now, self.kept, self.told, self.pauses = 0.0, [], [], []
        self.paused = asyncio.Event()
        self.go_on = asyncio.Event()
        self.posting = Posting(
            posts,
            clock=lambda: self.now,
            signed=self.keep,
            told=lambda name, reason: self.told.append((name, reason)),
            sleep=self.sleep,
        )

    async def keep(self, note):
        self.kept.append(note)

    async def sleep(self, seconds):
        self.pauses.append(seconds)
        self.paused.set()
        await self.go_on.wait()

    def offer(self, size):
        self.posting.offer(TREE.note(size), TREE.since(size))

    async def __aenter__(self):
        self.task = asyncio.ensure_future(self.posting.run())
        return self

    async def __aexit__(self, *_):
        self.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await self.task


async def test_what_a_witness_signed_is_kept_and_goes_to_all():
    witnesses = [Fake(name, signer=NoteSigner(name, bytes(32), COSIGNER_KEY)) for name in ("w1", "w2")]
    file = Fake("file")
    async with Scene(file, *witnesses) as scene:
        for size in (7, 20):
            scene.offer(size)
            assert await scene.posting.settle(10)
            last = parse_note(file.notes[-1])
            assert last.text == TREE.text(size)
            assert last.signatures[0].name == ORIGIN
            assert {one.name for one in last.signatures} == {ORIGIN, "w1", "w2"}
            assert scene.kept[-1] == str(last)
        assert scene.posting.behind() == ()
        assert scene.told == []


async def test_a_post_that_fails_holds_nobody_up_and_gets_the_newest_when_it_is_back():
    bad, good = Fake("syslog", PostFailed("syslog-unreachable"), PostFailed("syslog-unreachable")), Fake("file")
    async with Scene(bad, good) as scene:
        scene.offer(7)
        await scene.paused.wait()
        scene.now = 100.0
        scene.offer(9)
        scene.offer(20)
        while good.got[-1] != 20:
            await asyncio.sleep(0)
        assert not await scene.posting.settle(0)
        assert scene.posting.behind() == (Behind("syslog", 100.0, "syslog-unreachable"),)
        scene.go_on.set()
        assert await scene.posting.settle(10)
        assert (bad.got, good.got) == ([7, 20, 20], [7, 20])
        assert scene.told == [("syslog", "syslog-unreachable"), ("syslog", "")]
        assert scene.pauses[0] <= 1.0 < scene.pauses[1] <= 2.0
        assert scene.posting.behind() == ()


async def test_it_is_behind_since_what_it_lacks_was_offered():
    slow = Fake("witness:w")
    slow.gate.clear()
    async with Scene(slow) as scene:
        scene.offer(7)
        scene.now = 10.0
        assert scene.posting.behind() == (Behind("witness:w", 10.0, ""),)
        assert not await scene.posting.settle(0.01)
        scene.offer(9)
        scene.now = 15.0
        slow.gate.set()
        assert await scene.posting.settle(10)
        assert slow.got == [7, 9]
        assert scene.posting.behind() == ()


async def test_a_proof_that_cannot_be_made_now_is_a_failure_of_the_post():
    post = Fake("file", StoreFailed("disk-full"))
    async with Scene(post) as scene:
        scene.offer(7)
        await scene.paused.wait()
        assert scene.posting.behind() == (Behind("file", 0.0, "disk-full"),)


async def test_nothing_to_do_is_done_at_once():
    async with Scene() as scene:
        scene.offer(7)
        assert await scene.posting.settle(0)


def test_the_log_may_say_which_post_fails_for_which_log():
    line = {"event": "post-failed", "post": "witness:witness.example/w1", "log": 1, "reason": "witness-saw-more"}
    assert gate(None, "error", dict(line)) == line
