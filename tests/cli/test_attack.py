"""`scormveil attack`: it finds everybody in what an unsalted option gives, nobody in ours, and never names anybody."""

import hashlib
import hmac
import json
import sqlite3
from base64 import b64encode
from contextlib import closing
from dataclasses import replace

import pytest

from keys import PseudonymScheme, Secret, hex_form
from keys.derive import encode, pseudonym_key
from keys.pseudonym import check_of
from proxy.attack import Pattern, Verdict
from proxy.attack.chance import beyond_chance
from proxy.attack.compact import Pairs, by_day
from proxy.attack.guesses import Search, Words
from proxy.attack.held import LETTERS, Held, Names, Tenants, Uniqueness, Versions
from proxy.attack.statistics import Balance, Shapes, WeakKeys
from proxy.attack.times import Launches, Times
from proxy.errors import FieldInvalid
from proxy.store import KEYSTORE, MAPPING
from tests.cli.kit import PEOPLE

SETS = (
    "whose times fit 1 pseudonym",
    "whose times fit 2 to 4",
    "whose times fit 5 to 9",
    "whose times fit 10 and more",
    "of those that fit 1, rightly",
    "pseudonyms that fit the middle learner",
)


def results(said):
    return {one["attack"]: one for one in json.loads(said.out)["results"]}


def unsalted(name, text, *, base64=False):
    digest = hashlib.new(name, text.encode(), usedforsecurity=False).digest()
    return b64encode(digest).decode() if base64 else digest.hex().upper()


def candidates(house, extra=()):
    file = house.folder / "ids.txt"
    file.write_text("\n".join(["nobody", *PEOPLE, *extra]), "utf-8")
    return "--candidates", file


