"""What stands outward for names and addresses."""

import pytest
from identity_house import CONTEXT, PEOPLE, sighting

from keys import hex_form
from proxy.identity.aliases import outward_text
from proxy.people import Cleartext, Kind, Person, Pseudonym

TOKEN = "sv1abcd" + "e" * 33
ALIAS = "K7Q-XM2-P4R"


def person(*texts):
    return Person(Pseudonym(TOKEN, "abcd"), texts)


def outward(kind, text="", *, known=()):
    source = Cleartext(kind, text) if text else None
    return outward_text(person(*known), kind, ALIAS, source)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (Kind.SUBJECT, "4711", TOKEN),
        (Kind.ACCOUNT, "zoe", TOKEN),
        (Kind.FREE_TEXT, "Zoë said", TOKEN),
        (Kind.GIVEN, "Zoë", "Learner"),
        (Kind.FAMILY, "Müller-Østergård", ALIAS),
        (Kind.NAME, "Müller-Østergård, Zoë", f"{ALIAS}, Learner"),
        (Kind.NAME, "Zoë Müller-Østergård", f"Learner {ALIAS}"),
        (Kind.NAME, "李小龙", f"Learner {ALIAS}"),
        (Kind.NAME, "", f"{ALIAS}, Learner"),
        (Kind.EMAIL, "zoe@uni.example", f"{TOKEN}@pseudonym.invalid"),
        (Kind.EMAIL, "", f"{TOKEN}@pseudonym.invalid"),
        (Kind.EMAIL, "MailTo:zoe@uni.example", f"mailto:{TOKEN}@pseudonym.invalid"),
        (Kind.EMAIL_SHA1, "a" * 40, hex_form(TOKEN)),
        (Kind.OPENID, "https://zoe.example/", f"https://pseudonym.invalid/{TOKEN}"),
        (Kind.URL, "https://zoe.example/me", f"https://pseudonym.invalid/{TOKEN}"),
    ],
)
def test_each_kind_has_its_form(kind, text, expected):
    assert outward(kind, text) == expected


def test_without_a_source_the_newest_name_gives_the_order():
    known = (Cleartext(Kind.NAME, "Zoë Müller"), Cleartext(Kind.NAME, "Müller, Zoë"))

    assert outward(Kind.NAME, known=known) == f"Learner {ALIAS}"
    assert outward(Kind.NAME, "Müller, Zoë", known=known) == f"{ALIAS}, Learner"


@pytest.mark.parametrize("kind", [Kind.REGISTRATION, Kind.TAG])
def test_what_the_lms_named_itself_becomes_a_pseudonym(kind):
    assert outward(kind, "ada@example.org, course 7") == TOKEN


async def test_nothing_of_a_person_shows_in_what_stands_for_her(service):
    for subject, given_name, family in PEOPLE:
        [known] = await service.pseudonymize([sighting(subject, given_name, family)], CONTEXT)
        for kind in (Kind.SUBJECT, Kind.GIVEN, Kind.FAMILY, Kind.NAME, Kind.EMAIL):
            text = service.texts_for(known, kind)
            assert text
            assert not any(len(part) > 1 and part.lower() in text.lower() for part in (subject, given_name, family))


async def test_equal_first_names_are_equal_to_everybodys_and_family_names_differ_from_person_to_person(service):
    one, other = await service.pseudonymize([sighting("1", "Zoë", "Müller"), sighting("2", "Zoë", "Müller")], CONTEXT)

    assert service.texts_for(one, Kind.GIVEN) == service.texts_for(other, Kind.GIVEN) == "Learner"
    assert service.texts_for(one, Kind.FAMILY) != service.texts_for(other, Kind.FAMILY)
