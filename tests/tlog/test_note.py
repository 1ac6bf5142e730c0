"""Signed notes and checkpoints: the published example, what is signed by whom, and what is no note."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.tlog.checkpoint import Checkpoint, parse_checkpoint
from proxy.tlog.merkle import EMPTY_ROOT
from proxy.tlog.note import (
    COSIGNER_KEY,
    Note,
    NoteInvalid,
    NoteKey,
    NoteSigner,
    cosigned_at,
    parse_key,
    parse_note,
    signed,
)

# The example of golang.org/x/mod/sumdb/note: key and note.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
WELL = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "\N{EM DASH} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
LOG = NoteSigner("scormveil/abc/1", bytes(range(32)))
OTHER = NoteSigner("scormveil/abc/1", bytes(32))
WITNESS = NoteSigner("witness.example/w1", bytes(range(1, 33)), COSIGNER_KEY)
HERE = Checkpoint("scormveil/abc/1", 7, EMPTY_ROOT)


def test_the_published_example_verifies():
    key, note = parse_key(PETER), parse_note(WELL)
    assert str(key) == PETER
    assert str(note) == WELL
    assert note.signed_by(key)
    assert not Note(note.text.replace("your", "my"), note.signatures).signed_by(key)


def test_a_checkpoint_is_signed_and_read_back():
    note = parse_note(str(signed(HERE.text, [LOG])))
    assert parse_checkpoint(note) == HERE
    assert note.signed_by(LOG.key)
    assert not note.signed_by(OTHER.key)
    assert parse_key(str(LOG.key)) == LOG.key


def test_a_witness_signs_its_time_too():
    note = signed(HERE.text, [LOG]).with_signature(WITNESS.sign(HERE.text, 1_800_000_000))
    again = parse_note(str(note))
    assert again.signed_by(WITNESS.key)
    assert cosigned_at(again.signatures[1]) == 1_800_000_000
    late = again.with_signature(WITNESS.sign(HERE.text, 1_800_000_060))
    assert [cosigned_at(one) for one in late.signatures[1:]] == [1_800_000_060]
    forged = Note(
        again.text,
        (type(again.signatures[1])(WITNESS.name, WITNESS.key.hash, bytes(8) + again.signatures[1].value[8:]),),
    )
    assert not forged.signed_by(WITNESS.key)
    as_log = NoteKey(WITNESS.name, WITNESS.key.public)
    assert not again.signed_by(as_log)


def test_a_private_key_does_not_print():
    assert LOG.seed.hex() not in repr(LOG)
    assert "\\x" not in repr(LOG)


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"\n\n\xe2\x80\x94 a AAAAAAA=\n",
        b"text\n\n\xe2\x80\x94 a AAAAAAA=",
        b"text\n\n- a AAAAAAA=\n",
        b"text\n\n\xe2\x80\x94 a b AAAAAAA=\n",
        b"text\n\n\xe2\x80\x94 a+b AAAAAAA=\n",
        b"text\n\n\xe2\x80\x94 a AAAA\n",
        b"text\n\n\xe2\x80\x94 a AAA!AAAA\n",
        b"te\rxt\n\n\xe2\x80\x94 a AAAAAAA=\n",
        b"te\xffxt\n\n\xe2\x80\x94 a AAAAAAA=\n",
        b"text\n\n" + b"\xe2\x80\x94 a AAAAAAA=\n" * 101,
    ],
)
def test_what_is_no_note_is_refused(written):
    with pytest.raises(NoteInvalid) as refused:
        parse_note(written)
    assert refused.value.reason.startswith("note-")


@pytest.mark.parametrize(
    "key",
    [
        "",
        "a+b",
        "a+c74f20a3+!!",
        PETER.replace("c7", "c8"),
        PETER[:-4],
        "a b+00000000+ARpc",
        "a+00000000+Ag==",
        "a+00000000+",
    ],
)
def test_what_is_no_key_is_refused(key):
    with pytest.raises(NoteInvalid) as refused:
        parse_key(key)
    assert refused.value.reason.startswith("key-")


@pytest.mark.parametrize(
    "text",
    [
        "a\n1\n",
        "a\n01\nAAAA\n",
        "a\n-1\nAAAA\n",
        "a\n1\nAAAA\n",
        "a\n1\n!\n",
        HERE.text.replace("7", "7" * 20),
        "a\n\n1\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(NoteInvalid, match="no-checkpoint"):
        parse_checkpoint(Note(text))


def test_lines_after_the_root_mean_nothing():
    assert parse_checkpoint(Note(HERE.text + "anything\n")) == HERE


@given(st.text(max_size=200), st.binary(max_size=200))
def test_reading_refuses_or_returns(text, raw):
    for written in (text, raw):
        try:
            note = parse_note(written)
        except NoteInvalid:
            continue
        assert parse_note(str(note)) == note
