"""`people access`: everything held on one person and sent about her, for her eyes, in files of one pair of hands."""

import base64
import errno
import json
import shlex
import stat
from io import BytesIO

import pytest
from lxml.html import document_fromstring
from pypdf import PdfReader

from proxy.cli.new_files import Draft
from proxy.tlog.entry import entry_leaf
from tests.access.test_export import DETAILS, rows
from tests.cli.kit import PEOPLE
from tests.doctor.conftest import configure

ACCESS = ("people", "access", "--case", "case-4711", "--no-pdf", "--to")
WITH_PDF = ("people", "access", "--case", "case-4711", "--to")
STATED = """
[people]
controller = "University of Somewhere, 1 Invented Lane"
contact = "dpo@uni.example"
purposes = ["Teaching"]
[people.places]
"127.0.0.1" = "here, for a test"
[upkeep]
forget_after_days = 400
"""


@pytest.fixture
def learner(house, account):
    """Zoë, with a registration in the cloud and an address that results of hers go to."""
    tokens = house.mint()
    configure(house, account)
    house.config_file.write_text(STATED + house.config_file.read_text("utf-8"), "utf-8")
    account.says(f"/registrations?learnerId={tokens[0]}", {"registrations": rows(tokens[0], 1)})
    account.says("/registrations/r-1/launchHistory", {"launchHistory": []})
    account.says(f"/learner/{tokens[0]}/tags", {"tags": ["safety"]})
    return tokens[0]


def report(house, name="hers"):
    [files] = [house.folder / name]
    return json.loads((files / "access.json").read_text("utf-8"))


def test_the_json_has_what_is_held_what_was_sent_and_how_to_check_it(house, learner):
    said = house.done(*ACCESS, house.folder / "hers", stdin=PEOPLE[0] + "\n")
    assert PEOPLE[0] not in said.out + said.err
    told = report(house)
    [person] = told["people"]
    assert person["person"]["texts"] == {"subject": [PEOPLE[0]], "name": [f"Name of {PEOPLE[0]}"]}
    assert [one["pseudonym"] for one in person["pseudonyms"]] == [learner]
    assert person["restricted"] is None
    assert sorted((one["event"], one["entries"]) for one in person["sent"]) == [
        ("disclosed", 1),  # this report is granted and recorded before anything is read
        ("minted", 1),
        ("session-opened", 1),
    ]
    places = [(one["log"], one["position"], len(one["leaf"])) for one in person["audit"]]
    assert sorted(set(places)) == places, "each has its own place"
    assert {length for _, _, length in places} == {64}
    numbers = [one["number"] for one in person["audit"]]
    assert [one.split()[3] for one in told["verify"]["commands"][1:3]] == [str(numbers[0]), str(numbers[-1])]
    assert told["controller"]["purposes"] == ["Teaching"]
    assert told["forgotten_after"] == "400 days after you were last seen."
    assert [(one["mount"], one["address"], one["place"][:14]) for one in told["recipients"]] == [
        ("api", "127.0.0.1", "here, for a te"),
        ("results", "lms.example.org", "(not stated: p"),
    ]
    assert person["cloud"][0]["learner_ids"][learner]["tags"] == ["safety"]
    assert "not_in_here" not in person
    assert len(told["not_in_here"]) > 3


