"""The answers of a witness, one by one, as C2SP tlog-witness demands them."""

import asyncio
import base64

import pytest

from proxy.tlog.note import COSIGNER_KEY, NoteSigner, cosigned_at, parse_note
from proxy.witness import WitnessPlace
from proxy.witness.wire import read_submission, write_submission
from tests.witness.kit import LOG, NOW, ORIGIN, OTHER, Tree

SIZE = "text/x.tlog.size"
TREE = Tree(20)

# The example of tlog-witness.md, "add-checkpoint".
EXAMPLE = """old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\N{EM DASH} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
\N{EM DASH} example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
"""


def test_reads_and_writes_the_published_example():
    submission = read_submission(EXAMPLE.encode())
    assert (submission.old, len(submission.proof)) == (20852014, 4)
    assert (submission.checkpoint.origin, submission.checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert len(submission.note.signatures) == 2
    assert write_submission(submission.old, submission.proof, str(submission.note)).decode() == EXAMPLE


def body(old, size, tree=TREE, proof=None, signers=None):
    proof = tree.proof(old, size) if proof is None else proof
    return write_submission(old, proof, tree.note(size, signers))


async def test_signs_what_only_grew(scene):
    async with scene.serving():
        for old, size in ((0, 5), (5, 5), (5, 12), (12, 20)):
            scene.now += 10
            status, kind, answer = await scene.ask(body(old, size))
            assert (status, kind) == (200, "text/plain")
            (signature,) = parse_note(f"{TREE.text(size)}\n{answer.decode()}").signatures
            assert scene.key.verifies(TREE.text(size), signature)
            assert cosigned_at(signature) == scene.now
    assert scene.lines[-1] == ("checkpoint", {"status": 200, "reason": "", "place": ORIGIN, "count": 20})


async def test_time_does_not_go_backwards(scene):
    async with scene.serving():
        await scene.ask(body(0, 5))
        scene.now -= 86_400
        _, _, answer = await scene.ask(body(5, 12))
    assert cosigned_at(parse_note(f"{TREE.text(12)}\n{answer.decode()}").signatures[0]) == NOW


FORKED = Tree(20, bent=(3,))
STRANGER = NoteSigner("scormveil/bbbb/0", bytes(32))


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        pytest.param(body(12, 20, Tree(20, signer=STRANGER)), (404, "text/plain", b"origin-unknown\n"), id="origin"),
        pytest.param(body(12, 20, signers=(OTHER,)), (403, "text/plain", b"key-unknown\n"), id="key"),
        pytest.param(
            body(12, 20, signers=(NoteSigner("other", LOG.seed),)), (403, "text/plain", b"key-unknown\n"), id="name"
        ),
        pytest.param(body(12, 20).replace(b"\n20\n", b"\n19\n"), (403, "text/plain", b"key-unknown\n"), id="altered"),
        pytest.param(body(0, 20), (409, SIZE, b"12\n"), id="old-is-smaller"),
        pytest.param(body(13, 20), (409, SIZE, b"12\n"), id="old-is-larger"),
        pytest.param(body(5, 11), (409, SIZE, b"12\n"), id="rolled-back"),
        pytest.param(body(0, 0), (409, SIZE, b"12\n"), id="rolled-back-to-nothing"),
        pytest.param(body(12, 11, proof=()), (400, "text/plain", b"old-size-too-large\n"), id="old-beyond-new"),
        pytest.param(body(12, 12, FORKED), (409, SIZE, b"12\n"), id="forked-at-its-size"),
        pytest.param(body(12, 20, FORKED), (422, "text/plain", b"proof-wrong\n"), id="forked"),
        pytest.param(body(12, 20, proof=()), (422, "text/plain", b"proof-wrong\n"), id="no-proof"),
        pytest.param(body(12, 20, proof=TREE.proof(11, 20)), (422, "text/plain", b"proof-wrong\n"), id="other-proof"),
        pytest.param(body(12, 12, proof=[b"\1" * 32]), (422, "text/plain", b"proof-wrong\n"), id="proof-of-nothing"),
    ],
)
async def test_refuses_what_is_not_the_same_log_grown(scene, sent, expected):
    async with scene.serving():
        assert (await scene.ask(body(0, 12)))[0] == 200
        before = scene.remembered()
        assert await scene.ask(sent) == expected
        kept = {name: text for name, text in scene.remembered().items() if not name.endswith(".refused")}
        assert kept == before
        contradicts = expected[2] == b"proof-wrong\n" or sent == body(12, 12, FORKED)
        refused = await asyncio.to_thread(WitnessPlace(scene.folder).refused, ORIGIN)
        assert refused == (read_submission(sent).note if contradicts else None)
        assert (await scene.ask(body(12, 20)))[0] == 200, "the straight log goes on"


GOOD = body(0, 12)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\n\n",
        b"\xff",
        GOOD.replace(b"old 0", b"old 00"),
        GOOD.replace(b"old 0", b"old -1"),
        GOOD.replace(b"old 0", b"old  0"),
        GOOD.replace(b"old 0", b"old 0 "),
        GOOD.replace(b"old 0\n", b""),
        GOOD.replace(b"\n", b"\r\n"),
        GOOD.replace(b"old 0\n", b"old 0\nnope\n"),
        GOOD.replace(b"old 0\n", b"old 0\n" + base64.b64encode(b"short") + b"\n"),
        write_submission(0, [b"\1" * 32] * 64, TREE.note(12)),
        GOOD.replace(b"\n12\n", b"\n012\n"),
        GOOD.split(b"\n\n", maxsplit=1)[0] + b"\n\n",
    ],
)
async def test_refuses_what_is_no_submission(scene, sent):
    async with scene.serving():
        status, kind, answer = await scene.ask(sent)
    assert (status, kind) == (400, "text/plain")
    assert answer.startswith(b"note-")
    assert scene.remembered() == {}


async def test_answers_nothing_else(scene):
    async with scene.serving():
        assert (await scene.ask(GOOD, path="/"))[0] == 404
        assert (await scene.ask(b"", method="GET"))[0] == 405
        assert (await scene.ask(b"x" * 70_000))[0] == 413


async def test_a_cosignature_of_ours_counts_as_no_log(scene):
    witness = NoteSigner(ORIGIN, LOG.seed, COSIGNER_KEY)
    async with scene.serving():
        assert (await scene.ask(body(0, 12, signers=(witness,))))[0] == 403
