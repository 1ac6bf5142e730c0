"""Our trees and notes against an implementation that is not ours: Go's module checksum database (golang.org/x/mod)."""

import base64
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from proxy.tlog.checkpoint import Checkpoint
from proxy.tlog.merkle import consistency_path, consistent, included, inclusion_path, leaf_hash, root_of
from proxy.tlog.note import COSIGNER_KEY, NoteSigner, parse_note, signed
from tests.parts import need
from tools.verify_audit import LOG_KEY, key_of, root_by_path
from tools.verify_audit import Checkpoint as ToldCheckpoint

GO_PACKAGES = Path("/usr/share/gocode")
"""Debian's golang-golang-x-mod-dev."""
MOST = 40
RECORDS = [b"entry %d" % number for number in range(MOST)]
LEAVES = [leaf_hash(record) for record in RECORDS]
SIGNER = NoteSigner("scormveil/aaaa/0", bytes(range(32)))
WITNESS = NoteSigner("witness.example/w1", bytes(32), COSIGNER_KEY)
TEXT = Checkpoint(SIGNER.name, MOST, root_of(LEAVES)).text
NOTE = signed(TEXT, (SIGNER,))
PAIRS = [(size, index) for size in range(1, MOST + 1) for index in range(size)]

pytestmark = pytest.mark.real


def subtree(start, end):
    return root_of(LEAVES[start:end])


def coded(raw):
    return base64.b64encode(raw).decode()


def asked_of(size, other, root, leaf, path):
    return {
        "Size": size,
        "Other": other,
        "Root": coded(root),
        "Hash": coded(leaf),
        "Path": [coded(one) for one in path],
    }


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What Go says: one program, one run."""
    if shutil.which("go") is None or not (GO_PACKAGES / "src/golang.org/x/mod/sumdb").is_dir():
        need("go", "install golang-go and golang-golang-x-mod-dev")
    folder = tmp_path_factory.mktemp("go")
    environment = {"GO111MODULE": "off", "GOPATH": str(GO_PACKAGES), "GOCACHE": str(folder), "PATH": "/usr/bin:/bin"}
    source = Path(__file__).with_name("sumdb.go")
    subprocess.run(["go", "build", "-o", folder / "reference", source], env=environment, check=True)
    secret = f"PRIVATE+KEY+{SIGNER.name}+{SIGNER.key.hash.hex()}+{coded(bytes((1,)) + SIGNER.seed)}"
    last = root_of(LEAVES)
    question = {
        "Records": [coded(record) for record in RECORDS],
        "Key": str(SIGNER.key),
        "Signer": secret,
        "Text": TEXT,
        "Notes": [
            str(NOTE),
            str(NOTE.with_signature(WITNESS.sign(TEXT, 1_790_000_000))),
            str(NOTE).replace("\n40\n", "\n41\n"),
            str(signed(TEXT, (NoteSigner("other", SIGNER.seed),))),
        ],
        "Included": [
            asked_of(MOST, index, last, leaf, inclusion_path(index, MOST, subtree)) for index, leaf in enumerate(LEAVES)
        ]
        + [asked_of(MOST, 6, last, LEAVES[7], inclusion_path(7, MOST, subtree))],
        "Grown": [
            asked_of(MOST, old, last, subtree(0, old), consistency_path(old, MOST, subtree)) for old in range(1, MOST)
        ]
        + [asked_of(MOST, 6, last, subtree(0, 7), consistency_path(7, MOST, subtree))],
    }
    done = subprocess.run([folder / "reference"], input=json.dumps(question).encode(), capture_output=True, check=True)
    return json.loads(done.stdout)


def hashes(told):
    return [base64.b64decode(one) for one in told or ()]


def test_trees_have_the_roots_that_go_gives_them(told):
    assert hashes(told["Roots"]) == [root_of(LEAVES[:size]) for size in range(1, MOST + 1)]


def test_proofs_of_go_and_ours_are_the_same_and_each_believes_the_other(told):
    for size, index in PAIRS:
        path = hashes(told["Records"][f"[{size},{index}]"])
        assert path == inclusion_path(index, size, subtree)
        assert included(LEAVES[index], index, size, path, subtree(0, size))
        assert root_by_path(LEAVES[index], index, size, path) == subtree(0, size), "the auditor's verifier, too"
        grown = hashes(told["Trees"][f"[{size},{index + 1}]"])
        assert grown == consistency_path(index + 1, size, subtree)
        assert consistent(index + 1, subtree(0, index + 1), size, subtree(0, size), grown)
    assert told["Included"] == [True] * MOST + [False]
    assert told["Grown"] == [True] * (MOST - 1) + [False]


def test_notes_of_ours_are_opened_by_go(told):
    good, cosigned, altered, stranger = told["Opened"]
    assert good == cosigned == TEXT
    assert altered.startswith("refused: invalid signature for key")
    assert stranger.startswith("refused: note has no verifiable signatures")


def test_notes_of_go_are_opened_by_us(told):
    note = parse_note(told["Signed"])
    assert note == NOTE, "Ed25519 gives one signature for a text, so it is the same to the byte"
    assert note.signed_by(SIGNER.key)
    assert key_of(str(SIGNER.key), LOG_KEY).signed_at(ToldCheckpoint(told["Signed"])) == 0