class TestTheCommand:
    def test_ours_withstands_where_unsalted_hashes_fall(self, full):
        said = full.done("attack", *candidates(full), "--json", "--html", full.folder / "report.html")
        numbers = results(said)["dictionary"]["numbers"]
        assert (numbers["tried"], numbers["hits: our pseudonyms"], numbers["hits: unsalted hashes instead"]) == (
            4,
            0,
            3,
        )
        assert {name: one["verdict"] for name, one in results(said).items()} == {
            "dictionary": "withstood",
            "cloud": "not run",
            "join": "not run",
            "names": "withstood",
            "shapes": "not run",
            "versions": "not run",
            "times": "remains",
            "uniqueness": "withstood",
            "balance": "not run",
            "tenants": "not run",
            "weak-keys": "withstood",
        }
        page = (full.folder / "report.html").read_text("utf-8")
        assert "dictionary: withstood" in page
        assert "://" not in page
        for text in PEOPLE:
            assert text not in said.out + said.err + page
        [entry] = [one for one in full.events() if one.event == "attack-run"]
        assert entry.actor == "operator"

    def test_everybody_is_found_in_a_weak_file_of_the_cloud(self, full):
        zoe, brien, li = PEOPLE
        weak = [unsalted("md5", zoe), unsalted("sha512", f"mailto:{brien}", base64=True), f'{{"id": "{li}"}}']
        cloud = full.folder / "cloud.csv"
        cloud.write_text("\n".join(weak), "utf-8")
        said = full.run("attack", *candidates(full), "--cloud", cloud, "--show", "--json")
        assert said.code == 1
        assert results(said)["dictionary"]["numbers"]["hits: what the cloud holds"] == 3
        assert json.loads(said.out)["hits"] == {
            "candidates that hit unsalted hashes instead": [2, 3, 4],
            "candidates that hit what the cloud holds": [2, 3, 4],
            "records of the cloud with somebody in them": [1, 3],
        }
        cloud.write_text("\n".join(full.tokens), "utf-8")
        full.done("attack", *candidates(full), "--cloud", cloud)

    @pytest.mark.parametrize(
        "spelled",
        [
            '{"learners": [{"id": "1", "name": "Name of 李小龙"}]}',
            '[{"firstName": "x"}, {"more": [["Name of \\u674e\\u5c0f\\u9f99"]]}]',
            "id,name\n1,Name of 李小龙\n",
            '"1";"Name of 李小龙";"x"',
            "url=/launch?name=Name%20of%20%E6%9D%8E%E5%B0%8F%E9%BE%99",
            "Name%2520of%2520%25E6%259D%258E%25E5%25B0%258F%25E9%25BE%2599",
            "<b>|Name of &#26446;&#23567;&#40857;|</b>",
            "NAME OF 李小龙",
            hashlib.sha256("Name of 李小龙".encode()).hexdigest(),
        ],
    )
    def test_a_name_in_the_file_of_the_cloud_is_found_in_each_disguise(self, full, spelled):
        cloud = full.folder / "cloud.json"
        cloud.write_text(spelled, "utf-8")
        said = full.run("attack", "--cloud", cloud, "--json")
        numbers = results(said)["cloud"]["numbers"]
        assert (said.code, numbers["people whose name or address stands there"]) == (1, 1)

    def test_a_file_with_pseudonyms_alone_holds_nobody(self, full):
        cloud = full.folder / "cloud.json"
        other = full.tokens[0][:-1] + ("0" if full.tokens[0][-1] != "0" else "1")
        learners = [{"id": token, "firstName": "", "lastName": "x"} for token in (*full.tokens, other)]
        cloud.write_text(json.dumps({"learners": learners}), "utf-8")
        told = results(full.done("attack", "--cloud", cloud, "--json"))["cloud"]
        assert told["verdict"] == "withstood"
        assert (told["numbers"]["pseudonyms of ours"], told["numbers"]["pseudonyms of others"]) == (3, 1)

    def test_the_logs_of_both_sides_are_joined(self, full):
        cloud, lms = full.folder / "cloud.json", full.folder / "lms.csv"
        moments = ["2026-11-20T08:00:10Z", "2026-11-20T08:00:40.5Z", "2026-11-20T09:30:00+01:00"]
        registrations = [
            {"learner": {"id": token}, "firstAccessDate": moment}
            for token, moment in zip(full.tokens, moments, strict=True)
        ]
        cloud.write_text(json.dumps({"registrations": registrations}), "utf-8")
        lines = [
            "learner,time",
            f"{PEOPLE[0]},2026-11-20 08:00:08",
            f'"{PEOPLE[1]}",1795161642',
            f"{PEOPLE[2]},{moments[2]}",
        ]
        lms.write_text("\n".join(lines), "utf-8")
        told = results(full.done("attack", "--cloud", cloud, "--lms", lms, "--json"))["join"]
        assert told["verdict"] == "remains"
        numbers = told["numbers"]
        assert numbers["learners in the LMS's log"] == numbers["learners tried"] == 3
        assert [numbers[f"by minutes: {what}"] for what in SETS] == [1, 2, 0, 0, 1, 2]
        assert [numbers[f"by hours: {what}"] for what in SETS] == [0, 3, 0, 0, 0, 3]
        assert [numbers[f"by days: {what}"] for what in SETS] == [0, 3, 0, 0, 0, 3]

    def test_people_whose_records_do_not_open_are_said_to_be_left_out(self, full):
        def forget(how_many):
            with closing(sqlite3.connect(full.folder / "keys.db", isolation_level=None)) as keys:
                keys.execute(f"DELETE FROM person_keys WHERE person IN (SELECT person FROM person_keys {how_many})")  # noqa: S608

        forget("LIMIT 1")
        told = results(full.done("attack", *candidates(full), "--json"))
        assert told["records"]["verdict"] == "remains"
        assert told["records"]["numbers"] == {"opened": 3, "not opened": 1}
        assert told["uniqueness"]["verdict"] == "withstood"
        forget("")
        told = results(full.done("attack", *candidates(full), "--json"))
        assert {name: one["verdict"] for name, one in told.items()} == {"records": "not run"}

    def test_a_person_in_two_tenants_is_compared(self, full):
        full.mint([PEOPLE[0]], tenant="staff")
        told = results(full.done("attack", "--json"))["tenants"]
        assert (told["verdict"], told["numbers"]["people in two tenants"]) == ("withstood", 1)

    def test_candidates_come_from_a_pipe_or_a_pattern(self, full):
        said = full.done("attack", "--candidates", "-", stdin="o'brien\n").words
        assert "1 hits: unsalted hashes instead" in said
        said = full.done("attack", "--pattern", "s[0-9]{6}", "--most", "10").words
        assert "1,000,000 candidates" in said
        assert "10 tried" in said

    def test_what_cannot_be_done_is_refused_before_anything_is_opened(self, full):
        for pattern in ("(a|b)", r"\w{3}", "a" * 5000):
            assert "--pattern takes letters, [a-z]" in full.refused("attack", "--pattern", pattern)
        (full.folder / "empty.txt").write_text("\n\n", "utf-8")
        (full.folder / "binary").write_bytes(b"\xff\x00")
        assert "has no candidate in it" in full.refused("attack", "--candidates", full.folder / "empty.txt")
        assert "cannot be read" in full.refused("attack", "--candidates", full.folder / "binary")
        for option in ("--cloud", "--lms"):
            assert f"{option} has nothing in it" in full.refused("attack", option, full.folder / "empty.txt")
            (full.folder / "latin").write_bytes("Zoë".encode("latin-1"))
            assert f"{option} cannot be read" in full.refused("attack", option, full.folder / "latin")
        assert "not both" in full.refused("attack", "--pattern", "a", "--candidates", "-")
        assert "cannot be read" in full.refused("attack", "--candidates", full.folder / "none.txt")
        assert "there already" in full.refused("attack", "--html", full.config_file)
        assert "cannot be written: No such file" in full.refused(
            "attack", "--html", full.folder / "none" / "report.html"
        )
        (lms := full.folder / "lms.csv").write_text("learner,time\nsomebody,yesterday\n")
        assert "Line 2 of the LMS's log is not" in full.refused("attack", "--lms", lms)
        assert "is a directory" in full.refused("attack", "--cloud", full.folder)
        assert "attack-run" not in [one.event for one in full.events()]

    @pytest.mark.real
    def test_on_postgresql(self, house, postgres):
        house.configure(mapping=postgres.database(MAPPING), keystore=postgres.database(KEYSTORE))
        house.mint()
        numbers = results(house.done("attack", *candidates(house), "--json"))
        assert numbers["dictionary"]["numbers"]["hits: unsalted hashes instead"] == 3
        assert numbers["uniqueness"]["numbers"]["people"] == 3


