"""Finding people by hand: by what they are known by, by name, by an address of theirs; recorded, and never shown."""

import asyncio
import json

import pytest

from proxy.disclosure import Grant
from proxy.identity import Context, Sighting
from proxy.people import Cleartext, Kind
from tests.cli.kit import PEOPLE, Stdin, service
from tests.cli.test_disclosure import BY, enlisted, office

__all__ = ["enlisted", "office"]

FIND = ("people", "find", "--tenant", "uni", "--case", "case-1", "--json")
SAID = {
    "zoe-7": ((Kind.GIVEN, "Zoë"), (Kind.FAMILY, "Müller-Østergård"), (Kind.EMAIL, "Zoe@UNI.example")),
    "brien-7": ((Kind.NAME, "O'Brien, Seán"), (Kind.EMAIL, "mailto:sean@uni.example")),
    "rtl-7": ((Kind.NAME, "محمد بن علي"),),
    "odd-7": ((Kind.NAME, "Odd"), (Kind.EMAIL, "no address")),
    "li-7": ((Kind.NAME, "李小龙"),),
    "evil-7": ((Kind.NAME, "Eve\u202e\u2066 [31m"),),
}


async def _launch(house):
    async with house.opened() as stores:
        await stores.keystore.belongs_to((await stores.mapping.pulse()).lineage, opens=True)
        names = service(stores, house.ring(), house.clock)
        context = Context(tenant="uni", mount="m", route="r", exchange="x", actor="browser")
        sightings = [
            Sighting(Cleartext(Kind.SUBJECT, who), tuple(Cleartext(kind, text) for kind, text in texts))
            for who, texts in SAID.items()
        ]
        people = await names.pseudonymize(sightings, context)
        return {who: person.pseudonym.token for who, person in zip(SAID, people, strict=True)}


@pytest.fixture
def known(full):
    return asyncio.run(_launch(full))


def found(house, *words, stdin="", code=0):
    said = house.run(*FIND, *words, stdin=stdin)
    assert said.code == code, said
    assert not stdin.strip() or stdin.strip() not in said.out + said.err
    return [one["pseudonyms"][-1]["pseudonym"] for one in json.loads(said.out)]


def looked(house):
    return [
        (one.actor, one.tenant, one.pseudonym, one.reason, one.count)
        for one in house.events()
        if one.event == "disclosed"
    ]


def test_by_identifier_it_says_everything_but_who_she_is(full):
    said = full.done(*FIND, stdin=PEOPLE[0] + "\n")
    assert PEOPLE[0] not in said.out + said.err
    [one] = json.loads(said.out)
    assert [row["pseudonym"] for row in one["pseudonyms"]] == [full.tokens[0]]
    assert one["pseudonyms"][0] == one["pseudonyms"][0] | {"state": "current", "key": full.key("pseudonym")}
    assert (one["tenant"], one["known_by"], one["registrations"], one["restricted"]) == ("uni", "subject", 0, None)
    assert one["since"] <= one["last_seen"]
    assert "texts" not in one
    assert looked(full) == [("operator", "uni", full.tokens[0], "case-1", 1)]


def test_by_pseudonym_it_says_who_she_is(full):
    [one] = json.loads(full.done(*FIND, "--pseudonym", full.tokens[2].upper()).out)
    assert one["texts"] == {"subject": [PEOPLE[2]], "name": [f"Name of {PEOPLE[2]}"]}
    said = full.done("people", "find", "--tenant", "uni", "--case", "case-2", "--pseudonym", full.tokens[2]).words
    assert f"{full.tokens[2]} current since" in said
    assert f"subject: {PEOPLE[2]}" in said
    assert "not restricted" in said


def test_only_what_was_granted_is_shown(full, monkeypatch):
    async def little(_desk, _ask, people):
        return [Grant(frozenset({"name"}), "x")] * len(people)

    monkeypatch.setattr("proxy.cli.people_find.granted", little)
    full.done("keys", "rotate", "pseudonym", "--yes")
    full.done("keys", "migrate", "--force", "--yes", "--pace", "50")
    [one] = json.loads(full.done(*FIND, "--pseudonym", full.tokens[1]).out)
    assert one["texts"] == {"name": [f"Name of {PEOPLE[1]}"]}
    assert [row["pseudonym"] for row in one["pseudonyms"]] == [full.tokens[1]], "no other pseudonym of hers"


def test_all_her_pseudonyms_and_a_restriction_are_in_it(full):
    full.done("keys", "rotate", "pseudonym", "--yes")
    full.done("keys", "migrate", "--force", "--yes", "--pace", "50")
    full.done("people", "restrict", "--tenant", "uni", "--case", "case-7", "--yes", "--pseudonym", full.tokens[0])
    [one] = json.loads(full.done(*FIND, stdin=PEOPLE[0] + "\n").out)
    assert sorted(row["state"] for row in one["pseudonyms"]) == ["current", "former"]
    assert one["restricted"]["case"] == "case-7"
    said = full.done("people", "find", "--tenant", "uni", "--case", "c", stdin=PEOPLE[0] + "\n").words
    assert "restricted since" in said
    assert "case case-7" in said