def test_each_entry_of_the_list_can_be_proved_as_the_report_says(house, learner, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    house.done(*ACCESS, house.folder / "hers", "--pseudonym", learner)
    told = report(house)
    commands = [shlex.split(one) for one in told["verify"]["commands"]]
    assert "The log is whole." in house.done(*commands[0][1:], "--config", house.config_file).words
    entries = told["people"][0]["audit"]
    for command, entry in zip(commands[1:3], (entries[0], entries[-1]), strict=True):
        house.done(*command[1:], "--config", house.config_file)
        proof = (tmp_path / command[-1]).read_text("utf-8")
        [extra] = [line.partition(" ")[2] for line in proof.splitlines() if line.startswith("extra ")]
        proved = json.loads(base64.b64decode(extra))
        values = tuple(proved["entry"].values())
        assert (proved["entry"]["event"], proved["entry"]["pseudonym"]) == (entry["event"], learner)
        assert entry_leaf(bytes.fromhex(proved["salt"]), values).hex() == entry["leaf"]
        assert f"index {entry['position']}\n" in proof


def test_page_and_print_have_the_same_and_nobody_else(house, learner):
    house.done(*WITH_PDF, house.folder / "hers", "--pseudonym", learner)
    page = (house.folder / "hers" / "access.html").read_text("utf-8")
    shown = document_fromstring(page).text_content()
    reader = PdfReader(BytesIO((house.folder / "hers" / "access.pdf").read_bytes()))
    print_of_it = "".join("".join(one.extract_text() for one in reader.pages).split())
    for wanted in (
        learner,
        PEOPLE[0],
        "University of Somewhere",
        "session-opened",
        "r-1",
        "case-4711",
        "scormveil audit verify",
    ):
        assert wanted in shown, wanted
        assert wanted.replace(" ", "") in print_of_it, wanted
    for other in PEOPLE[1:]:
        assert other not in page
        assert other not in print_of_it


def test_the_log_has_it_before_the_files(house, learner, monkeypatch):
    keep = Draft.keep

    def full(draft):
        if draft.to.suffix == ".html":
            raise OSError(errno.ENOSPC, "No space left on device")
        keep(draft)

    monkeypatch.setattr(Draft, "keep", full)
    said = house.refused(*ACCESS, house.folder / "hers", "--pseudonym", learner)
    assert "access.html cannot be written: No space left on device." in said
    assert said.endswith("The audit log says already that it was made.")
    assert not (house.folder / "hers").exists()
    [entry] = [one for one in house.events() if one.event == "exported"]
    assert (entry.actor, entry.tenant, entry.pseudonym, entry.reason) == ("operator", "uni", learner, "case-4711")


def test_files_are_new_whole_and_for_one_pair_of_hands(house, learner):
    house.done(*WITH_PDF, house.folder / "hers", "--pseudonym", learner)
    folder = house.folder / "hers"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {one.name: stat.S_IMODE(one.stat().st_mode) for one in folder.iterdir()} == dict.fromkeys(
        ("access.html", "access.json", "access.pdf"), 0o600
    )
    assert "nothing is written over." in house.refused(*ACCESS, folder, "--pseudonym", learner)
    assert "is no folder for it" in house.refused(*ACCESS, house.config_file, "--pseudonym", learner)


def test_without_the_extra_the_page_is_written_and_the_print_is_not(house, learner, monkeypatch):
    monkeypatch.setattr("proxy.cli.people_access.available", lambda: False)
    said = house.done(*WITH_PDF, house.folder / "hers", "--pseudonym", learner)
    assert "No PDF: the extra is not installed (pip install 'scormveil[pdf]'). Print the page instead." in said.words
    house.done(*ACCESS, house.folder / "other", "--pseudonym", learner)
    for name in ("hers", "other"):
        assert sorted(one.name for one in (house.folder / name).iterdir()) == ["access.html", "access.json"]


def test_every_pseudonym_she_ever_had_is_in_it_with_what_was_done_under_each(house, account, learner):
    house.done("keys", "rotate", "pseudonym", "--yes")
    house.done("keys", "migrate", "--force", "--yes", "--pace", "50")
    house.done("people", "restrict", "--case", "case-7", "--yes", "--pseudonym", learner)
    house.done(*ACCESS, house.folder / "hers", "--pseudonym", learner)
    [person] = report(house)["people"]
    assert sorted(one["state"] for one in person["pseudonyms"]) == ["current", "former"]
    assert len({one["key"] for one in person["pseudonyms"]}) == 2
    assert {one["pseudonym"] for one in person["audit"]} == {one["pseudonym"] for one in person["pseudonyms"]}
    assert person["restricted"]["case"] == "case-7"
    assert {"minted", "pseudonym-changed", "restricted"} <= {one["event"] for one in person["sent"]}


def test_of_nobody_nothing_is_written_and_a_case_is_asked_for(house, learner):
    assert house.run(*ACCESS, house.folder / "hers", stdin="nobody\n").code == 1
    assert not (house.folder / "hers").exists()
    assert house.run("people", "access", "--to", "x", "--pseudonym", learner).code == 2
    said = house.refused("people", "access", "--to", "x", "--case", "Zoë", "--pseudonym", learner)
    assert "of letters, digits and" in said
    assert "There is no audience nobody." in house.refused(
        *ACCESS, house.folder / "hers", "--audience", "nobody", "--pseudonym", learner
    )


def test_details_only_for_an_audience_that_may_see_them(house, account, learner):
    house.config_file.write_text(DETAILS + house.config_file.read_text("utf-8"), "utf-8")
    house.done(*ACCESS, house.folder / "hers", "--pseudonym", learner)
    assert "I was here" not in json.dumps(report(house))
    detailed = "includeChildResults=true&includeInteractionsAndObjectives=true&includeRuntime=true"
    account.says(f"/registrations?learnerId={learner}&{detailed}", {"registrations": rows(learner, 1)})
    account.says("/registrations/r-1/xAPIStatements", {"statements": []})
    house.done(*ACCESS, house.folder / "whole", "--audience", "analyst", "--pseudonym", learner)
    assert "I was here" in json.dumps(report(house, "whole"))