def test_patterns_give_each_candidate_once():
    assert list(Pattern(r"a[x-z]\d{0,1}")) == [f"a{one}{two}" for one in "xyz" for two in ["", *"0123456789"]]
    assert Pattern("s[0-9]{6}").size == 10**6
    for wrong in ("", "a*", "[", "[z-a]", "a{2,1}", "^a$", "a{99}"):
        with pytest.raises(FieldInvalid):
            Pattern(wrong)


@pytest.mark.parametrize("name", ["md5", "sha1", "sha256", "sha512"])
@pytest.mark.parametrize("base64", [True, False])
@pytest.mark.parametrize("spelled", ["S1", "s1", "mailto:s1", "mailto:S1"])
def test_each_form_of_a_hash_is_found(name, base64, spelled):
    search = Search({"cloud": Words([f'x,"{unsalted(name, spelled, base64=base64)}",y'])})
    search.run(["s0", "s1", "s2"])
    assert {name: list(hits) for name, hits in search.hits.items()} == {"cloud": [2]}


@pytest.fixture
def scheme(full):
    return PseudonymScheme(full.ring())


def people(scheme, count=200, tenant="uni"):
    made = []
    for number in range(count):
        parts = (f"learner-{number}",)
        made.append(Held(tenant, "subject", scheme.mint(tenant, "subject", parts).token, (parts,), parts, "Anna Lee"))
    return made


def taken(attack, everybody):
    """What an attack says of people who come one by one."""
    numbered = isinstance(attack, Names | Uniqueness)
    for number, one in enumerate(everybody, 1):
        attack.add(one, number) if numbered else attack.add(one)
    return attack.result()


def token(digest, key="abcd"):
    body = f"sv1{key}{digest}"
    return body + check_of(body)


