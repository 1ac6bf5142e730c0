"""Two officers, two keys, one statement: what is signed, what is not, and who cannot sign for whom."""

import stat
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys import KeyringError, Officer, PassphraseKek, Secret, officers, read_officer, write_officer
from keys.officers import VALID_MS, Proposal

NOW = 1_760_000_000_000
ANNA, BEN, EVE = (Officer.new(name) for name in ("anna", "ben", "eve"))
LISTED = {officer.name: officer.public for officer in (ANNA, BEN)}
ASKED = Proposal(
    lineage="c0ffee",
    request="k7qx2m9p",
    act="destroy",
    subject="k7qx",
    option="",
    reason="its laptop was stolen",
    generation=7,
    officer="anna",
    created=NOW,
    expires=NOW + VALID_MS,
)
SIGNED = officers.ask(ANNA, ASKED)
OTHERS = {str: "other", int: 8}


def code_of(act, *args, **more):
    with pytest.raises(KeyringError) as refused:
        act(*args, **more)
    return refused.value.code


def check(proposal=ASKED, signature=SIGNED, listed=LISTED, generation=7, now=NOW + 1):
    officers.check_request(proposal, signature, listed, generation=generation, now_ms=now)


def check_approval(approval, approver="ben", proposal=ASKED, signature=SIGNED, listed=LISTED):
    officers.check_approval(proposal, signature, listed, approver=approver, approval=approval)


