"""A keyring holds together or does not exist."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from keys import Key, Keyring, KeyringError, KeyState, Purpose, Secret
from keys.keyring import first_keyring, new_key

BORN = datetime(2025, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def code_of(act, *args):
    with pytest.raises(KeyringError) as refused:
        act(*args)
    return refused.value.code


def test_a_first_keyring_has_one_active_key_for_each_purpose():
    ring = first_keyring(datetime(2025, 6, 1, 12, 0, 0, 999_999, timezone(timedelta(hours=2))))
    assert [key.purpose for key in ring.keys] == list(Purpose)
    assert all(ring.active(purpose).purpose is purpose for purpose in Purpose)
    assert {key.created for key in ring.keys} == {datetime(2025, 6, 1, 10, tzinfo=UTC)}
    assert len({key.secret.reveal() for key in ring.keys}) == 4
    assert ring.generation == 1


def test_a_date_without_time_zone_is_refused():
    assert code_of(first_keyring, datetime(2025, 6, 1)) == "keyring-invalid"  # noqa: DTZ001 - the point of the test


def test_a_new_key_waits_for_its_activation_and_takes_no_used_id():
    key = new_key(Purpose.SEAL, BORN, ["k7qx"])
    assert key.state is KeyState.PRE_ACTIVATION
    assert key.id != "k7qx"
    assert Keyring([key], 1).get(key.id) is key
    assert code_of(Keyring([key], 1).active, Purpose.SEAL) == "no-key"


def test_keys_are_found_by_id_whatever_their_state(ring):
    assert ring.get("pq2m").state is KeyState.DESTROYED
    assert code_of(ring.get, "zzzz") == "no-key"


def test_keys_that_may_process_come_with_the_active_one_first(ring):
    assert [key.id for key in ring.processing(Purpose.LOOKUP)] == ["pq1m", "pq0m"]
    assert [key.id for key in ring.processing(Purpose.SEAL)] == ["sea1", "sea0"]


def test_a_ring_prints_its_generation_and_size(ring):
    assert repr(ring) == "<Keyring generation 7, 9 keys>"


@pytest.mark.parametrize("state", list(KeyState))
def test_each_state_of_a_key_is_sound_as_the_product_makes_it(make_key, state):
    ring = Keyring([make_key("k7qx", Purpose.SEAL, 3, state)], 1)
    assert ring.keys[0].protects == (state is KeyState.ACTIVE)
    assert ring.keys[0].processes == (state not in {KeyState.PRE_ACTIVATION, KeyState.DESTROYED})


CONTRADICTIONS = {
    "an id of three letters": (KeyState.ACTIVE, {"id": "k7q"}),
    "an id in capitals": (KeyState.ACTIVE, {"id": "K7QX"}),
    "an id with a letter that reads like a digit": (KeyState.ACTIVE, {"id": "k7qo"}),
    "no secret": (KeyState.ACTIVE, {"material": None}),
    "a short secret": (KeyState.ACTIVE, {"material": Secret(bytes(range(31)))}),
    "zeros for a secret": (KeyState.ACTIVE, {"material": Secret(bytes(32))}),
    "a pattern for a secret": (KeyState.ACTIVE, {"material": Secret(b"changeme" * 4)}),
    "destroyed, but its secret is there": (KeyState.DESTROYED, {"material": Secret(bytes(range(32)))}),
    "active, never activated": (KeyState.ACTIVE, {"activated": None}),
    "active, but deactivated": (KeyState.ACTIVE, {"deactivated": BORN + DAY}),
    "waiting, but activated": (KeyState.PRE_ACTIVATION, {"activated": BORN}),
    "deactivated, never": (KeyState.DEACTIVATED, {"deactivated": None}),
    "destroyed, deactivated, never activated": (KeyState.DESTROYED, {"activated": None}),
    "activated before it was made": (KeyState.ACTIVE, {"activated": BORN - DAY}),
    "deactivated before it was active": (KeyState.DEACTIVATED, {"deactivated": BORN - DAY}),
    "active, but compromised": (KeyState.ACTIVE, {"compromised": BORN + DAY}),
    "compromised, but destroyed": (KeyState.COMPROMISED, {"destroyed": BORN + DAY}),
    "compromised before it was made": (KeyState.COMPROMISED, {"compromised": BORN - DAY}),
    "destroyed before it was deactivated": (KeyState.DESTROYED, {"destroyed": BORN + DAY}),
    "local time": (KeyState.PRE_ACTIVATION, {"created": BORN.astimezone(timezone(DAY / 12))}),
    "parts of a second": (KeyState.PRE_ACTIVATION, {"created": BORN + DAY / 7}),
    "compromised without a word why": (KeyState.COMPROMISED, {"reason": ""}),
    "destroyed without a word why": (KeyState.DESTROYED, {"reason": ""}),
    "a reason of two lines": (KeyState.ACTIVE, {"reason": "one\ntwo"}),
    "an endless reason": (KeyState.ACTIVE, {"reason": "why" * 100}),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_key_that_contradicts_itself_makes_no_ring(make_key, name):
    state, changes = CONTRADICTIONS[name]
    wrong: Key = make_key(**({"key_id": "k7qx", "purpose": Purpose.SEAL, "seed": 3, "state": state} | changes))
    assert code_of(Keyring, [wrong], 1) == "keyring-invalid"


def test_keys_that_contradict_each_other_make_no_ring(make_key):
    one = make_key("k7qx", Purpose.SEAL, 3)
    same_id = make_key("k7qx", Purpose.AUDIT, 4)
    same_secret = make_key("k8qx", Purpose.AUDIT, 3)
    second_active = make_key("k9qx", Purpose.SEAL, 5)
    for other in (same_id, same_secret, second_active):
        assert code_of(Keyring, [one, other], 1) == "keyring-invalid"
    assert code_of(Keyring, [one], 0) == "keyring-invalid"
