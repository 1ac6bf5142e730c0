"""What a security officer can do with a key, and what nobody can."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys import BlindIndex, Envelope, Keyring, KeyringError, KeyState, PseudonymScheme, Purpose, Secret, rotate
from keys.audit import AuditKeys
from keys.keyring import first_keyring
from keys.states import WAYS, check_successor
from keys.storage import install_keyring, open_keyring, read_keyring, replace_keyring

BORN = datetime(2025, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WHY = "laptop of an officer was stolen"


def code_of(act, *args, **more):
    with pytest.raises(KeyringError) as refused:
        act(*args, **more)
    return refused.value.code


@pytest.fixture
def first():
    return first_keyring(BORN)


def states(ring, purpose):
    return [key.state for key in ring.keys if key.purpose is purpose]


class TestRotation:
    @pytest.mark.parametrize("purpose", list(Purpose))
    def test_a_new_key_takes_over_and_the_old_one_goes_on_reading(self, first, purpose):
        old = first.active(purpose)
        ring = rotate.rotate(first, purpose, BORN + DAY, "yearly")
        assert ring.generation == 2
        assert ring.active(purpose).id != old.id
        assert ring.get(old.id) == replace(old, state=KeyState.DEACTIVATED, deactivated=BORN + DAY, reason="yearly")
        assert ring.get(old.id) in ring.processing(purpose)
        assert ring.active(purpose).activated == BORN + DAY

    def test_a_key_can_be_handed_out_before_it_is_used(self, first):
        waiting = rotate.add(first, Purpose.SEAL, BORN + HOUR)
        assert waiting.active(Purpose.SEAL) == first.active(Purpose.SEAL)
        key = waiting.keys[-1]
        assert (key.state, key.created) == (KeyState.PRE_ACTIVATION, BORN + HOUR)
        assert key not in waiting.processing(Purpose.SEAL)
        ring = rotate.activate(waiting, key.id, BORN + DAY)
        assert ring.active(Purpose.SEAL).id == key.id
        assert states(ring, Purpose.SEAL) == [KeyState.DEACTIVATED, KeyState.ACTIVE]
        assert ring.get(first.active(Purpose.SEAL).id).reason == f"succeeded by {key.id}"

    def test_what_was_protected_before_is_read_after_rotation_and_after_a_compromise(self, first):
        sealed = Envelope(first).seal(b"Zo\xc3\xab", ("uni", "1"))
        indexed = BlindIndex(first).of("uni", "account", ("zoe",))
        for change in (
            lambda ring, purpose: rotate.rotate(ring, purpose, BORN + DAY),
            lambda ring, purpose: rotate.compromise(ring, ring.active(purpose).id, BORN + DAY, WHY),
        ):
            ring = change(change(first, Purpose.SEAL), Purpose.LOOKUP)
            assert Envelope(ring).open(sealed, ("uni", "1")) == b"Zo\xc3\xab"
            assert Envelope(ring).key_id_of(Envelope(ring).seal(b"", ())) == ring.active(Purpose.SEAL).id
            assert indexed in BlindIndex(ring).all_of("uni", "account", ("zoe",))
            assert BlindIndex(ring).of("uni", "account", ("zoe",)) != indexed

    def test_new_people_get_the_new_key(self, first):
        ring = rotate.rotate(first, Purpose.PSEUDONYM, BORN + DAY)
        minted = PseudonymScheme(ring).mint("uni", "account", ("李小龙",))
        assert minted.key_id == ring.active(Purpose.PSEUDONYM).id

    def test_a_key_can_be_retired_without_a_successor_and_then_nothing_is_protected(self, first):
        ring = rotate.deactivate(first, first.active(Purpose.SEAL).id, BORN + DAY, "the house closes")
        assert code_of(Envelope(ring).seal, b"new", ()) == "no-key"


class TestCompromise:
    def test_a_fresh_key_takes_over_at_the_same_moment(self, first):
        waiting = rotate.add(first, Purpose.SEAL, BORN + HOUR)
        known = waiting.active(Purpose.SEAL)
        ring = rotate.compromise(waiting, known.id, BORN + DAY, WHY)
        after = ring.get(known.id)
        assert (after.state, after.deactivated, after.compromised, after.reason) == (
            KeyState.COMPROMISED,
            BORN + DAY,
            BORN + DAY,
            WHY,
        )
        assert ring.active(Purpose.SEAL).id not in {key.id for key in waiting.keys}
        assert ring.generation == waiting.generation + 1

    def test_or_none_does_if_the_officer_says_so(self, first):
        ring = rotate.compromise(first, first.active(Purpose.SEAL).id, BORN + DAY, WHY, renew=False)
        assert states(ring, Purpose.SEAL) == [KeyState.COMPROMISED]

    def test_a_retired_key_keeps_the_date_of_its_retirement(self, first):
        old = first.active(Purpose.SEAL)
        ring = rotate.rotate(first, Purpose.SEAL, BORN + DAY)
        ring = rotate.compromise(ring, old.id, BORN + 2 * DAY, WHY)
        assert (ring.get(old.id).deactivated, ring.get(old.id).compromised) == (BORN + DAY, BORN + 2 * DAY)
        assert len(states(ring, Purpose.SEAL)) == 2

    def test_a_key_that_was_never_used_reads_nothing_either(self, first):
        ring = rotate.add(first, Purpose.SEAL, BORN)
        ring = rotate.compromise(ring, ring.keys[-1].id, BORN, WHY)
        assert ring.keys[-1] not in ring.processing(Purpose.SEAL)
        assert ring.active(Purpose.SEAL) == first.active(Purpose.SEAL)

    @pytest.mark.parametrize("reason", ["", " ", "one\ntwo", "x" * 201, "\x1b[31m"])
    def test_nobody_declares_it_without_a_word_why(self, first, reason):
        for act in (rotate.compromise, rotate.deactivate):
            assert code_of(act, first, first.active(Purpose.SEAL).id, BORN, reason) == "key-reason"


class TestDestruction:
    @pytest.fixture
    def retired(self, first):
        """A ring with a SEAL key that was retired on the second day, and that key's id."""
        return rotate.rotate(first, Purpose.SEAL, BORN + DAY), first.active(Purpose.SEAL).id

    def test_the_material_is_gone_and_the_entry_stays(self, retired):
        ring, key_id = retired
        ring = rotate.destroy(ring, key_id, BORN + 3 * DAY, "all re-sealed", needed={key_id: 0})
        key = ring.get(key_id)
        assert (key.state, key.material, key.destroyed) == (KeyState.DESTROYED, None, BORN + 3 * DAY)
        assert code_of(getattr, key, "secret") == "key-destroyed"

    def test_of_an_audit_key_the_public_half_stays_so_that_what_it_signed_verifies(self, first, tmp_path, kek):
        key_id = first.active(Purpose.AUDIT).id
        public = AuditKeys(first).public[key_id]
        ring = rotate.rotate(first, Purpose.AUDIT, BORN + DAY)
        ring = rotate.destroy(ring, key_id, BORN + 3 * DAY, WHY, needed={key_id: 0})
        install_keyring(tmp_path / "ring", kek, ring)
        read = open_keyring(tmp_path / "ring", kek)
        assert json.loads((tmp_path / "ring").read_bytes())["version"] == 3
        assert read.get(key_id) == ring.get(key_id)
        assert AuditKeys(read).public[key_id] == public
        assert AuditKeys(read).private(key_id) is None

    def test_never_while_something_needs_it_or_may_need_it(self, retired):
        ring, key_id = retired
        late = BORN + 3 * DAY
        assert code_of(rotate.destroy, ring, key_id, late, WHY, needed={key_id: 1}) == "key-needed"
        assert code_of(rotate.destroy, ring, key_id, late, WHY, needed={key_id: -1}) == "key-needed"
        assert code_of(rotate.destroy, ring, key_id, late, WHY, needed={}) == "key-usage-unknown"
        early = BORN + 2 * DAY - timedelta(seconds=1)
        assert code_of(rotate.destroy, ring, key_id, early, WHY, needed={key_id: 0}) == "key-resting"
        assert code_of(rotate.destroy, ring, key_id, late, "", needed={key_id: 0}) == "key-reason"
        assert rotate.destroy(ring, key_id, BORN + 2 * DAY, WHY, needed={key_id: 0}).generation == 3

    def test_nor_before_it_has_rested_as_long_as_whoever_asks_wants(self, retired):
        ring, key_id = retired
        rest, used = timedelta(hours=72), BORN + DAY
        assert rotate.free_from(ring.get(key_id), rest) == used + rest
        early = used + rest - timedelta(seconds=1)
        assert code_of(rotate.destroy, ring, key_id, early, WHY, needed={key_id: 0}, rest=rest) == "key-resting"
        assert rotate.destroy(ring, key_id, used + rest, WHY, needed={key_id: 0}, rest=rest).get(key_id).destroyed
        waiting = rotate.add(ring, Purpose.SEAL, BORN + 2 * DAY, "for June")
        assert rotate.free_from(waiting.keys[-1], rest) is None
        assert waiting.keys[-1].reason == "for June"

    def test_nor_while_it_protects(self, first):
        key_id = first.active(Purpose.SEAL).id
        assert code_of(rotate.destroy, first, key_id, BORN + DAY, WHY, needed={key_id: 0}) == "key-transition"

    def test_a_compromised_key_rests_as_long(self, first):
        key_id = first.active(Purpose.SEAL).id
        ring = rotate.compromise(first, key_id, BORN + DAY, WHY)
        assert code_of(rotate.destroy, ring, key_id, BORN + DAY, WHY, needed={key_id: 0}) == "key-resting"
        assert rotate.destroy(ring, key_id, BORN + 2 * DAY, WHY, needed={key_id: 0}).get(key_id).compromised

    def test_one_that_was_never_used_goes_at_once(self, first):
        ring = rotate.add(first, Purpose.SEAL, BORN)
        key_id = ring.keys[-1].id
        assert rotate.destroy(ring, key_id, BORN, WHY, needed={key_id: 0}).get(key_id).material is None

    def test_no_file_beside_the_keyring_holds_it_any_more(self, retired, tmp_path, kek):
        ring, key_id = retired
        home = tmp_path / "ring"
        install_keyring(home, kek, ring)
        replace_keyring(home, kek, ring := rotate.add(ring, Purpose.SEAL, BORN + 3 * DAY))
        replace_keyring(home, kek, ring := rotate.destroy(ring, key_id, BORN + 3 * DAY, WHY, needed={key_id: 0}))
        assert open_keyring(home, kek).keys == ring.keys
        assert sorted(path.name for path in tmp_path.iterdir()) == ["kek", "ring", "ring.seen"]
        replace_keyring(home, kek, rotate.add(ring, Purpose.AUDIT, BORN + 3 * DAY))
        assert read_keyring(home.with_name("ring.previous"), kek).get(key_id).material is None


