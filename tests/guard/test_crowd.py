"""Among everybody the guard knows each one in every disguise, and takes nobody's course title for a person."""

import random
from collections.abc import Iterable

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from proxy.guard import Crowd, Hit, Throng, inspect, traces_of
from proxy.guard.traces import COMMON
from proxy.people import Cleartext, Kind, account
from tests.guard.disguises import DISGUISES, NAME_SHAPES, PEOPLE, SINGLE_BYTE
from tests.guard.test_innocent import token

WHOLE_PIECE_ONLY = {"deflate"}
NOT_AMONG_EVERYBODY = {
    ("sha256 raw", None),
    ("base64 utf-16", "chinese"),
    ("base64 utf-16-be", "chinese"),
    ("utf-32", "chinese"),
    ("utf-32-be", "chinese"),
    ("utf-32", "right to left"),
    ("utf-32-be", "right to left"),
}
"""What the guard finds of one person, but not of everybody (docs/guard.md says why)."""
NAMED = [person for person in PEOPLE if person != "one word"]


def crowd_of(*people: Iterable[Cleartext]) -> Throng:
    """Everybody of `people`, in crowds of one and of the rest, as they come and as they are merged."""
    prepared = [(number, traces_of(texts)) for number, texts in enumerate(people)]
    alive = frozenset(range(len(people))).__contains__
    merged = Crowd((), alive, [Crowd([one], alive) for one in prepared[1:]])
    return Throng([merged, Crowd(prepared[:1], alive)])


def text_of(person: str) -> list[Cleartext]:
    text = PEOPLE[person]
    return [Cleartext(Kind.SUBJECT if "@" in text or "/" in text else Kind.NAME, text)]


@pytest.fixture(scope="module")
def everybody() -> Throng:
    return crowd_of(*(text_of(person) for person in PEOPLE))


@pytest.mark.parametrize("person", NAMED)
@pytest.mark.parametrize("disguise", DISGUISES)
def test_each_disguise_of_each_person_is_seen(disguise: str, person: str, everybody: Throng) -> None:
    hidden = DISGUISES[disguise](PEOPLE[person])
    found = inspect([("body", hidden)], everybody)
    if not {(disguise, person), (disguise, None)} & NOT_AMONG_EVERYBODY:
        assert found
    within = inspect([("body", b'{"a": 1, "b": "' + hidden + b'", "c": [true, 12]}')], everybody)
    if not {(disguise, person), (disguise, None)} & NOT_AMONG_EVERYBODY and disguise not in WHOLE_PIECE_ONLY:
        assert within


@pytest.mark.parametrize("person", ["double surname", "apostrophe"])
@pytest.mark.parametrize("disguise", SINGLE_BYTE)
def test_western_single_byte_spellings_are_seen(disguise: str, person: str, everybody: Throng) -> None:
    assert inspect([("body", b"name=" + SINGLE_BYTE[disguise](PEOPLE[person]) + b"&x=1")], everybody)


@pytest.mark.parametrize("names", [("Zoë", "Müller-Østergård"), ("Ann", "Lee"), ("小龙", "李"), ("Siân", "O'Brien")])
@pytest.mark.parametrize("shape", NAME_SHAPES)
def test_full_names_are_seen_in_every_order_and_with_every_separator(shape: str, names: tuple[str, str]) -> None:
    crowd = crowd_of([Cleartext(Kind.GIVEN, names[0]), Cleartext(Kind.FAMILY, names[1])])
    text = NAME_SHAPES[shape](*names)
    glued = names == ("Ann", "Lee") and shape in {"firstlast", "lastfirst"}
    for piece in (f"xx {text} yy".encode(), f"GET /a?n={text}&b=1 HTTP/1.1".encode()):
        assert bool(inspect([("body", piece)], crowd)) is not glued


JDOE = [Cleartext(Kind.SUBJECT, "jd42"), Cleartext(Kind.EMAIL, "mailto:J.Doe@uni.example")]


