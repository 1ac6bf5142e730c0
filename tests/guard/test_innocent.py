"""What is no identity passes: random tokens, pseudonyms, other people, ordinary words. And what is not searched."""

import base64
import random
import string
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.guard import Watch, inspect
from proxy.people import Cleartext, Kind
from tests.guard.disguises import PEOPLE

EVERYONE = [Cleartext(Kind.SUBJECT if "@" in text or "/" in text else Kind.NAME, text) for text in PEOPLE.values()]
SHORT = [
    Cleartext(Kind.GIVEN, "Ann"),
    Cleartext(Kind.FAMILY, "Lee"),
    Cleartext(Kind.GIVEN, "Abba"),
    Cleartext(Kind.FAMILY, "Beck"),
    Cleartext(Kind.SUBJECT, "1234567"),
    Cleartext(Kind.ACCOUNT, "4711"),
    Cleartext(Kind.ACCOUNT, "jdoe"),
    Cleartext(Kind.EMAIL, "a@b.c"),
]
BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"


def token(chance: random.Random) -> str:
    """One of the tokens that outward messages are full of."""
    length = chance.randrange(8, 65)
    return chance.choice(
        [
            lambda: "sv1" + "".join(chance.choices(BASE32, k=36)),
            lambda: chance.randbytes(length).hex(),
            lambda: base64.b64encode(chance.randbytes(length)).decode(),
            lambda: base64.urlsafe_b64encode(chance.randbytes(length)).decode(),
            lambda: str(uuid.UUID(bytes=chance.randbytes(16))),
            lambda: "".join(chance.choices(string.ascii_letters + string.digits, k=length)),
            lambda: str(chance.randrange(10**9, 10**14)),
            lambda: f"{chance.random():.15f}",
        ]
    )()


def test_random_tokens_are_no_hits() -> None:
    """20,000 tokens (0.8 MB) against 17 identities, the short ones included: a rate below 1 in 20,000."""
    chance = random.Random(20260)
    watch = Watch([*EVERYONE, *SHORT])
    hits = []
    for _ in range(200):
        tokens = [token(chance) for _ in range(100)]
        hits += inspect([("body", "&".join(f"k={text}" for text in tokens).encode())], watch)
    assert hits == []


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=3000))
def test_random_bytes_are_no_hits(data: bytes) -> None:
    watch = Watch([Cleartext(Kind.NAME, "Zoë Müller-Østergård"), Cleartext(Kind.SUBJECT, "zoe.m@example.org")])
    assert inspect([("body", data)], watch) == ()


@pytest.mark.parametrize(
    ("known", "innocent"),
    [
        (Cleartext(Kind.GIVEN, "Ann"), b'{"text": "an annual plan, ann. report; Ann said"}'),
        (Cleartext(Kind.GIVEN, "Anna"), b'{"text": "Hanna sang hosanna in annals"}'),
        (Cleartext(Kind.FAMILY, "Porter"), b'{"text": "the reporter imported porters"}'),
        (Cleartext(Kind.FAMILY, "Page"), b"GET /player/page/3?page=page HTTP/1.1"),
        (Cleartext(Kind.SUBJECT, "1234567"), b"t=12345678&u=x1234567&v=0.1234567&w=2024-1234567-1"),
        (Cleartext(Kind.SUBJECT, "2024"), b'{"at": "2024-05-01T10:20:24.2024Z", "n": 12024}'),
        (Cleartext(Kind.SUBJECT, "42"), b'{"answer": 42, "b": "42"}'),
        (Cleartext(Kind.SUBJECT, "421"), b'{"text": "page 421 of 800"}'),
        (Cleartext(Kind.SUBJECT, "user12345"), b'{"id": "user123456"}'),
        (Cleartext(Kind.FREE_TEXT, "hello world again"), b"hello world again"),
        (Cleartext(Kind.REGISTRATION, "7c1e9b7e-1111-4222-8333-123456789012"), b"7c1e9b7e-1111-4222-8333-123456789012"),
    ],
)
def test_what_only_looks_alike_passes(known: Cleartext, innocent: bytes) -> None:
    assert inspect([("body", innocent)], Watch([known])) == ()


@pytest.mark.parametrize(
    ("known", "guilty"),
    [
        (Cleartext(Kind.GIVEN, "Ann"), b'{"given": "Ann", "n": 1}'),
        (Cleartext(Kind.GIVEN, "Ann"), b"x=1&given=ann"),
        (Cleartext(Kind.GIVEN, "Bo"), b"Student_Name = Bo\r\nLesson = 1"),
        (Cleartext(Kind.GIVEN, "Anna"), b"so said Anna, twice"),
        (Cleartext(Kind.FAMILY, "Porter"), b"login=porter42"),
        (Cleartext(Kind.NAME, "Will Page"), b"comment=Page, Will was here"),
        (Cleartext(Kind.SUBJECT, "1234567"), b'{"id":1234567}'),
        (Cleartext(Kind.SUBJECT, "1234567"), b"/learners/1234567/state"),
        (Cleartext(Kind.SUBJECT, "421"), b"id=421&x=1"),
        (Cleartext(Kind.GIVEN, "小龙"), "我是小龙。".encode()),
        (Cleartext(Kind.FAMILY, "Østergård"), b"Ms.Ostergard-Smith"),
    ],
)
def test_short_and_numeric_identities_are_seen_where_they_stand_alone(known: Cleartext, guilty: bytes) -> None:
    assert inspect([("body", guilty)], Watch([known]))


def test_a_shorter_minimum_makes_the_guard_stricter() -> None:
    text = b'{"text": "so said Zoe, twice"}'
    known = [Cleartext(Kind.GIVEN, "Zoë")]
    assert inspect([("body", text)], Watch(known)) == ()
    assert inspect([("body", text)], Watch(known, min_chars=3))


def test_the_hash_of_a_short_identifier_is_seen_although_it_is_not_searched_itself() -> None:
    sha1_of_42 = b"92cfceb39d57d914ed8b14d0e37643de0797ae56"
    assert inspect([("body", sha1_of_42)], Watch([Cleartext(Kind.SUBJECT, "42")]))


def test_nobody_to_watch_means_nothing_to_find() -> None:
    assert inspect([("body", b"Zo\xc3\xab")], Watch([])) == ()
    assert inspect([], Watch([Cleartext(Kind.NAME, "Madonna")])) == ()


def test_two_pieces_do_not_make_one_name() -> None:
    watch = Watch([Cleartext(Kind.NAME, "Adelheid Bernhardine")])
    assert inspect([("header a", b"Adelheid"), ("header b", b"bernhard")], Watch([])) == ()
    hits = inspect([("header a", b"xAdel"), ("header b", b"heidBernhardinex")], watch)
    assert {hit.piece for hit in hits} <= {"header b"}


def test_a_watch_prints_nothing_and_is_not_pickled() -> None:
    watch = Watch([Cleartext(Kind.NAME, "Madonna")])
    assert "adonna" not in repr(watch)
    with pytest.raises(TypeError):
        watch.__reduce__()