class TestARequest:
    def test_that_was_signed_by_a_listed_officer_is_good_for_a_day(self):
        check()
        check(now=NOW + VALID_MS - 1)
        assert code_of(check, now=NOW + VALID_MS) == "request-expired"

    @pytest.mark.parametrize("name", [one.name for one in fields(Proposal)])
    def test_that_was_altered_in_any_field_is_refused(self, name):
        altered = replace(ASKED, **{name: OTHERS[type(getattr(ASKED, name))]})
        assert code_of(check, altered) in {"request-forged", "officer-unknown"}

    @given(st.integers(0, 511))
    def test_with_any_bit_of_its_signature_turned_is_refused(self, bit):
        turned = bytearray(SIGNED)
        turned[bit // 8] ^= 1 << bit % 8
        assert code_of(check, signature=bytes(turned)) == "request-forged"

    def test_with_no_signature_or_one_of_somebody_else_is_refused(self):
        assert code_of(check, signature=b"") == "request-forged"
        assert code_of(check, signature=officers.ask(BEN, ASKED)) == "request-forged"
        assert code_of(check, signature=officers.approve(ANNA, ASKED, SIGNED)) == "request-forged"

    def test_of_who_is_not_listed_any_more_or_with_another_key_is_refused(self):
        assert code_of(check, listed={"ben": BEN.public}) == "officer-unknown"
        assert code_of(check, listed=LISTED | {"anna": EVE.public}) == "request-forged"
        assert code_of(check, listed=LISTED | {"anna": "ed25519:nonsense"}) == "officer-unknown"

    def test_is_void_when_the_keyring_has_changed(self):
        assert code_of(check, generation=8) == "request-stale"
        assert code_of(check, generation=6) == "request-stale"

    def test_that_lives_longer_than_a_day_or_comes_from_the_future_is_refused(self):
        longer = replace(ASKED, expires=NOW + VALID_MS + 1)
        assert code_of(check, longer, officers.ask(ANNA, longer)) == "request-expired"
        assert code_of(check, now=NOW - VALID_MS) == "clock-went-back"

    @given(st.text(max_size=5), st.text(max_size=5))
    def test_cannot_be_read_as_another_one(self, reason, more):
        """The encoding is injective: what moves from one field to the next is another statement."""
        one = replace(ASKED, option=reason + more, reason="")
        two = replace(ASKED, option=reason, reason=more)
        if one != two:
            assert code_of(check, two, officers.ask(ANNA, one)) == "request-forged"


class TestAnApproval:
    def test_of_another_officer_counts(self):
        check_approval(officers.approve(BEN, ASKED, SIGNED))

    def test_of_who_asked_does_not_count(self):
        assert code_of(check_approval, officers.approve(ANNA, ASKED, SIGNED), "anna") == "officer-same"

    def test_of_who_asked_under_a_second_name_does_not_count(self):
        twice = LISTED | {"anna-at-home": ANNA.public}
        approval = officers.approve(ANNA, ASKED, SIGNED)
        assert code_of(check_approval, approval, "anna-at-home", listed=twice) == "officer-same"

    def test_of_who_is_not_listed_does_not_count(self):
        assert code_of(check_approval, officers.approve(EVE, ASKED, SIGNED), "eve") == "officer-unknown"
        assert code_of(check_approval, officers.approve(EVE, ASKED, SIGNED), "ben") == "request-forged"

    def test_of_another_request_does_not_count(self):
        approval = officers.approve(BEN, ASKED, SIGNED)
        other = replace(ASKED, subject="m2p4")
        assert code_of(check_approval, approval, proposal=other, signature=officers.ask(ANNA, other)) == (
            "request-forged"
        )
        assert code_of(check_approval, approval, signature=officers.ask(ANNA, other)) == "request-forged"


class TestAName:
    @pytest.mark.parametrize("name", ["anna", "a", "a-1", "a" * 31])
    def test_is_a_short_word(self, name):
        assert Officer.new(name).name == name

    @pytest.mark.parametrize("name", ["", "Anna", "1anna", "anna müller", "a" * 32, "anna\n", "-anna"])
    def test_that_is_none_is_refused(self, name):
        assert code_of(Officer.new, name) == "officer-name"

    def test_is_proven_by_her_key(self):
        assert officers.prove(ANNA, LISTED) == "anna"
        assert code_of(officers.prove, EVE, LISTED) == "officer-unknown"
        assert code_of(officers.prove, ANNA, {"anna": EVE.public}) == "officer-unknown"


class TestHerFile:
    @pytest.fixture
    def kek(self):
        return PassphraseKek(Secret(b"eleven invented lighthouses"), n=1 << 14)

    @pytest.fixture
    def path(self, tmp_path, kek):
        write_officer(tmp_path / "anna.officer", ANNA, kek)
        return tmp_path / "anna.officer"

    def test_gives_her_back_and_shows_nobody_her_key(self, path, kek):
        back = read_officer(path, kek)
        assert (back.name, back.public) == ("anna", ANNA.public)
        check(signature=officers.ask(back, ASKED))
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert ANNA.secret().reveal() not in path.read_bytes()
        assert repr(ANNA) == "<Officer anna>"

    def test_is_never_overwritten(self, path, kek):
        assert code_of(write_officer, path, BEN, kek) == "officer-exists"

    def test_opens_with_its_passphrase_only(self, path):
        other = PassphraseKek(Secret(b"twelve invented lighthouses"), n=1 << 14)
        assert code_of(read_officer, path, other) == "kek-passphrase"

    def test_that_was_altered_in_any_byte_is_refused(self, path, kek):
        content = path.read_bytes()
        for at in range(0, len(content), 7):
            turned = bytearray(content)
            turned[at] ^= 1
            path.write_bytes(bytes(turned))
            assert code_of(read_officer, path, kek) in {"officer-unreadable", "kek-passphrase", "officer-name"}, at

    def test_with_another_name_or_key_on_it_is_refused(self, path, kek):
        content = path.read_bytes()
        for old, new in ((b'"anna"', b'"anne"'), (ANNA.public.encode(), EVE.public.encode())):
            path.write_bytes(content.replace(old, new))
            assert code_of(read_officer, path, kek) == "officer-unreadable"

    @pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff\xfe", b"[" * 100_000, b"null"])
    def test_that_is_none_is_refused(self, path, kek, content):
        path.write_bytes(content)
        assert code_of(read_officer, path, kek) == "officer-unreadable"

    def test_that_others_may_read_is_refused(self, path, kek):
        path.chmod(0o644)
        assert code_of(read_officer, path, kek) == "officer-exposed"
        path.unlink()
        assert code_of(read_officer, path, kek) == "officer-missing"