@pytest.mark.parametrize(
    ("known", "guilty"),
    [
        (JDOE, b"/learners/jd42/x"),
        (JDOE, b'{"id": "jd42", "n": 1}'),
        (JDOE, b"it was JD42."),
        (JDOE, b"j.doe@uni.example"),
        (JDOE, b"j.doe%40uni.example"),
        ([Cleartext(Kind.SUBJECT, "emp/4711")], b"GET /a?id=emp_4711 HTTP/1.1"),
        ([Cleartext(Kind.SUBJECT, "emp/4711")], b"GET /a?id=emp%2F4711 HTTP/1.1"),
        ([Cleartext(Kind.SUBJECT, "1234567")], b'{"id":1234567}'),
        ([Cleartext(Kind.SUBJECT, "anna.schmidt")], b"registration-anna.schmidt-7"),
        ([Cleartext(Kind.SUBJECT, "annaschmidt")], b"GET /registrations/annaschmidt HTTP/1.1"),
        ([Cleartext(Kind.SUBJECT, "annaschmidt")], b'{"tags": ["annaschmidt"]}'),
        ([Cleartext(Kind.SUBJECT, "bartholomew-annaschmidt")], b"of Bartholomew Annaschmidt and others"),
        ([Cleartext(Kind.NAME, "Will Page")], b"Page, Will was here"),
        ([Cleartext(Kind.NAME, "O'Neill, Ciarán")], "Welcome Ciarán O\u2019Neill!".encode()),
        ([Cleartext(Kind.NAME, "Anna Maria van der Berg")], b"course of Anna Berg"),
        ([account("https://hr.example.org/staff", "teller-90210")], b'{"who": "teller-90210"}'),
        ([account("https://hr.example.org/staff", "teller-90210")], b"a=b&id=Teller_90210"),
        ([Cleartext(Kind.OPENID, "https://id.example.org/people/zoe-m")], b'"https://id.example.org/people/zoe-m"'),
        ([Cleartext(Kind.OPENID, "https://id.example.org/people/anna.schmidt/")], b"of anna.schmidt today"),
        ([Cleartext(Kind.OPENID, "https://id.example.org/s4711042")], b"of s4711042 today"),
    ],
)
def test_what_tells_of_one_of_them_is_seen(known: list[Cleartext], guilty: bytes) -> None:
    innocent = [Cleartext(Kind.SUBJECT, "somebody-else-4")]
    if known[0].reveal() == "Will Page":  # both are words of the protocols
        assert not inspect([("body", guilty)], crowd_of(innocent, known))
    else:
        assert inspect([("body", guilty)], crowd_of(innocent, known))


