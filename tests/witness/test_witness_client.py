"""Log and witness end to end over loopback: what is signed, what the log is told, and what a bad witness cannot do."""

import asyncio
from http import HTTPStatus

import pytest

from proxy.errors import PostFailed, WitnessFailed
from proxy.tlog.note import COSIGNER_KEY, Note, NoteSigner, cosigned_at, parse_note
from proxy.tlog.rotation import hand_over
from proxy.witness import Witness, WitnessPlace, WitnessPost
from tests.witness.kit import LOG, NOW, ORIGIN, OTHER, Tree

TREE = Tree(30)


async def refusal(post, note, consistency):
    with pytest.raises(PostFailed) as refused:
        await post.deliver(note, consistency)
    return refused.value.reason


async def test_brings_a_verified_signature_back(scene):
    async with scene.serving():
        post = scene.post()
        for size in (7, 7, 20, 30):
            answer = parse_note(await post.deliver(TREE.note(size), TREE.since(size)))
            assert answer.text == TREE.text(size)
            assert answer.signed_by(LOG.key)
            assert answer.signed_by(scene.key)
            assert cosigned_at(answer.signatures[-1]) == NOW
    assert post.name == "witness:witness.example/w1"
    assert [fields["status"] for _, fields in scene.lines] == [200] * 4, "it knew each time where to go on"


async def test_a_new_process_asks_the_witness_for_its_size(scene):
    async with scene.serving():
        await scene.post().deliver(TREE.note(7), TREE.since(7))
        answer = await scene.post().deliver(TREE.note(30), TREE.since())
    assert parse_note(answer).signed_by(scene.key)
    assert [fields["status"] for _, fields in scene.lines] == [200, 409, 200]


async def test_a_note_that_is_signed_already_is_not_sent_again(scene):
    async with scene.serving():
        signed = await scene.post().deliver(TREE.note(7), TREE.since(7))
    assert await scene.post().deliver(signed, TREE.since(7)) == signed, "nobody is listening any more"


async def test_the_witness_remembers_after_a_restart(scene):
    async with scene.serving():
        await scene.post().deliver(TREE.note(7), TREE.since(7))
    async with scene.serving():
        assert await refusal(scene.post(), TREE.note(5), TREE.since(5)) == "witness-saw-more"
        await scene.post().deliver(TREE.note(9), TREE.since(9))


async def test_a_rewritten_past_gets_no_signature(scene):
    forked = Tree(30, bent=(2,))
    async with scene.serving():
        await scene.post().deliver(TREE.note(7), TREE.since(7))
        assert await refusal(scene.post(), forked.note(7), forked.since(7)) == "witness-saw-another-past"
        assert await refusal(scene.post(), forked.note(30), forked.since()) == "witness-saw-another-past"
        assert await refusal(scene.post(), TREE.note(6), TREE.since(6)) == "witness-saw-more"
        assert await refusal(scene.post(), TREE.note(0), TREE.since(0)) == "witness-saw-more"
        await scene.post().deliver(TREE.note(30), TREE.since())


async def test_the_log_is_told_what_the_witness_does_not_know(scene):
    stranger = Tree(5, signer=NoteSigner("scormveil/bbbb/0", bytes(32)))
    async with scene.serving():
        assert await refusal(scene.post(), stranger.note(), stranger.since()) == "witness-knows-no-such-log"
        assert await refusal(scene.post(), TREE.note(5, (OTHER,)), TREE.since(5)) == "witness-knows-no-such-key"


async def test_nobody_listens(scene):
    async with scene.serving():
        post = scene.post()
    assert await refusal(post, TREE.note(5), TREE.since(5)) == "connect-failed"


