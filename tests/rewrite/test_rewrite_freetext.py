"""Names in running text are found however they are written there."""

import unicodedata

import pytest

from proxy.people import Cleartext, Kind, account
from proxy.rewrite import contains_identity, replace_identities


def name(value: str) -> Cleartext:
    return Cleartext(Kind.NAME, value)


@pytest.mark.parametrize(
    ("known", "text", "expected"),
    [
        ("Zoë Müller-Østergård", "I am Zoë Müller-Østergård.", "I am X."),
        ("Zoë Müller-Østergård", "I am ZOË  MÜLLER-ØSTERGÅRD.", "I am X."),
        ("Zoë Müller-Østergård", unicodedata.normalize("NFD", "(zoë\n müller-østergård)"), "(X)"),
        (unicodedata.normalize("NFD", "Zoë"), "Zoë!", "X!"),
        ("Zoë Ann", "Zoë\u00a0Ann, Zoë\tAnn", "X, X"),
        ("Zoe", "Ｚｏｅ and z\u200bo\u200be", "X and X"),
        ("O'Brien", "o'brien's", "X's"),
        ("李小龙", "我是李小龙。", "我是X。"),
        ("Strauß", "STRAUSS", "X"),
        ("Fiona", "\ufb01ona", "X"),
        ("דוד כהן", "שלום דוד  כהן!", "שלום X!"),
        ("x" * 200, "a" + "x" * 200, "aX"),
        ("Bo", "Bo, bob, Bo's bo", "X, bob, X's X"),
        ("Ann", "Ann annual", "X Xual"),
        ("Müller-Østergård, Zoë", "Yours, Zoë Müller-Østergård", "Yours, X"),
    ],
)
def test_a_name_is_replaced_in_every_guise(known, text, expected):
    assert replace_identities(text, [(name(known), "X")]) == expected
    assert contains_identity(text, [name(known)])


@pytest.mark.parametrize(
    ("known", "text"),
    [
        ("Zoe", "Zoë"),
        ("Zoe", unicodedata.normalize("NFD", "Zoë")),
        ("Bo", "bob"),
        ("", "anything"),
        ("  ", "a b"),
        ("Zoë", ""),
    ],
)
def test_what_is_not_the_name_stays_and_is_the_same_object(known, text):
    assert replace_identities(text, [(name(known), "X")]) is text
    assert not contains_identity(text, [name(known)])


@pytest.mark.parametrize(
    ("known", "text", "expected"),
    [
        (account("https://lms.example", "zoe.m"), "Zoe.M of https://lms.example", "X of https://lms.example"),
        (Cleartext(Kind.OPENID, "https://id.example/people/zoe.mueller"), "by zoe.mueller", "by X"),
        (
            Cleartext(Kind.OPENID, "https://id.example/people/zoe.mueller"),
            "by https://id.example/people/zoe.mueller",
            "by X",
        ),
        (Cleartext(Kind.OPENID, "https://id.example/people/profile"), "my profile", "my profile"),
        (Cleartext(Kind.EMAIL_SHA1, "AB" * 20), "sum " + "ab" * 20, "sum X"),
    ],
)
def test_of_an_identifier_the_telling_part_is_replaced(known, text, expected):
    assert replace_identities(text, [(known, "X")]) == expected


def test_an_address_is_replaced_with_and_without_mailto():
    pairs = [(Cleartext(Kind.EMAIL, "mailto:zoe.m@uni.example"), "mailto:x@y")]
    text = "Write to Zoe.M@uni.example (mailto:zoe.m@Uni.example)."
    assert replace_identities(text, pairs) == "Write to x@y (mailto:x@y)."


def test_the_longest_name_goes_first():
    pairs = [(name("Ann"), "G"), (name("Brown"), "F"), (name("Ann Brown"), "N")]
    assert replace_identities("Ann Brown, Brown, ann", pairs) == "N, F, G"


def test_replacements_are_not_searched_again():
    assert replace_identities("Ann Bob", [(name("Ann"), "Bob"), (name("Bob"), "Ann")]) == "Bob Ann"


@pytest.mark.parametrize(
    ("known", "text", "expected"),
    [
        (Cleartext(Kind.FAMILY, "Ánh Nguyễn"), "Nguyễn, Thị Ánh", "X, Thị X"),
        (Cleartext(Kind.GIVEN, "ThịÁnh"), "Thị Ánh!", "X!"),
        (Cleartext(Kind.FAMILY, "ÁnhNguyễn"), "Nguyễn, Thị Ánh", "X, Thị X"),
        (Cleartext(Kind.GIVEN, "Mary Ann"), "MaryAnn, mary, an annual", "X, X, an annual"),
        (Cleartext(Kind.SUBJECT, "dept_emp_4711"), r"dept/emp\4711, Dept_Emp_4711", "X, X"),
        (Cleartext(Kind.SUBJECT, "zoe_m"), "zoe/m", "X"),
        (Cleartext(Kind.SUBJECT, "not a name"), "a name is not here", "a name is not here"),
    ],
)
def test_what_a_client_made_of_somebody_is_found_as_people_write_it(known, text, expected):
    assert replace_identities(text, [(known, "X")]) == expected


def test_short_texts_are_not_found_across_blanks():
    text = "Joe Lee"
    assert replace_identities(text, [(Cleartext(Kind.FAMILY, "Ele"), "X")]) is text


def test_the_first_of_two_meanings_of_one_word_counts():
    both = [(Cleartext(Kind.GIVEN, "Madonna"), "G"), (Cleartext(Kind.FAMILY, "Madonna"), "F")]
    assert replace_identities("madonna", both) == "G"