TITLES = """
Christian ethics in practice|Will young people learn?|The rose mark: an introduction|Excel for sales and marketing
Safety training 2024|Data protection for teachers|Anna Karenina and other novels|Madonna in art|How you long to be
He can read|Paris Martin Luther King Boulevard|Rosa Luxemburg|An do in Asia|Max. well-being at work|Dangerous goods
The reporter imported porters|Ms. Excel (level 2)|Word and Excel/PowerPoint|Grant writing|Summer school|Mark your page
Hanna Schmidtbauer reads|Jo Anna Bachmann|Le Monde, lu par tous|To do lists|Security|Training 101|Ben Efits of reading
Test Student|Demo User|Admin User|Guest account|Student 4711|Course 12345|Alexander the Great|Sales|bo li
""".replace("\n", "|").strip("|")
NEIGHBOURS = [
    [Cleartext(Kind.SUBJECT, "christian"), Cleartext(Kind.NAME, "Christian Ethik")],
    [Cleartext(Kind.SUBJECT, "student"), Cleartext(Kind.NAME, "Will Young")],
    [Cleartext(Kind.SUBJECT, "admin"), Cleartext(Kind.NAME, "Admin User")],
    [Cleartext(Kind.SUBJECT, "anna"), Cleartext(Kind.NAME, "Anna Bach")],
    [Cleartext(Kind.SUBJECT, "excel1"), Cleartext(Kind.NAME, "Rose Mark")],
    [Cleartext(Kind.SUBJECT, "12345"), Cleartext(Kind.NAME, "You Long"), Cleartext(Kind.GIVEN, "He")],
    [Cleartext(Kind.SUBJECT, "4711"), Cleartext(Kind.GIVEN, "Dan"), Cleartext(Kind.FAMILY, "Gerous")],
    [Cleartext(Kind.SUBJECT, "2024"), Cleartext(Kind.GIVEN, "An"), Cleartext(Kind.FAMILY, "Do")],
    [Cleartext(Kind.SUBJECT, "max.well"), Cleartext(Kind.NAME, "Madonna")],
    [Cleartext(Kind.SUBJECT, "security-guard"), Cleartext(Kind.NAME, "Anna Schmidt")],
    [Cleartext(Kind.SUBJECT, "test"), Cleartext(Kind.NAME, "Test Student")],
    [Cleartext(Kind.SUBJECT, "marc"), Cleartext(Kind.NAME, "Le Lu"), Cleartext(Kind.EMAIL, "a@b.c")],
    [Cleartext(Kind.SUBJECT, "emp/1"), Cleartext(Kind.GIVEN, "Ben"), Cleartext(Kind.FAMILY, "Efi")],
    [Cleartext(Kind.SUBJECT, "r1"), Cleartext(Kind.REGISTRATION, "7c1e9b7e-1111-4222-8333-123456789012")],
]


@pytest.mark.parametrize("title", TITLES.split("|"))
def test_a_title_is_no_person_although_people_are_called_alike(title: str) -> None:
    body = '{"title": "%s", "tags": ["%s", "a, b, c"], "registrationId": "7c1e9b7e-1111-4222-8333-123456789012"}'
    hits = inspect([("body", (body % (title, "2024")).encode())], crowd_of(*NEIGHBOURS))
    assert hits == ()


@pytest.mark.parametrize(
    ("known", "innocent"),
    [
        (Cleartext(Kind.SUBJECT, "1234567"), b"t=12345678&u=x1234567&v=0.1234567&w=2024-1234567-1"),
        (Cleartext(Kind.SUBJECT, "60000"), b'{"timeout": 60000, "year": "60000"}'),
        (Cleartext(Kind.SUBJECT, "user12345"), b'{"id": "user123456"}'),
        (Cleartext(Kind.EMAIL, "ann@uni.example"), b'{"staff": "joann@uni.example"}'),
        (Cleartext(Kind.NAME, "Anna Bach"), b"hanna bachmann"),
        (Cleartext(Kind.NAME, "Anna Bach"), b"anna      and      bach"),
        (Cleartext(Kind.SUBJECT, "b204"), b"7c1e9b7e-1111-b204-8333-123456789012"),
        (Cleartext(Kind.SUBJECT, "jd42"), b'{"j": "d42", "jd": 42}'),
        (Cleartext(Kind.SUBJECT, "mark.down"), b"mark down the price, in markdown"),
        (Cleartext(Kind.GIVEN, "Anna"), b'{"given": "Anna"}'),
        (account("https://hr.example.org/staff-4711", "teller-90210"), b"https://hr.example.org/staff-4711/x"),
        (Cleartext(Kind.OPENID, "https://id.example.org/4711/profile"), b"GET /agents/profile?a=b HTTP/1.1"),
        (Cleartext(Kind.OPENID, "https://id.example.org/4711/public-profile"), b"a public profile"),
    ],
)
def test_what_only_looks_alike_passes(known: Cleartext, innocent: bytes) -> None:
    assert inspect([("body", innocent)], crowd_of([known], [Cleartext(Kind.SUBJECT, "other-4")])) == ()