class Outlet:
    """A witness that answers what it is told to."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.status = 0

    async def send(self, *_request):
        self.status, self.body = self.answers.pop(0)
        return self

    async def read(self, _limit):
        return self.body


WITNESS = NoteSigner("w", bytes(32), COSIGNER_KEY)


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([(200, b"")], "witness-signed-wrongly"),
        ([(200, b"\xff")], "witness-signed-wrongly"),
        ([(200, WITNESS.sign("another text\n", 1).line.encode())], "witness-signed-wrongly"),
        ([(200, NoteSigner("w", bytes(32)).sign(TREE.text()).line.encode())], "witness-signed-wrongly"),
        (
            [(200, NoteSigner("w", b"\1" * 32, COSIGNER_KEY).sign(TREE.text(), 1).line.encode())],
            "witness-signed-wrongly",
        ),
        ([(409, b"7\n"), (409, b"8\n"), (409, b"9\n")], "witness-changes-its-mind"),
        ([(409, b"0\n")], "witness-saw-another-past"),
        ([(409, b"31\n")], "witness-saw-more"),
        ([(409, b"seven")], "witness-status-409"),
        ([(503, b"")], "witness-status-503"),
        ([(400, b"note-malformed\n")], "witness-malformed"),
        ([(302, b"")], "witness-status-302"),
    ],
)
async def test_what_a_witness_answers_is_not_believed_without_its_signature(answers, reason):
    post = WitnessPost(Outlet(*answers), "https://w.example/prefix", WITNESS.key)
    assert await refusal(post, TREE.note(), TREE.since()) == reason


async def test_signatures_of_others_in_the_answer_are_left_out():
    strange = NoteSigner("x", bytes(32), COSIGNER_KEY).sign(TREE.text(), 1)
    answer = strange.line + WITNESS.sign(TREE.text(), 2).line
    post = WitnessPost(Outlet((200, answer.encode())), "https://w.example", WITNESS.key)
    names = [one.name for one in parse_note(await post.deliver(TREE.note(), TREE.since())).signatures]
    assert names == [ORIGIN, "w"]


async def test_a_log_hands_over_to_a_new_key(scene):
    """The witness learns the new key from a checkpoint that both sign, and does not listen to the old one any more."""
    later = Tree(30, signer=OTHER)
    async with scene.serving():
        await scene.post().deliver(TREE.note(7), TREE.since(7))
        assert await refusal(scene.post(), later.note(9), later.since(9)) == "witness-knows-no-such-key"
        half = hand_over(TREE.text(8), OTHER, OTHER)
        assert await refusal(scene.post(), str(half), TREE.since(8)) == "witness-knows-no-such-key"
        both = parse_note(await scene.post().deliver(str(hand_over(TREE.text(8), LOG, OTHER)), TREE.since(8)))
        assert [both.signed_by(one) for one in (LOG.key, OTHER.key, scene.key)] == [True] * 3
        await scene.post().deliver(later.note(9), later.since(9))
    async with scene.serving():
        await scene.post().deliver(later.note(20), later.since(20))
        assert await refusal(scene.post(), TREE.note(30), TREE.since()) == "witness-knows-no-such-key"
        back = hand_over(TREE.text(30), LOG, OTHER)
        await scene.post().deliver(str(back), TREE.since())
        assert await refusal(scene.post(), TREE.note(30), TREE.since()) == "witness-knows-no-such-key", (
            "it stays retired"
        )


async def test_logs_of_an_installation_share_their_keys(scene):
    """A proxy with more processes has more logs; those that begin after a new key are known by it, the others go on."""
    second, third = (ORIGIN.replace("/0", f"/{log}-0a1b2c3d") for log in (1, 2))
    old_second, new_second = (Tree(30, signer=NoteSigner(second, one.seed)) for one in (LOG, OTHER))
    old_third, new_third = (Tree(30, signer=NoteSigner(third, one.seed)) for one in (LOG, OTHER))
    async with scene.serving():
        await scene.post().deliver(TREE.note(7), TREE.since(7))
        await scene.post().deliver(old_second.note(7), old_second.since(7))
        await scene.post().deliver(str(hand_over(TREE.text(8), LOG, OTHER)), TREE.since(8))
        await scene.post().deliver(old_second.note(9), old_second.since(9))
        assert await refusal(scene.post(), new_second.note(10), new_second.since(10)) == "witness-knows-no-such-key"
        assert await refusal(scene.post(), old_third.note(5), old_third.since(5)) == "witness-knows-no-such-key"
        await scene.post().deliver(new_third.note(5), new_third.since(5))
    async with scene.serving():
        await scene.post().deliver(new_third.note(9), new_third.since(9))
        assert await refusal(scene.post(), old_third.note(10), old_third.since(10)) == "witness-knows-no-such-key"


async def test_a_key_that_only_the_old_one_signed_for_is_not_learned(scene):
    text = TREE.text(8) + f"key {OTHER.key}\n"
    later = Tree(30, signer=OTHER)
    async with scene.serving():
        await scene.post().deliver(str(Note(text, (LOG.sign(text),))), TREE.since(8))
        assert await refusal(scene.post(), later.note(9), later.since(9)) == "witness-knows-no-such-key"
        await scene.post().deliver(TREE.note(9), TREE.since(9))


async def test_submissions_at_once_are_answered_one_after_the_other(scene):
    """The race that tlog-witness.md describes: an older size must not be written over a newer one."""
    async with scene.serving():
        await scene.post().deliver(TREE.note(1), TREE.since(1))
        posts = [scene.post().deliver(TREE.note(size), TREE.since(size)) for size in range(2, 20)]
        outcomes = await asyncio.gather(*posts, return_exceptions=True)
        done = [size for size, one in enumerate(outcomes, 2) if isinstance(one, str)]
        assert done
        assert all(isinstance(one, str | PostFailed) for one in outcomes)
        assert await refusal(scene.post(), TREE.note(max(done) - 1), TREE.since(max(done) - 1)) == "witness-saw-more"
    signed = [fields["count"] for _, fields in scene.lines if fields["status"] == HTTPStatus.OK]
    assert sorted(signed) == sorted([1, *done])


async def test_what_cannot_be_written_is_not_signed(scene, monkeypatch):
    async with scene.serving():
        await scene.post().deliver(TREE.note(7), TREE.since(7))
        before = scene.remembered()

        def full(*_args):
            raise WitnessFailed("not-written")

        with monkeypatch.context() as patch:
            patch.setattr(WitnessPlace, "remember", full)
            assert await refusal(scene.post(), TREE.note(9), TREE.since(9)) == "witness-status-503"
        assert scene.remembered() == before
        await scene.post().deliver(TREE.note(8), TREE.since(8))


async def test_a_slow_witness_is_given_up(monkeypatch):
    class Slow(Outlet):
        async def send(self, *_request):
            await asyncio.Event().wait()

    monkeypatch.setattr("proxy.witness.client._SECONDS", 0.01)
    assert (
        await refusal(WitnessPost(Slow(), "https://w.example", WITNESS.key), TREE.note(), TREE.since())
        == "witness-too-slow"
    )


def test_two_processes_cannot_hold_one_witness(tmp_path):
    place = WitnessPlace(tmp_path / "w")
    place.create("w", "127.0.0.1:0", ())
    first = Witness(place, lambda: NOW)
    first.open()
    second = Witness(WitnessPlace(tmp_path / "w"), lambda: NOW)
    with pytest.raises(WitnessFailed, match="in-use"):
        second.open()
    first.close()
    second.open()
    second.close()
