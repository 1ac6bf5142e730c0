"""The memory of people seen lately, and what is sealed of a person."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from identity_house import Clock

from proxy.errors import SealFailed
from proxy.identity.cache import Known, PersonCache
from proxy.identity.record import Contents, decode, encode, merge
from proxy.people import Cleartext, Kind, Person, Pseudonym
from proxy.store import MappingRecord


def known(token, tenant="uni", others=()):
    record = MappingRecord(tenant, "subject", f"row of {token}", token, "abcd", b"s", "", 1, 1)
    person = Person(Pseudonym(token, "abcd"), (Cleartext(Kind.SUBJECT, f"Zoë {token}"),), others)
    return Known(person, record, None)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def cache(clock):
    return PersonCache(size=2, ttl_ms=1000, clock=clock)


class TestCache:
    def test_finds_a_person_by_pseudonym_and_by_index_within_a_tenant(self, cache):
        zoe = known("zoe")
        cache.put(zoe, b"digest")

        assert cache.by_token("uni", "zoe") is zoe
        assert cache.by_digest("uni", b"digest") is zoe
        assert cache.by_token("clinic", "zoe") is None
        assert cache.by_digest("clinic", b"digest") is None

    def test_the_least_recently_seen_leaves_first(self, cache):
        for name in ("a", "b"):
            cache.put(known(name), name.encode())
        cache.by_token("uni", "a")
        cache.put(known("c"), b"c")

        assert [cache.by_digest("uni", name) is not None for name in (b"a", b"b", b"c")] == [True, False, True]
        assert len(cache) == 2

    def test_nobody_stays_longer_than_the_limit_even_if_asked_for_all_the_time(self, cache, clock):
        cache.put(known("a"), b"a")
        clock.now += 999
        assert cache.by_token("uni", "a") is not None
        clock.now += 1
        assert cache.by_token("uni", "a") is None
        assert len(cache) == 0

    def test_a_clock_that_is_set_back_keeps_nobody(self, cache, clock):
        cache.put(known("a"), b"a")
        clock.now -= 10_000
        assert cache.by_digest("uni", b"a") is None

    def test_a_person_under_a_new_index_is_no_longer_under_the_old_one(self, cache):
        cache.put(known("a"), b"old")
        cache.put(known("a"), b"new")

        assert cache.by_digest("uni", b"old") is None
        assert cache.by_digest("uni", b"new") is not None
        assert len(cache) == 1

    def test_a_person_is_found_under_every_pseudonym_that_leads_to_her(self, cache):
        zoe = known("new", others=("old", "coming"))
        cache.put(zoe, b"digest")
        assert [cache.by_token("uni", token) for token in ("new", "old", "coming")] == [zoe] * 3

        cache.drop("row of new")
        assert [cache.by_token("uni", token) for token in ("new", "old", "coming")] == [None] * 3
        assert cache.by_digest("uni", b"digest") is None

    def test_who_was_forgotten_is_dropped_and_does_not_come_back(self, cache):
        """Somebody may have read her just before, and remember her only now."""
        cache.put(known("a"), b"a")
        cache.put(known("b"), b"b")
        cache.forget(["row of a"])
        cache.put(known("a"), b"a")

        assert cache.by_token("uni", "a") is None
        assert cache.by_token("uni", "b") is not None

    def test_everybody_is_dropped_when_the_keyring_changes_and_read_anew(self, cache):
        cache.put(known("a"), b"a")
        cache.clear()
        assert len(cache) == 0
        cache.put(known("a"), b"a under the new key")
        assert cache.by_digest("uni", b"a under the new key") is not None

    def test_a_size_of_nothing_keeps_nothing(self, clock):
        cache = PersonCache(size=0, ttl_ms=1000, clock=clock)
        cache.put(known("a"), b"a")
        assert len(cache) == 0

    def test_it_neither_prints_nor_pickles_anybody(self, cache):
        cache.put(known("a"), b"a")

        assert "Zoë" not in repr(cache) + repr(known("a"))
        with pytest.raises(TypeError):
            pickle.dumps(cache)


TEXTS = st.builds(
    Cleartext, st.sampled_from(list(Kind)), st.text(st.characters(exclude_categories=("Cs",)), min_size=1)
)


class TestRecord:
    @given(st.lists(TEXTS, max_size=8), st.lists(st.sampled_from(["sv1a", "sv1b", "sv1c"]), unique=True))
    def test_what_is_written_is_read_and_its_length_tells_little(self, texts, tokens):
        plain = encode(texts, tokens)

        read = decode(plain)
        assert sorted(read.texts, key=hash) == sorted(texts, key=hash)
        assert list(read.tokens) == tokens
        assert len(plain) % 64 == 0

    def test_a_record_of_the_first_format_has_no_pseudonyms(self):
        read = decode(b'{"v":1,"texts":{"subject":["4711"]}}  ')
        assert read == Contents((Cleartext(Kind.SUBJECT, "4711"),), ())

    @pytest.mark.parametrize(
        "plain",
        [
            b"",
            b"{",
            b"[]",
            b'{"v":1}',
            b'{"v":2,"texts":{}}',
            b'{"v":2,"texts":{},"tokens":3}',
            b'{"v":3,"texts":{},"tokens":[]}',
            b'{"v":1,"texts":[]}',
            b'{"v":1,"texts":{"planet":["x"]}}',
            b"\xff",
            b'{"v":1,"texts":{"name":3}}',
        ],
    )
    def test_what_is_no_record_is_refused(self, plain):
        with pytest.raises(SealFailed, match="record-") as refused:
            decode(plain)
        assert refused.value.__context__ is None

    @given(st.lists(TEXTS, max_size=8), st.lists(TEXTS, max_size=8))
    def test_merging_the_same_again_changes_nothing(self, first, second):
        whole = merge(merge((), first), second)

        assert merge(whole, second) is whole
        assert all(sum(text.kind is kind for text in whole) <= 5 for kind in Kind)
        assert set(whole) <= {*first, *second}
