"""Which spellings are one person, and what is nobody."""

import hashlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.errors import FieldInvalid, FieldMissing
from proxy.identity.normalize import identifiers_of, identify, worth_keeping
from proxy.people import Cleartext, Kind, account


def subject(text):
    return identify(Cleartext(Kind.SUBJECT, text))


def email(text):
    return identify(Cleartext(Kind.EMAIL, text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Zoë", unicodedata.normalize("NFD", "Zoë")),
        ("uni/4711", "uni_4711"),
        ("uni\\4711", "uni_4711"),
        ("a/b\\c", "a\\b/c"),
    ],
)
def test_these_are_one_person(one, other):
    assert subject(one) == subject(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("zoe", "Zoe"), ("4711", " 4711"), ("4711", "4711 "), ("4711", "04711"), ("ﬁ", "fi"), ("李", "李李"), ("a", "а")],
)
def test_these_are_two_people(one, other):
    assert subject(one) != subject(other)


@pytest.mark.parametrize("text", ["", " ", "\u2003\u00a0"])
def test_nothing_is_nobody(text):
    with pytest.raises(FieldMissing):
        subject(text)


@pytest.mark.parametrize("text", ["a\x00b", "a\nb", "\x7f", "a\x85b", "\ud800", "tab\there"])
def test_control_characters_and_torn_surrogates_are_refused(text):
    with pytest.raises(FieldInvalid, match="control-character"):
        subject(text)


def test_255_characters_are_an_id_and_256_are_not():
    assert subject("é" * 255).parts == ("é" * 255,)
    assert subject(unicodedata.normalize("NFD", "é" * 255)).parts == ("é" * 255,)
    with pytest.raises(FieldInvalid, match="too-long"):
        subject("é" * 256)


@pytest.mark.parametrize("text", ["محمد\u200cبن", "שלום", "a\u200fb", "🧑‍🎓", "o'brien", "<script>", "100%"])
def test_every_printable_id_is_taken_as_it_is(text):
    assert subject(text).parts == (unicodedata.normalize("NFC", text),)


@given(st.text(max_size=40))
def test_normalising_is_stable_or_refuses(text):
    try:
        once = subject(text)
    except (FieldInvalid, FieldMissing):
        return
    assert subject(once.parts[0]) == once
    assert "/" not in once.parts[0]
    assert "\\" not in once.parts[0]


def test_an_address_is_known_by_the_sha1_of_its_mailto_iri():
    digest = hashlib.sha1(b"mailto:Zoe@uni.example", usedforsecurity=False).hexdigest()

    assert email("Zoe@UNI.example").parts == (digest,)
    assert email("MAILTO:Zoe@uni.example") == email("Zoe@uni.Example")
    assert identify(Cleartext(Kind.EMAIL_SHA1, digest.upper())) == email("Zoe@uni.example")
    assert email("zoe@uni.example") != email("Zoe@uni.example")


@pytest.mark.parametrize("text", ["zoe", "@uni.example", "zoe@", "mailto:", "mailto:@"])
def test_what_is_no_address_is_refused(text):
    with pytest.raises(FieldInvalid, match="not-an-address"):
        email(text)


@pytest.mark.parametrize("text", ["abc", "g" * 40, "a" * 41])
def test_what_is_no_sha1_is_refused(text):
    with pytest.raises(FieldInvalid, match="not-a-sha1"):
        identify(Cleartext(Kind.EMAIL_SHA1, text))


def test_an_openid_is_its_uri_and_an_account_its_home_page_and_name():
    decomposed = unicodedata.normalize("NFD", "https://id.example/zoë")
    assert identify(Cleartext(Kind.OPENID, decomposed)) == identify(Cleartext(Kind.OPENID, "https://id.example/zoë"))
    assert identify(Cleartext(Kind.OPENID, "https://id.example/a/b")).parts == ("https://id.example/a/b",)
    assert identify(account("https://lms.example", "s 1/2")).parts == ("https://lms.example", "s 1/2")
    assert identify(account("https://lms.example", "s1")) != identify(account("https://lms.example/", "s1"))
    assert identify(account("https://lms.example", "s1")).kind != identify(Cleartext(Kind.SUBJECT, "s1")).kind
    assert identify(account("https://lms.example", "n" * 255)).parts[1] == "n" * 255


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (Cleartext(Kind.OPENID, "id.example/zoe"), "not-an-iri"),
        (Cleartext(Kind.OPENID, "https://id.example/zoe m"), "not-an-iri"),
        (Cleartext(Kind.OPENID, "https://id.example/\x00"), "control-character"),
        (Cleartext(Kind.OPENID, "https://id.example/" + "z" * 1000), "too-long"),
        (account("lms.example", "s1"), "not-an-iri"),
        (account("https://lms.example", "s\n1"), "control-character"),
        (Cleartext(Kind.ACCOUNT, "s1"), "not-an-iri"),
    ],
)
def test_what_is_no_openid_or_account_is_refused(text, reason):
    with pytest.raises(FieldInvalid, match=reason):
        identify(text)


@pytest.mark.parametrize("text", [account("https://lms.example", " \u2003"), Cleartext(Kind.OPENID, " ")])
def test_blank_openids_and_accounts_are_nobody(text):
    with pytest.raises(FieldMissing):
        identify(text)


def test_what_else_is_said_of_her_is_not_her_identifier():
    """Reindexing takes the identifier from what is known of her: her account is none while her LMS id is."""
    known = (
        account("https://lms.example", "s1"),
        Cleartext(Kind.SUBJECT, "s1"),
        Cleartext(Kind.OPENID, "https://x.y/s1"),
    )
    [one] = identifiers_of(known, "subject")
    assert one == subject("s1")
    assert [one.kind for one in identifiers_of(known, "account")] == ["account"]
    assert identifiers_of(known, "email") == ()


@pytest.mark.parametrize("kind", [Kind.NAME, Kind.GIVEN, Kind.FAMILY, Kind.FREE_TEXT])
def test_a_name_identifies_nobody(kind):
    with pytest.raises(FieldInvalid, match="not-an-identifier"):
        identify(Cleartext(kind, "Zoë"))


def test_blank_names_are_not_kept_and_unwritable_ones_are_refused():
    assert worth_keeping(Cleartext(Kind.NAME, "Zoë\tAnn"))
    assert not worth_keeping(Cleartext(Kind.NAME, " \t"))
    for text, reason in (("\ud800", "unpaired-surrogate"), ("x" * 1001, "too-long")):
        with pytest.raises(FieldInvalid, match=reason):
            worth_keeping(Cleartext(Kind.NAME, text))


def test_an_identifier_does_not_print():
    assert "4711" not in repr(subject("4711"))
    assert "4711" not in str(subject("4711"))