class TestEachAttackCanSucceed:
    """What is sound is withstood; each thing that was made unsound is found."""

    def test_names(self, scheme):
        good = people(scheme)
        sound = taken(Names(scheme.alias), good)
        assert sound.verdict is Verdict.WITHSTOOD
        assert sound.numbers["people who share theirs"] == 200
        assert sound.numbers["entropy of names, bits"] == 0
        assert taken(Names(scheme.alias), [*good, good[0]]).verdict is Verdict.FOUND

    def test_uniqueness(self, scheme):
        good = people(scheme)

        def told(everybody):
            return taken(Uniqueness(scheme.valid, "pseudonym.invalid"), everybody)

        assert told(good).verdict is Verdict.WITHSTOOD
        shown = replace(good[0], spelled=(good[0].pseudonym[8:20].upper(),))
        again = replace(good[0], parts=good[1].parts)
        assert told([shown]).numbers["pseudonyms that hold an identifier"] == 1
        assert told([shown]).verdict is Verdict.FOUND
        assert told([again, good[1]]).numbers["identifiers of two people"] == 1
        assert told([*good, replace(good[1], pseudonym=good[0].pseudonym)]).numbers["pseudonyms of two people"] == 1
        assert told([*good, replace(good[0], parts=(), tenant="staff")]).verdict is Verdict.FOUND
        assert told([replace(good[0], pseudonym="sv1" + "0" * 37)]).numbers["not of the grammar"] == 1

    def test_one_digest_under_two_keys(self, scheme):
        good = people(scheme)
        other = token(good[0].pseudonym[7:33], key="wxyz")
        copied = [*good, replace(good[1], pseudonym=other, parts=(("another",),))]
        told = taken(Uniqueness(scheme.valid, "pseudonym.invalid"), copied)
        assert told.numbers["digests of two people, under whatever key"] == 1
        kept = replace(good[0], others=(other,))
        assert taken(Versions(), [kept]).verdict is Verdict.FOUND
        moved = replace(good[0], others=(good[1].pseudonym,))
        assert taken(Versions(), [moved]).verdict is Verdict.WITHSTOOD

    def test_balance(self, scheme):
        def told(tokens):
            attack = Balance()
            for one in tokens:
                attack.token(one)
            return attack.result()

        tokens = [one.pseudonym for one in people(scheme)]
        assert told(tokens).verdict is Verdict.WITHSTOOD
        assert told([token(f"{number:026}") for number in range(200)]).verdict is Verdict.FOUND
        assert told(tokens[:5]).verdict is Verdict.NOT_RUN

    def test_shapes(self, scheme):
        good = people(scheme, 1000)
        mixed = [replace(one, name=f"{'ABCDE'[at % 5]}nna Müller") for at, one in enumerate(good)]
        sound = taken(Shapes(scheme.alias), mixed)
        assert (sound.verdict, sound.numbers["people"]) == (Verdict.WITHSTOOD, 1000)
        telling = [replace(one, pseudonym=token("abcde"[at % 5] + one.pseudonym[8:33])) for at, one in enumerate(mixed)]
        told = taken(Shapes(scheme.alias), telling)
        assert told.verdict is Verdict.FOUND
        assert told.numbers["initial of the name and pseudonym, sigma"] > 6
        assert told.numbers["length of the name and pseudonym, sigma"] < 6

    def test_tenants(self, scheme):
        good, others = people(scheme), people(scheme, tenant="staff")
        assert taken(Tenants(), [*good, *others]).verdict is Verdict.WITHSTOOD
        linked = [replace(one, tenant="staff") for one in good]
        found = taken(Tenants(), [*good, *linked])
        assert (found.verdict, found.numbers["linkable"]) == (Verdict.FOUND, 200)

    def test_weak_keys(self, scheme):
        weak = Secret(bytes(32))
        good = people(scheme)
        assert taken(WeakKeys({"zeros": weak}), good).verdict is Verdict.WITHSTOOD
        mac = hmac.digest(pseudonym_key(weak, "uni", "subject").reveal(), encode(("learner-0",)), "sha256")
        made = replace(good[0], pseudonym=token("".join(LETTERS[byte % 32] for byte in mac[:26])))
        assert taken(WeakKeys({"zeros": weak}), [made, *good]).numbers["pseudonyms made"] == 1

    def test_times(self):
        seen = Times()
        for minute, person in ((0, 1), (0, 2), (1, 3), (60, 1), (24 * 60, 4)):
            seen.add(minute, person)
        told = seen.result()
        assert told.verdict is Verdict.REMAINS
        assert told.numbers == {
            "people": 4,
            "alone in their minute": 3,
            "minutes": 4,
            "people in the middle minute": 1,
            "alone in their hour": 2,
            "hours": 3,
            "people in the middle hour": 1,
            "alone in their day": 1,
            "days": 2,
            "people in the middle day": 2,
        }

    def test_a_join_by_days_singles_out_fewer(self):
        seen = Times()
        for person in range(1, 31):
            for day in range(3):
                seen.add(day * 1440 + 20 * person + day, person)
        log = Launches((person, day * 1440 + 20 * person + day) for person in range(1, 31) for day in range(3))
        for person in range(1, 31):
            log.add([person], person)
        numbers = log.result(seen.moments).numbers
        assert numbers["by minutes: whose times fit 1 pseudonym"] == numbers["by minutes: of those that fit 1, rightly"]
        assert numbers["by minutes: whose times fit 1 pseudonym"] == 30
        assert numbers["by hours: whose times fit 1 pseudonym"] == 1
        assert numbers["by hours: whose times fit 2 to 4"] == 29
        assert numbers["by days: whose times fit 10 and more"] == 30