ACTS = {
    KeyState.ACTIVE: lambda ring, key_id: rotate.activate(ring, key_id, BORN + 9 * DAY),
    KeyState.DEACTIVATED: lambda ring, key_id: rotate.deactivate(ring, key_id, BORN + 9 * DAY, WHY),
    KeyState.COMPROMISED: lambda ring, key_id: rotate.compromise(ring, key_id, BORN + 9 * DAY, WHY),
    KeyState.DESTROYED: lambda ring, key_id: rotate.destroy(ring, key_id, BORN + 9 * DAY, WHY, needed={key_id: 0}),
}


class TestWhatCannotBe:
    @pytest.mark.parametrize("state", list(KeyState))
    @pytest.mark.parametrize("to", list(ACTS))
    def test_every_step_that_is_not_in_the_table(self, make_key, state, to):
        facts = {"activated": BORN} if state is not KeyState.PRE_ACTIVATION else {}
        if state in {KeyState.DEACTIVATED, KeyState.DESTROYED}:
            facts["deactivated"] = BORN + DAY
        ring = Keyring([make_key("k7qx", Purpose.SEAL, 3, state, **facts)], 1)
        if to in WAYS[state]:
            assert ACTS[to](ring, "k7qx").get("k7qx").state is to
        else:
            assert code_of(ACTS[to], ring, "k7qx") == "key-transition"

    def test_an_unknown_key(self, first):
        for act in ACTS.values():
            assert code_of(act, first, "zzzz") == "no-key"

    def test_a_clock_that_went_back(self, first):
        earlier = BORN - timedelta(seconds=1)
        key_id = first.active(Purpose.SEAL).id
        assert code_of(rotate.add, first, Purpose.SEAL, earlier) == "clock-went-back"
        assert code_of(rotate.rotate, first, Purpose.SEAL, earlier) == "clock-went-back"
        assert code_of(rotate.activate, first, key_id, earlier) == "clock-went-back"
        assert code_of(rotate.deactivate, first, key_id, earlier, WHY) == "clock-went-back"
        assert code_of(rotate.compromise, first, key_id, earlier, WHY) == "clock-went-back"
        assert code_of(rotate.destroy, first, key_id, earlier, WHY, needed={}) == "clock-went-back"

    def test_a_clock_without_time_zone(self, first):
        assert code_of(rotate.add, first, Purpose.SEAL, BORN.replace(tzinfo=None)) == "keyring-invalid"


