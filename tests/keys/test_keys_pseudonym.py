"""Pseudonyms: stable, distinct, found again in running text, refused when a letter is wrong."""

import json
import re
import urllib.parse
import xml.sax.saxutils

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys import TOKEN_LENGTH, TURNS, Keyring, KeyringError, KeyState, PseudonymScheme, Purpose
from keys.derive import encode

QUICK = settings(max_examples=80, deadline=None)
words = st.text(st.characters(), max_size=4)
tuples = st.lists(words, max_size=4).map(tuple)
inputs = st.tuples(words, words, tuples.filter(any))
people = st.sampled_from(
    ["Zoë Müller-Østergård", "O'Brien", "李小龙", "Prince", "مريم الزهراء", "abcdefghij" * 20, "\ud800 half a pair"]
)


@pytest.fixture(scope="module")
def scheme(ring):
    return PseudonymScheme(ring)


def token_of(scheme, name="Zoë Müller-Østergård"):
    return scheme.mint("acme", "subject", (name,)).token


@QUICK
@given(one=tuples, other=tuples)
def test_two_tuples_never_give_the_same_input(one, other):
    assert (encode(one) == encode(other)) == (one == other)


@QUICK
@given(one=inputs, other=inputs)
def test_tenant_kind_and_every_part_make_a_difference(scheme, one, other):
    assert (scheme.mint(*one) == scheme.mint(*other)) == (one == other)


@QUICK
@given(one=inputs, cut=st.integers(0, 20))
def test_moving_a_border_between_tenant_kind_and_parts_makes_a_difference(scheme, one, cut):
    tenant, kind, parts = one
    line = tenant + kind + "".join(parts)
    moved = (line[:cut], line[cut:], parts)
    assert (scheme.mint(*one) == scheme.mint(*moved)) == (one == moved)


@QUICK
@given(name=people)
def test_the_text_suits_every_carrier(scheme, name):
    token, key_id = scheme.mint("acme", "subject", (name,))
    assert len(token) == TOKEN_LENGTH == 40
    assert re.fullmatch(r"sv1[0-9a-hjkmnp-tv-z]{37}", token)
    assert urllib.parse.quote(token, safe="") == token
    assert xml.sax.saxutils.quoteattr(token) == f'"{token}"'
    assert token[3:7] == key_id == "k7qx"


@QUICK
@given(name=people, data=st.data())
def test_case_does_not_matter(scheme, name, data):
    token = token_of(scheme, name)
    mixed = "".join(data.draw(st.sampled_from([letter, letter.upper()])) for letter in token)
    assert scheme.valid(mixed)
    assert scheme.key_id_of(mixed) == "k7qx"
    assert scheme.alias(mixed) == scheme.alias(token)
    assert scheme.pattern.fullmatch(mixed.encode())