class TestFilesOfTheCloud:
    def held(self, full, text, *more, encoding="utf-8"):
        cloud = full.folder / "cloud.file"
        cloud.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        said = full.run("attack", "--cloud", cloud, "--json", *more)
        return said.code, results(said)["cloud"]["numbers"]

    @pytest.mark.parametrize(
        "disguise",
        [
            '{"learner": {"firstName": "Name of", "lastName": "zoë.müller-østergård"}}',
            "1,zoë.müller-østergård,Name of",
            "Zoe Muller Ostergard",
            '{"data": "' + b64encode("x=1;who=zoë.müller-østergård;".encode()).decode() + '"}',
            "ZOE.MUELLER-OESTERGAARD",
            '{"a": [[{"deep": ["Name of o\'brien"]}]]}',
            '{"zoë.müller-østergård": 1}',
        ],
    )
    def test_hold_somebody_in_a_disguise(self, full, disguise):
        code, numbers = self.held(full, disguise)
        assert (code, numbers["of these with somebody in them"]) == (1, 1), numbers

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
    @pytest.mark.parametrize("form", ['{{"id": "{0}"}}', "id\r\n{0}\r\n", '[{{"id": "{0}"}}'])
    def test_are_read_in_each_form_also_broken_off(self, full, encoding, form):
        code, numbers = self.held(full, form.format(PEOPLE[1]), encoding=encoding)
        assert (code, numbers["people whose identifier stands there"]) == (1, 1)

    def test_hashes_of_an_id_with_a_domain_are_found_if_it_is_said(self, full):
        digest = unsalted("sha256", f"{PEOPLE[2]}@uni.example").lower()
        assert self.held(full, f'[{{"id": "{digest}"}}]')[0] == 0
        code, numbers = self.held(full, f'[{{"id": "{digest}"}}]', "--domain", "uni.example")
        assert (code, numbers["people whose identifier stands there"]) == (1, 1)

    def test_a_hexadecimal_form_counts_as_the_pseudonym_it_is(self, full):
        forms = "\n".join(hex_form(one) for one in full.tokens)
        code, numbers = self.held(full, forms)
        assert (code, numbers["pseudonyms of ours"], numbers["records"]) == (0, 3, 3)

    def test_several_are_one(self, full):
        other = full.folder / "other.json"
        other.write_text(json.dumps([{"id": full.tokens[0]}]), "utf-8")
        code, numbers = self.held(full, full.tokens[1], "--cloud", other)
        assert (code, numbers["pseudonyms of ours"], numbers["records"]) == (0, 2, 2)

    def test_what_is_too_much_for_the_long_search_is_said(self, full, monkeypatch):
        monkeypatch.setattr("proxy.attack.cloud._MOST_ODD", 2)
        cloud = full.folder / "cloud.csv"
        cloud.write_text("alpha\nbeta\ngamma\nalpha\n", "utf-8")
        told = results(full.done("attack", "--cloud", cloud, "--json"))["cloud"]
        assert (told["verdict"], told["numbers"]["records not searched in every disguise"]) == ("remains", 1)

    def test_can_be_asked_for_only_where_there_is_a_credential(self, full):
        assert "there is none whom it could ask" in full.refused("attack", "--ask")
        assert "attack-run" not in [one.event for one in full.events()]

    def test_a_line_without_end_is_refused(self, full, monkeypatch):
        monkeypatch.setattr("proxy.attack.records._LONGEST_LINE", 100)
        (cloud := full.folder / "cloud.txt").write_text("x" * 200, "utf-8")
        assert "16 million signs" in full.refused("attack", "--cloud", cloud)


def test_pairs_are_kept_once_and_found_by_their_key():
    pairs = Pairs()
    for number in range(20_000):
        pairs.add(number % 1000 << 54, number % 10)
    assert (len(pairs), pairs.count()) == (1000, 1000)
    assert list(pairs.of(7 << 54)) == [7]
    assert (7 << 54 in pairs, 5 in pairs, list(pairs.of(5))) == (True, False, [])
    pairs.add(7 << 54, 3)
    assert list(pairs.of(7 << 54)) == [3, 7]
    minutes = Pairs(by_day)
    for minute in (61, 5, 62, 1441, 1440 * 256 + 5):
        minutes.add(minute, minute)
    assert dict(minutes.groups(60)) == {0: [5], 1: [61, 62], 24: [1441], 24 * 256: [1440 * 256 + 5]}
    assert list(minutes.between(5, 61)) == [5, 61]


def test_chance_is_told_from_a_fault():
    assert beyond_chance(1, 4e-9)
    assert beyond_chance(1, 0.0)
    assert not beyond_chance(0, 0.0)
    assert not beyond_chance(1, 0.09)
    assert not beyond_chance(130, 120.0)
    assert beyond_chance(300, 120.0)
