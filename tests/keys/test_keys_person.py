"""A person's own data key: it opens her record in its place and nothing else, and nothing else opens it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys import (
    Envelope,
    Keyring,
    KeyringError,
    KeyRoom,
    KeyState,
    Purpose,
    new_person,
    new_person_key,
    open_record,
    seal_record,
    unwrap_person_key,
    wrap_person_key,
)

PLACE = ("acme", "subject", "0" * 32)
QUICK = settings(max_examples=60, deadline=None)
binds = st.lists(st.text(max_size=6), max_size=4).map(tuple)


def code_of(act, *args):
    with pytest.raises(KeyringError) as refused:
        act(*args)
    return refused.value.code


def flipped(data):
    """The data with each of its bits changed in turn."""
    for at in range(len(data) * 8):
        changed = bytearray(data)
        changed[at // 8] ^= 1 << at % 8
        yield bytes(changed)


@QUICK
@given(plain=st.binary(max_size=300), bind=binds, other=binds)
def test_a_record_opens_with_her_key_in_its_place_only(plain, bind, other):
    key = new_person_key()
    sealed = seal_record(key, plain, bind)
    assert open_record(key, sealed, bind) == plain
    assert code_of(open_record, new_person_key(), sealed, bind) == "sealed-altered"
    if other != bind:
        assert code_of(open_record, key, sealed, other) == "sealed-altered"


def test_every_changed_bit_and_every_truncation_of_a_record_is_refused():
    key = new_person_key()
    sealed = seal_record(key, "Zoë Müller-Østergård".encode(), PLACE)
    for wrong in [*flipped(sealed), *(sealed[:length] for length in range(len(sealed))), sealed + b"\0"]:
        assert code_of(open_record, key, wrong, PLACE) == "sealed-altered"


def test_every_changed_bit_of_a_wrapped_key_is_refused(ring):
    envelope, person = Envelope(ring), new_person()
    wrapped = wrap_person_key(envelope, person, new_person_key())
    for wrong in flipped(wrapped):
        assert code_of(unwrap_person_key, envelope, person, wrong) in {"sealed-altered", "no-key"}


def test_a_wrapped_key_is_hers_alone(ring):
    envelope, person = Envelope(ring), new_person()
    key = new_person_key()
    wrapped = wrap_person_key(envelope, person, key)
    assert unwrap_person_key(envelope, person, wrapped) == key
    assert code_of(unwrap_person_key, envelope, new_person(), wrapped) == "sealed-altered"


def test_what_was_sealed_for_something_else_is_no_key(ring):
    """A session cookie or a return address that somebody puts into the key store."""
    envelope, person = Envelope(ring), new_person()
    for foreign in (envelope.seal(b"x" * 32, ("session", "acme")), envelope.seal(b"short", ("person-key", person))):
        assert code_of(unwrap_person_key, envelope, person, foreign) == "sealed-altered"


def test_keys_and_names_are_all_different_and_say_nothing():
    keys = [new_person_key() for _ in range(50)]
    assert len({key.reveal() for key in keys}) == 50
    assert len({new_person() for _ in range(50)}) == 50
    assert all(len(new_person()) == 32 and int(new_person(), 16) >= 0 for _ in range(5))
    assert "reveal" not in repr(keys[0])
    assert repr(keys[0]) == "<Secret>"


class TestTheRoom:
    """The keys in force are exchanged as a whole."""

    def test_everything_follows_the_ring_that_was_installed(self, make_key):
        first = Keyring([make_key("sea1", Purpose.SEAL, 1)], 1)
        second = Keyring(
            [make_key("sea1", Purpose.SEAL, 1, KeyState.DEACTIVATED), make_key("sea2", Purpose.SEAL, 2)], 2
        )
        room = KeyRoom(first)
        sealed = room.envelope.seal(b"kept", PLACE)
        assert (room.knows("sea1"), room.knows("sea2")) == (True, False)

        room.install(second)

        assert room.ring is second
        assert room.envelope.open(sealed, PLACE) == b"kept"
        assert room.envelope.key_id_of(room.envelope.seal(b"new", PLACE)) == "sea2"
        assert room.knows("sea2")
        assert repr(room) == "<KeyRoom <Keyring generation 2, 2 keys>>"
