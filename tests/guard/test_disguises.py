"""Whatever a person is dressed up as, the guard knows her."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from proxy.guard import Hit, Watch, inspect
from proxy.people import Cleartext, Kind
from tests.guard.disguises import DISGUISES, NAME_SHAPES, PEOPLE, SINGLE_BYTE, WHOLE_DISGUISES

WHOLE_PIECE_ONLY = {"deflate"}  # a raw deflate stream has no magic number; only a whole piece is opened as one


def watch_for(text: str) -> Watch:
    kind = Kind.SUBJECT if "@" in text or "/" in text else Kind.NAME
    return Watch([Cleartext(kind, text)])


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("disguise", DISGUISES)
def test_each_disguise_of_each_person_is_seen(disguise: str, person: str) -> None:
    text = PEOPLE[person]
    hidden = DISGUISES[disguise](text)
    assert inspect([("body", hidden)], watch_for(text))


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("disguise", WHOLE_DISGUISES)
def test_a_whole_piece_in_a_disguise_of_its_own_is_seen(disguise: str, person: str) -> None:
    text = PEOPLE[person]
    assert inspect([("body", WHOLE_DISGUISES[disguise](text))], watch_for(text))


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("disguise", [name for name in DISGUISES if name not in WHOLE_PIECE_ONLY])
def test_a_disguise_is_seen_in_the_middle_of_a_message(disguise: str, person: str) -> None:
    text = PEOPLE[person]
    hidden = b'{"a": 1, "b": "' + DISGUISES[disguise](text) + b'", "c": [true, 12]}'
    assert inspect([("body", hidden)], watch_for(text))


@pytest.mark.parametrize("person", ["double surname", "apostrophe", "one word"])
@pytest.mark.parametrize("disguise", SINGLE_BYTE)
def test_western_single_byte_spellings_are_seen(disguise: str, person: str) -> None:
    text = PEOPLE[person]
    assert inspect([("body", b"name=" + SINGLE_BYTE[disguise](text) + b"&x=1")], watch_for(text))


@pytest.mark.parametrize("names", [("Zoë", "Müller-Østergård"), ("Ann", "Lee"), ("小龙", "李"), ("Siân", "O'Brien")])
@pytest.mark.parametrize("shape", NAME_SHAPES)
def test_names_are_seen_in_every_order_and_with_every_separator(shape: str, names: tuple[str, str]) -> None:
    watch = Watch([Cleartext(Kind.GIVEN, names[0]), Cleartext(Kind.FAMILY, names[1])])
    text = NAME_SHAPES[shape](*names)
    assert inspect([("body", f"xx {text} yy".encode())], watch)
    assert inspect([("request-line", f"GET /a?n={text}&b=1 HTTP/1.1".encode())], watch)


@pytest.mark.parametrize("spelling", ["emp/4711", "emp_4711", "emp%2F4711", "EMP-4711", "emp\\4711"])
def test_an_identifier_with_a_slash_is_seen_in_every_spelling_of_the_slash(spelling: str) -> None:
    watch = Watch([Cleartext(Kind.SUBJECT, "emp/4711")])
    assert inspect([("request-line", f"GET /a?id={spelling}&x=1 HTTP/1.1".encode())], watch)


@pytest.mark.parametrize("transliterated", ["Mueller-Oestergaard", "Muller-Ostergard", "MUELLER OESTERGAARD"])
def test_germanic_letters_are_seen_without_their_dots_and_rings(transliterated: str) -> None:
    watch = Watch([Cleartext(Kind.FAMILY, "Müller-Östergård")])
    assert inspect([("body", transliterated.encode())], watch)


def test_the_hash_of_a_mailto_address_is_seen() -> None:
    watch = Watch([Cleartext(Kind.EMAIL, "Zoe.M@example.org")])
    assert not inspect([("body", DISGUISES["sha1 upper"]("somebody@example.org"))], watch)
    for form in ("mailto:Zoe.M@example.org", "mailto:zoe.m@example.org", "zoe.m@example.org"):
        assert inspect([("body", DISGUISES["sha1 upper"](form))], watch)


def test_a_hit_says_where_and_how_but_not_what() -> None:
    watch = Watch([Cleartext(Kind.NAME, "Zoë Müller"), Cleartext(Kind.SUBJECT, "u-20931")])
    pieces = [
        ("request-line", b"GET /a?x=1 HTTP/1.1"),
        ("header cookie", b"who=Zo%C3%AB%20M%C3%BCller"),
        ("body", DISGUISES["base64 gzip"]("u-20931")),
    ]
    hits = inspect(pieces, watch)
    assert Hit(Kind.NAME, "percent", "header cookie") in hits
    assert Hit(Kind.SUBJECT, "base64>gzip", "body") in hits
    assert all(hit.piece != "request-line" for hit in hits)
    assert "ller" not in repr(hits)
    assert "20931" not in repr(hits)


@pytest.mark.parametrize("kind", [Kind.ACCOUNT, Kind.OPENID, Kind.EMAIL_SHA1, Kind.EMAIL, Kind.SUBJECT])
def test_every_kind_of_identifier_is_watched(kind: Kind) -> None:
    text = "https://id.example.org/people/zoe-m"
    hits = inspect([("body", f'{{"x": "{text}"}}'.encode())], Watch([Cleartext(kind, text)]))
    assert hits == (Hit(kind, "plain", "body"),)


WRAPPERS = sorted(
    name
    for name in DISGUISES
    if name.startswith(("percent", "json", "html", "base64", "hex", "gzip", "zlib", "quoted"))
)
TEXT_TO_TEXT = [name for name in WRAPPERS if not name.startswith(("gzip", "zlib"))]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(TEXT_TO_TEXT), st.sampled_from(WRAPPERS))
def test_disguises_within_disguises_are_seen(inner: str, outer: str) -> None:
    assume(not (inner.startswith("base64") and outer == "percent lower"))  # lower-case base64 says something else
    text = PEOPLE["double surname"]
    hidden = DISGUISES[outer](DISGUISES[inner](text).decode())
    assert inspect([("body", b'{"data": "' + hidden + b'"}')], watch_for(text))


@pytest.mark.parametrize("written", ["Nguyễn", "nguyen", "Nguy%E1%BB%85n"])
def test_a_name_that_a_client_sent_without_blanks_is_seen_word_by_word(written: str) -> None:
    """The first dispatch clients strip all blanks; the learner and the course know the words."""
    watch = Watch([Cleartext(Kind.FAMILY, "ÁnhNguyễn")])
    assert inspect([("body", f"state={written}&page=2".encode())], watch)
    assert not inspect([("body", b"state=ok&page=2")], watch)
