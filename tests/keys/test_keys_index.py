"""The blind index finds a person again under every key whose records remain."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys import BlindIndex, Keyring, KeyringError, KeyState, Purpose
from keys.index import OVERLAP

BORN = datetime(2025, 1, 1, tzinfo=UTC)

QUICK = settings(max_examples=60, deadline=None)
words = st.text(max_size=4)
inputs = st.tuples(words, words, st.lists(words, min_size=1, max_size=3).map(tuple)).filter(lambda one: any(one[2]))


def test_one_value_is_stored_and_those_of_all_usable_keys_are_looked_for(ring):
    index = BlindIndex(ring)
    stored = index.of("acme", "account", ("https://lms.example", "O'Brien"))
    sought = index.all_of("acme", "account", ("https://lms.example", "O'Brien"))
    assert sought[0] == stored
    assert [one.key_id for one in sought] == ["pq1m", "pq0m"]
    assert {len(one.value) for one in sought} == {32}
    assert len({one.value for one in sought}) == 2


def test_a_value_of_a_retired_key_is_still_found(make_key):
    before = BlindIndex(Keyring([make_key("0d00", Purpose.LOOKUP, 1)], 1)).of("acme", "subject", ("مريم",))
    keys = [make_key("new0", Purpose.LOOKUP, 2), make_key("0d00", Purpose.LOOKUP, 1, KeyState.COMPROMISED)]
    assert before in BlindIndex(Keyring(keys, 2)).all_of("acme", "subject", ("مريم",))


@QUICK
@given(one=inputs, other=inputs)
def test_tenant_kind_and_every_part_make_a_difference(ring, one, other):
    index = BlindIndex(ring)
    assert (index.of(*one) == index.of(*other)) == (one == other)


def test_a_border_between_tenant_and_kind_cannot_be_moved(ring):
    index = BlindIndex(ring)
    assert index.of("acme", "subject", ("x",)) != index.of("acmes", "ubject", ("x",))


def test_nothing_has_no_place_in_the_index(ring):
    for parts in ((), ("",), ("", "")):
        with pytest.raises(KeyringError) as refused:
            BlindIndex(ring).of("acme", "subject", parts)
        assert refused.value.code == "no-input"


def test_without_an_active_key_people_are_found_and_nobody_is_stored(make_key):
    index = BlindIndex(Keyring([make_key("pq0m", Purpose.LOOKUP, 1, KeyState.DEACTIVATED)], 1))
    assert [found.key_id for found in index.all_of("acme", "subject", ("zoe",))] == ["pq0m"]
    for act in (index.of, lambda *who: index.to_store(*who, BORN)):
        with pytest.raises(KeyringError) as refused:
            act("acme", "subject", ("zoe",))
        assert refused.value.code == "no-key"


def test_without_any_key_nobody_is_found(make_key):
    with pytest.raises(KeyringError) as refused:
        BlindIndex(Keyring([make_key("5ea1", Purpose.SEAL, 1)], 1)).all_of("acme", "subject", ("zoe",))
    assert refused.value.code == "no-key"


def test_for_a_while_after_a_rotation_people_are_stored_under_both_keys(make_key):
    """A node that has not heard of the new key yet must find them."""
    later = BORN + timedelta(days=30)
    old = replace(make_key("0d00", Purpose.LOOKUP, 1, KeyState.DEACTIVATED), deactivated=later)
    index = BlindIndex(Keyring([old, make_key("new0", Purpose.LOOKUP, 2)], 2))
    at_once = index.to_store("acme", "subject", ("zoe",), later + OVERLAP - timedelta(seconds=1))
    assert [found.key_id for found in at_once] == ["new0", "0d00"]
    assert set(at_once) == set(index.all_of("acme", "subject", ("zoe",)))
    assert [found.key_id for found in index.to_store("acme", "subject", ("zoe",), later + OVERLAP)] == ["new0"]