def test_random_tokens_are_no_hits() -> None:
    """8,000 tokens against 1,000 people with ids and names of every length."""
    chance = random.Random(20262)
    crowd = crowd_of(
        *(
            [
                Cleartext(Kind.SUBJECT, "".join(chance.choices("abcdefgh0123456789", k=chance.randrange(4, 12)))),
                Cleartext(Kind.NAME, f"Zo{chance.choice('aeiou')} B{'ach' * chance.randrange(1, 3)}{number}"),
            ]
            for number in range(1000)
        )
    )
    hits: list[Hit] = []
    for _ in range(80):
        tokens = [token(chance) for _ in range(100)]
        hits += inspect([("body", "&".join(f"k={text}" for text in tokens).encode())], crowd)
    assert hits == []


def test_who_is_gone_is_out_at_once_and_stays_out_when_crowds_are_merged() -> None:
    alive = {1, 2}
    first = Crowd([(1, traces_of([Cleartext(Kind.SUBJECT, "zoe-4711")]))], alive.__contains__)
    both = Crowd([(2, traces_of([Cleartext(Kind.SUBJECT, "bob-4711")]))], alive.__contains__, [first])
    pieces = [("body", b"zoe-4711"), ("header x", b"bob-4711")]
    assert {hit.piece for hit in inspect(pieces, Throng([both]))} == {"body", "header x"}
    alive.remove(1)
    assert {hit.piece for hit in inspect(pieces, Throng([both]))} == {"header x"}
    rest = Crowd((), alive.__contains__, [both])
    assert rest.people == 1
    alive.add(1)  # she was let go when the crowds were merged
    assert {hit.piece for hit in inspect(pieces, Throng([rest]))} == {"header x"}
    for hidden in (DISGUISES["md5"], DISGUISES["sha256 base64url"]):
        assert inspect([("body", hidden("bob-4711"))], Throng([rest]))
        assert not inspect([("body", hidden("zoe-4711"))], Throng([rest]))


def test_nobody_in_the_crowd_means_nothing_to_find() -> None:
    assert inspect([("body", b"anything")], Throng([])) == ()


def test_a_crowd_prints_nothing_and_is_not_pickled() -> None:
    crowd = Crowd([(1, traces_of([Cleartext(Kind.SUBJECT, "zoe-4711")]))], lambda _: True)
    assert repr(crowd) == "<Crowd of 1>"
    with pytest.raises(TypeError):
        crowd.__reduce__()


WRAPPERS = sorted(name for name in DISGUISES if name.startswith(("percent", "json", "html", "base64", "hex", "gzip")))
NAMES = st.text(st.characters(categories=["Lu", "Ll"], max_codepoint=0xFF), min_size=4, max_size=12)


@settings(max_examples=150, deadline=None)
@given(NAMES, NAMES, st.sampled_from(WRAPPERS), st.integers(0, 9))
def test_whoever_she_is_her_full_name_and_her_address_are_seen(given: str, family: str, wrap: str, place: int) -> None:
    """Whatever other people stand before and behind her, and in whatever part of the crowd she is."""
    assume({given.casefold(), family.casefold()} - COMMON)
    others = [[Cleartext(Kind.SUBJECT, f"other-{number}"), Cleartext(Kind.NAME, "Bob Baker")] for number in range(9)]
    others.insert(place, [Cleartext(Kind.NAME, f"{given} {family}"), Cleartext(Kind.EMAIL, "x.y7@uni.example")])
    crowd = crowd_of(*others)
    for text in (f"{given} {family}", f"{family}, {given}", "X.Y7@uni.example"):
        assert inspect([("body", b'{"data": "' + DISGUISES[wrap](text) + b'"}')], crowd)


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(), max_size=40), st.sampled_from(list(Kind)), st.binary(max_size=60))
def test_any_identity_can_be_in_a_crowd(text: str, kind: Kind, data: bytes) -> None:
    crowd = crowd_of([Cleartext(kind, text)], [Cleartext(Kind.NAME, "Bob Baker")])
    assert isinstance(inspect([("body", data)], crowd), tuple)
