"""Sealed records open where they belong, untouched, and nowhere else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys import Envelope, Keyring, KeyringError, KeyState, Purpose

PLACE = ("acme", "subject", "sv1…")
QUICK = settings(max_examples=60, deadline=None)
binds = st.lists(st.text(max_size=6), max_size=4).map(tuple)


def code_of(act, *args):
    with pytest.raises(KeyringError) as refused:
        act(*args)
    return refused.value.code


@QUICK
@given(plain=st.binary(max_size=300), bind=binds, other=binds)
def test_what_is_sealed_opens_in_its_place_only(ring, plain, bind, other):
    envelope = Envelope(ring)
    sealed = envelope.seal(plain, bind)
    assert envelope.open(sealed, bind) == plain
    assert envelope.key_id_of(sealed) == "sea1"
    if other != bind:
        assert code_of(envelope.open, sealed, other) == "sealed-altered"


def test_every_changed_bit_is_refused(ring):
    envelope = Envelope(ring)
    sealed = envelope.seal("Zoë Müller-Østergård".encode(), PLACE)
    for at in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[at // 8] ^= 1 << at % 8
        assert code_of(envelope.open, bytes(changed), PLACE) in {"sealed-altered", "no-key"}


def test_every_truncation_and_every_addition_is_refused(ring):
    envelope = Envelope(ring)
    sealed = envelope.seal("李小龙".encode(), PLACE)
    for wrong in [sealed[:length] for length in range(len(sealed))] + [sealed + b"\0"]:
        assert code_of(envelope.open, wrong, PLACE) == "sealed-altered"


def test_equal_plaintexts_look_different(ring):
    envelope = Envelope(ring)
    assert len({envelope.seal(b"the same", PLACE) for _ in range(50)}) == 50


def test_the_parts_of_a_place_cannot_be_cut_elsewhere(ring):
    envelope = Envelope(ring)
    sealed = envelope.seal(b"x", ("ab", "c"))
    for wrong in [("a", "bc"), ("abc",), ("ab", "c", ""), ("", "ab", "c"), ("c", "ab")]:
        assert code_of(envelope.open, sealed, wrong) == "sealed-altered"


@pytest.mark.parametrize(
    ("state", "opens"),
    [
        (KeyState.DEACTIVATED, True),
        (KeyState.COMPROMISED, True),
        (KeyState.DESTROYED, False),
        (KeyState.PRE_ACTIVATION, False),
    ],
)
def test_after_a_rotation_old_records_open_while_their_key_may_process(make_key, state, opens):
    sealed = Envelope(Keyring([make_key("0d00", Purpose.SEAL, 1)], 1)).seal(b"kept", PLACE)
    after = Envelope(Keyring([make_key("0d00", Purpose.SEAL, 1, state), make_key("new0", Purpose.SEAL, 2)], 2))
    if opens:
        assert after.open(sealed, PLACE) == b"kept"
    else:
        assert code_of(after.open, sealed, PLACE) == "no-key"
    assert after.key_id_of(after.seal(b"", PLACE)) == "new0"


def test_a_record_of_another_house_is_refused(ring, make_key):
    foreign = Envelope(Keyring([make_key("sea1", Purpose.SEAL, 99)], 1)).seal(b"x", PLACE)
    assert code_of(Envelope(ring).open, foreign, PLACE) == "sealed-altered"


def test_without_an_active_key_nothing_is_sealed_and_what_was_still_opens(make_key):
    sealed = Envelope(Keyring([make_key("sea1", Purpose.SEAL, 1)], 1)).seal(b"kept", PLACE)
    retired = Envelope(Keyring([make_key("sea1", Purpose.SEAL, 1, KeyState.DEACTIVATED)], 2))
    assert retired.open(sealed, PLACE) == b"kept"
    assert code_of(retired.seal, b"new", PLACE) == "no-key"