@pytest.mark.parametrize(
    ("words", "who"),
    [
        ("zoë MÜLLER-østergård", "zoe-7"),
        ("Müller-Østergård, Zoë", "zoe-7"),
        ("Seán O'Brien", "brien-7"),
        ("محمد بن علي", "rtl-7"),
        ("李小龙", "li-7"),
    ],
)
def test_by_name_in_any_order_and_case(full, known, words, who):
    assert found(full, "--kind", "name", stdin=words + "\n") == [known[who]]


def test_by_an_address_that_is_not_what_she_is_known_by(full, known):
    [brien] = full.mint(["sean@uni.example"], kind=Kind.EMAIL)
    assert found(full, "--kind", "email", stdin="sean@UNI.example\n") == [brien]
    assert set(found(full, "--kind", "email", "--everywhere", stdin="SEAN@uni.example\n")) == {brien, known["brien-7"]}
    assert found(full, "--kind", "email", "--everywhere", stdin="zoe@uni.example\n") == [known["zoe-7"]]


def test_who_is_looked_for_in_vain_is_recorded_as_well(full, known):
    assert full.run(*FIND, stdin="nobody at all\n").code == 1
    assert full.run(*FIND, "--kind", "name", stdin="Müller\n").code == 1
    assert looked(full) == [("operator", "uni", "", "case-1", 1)] * 2
    said = full.run("people", "find", "--tenant", "uni", "--case", "c", stdin="nobody\n")
    assert (said.code, said.words) == (1, "Nobody is known by this.")


def test_a_record_that_cannot_be_read_is_counted(full, known):
    async def lose():
        async with full.opened() as stores:
            [(_, record)] = await stores.mapping.by_pseudonym("uni", [full.tokens[1]])
            await stores.keystore.destroy([record.person])

    asyncio.run(lose())
    said = full.run(*FIND, "--kind", "name", stdin="Seán O'Brien\n")
    assert "1 record could not be read: whoever they are of may be meant as well." in said.words


def test_a_name_does_not_steer_the_terminal(full, known):
    said = full.done("people", "find", "--tenant", "uni", "--case", "c", "--pseudonym", known["evil-7"]).out
    assert "name: Eve\\u202e\\u2066" in said


@pytest.mark.parametrize(
    ("words", "stdin", "wanted"),
    [
        (("--case", "Zoë"), "", "of letters, digits and"),
        (("--kind", "name", "--everywhere"), "x\n", "--everywhere is for addresses"),
        (("--kind", "name"), "...\n", "Nobody was named. Type her name, or give it"),
        (
            ("--kind", "email", "--everywhere"),
            "no address\n",
            "not of the kind email (not-an-address). Say another --kind",
        ),
        ((), "\n", "Nobody was named. Type her subject, or give it"),
        ((), "x" * 100_000, "not of the kind subject (too-long)."),
        (("--reason", "Zoë M"), "", "--reason takes a reference of yours"),
        (("--pseudonym", "sv1abc"), "", "not-a-pseudonym"),
        (("--officer", "none.officer"), "", "officer-missing: There is no officer file at that path."),
    ],
)
def test_what_nobody_can_be_sought_by_is_refused(full, words, stdin, wanted):
    said = full.refused(*FIND, *words, stdin=stdin)
    assert wanted in said
    assert stdin.strip("\n.") not in said or not stdin.strip("\n.")
    assert looked(full) == []


def test_what_is_no_text_is_refused(full):
    class Bytes(Stdin):
        def readline(self, _size=-1):
            return b"\xff".decode()

    full.monkeypatch.setattr("tests.cli.kit.Stdin", Bytes)
    assert "What was given is no text in UTF-8." in full.refused(*FIND)


class TestUnderRules:
    """`office` has the rules of tests/cli/test_disclosure.py."""

    def test_a_reason_shows_its_fields_and_no_more(self, office):
        call = ("people", "find", "--tenant", "uni", "--json", "--reason", "call", "--case", "T-1", *BY, "carl.officer")
        [one] = json.loads(office.done(*call, "--pseudonym", office.tokens[0]).out)
        assert one["texts"] == {"name": [f"Name of {PEOPLE[0]}"]}
        assert looked(office) == [("carl", "uni", office.tokens[0], "call/t-1", 1)]
        said = office.refused(*call, stdin=PEOPLE[0] + "\n")
        assert "reason: no-field" in said, "to learn a pseudonym is more than to learn a name"

    def test_who_has_no_role_does_not_learn_whether_somebody_is_known(self, office):
        words = (*FIND, "--reason", "access", *BY, "carl.officer")
        assert office.refused(*words, stdin="nobody\n") == office.refused(*words, stdin=PEOPLE[0] + "\n")

    def test_a_report_needs_a_reason_that_allows_everything(self, office):
        words = ("people", "access", "--tenant", "uni", "--no-pdf", "--to", office.folder / "hers", *BY)
        asked = ("--pseudonym", office.tokens[0], "--reason")
        assert "no-field" in office.refused(*words, "carl.officer", "--case", "T-1", *asked, "call")
        assert not (office.folder / "hers").exists()
        office.done(*words, "anna.officer", "--case", "DSR-7", *asked, "access")
        [exported] = [one for one in office.events() if one.event == "exported"]
        [seen] = [one for one in office.events() if one.event == "disclosed"]
        assert (exported.actor, exported.reason, exported.exchange) == ("anna", "access/dsr-7", seen.exchange)
