"""What holds for every person, tenant, kind and key: nobody shares a pseudonym, nobody has two under one key.

That pseudonyms of different tenants, kinds or keys cannot be linked without the key rests on two things, shown here:
the input of every HMAC differs (the encodings are injective, labels and parts together), and each of them has a key of
its own by HKDF. A destination that must not share pseudonyms with another one is given a tenant of its own.
"""

import itertools
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from keys import Keyring, PseudonymScheme, Purpose, rotate
from keys.derive import encode, lookup_key, pseudonym_key, seal_key
from keys.keyring import first_keyring
from proxy.errors import FieldInvalid, FieldMissing
from proxy.identity.normalize import identify
from proxy.people import Cleartext, Kind

QUICK = settings(max_examples=200, deadline=None)
BORN = datetime(2025, 1, 1, tzinfo=UTC)
words = st.text(max_size=5)
tenants = st.sampled_from(["uni", "un", "uni-", "college", "u"])
kinds = st.sampled_from(["subject", "email", "account", "registration", "sub", "subjectx"])
turns = st.integers(0, 7)
parts = st.lists(words, min_size=1, max_size=3).map(tuple).filter(any)
inputs = st.tuples(tenants, kinds, parts, turns)
subjects = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=40)


@pytest.fixture(scope="module")
def ring():
    return first_keyring(BORN)


@pytest.fixture(scope="module")
def scheme(ring):
    return PseudonymScheme(ring)


@QUICK
@given(one=inputs, other=inputs)
def test_different_people_tenants_kinds_and_turns_have_different_pseudonyms(scheme, one, other):
    assert (scheme.mint(*one).token == scheme.mint(*other).token) == (one == other)


@QUICK
@given(one=inputs, other=inputs)
def test_the_whole_input_of_the_hmac_is_injective(one, other):
    """Labels and parts, as the key derivation and the HMAC see them: equal bytes only for equal inputs."""

    def seen(tenant, kind, words_, turn):
        label = encode(("scormveil", "pseudonym", "1", tenant, kind, *(("again", str(turn)) if turn else ())))
        return encode((label.hex(), encode(words_).hex()))

    assert (seen(*one) == seen(*other)) == (one == other)


@QUICK
@given(one=st.lists(words, max_size=5).map(tuple), other=st.lists(words, max_size=5).map(tuple))
def test_the_encoding_of_tuples_is_injective(one, other):
    assert (encode(one) == encode(other)) == (one == other)


@pytest.mark.parametrize("purpose", ["pseudonym", "lookup"])
def test_every_tenant_kind_purpose_and_turn_has_a_key_of_its_own(ring, purpose):
    """Without the key of one of them, the values of another say nothing about it."""
    secret = ring.active(Purpose.PSEUDONYM).secret
    derive = {"pseudonym": pseudonym_key, "lookup": lookup_key}[purpose]
    labels = list(itertools.product(("uni", "un", "college"), ("subject", "email", "iuni", "")))
    keys = [derive(secret, tenant, kind).reveal() for tenant, kind in labels]
    if purpose == "pseudonym":
        keys += [pseudonym_key(secret, "uni", "subject", turn).reveal() for turn in range(1, 8)]
        keys += [lookup_key(secret, "uni", "subject").reveal(), seal_key(secret).reveal()]
    assert len(set(keys)) == len(keys)


@QUICK
@given(one=subjects, other=subjects)
def test_two_identifiers_share_a_pseudonym_only_if_they_are_one_person(scheme, one, other):
    r"""The price that is documented: composed and decomposed letters, and `/`, `\\` and `_`, are one."""
    try:
        first, second = (identify(Cleartext(Kind.SUBJECT, text)) for text in (one, other))
    except (FieldInvalid, FieldMissing):
        assume(False)
    same = scheme.mint("uni", first.kind, first.parts) == scheme.mint("uni", second.kind, second.parts)
    assert same == (first == second)


@settings(max_examples=30, deadline=None)
@given(people=st.lists(subjects.filter(lambda text: not text.isspace()), min_size=2, max_size=30, unique=True))
def test_a_person_has_one_pseudonym_under_one_key_and_another_under_the_next(ring, people):
    newer = rotate.rotate(ring, Purpose.PSEUDONYM, BORN.replace(year=2026))
    schemes = [PseudonymScheme(one) for one in (ring, ring, newer)]
    for text in people:
        who = identify(Cleartext(Kind.SUBJECT, text))
        first, again, later = (one.mint("uni", who.kind, who.parts).token for one in schemes)
        assert first == again != later
        assert schemes[2].mints(first, "uni", who.kind, who.parts)


def test_under_random_keys_of_two_installations_nothing_meets(scheme):
    other = PseudonymScheme(Keyring(first_keyring(BORN).keys, 1))
    ids = [("uni", "subject", (str(number),)) for number in range(2000)]
    digests = [{one.mint(*who).token[7:33] for who in ids} for one in (scheme, other)]
    assert len(digests[0]) == len(digests[1]) == 2000
    assert not digests[0] & digests[1]
