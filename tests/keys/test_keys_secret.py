"""Key material shows itself nowhere by accident."""

import base64
import copy
import json
import pickle
import traceback

import pytest

from keys import (
    Envelope,
    FileKek,
    KeyringError,
    KeyState,
    Purpose,
    Secret,
    create_keyring,
    open_keyring,
    replace_keyring,
)
from keys.derive import encode
from keys.errors import HINTS

BYTES = b"\x00key material \xff that is 32 long"


def shown(text):
    """Whether any spelling of the bytes stands in the text."""
    return any(piece in text for piece in (BYTES.hex(), repr(BYTES)[2:-1], "key material"))


def test_repr_shows_nothing():
    assert repr(Secret(BYTES)) == "<Secret>"
    assert not shown(repr([Secret(BYTES)]))


@pytest.mark.parametrize(
    "spill",
    [str, bytes, list, hash, pickle.dumps, copy.copy, copy.deepcopy, vars, json.dumps, "{}".format, "{:>40}".format],
    ids=lambda spill: spill.__name__,
)
def test_everything_that_would_spill_it_refuses(spill):
    with pytest.raises(TypeError) as refused:
        spill(Secret(BYTES))
    assert not shown(str(refused.value))


def test_two_secrets_are_equal_when_their_bytes_are():
    assert Secret(BYTES) == Secret(bytearray(BYTES))
    assert Secret(BYTES) != Secret(BYTES[:-1])
    assert Secret(BYTES) != Secret(BYTES[:-1] + b"!")
    assert Secret(BYTES) != BYTES
    assert Secret(BYTES).reveal() == BYTES
    assert len(Secret(BYTES)) == len(BYTES)


def test_a_key_prints_without_its_secret(make_key):
    key = make_key("k7qx", Purpose.PSEUDONYM, 0, material=Secret(BYTES))
    assert "k7qx" in repr(key)
    assert not shown(repr(key))


def test_a_destroyed_key_has_no_secret_to_give(make_key):
    with pytest.raises(KeyringError) as refused:
        _ = make_key("k7qx", Purpose.PSEUDONYM, 0, KeyState.DESTROYED).secret
    assert refused.value.code == "key-destroyed"


def trace_of(act, *args):
    """The code, and what a careless error page would print: the whole chain, with the locals of every frame."""
    with pytest.raises(KeyringError) as refused:
        act(*args)
    problem, texts = refused.value, []
    while problem is not None:
        texts.append("".join(traceback.TracebackException.from_exception(problem, capture_locals=True).format()))
        texts.append(repr(vars(problem)))
        problem = problem.__context__
    return refused.value.code, "\n".join(texts)


def spilt(secret, text):
    return secret.hex() in text or repr(secret)[2:-1] in text


def test_no_traceback_shows_key_material_when_a_keyring_does_not_open(home, kek, tmp_path):
    secrets = [key.secret.reveal() for key in open_keyring(home, kek).keys]
    secrets.append(bytes.fromhex((tmp_path / "kek").read_text(encoding="ascii").split(":")[1]))
    whole = home.read_text(encoding="ascii")
    altered = whole.replace('"generation": 1', '"generation": 2')
    other, absent = FileKek.create(tmp_path / "other"), FileKek(tmp_path / "absent")
    for given, content, code in [
        (other, whole, "kek-wrong"),
        (kek, altered, "keyring-altered"),
        (absent, whole, "kek-missing"),
    ]:
        home.write_text(content, encoding="ascii")
        refused, text = trace_of(open_keyring, home, given)
        assert refused == code
        assert not any(spilt(secret, text) for secret in secrets)


def test_no_traceback_shows_key_material_when_a_keyring_is_not_written(home, kek, tmp_path):
    ring = open_keyring(home, kek)
    refused, text = trace_of(replace_keyring, home, kek, ring)
    assert refused == "keyring-stale"
    (tmp_path / "kek").chmod(0o644)
    refused, more = trace_of(create_keyring, tmp_path / "new", kek, ring.keys[0].created)
    assert refused == "kek-exposed"
    assert not any(spilt(key.secret.reveal(), text + more) for key in ring.keys)
    assert "plain = <Secret>" in more


def test_a_sealed_payload_that_makes_no_sense_is_not_quoted(home, kek):
    whole = json.loads(home.read_bytes())
    wrapped = kek.wrap(Secret(BYTES), encode(("scormveil-keyring", "1", "file", "1")))
    whole["sealed"] = base64.b64encode(wrapped).decode("ascii")
    home.write_bytes(json.dumps(whole, sort_keys=True, indent=1).encode() + b"\n")
    refused, text = trace_of(open_keyring, home, kek)
    assert refused == "keyring-invalid"
    assert not shown(text)


def test_no_traceback_shows_the_key_of_an_envelope(ring):
    envelope = Envelope(ring)
    sealed = envelope.seal(b"x", ("a",))
    refused, text = trace_of(envelope.open, sealed, ("b",))
    assert refused == "sealed-altered"
    assert not any(spilt(key.secret.reveal(), text) for key in ring.processing(Purpose.SEAL))


def test_a_broken_key_file_does_not_quote_what_it_holds(tmp_path):
    path = tmp_path / "kek"
    path.write_bytes(BYTES)
    path.chmod(0o600)
    refused, text = trace_of(FileKek(path).unwrap, b"", b"")
    assert refused == "kek-unreadable"
    assert not shown(text)


def test_every_code_has_one_sentence_of_help():
    for code, hint in HINTS.items():
        problem = KeyringError(code)
        assert str(problem) == f"{code}: {hint}"
        assert hint.endswith(".")