FORGERIES = {
    "an entry is lost": lambda keys: keys[1:],
    "another purpose": lambda keys: [replace(keys[0], purpose=Purpose.AUDIT), *keys[1:3]],
    "other material": lambda keys: [replace(keys[0], material=Secret(bytes(range(32)))), *keys[1:]],
    "born at another time": lambda keys: [replace(keys[0], created=BORN - DAY), *keys[1:]],
    "activated at another time": lambda keys: [replace(keys[0], activated=BORN + HOUR), *keys[1:]],
    "waiting again": lambda keys: [replace(keys[0], state=KeyState.PRE_ACTIVATION, activated=None), *keys[1:]],
    "destroyed while it protected": lambda keys: [
        replace(keys[0], state=KeyState.DESTROYED, material=None, reason=WHY),
        *keys[1:],
    ],
}


@pytest.mark.parametrize("name", FORGERIES)
def test_no_file_takes_a_ring_that_did_not_come_from_the_one_before(home, kek, name):
    ring = open_keyring(home, kek)
    forged = Keyring(FORGERIES[name](list(ring.keys)), 2)
    assert code_of(replace_keyring, home, kek, forged) == "key-transition"
    assert open_keyring(home, kek).generation == 1


STEPS = st.tuples(
    st.sampled_from(["add", "rotate", "activate", "deactivate", "compromise", "destroy"]),
    st.sampled_from(list(Purpose)),
    st.integers(0, 30),
    st.integers(-5, 60),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(STEPS, max_size=25))
def test_whatever_officers_do_the_ring_holds_together(steps):
    ring, now = first_keyring(BORN), BORN
    for name, purpose, pick, hours in steps:
        now += hours * HOUR
        key_id = ring.keys[pick % len(ring.keys)].id
        act = getattr(rotate, name)
        args = (purpose, now) if name in {"add", "rotate"} else (key_id, now, WHY)
        more = {"needed": {key_id: 0}} if name == "destroy" else {}
        try:
            after = act(ring, *args, **more)
        except KeyringError as refused:
            assert refused.code in {"key-transition", "key-resting", "clock-went-back"}  # noqa: PT017 - either may be
            continue
        check_successor(ring, after)
        assert after.generation == ring.generation + 1
        assert all(states(after, one).count(KeyState.ACTIVE) <= 1 for one in Purpose)
        ring = after