@QUICK
@given(name=st.text(min_size=1, max_size=20))
def test_every_changed_bit_is_refused_unless_it_is_the_case_of_a_letter(scheme, name):
    token = scheme.mint("acme", "subject", (name,)).token
    for at in range(TOKEN_LENGTH * 8):
        changed = bytearray(token.encode())
        changed[at // 8] ^= 1 << at % 8
        text = changed.decode("latin-1")
        assert scheme.valid(text) == (text.lower() == token)


@QUICK
@given(name=people, at=st.integers(3, 31))
def test_swapped_neighbours_are_noticed(scheme, name, at):
    token = token_of(scheme, name)
    swapped = token[:at] + token[at + 1] + token[at] + token[at + 2 :]
    assert scheme.valid(swapped) == (swapped == token)


AROUND = [
    ("", ""),
    ("APPID|", ""),
    ("", "@pseudonym.invalid"),
    ("mailto:", "@pseudonym.invalid"),
    ("learner_id=", "&x=1"),
    ("APPID%7C", "%40"),
    ("APPID%7c", ""),
    ("APPID%257C", "%2540"),
    ("APPID%25257C", ""),
    ("%C3%A9%20", ""),
    ("https://", ".pseudonym.invalid/"),
    ("/learner/", "/registrations"),
    ("report_", ".pdf"),
    ("é", "é"),
    ("李", "龙"),
    ("line\\n", "\\n"),
    ("bar\\u007c", "\\u007c"),
    ("script\\x7c", ""),
    ("<learner id='", "'/>"),
    ("&#124;", "&amp;"),
    ("sv1 ", " sv1"),
]


@pytest.mark.parametrize(("before", "after"), AROUND)
@pytest.mark.parametrize("spelling", [str.lower, str.upper])
def test_a_pseudonym_is_found_in_running_text(scheme, before, after, spelling):
    token = spelling(token_of(scheme))
    text = f"{before}{token}{after}".encode()
    assert scheme.pattern.findall(text) == [token.encode()]
    assert scheme.pattern.findall(text + b" " + text) == [token.encode()] * 2


@pytest.mark.parametrize(("before", "after"), [("x", ""), ("", "x"), ("0", ""), ("", "9"), ("%41", ""), ("%7", "")])
def test_part_of_a_longer_word_is_no_pseudonym(scheme, before, after):
    assert scheme.pattern.findall(f"{before}{token_of(scheme)}{after}".encode()) == []


@QUICK
@given(before=st.binary(max_size=12), after=st.binary(max_size=12), name=people)
def test_whatever_stands_around_only_the_whole_pseudonym_is_found(scheme, before, after, name):
    token = token_of(scheme, name).encode()
    assert [one for one in scheme.pattern.findall(before + token + after) if scheme.valid(one.decode())] in (
        [],
        [token],
    )
    assert scheme.pattern.findall(before + b"|" + token + b"|" + after) == [token]


def test_several_pseudonyms_in_one_document_are_all_found(scheme):
    tokens = [token_of(scheme, name) for name in ("O'Brien", "李小龙", "Prince")]
    document = json.dumps([{"account": {"name": f"APPID|{token}"}} for token in tokens]).encode()
    assert [found.decode() for found in scheme.pattern.findall(document)] == tokens


@QUICK
@given(name=st.text(min_size=1, max_size=20))
def test_an_alias_is_readable_and_says_nothing_of_the_token(scheme, name):
    token = token_of(scheme, name)
    alias = scheme.alias(token)
    assert re.fullmatch(r"[B-DF-HJKMNP-TV-XZ][B-DF-HJKMNP-TV-XZ2-9]{2}(-[B-DF-HJKMNP-TV-XZ2-9]{3}){2}", alias)
    assert not set(alias) & set("AEIOUYL01")
    assert alias.replace("-", "").lower() not in token
    assert not scheme.valid(alias)


def test_thousands_of_people_have_thousands_of_aliases_and_use_every_letter(scheme):
    tokens = [token_of(scheme, f"learner {number}") for number in range(3000)]
    assert len({scheme.alias(token) for token in tokens}) == 3000
    assert all(len({token[at] for token in tokens}) == 32 for at in range(7, 33))


def test_another_key_gives_other_pseudonyms_and_reads_the_old_ones(scheme, make_key):
    old = token_of(scheme)
    keys = [make_key("k7qx", Purpose.PSEUDONYM, 5, KeyState.DEACTIVATED), make_key("n3w0", Purpose.PSEUDONYM, 50)]
    rotated = PseudonymScheme(Keyring(keys, 2))
    assert token_of(rotated) != old
    assert token_of(rotated)[3:7] == "n3w0"
    assert rotated.key_id_of(old) == "k7qx"
    assert rotated.alias(old) == scheme.alias(old)


def test_nobody_has_no_pseudonym(scheme):
    for parts in ((), ("",), ("", "")):
        with pytest.raises(KeyringError) as refused:
            scheme.mint("acme", "subject", parts)
        assert refused.value.code == "no-input"


def test_without_an_active_key_pseudonyms_are_read_and_none_is_minted(make_key):
    token = (
        PseudonymScheme(Keyring([make_key("k7qx", Purpose.PSEUDONYM, 5)], 1)).mint("acme", "subject", ("zoe",)).token
    )
    scheme = PseudonymScheme(Keyring([make_key("k7qx", Purpose.PSEUDONYM, 5, KeyState.COMPROMISED)], 2))
    assert scheme.valid(token)
    assert scheme.alias(token)
    assert scheme.mints(token, "acme", "subject", ("zoe",))
    with pytest.raises(KeyringError) as refused:
        scheme.mint("acme", "subject", ("zoe",))
    assert refused.value.code == "no-key"


class TestTurns:
    """Who was forgotten and comes back is somebody new."""

    def test_each_turn_gives_another_pseudonym_of_the_same_form(self, scheme):
        tokens = [scheme.mint("acme", "subject", ("zoe",), turn).token for turn in range(TURNS)]
        assert len(set(tokens)) == TURNS
        assert all(scheme.valid(token) for token in tokens)
        assert scheme.mint("acme", "subject", ("zoe",)).token == tokens[0]

    def test_a_pseudonym_is_known_as_hers_in_every_turn_and_as_nobody_elses(self, scheme):
        for turn in range(TURNS):
            token = scheme.mint("acme", "subject", ("zoe",), turn).token
            assert scheme.mints(token, "acme", "subject", ("zoe",))
            assert scheme.mints(token.upper(), "acme", "subject", ("zoe",))
            assert not scheme.mints(token, "acme", "subject", ("o'brien",))
            assert not scheme.mints(token, "acme", "email", ("zoe",))
            assert not scheme.mints(token, "other", "subject", ("zoe",))
        assert not scheme.mints(scheme.mint("acme", "subject", ("zoe",), TURNS).token, "acme", "subject", ("zoe",))

    def test_of_a_key_that_is_gone_nothing_can_be_told(self, scheme, make_key):
        token = PseudonymScheme(Keyring([make_key("g0ne", Purpose.PSEUDONYM, 9)], 1)).mint("acme", "subject", ("zoe",))
        assert not scheme.mints(token.token, "acme", "subject", ("zoe",))
