"""`people export`: everything that is held on one person, nothing of anybody else, in a file for one pair of eyes."""

import json
import stat

import pytest

from tests.cli.kit import PEOPLE
from tests.doctor.conftest import configure

EXPORT = ("people", "export", "--reason", "ticket-4711", "--to")
DETAILS = "[audiences.analyst]\ndetails = true\n"


def rows(token, *numbers):
    return [
        {
            "id": f"r-{number}",
            "learner": {"id": token, "firstName": "Learner"},
            "registrationCompletion": "COMPLETED",
            "score": {"scaled": 87.5},
            "activityDetails": {"runtime": {"learnerComments": [{"value": "I was here"}]}},
            "globalObjectives": [{"id": "o"}],
        }
        for number in numbers
    ]


@pytest.fixture
def learner(house, account):
    """Zoë, with two registrations in the cloud."""
    tokens = house.mint()
    account.says(f"/registrations?learnerId={tokens[0]}", {"registrations": rows(tokens[0], 1), "more": "m"})
    account.says("/registrations?more=m", {"registrations": rows(tokens[0], 2)})
    detailed = "includeChildResults=true&includeInteractionsAndObjectives=true&includeRuntime=true"
    account.says(f"/registrations?learnerId={tokens[0]}&{detailed}", {"registrations": rows(tokens[0], 1)})
    launches = [{"id": "l", "completionStatus": "COMPLETED", "historyLog": "<log agent='Mozilla'/>"}]
    for number in (1, 2):
        account.says(f"/registrations/r-{number}/launchHistory", {"launchHistory": launches})
    account.says(f"/learner/{tokens[0]}/tags", {"tags": ["safety"]})
    account.says("/registrations/r-1/xAPIStatements", {"statements": [{"id": "s1"}], "more": "t"})
    account.says("/registrations/r-1/xAPIStatements?more=t", {"statements": [{"id": "s2"}]})
    return tokens[0]


def exported(house, *words, stdin="", name="her.json"):
    house.done(*EXPORT, house.folder / name, *words, stdin=stdin)
    [told] = json.loads((house.folder / name).read_text("utf-8"))
    return told


def test_it_has_who_she_is_what_was_recorded_and_what_the_cloud_holds(house, learner):
    told = exported(house, stdin=PEOPLE[0] + "\n")
    assert told["person"]["texts"] == {"subject": [PEOPLE[0]], "name": [f"Name of {PEOPLE[0]}"]}
    [pseudonym] = told["pseudonyms"]
    assert (pseudonym["pseudonym"], pseudonym["state"]) == (learner, "current")
    assert pseudonym["key"] == house.key("pseudonym")
    assert [one["event"] for one in told["audit"]] == ["minted", "session-opened", "disclosed"]
    [application] = told["cloud"]
    assert application["application"] == "api"
    hers = application["learner_ids"][learner]
    assert [one["registration"]["id"] for one in hers["registrations"]] == ["r-1", "r-2"]
    assert hers["registrations"][0]["registration"]["score"] == {"scaled": 87.5}
    assert hers["tags"] == ["safety"]
    assert told["not_in_here"]


def test_nobody_else_is_in_it(house, learner):
    exported(house, "--pseudonym", learner)
    content = (house.folder / "her.json").read_text("utf-8")
    assert not [other for other in PEOPLE[1:] if other in content]


def test_details_are_for_an_audience_that_may_see_them(house, account, learner):
    plain = exported(house, "--pseudonym", learner)
    assert "I was here" not in json.dumps(plain)
    assert "Mozilla" not in json.dumps(plain)
    assert "statements" not in json.dumps(plain["cloud"])
    assert plain["cloud"][0]["note"].startswith("Details are not in here")
    house.config_file.write_text(DETAILS + house.config_file.read_text())
    whole = exported(house, "--pseudonym", learner, "--audience", "analyst", name="whole.json")
    [registration] = whole["cloud"][0]["learner_ids"][learner]["registrations"]
    assert "I was here" in json.dumps(registration)
    assert "Mozilla" in json.dumps(registration)
    assert registration["statements"] == [{"id": "s1"}, {"id": "s2"}]
    assert "There is no audience nobody." in house.refused(*EXPORT, "x", "--pseudonym", learner, "--audience", "nobody")


def test_only_its_owner_can_read_it_and_the_log_says_who_made_it(house, learner):
    said = house.done(*EXPORT, house.folder / "her.json", stdin=PEOPLE[0] + "\n")
    assert PEOPLE[0] not in said.out + said.err
    assert stat.S_IMODE((house.folder / "her.json").stat().st_mode) == 0o600
    [entry] = [one for one in house.events() if one.event == "exported"]
    assert (entry.actor, entry.tenant, entry.pseudonym, entry.reason) == ("operator", "uni", learner, "ticket-4711")


def test_nothing_is_written_over_and_nothing_without_a_reason_that_may_be_recorded(house, learner):
    (house.folder / "her.json").write_text("mine")
    assert "is there already" in house.refused(*EXPORT, house.folder / "her.json", "--pseudonym", learner)
    said = house.refused("people", "export", "--to", "x", "--reason", "Zoë asked", "--pseudonym", learner)
    assert "of lower-case letters, digits" in said
    assert house.run("people", "export", "--to", "x", "--pseudonym", learner).code == 2
    assert not [one for one in house.events() if one.event == "exported"]


def test_of_nobody_nothing_is_written(house, learner):
    assert house.run(*EXPORT, house.folder / "her.json", stdin="nobody\n").code == 1
    assert not (house.folder / "her.json").exists()


def test_what_cannot_be_had_is_said_where_it_would_stand(house, account, learner):
    account.says(f"/registrations?learnerId={learner}", 403)
    account.says(f"/learner/{learner}/tags", 404)
    told = exported(house, "--pseudonym", learner)["cloud"][0]["learner_ids"][learner]
    assert told == {"registrations": {"trouble": "status-403"}, "tags": {"trouble": "status-404"}}


def test_a_cloud_that_answers_with_somebody_else_is_not_believed(house, account, learner):
    account.says(f"/registrations?learnerId={learner}", {"registrations": rows("somebody", 9)})
    told = exported(house, "--pseudonym", learner)
    assert told["cloud"][0]["learner_ids"][learner]["registrations"] == {"trouble": "filter-ignored"}
    assert "somebody" not in json.dumps(told)


def test_what_the_cloud_has_under_a_former_pseudonym_is_in_it(house, account, learner):
    house.done("keys", "rotate", "pseudonym", "--yes")
    house.done("keys", "migrate", "--force", "--yes", "--pace", "50")
    told = exported(house, "--pseudonym", learner)
    assert sorted(one["state"] for one in told["pseudonyms"]) == ["current", "former"]
    assert set(told["cloud"][0]["learner_ids"]) == {one["pseudonym"] for one in told["pseudonyms"]}
    assert "pseudonym-changed" in [one["event"] for one in told["audit"]]


def test_without_an_application_it_has_what_is_here(house, account, learner):
    configure(house, account)
    text = house.config_file.read_text()
    house.config_file.write_text(text.replace("credential = { user", "#").replace("reveal = true", "reveal = false"))
    told = exported(house, "--pseudonym", learner)
    assert told["cloud"] == []
    assert told["person"]["texts"]["subject"] == [PEOPLE[0]]
