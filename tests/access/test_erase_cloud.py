"""`people erase` goes on in the cloud: what it says before, what is asked, what a human has to do, and the end of it."""

import asyncio
import json

import pytest

from tests.cli.kit import PEOPLE
from tests.doctor.conftest import configure

ERASE = ("people", "erase", "--yes", "--pseudonym")
ALLOWED = '[mounts.erase]\nallow = true\nuser_email = "anna@uni.example"\nsettle_seconds = 0'
SECOND = """
[[mounts]]
name = "second"
adapter = "cloud_v2"
tenant = "uni"
public = "https://second.example.org/api/v2"
upstream = "{cloud}/api/v2"
caller = {{ user = "lms", password = "file:caller.key" }}
credential = {{ user = "OTHER", password = "file:cloud.key" }}
"""


@pytest.fixture
def learners(house, account):
    """Three people with two registrations each in the cloud, which may be asked to delete."""
    tokens = house.mint()
    account.held = {token: [f"r-{n}a", f"r-{n}b"] for n, token in enumerate(tokens)}
    configure(house, account, ALLOWED)
    return tokens


def events(house):
    return [
        (one.event, one.mount, one.pseudonym, one.actor, one.reason)
        for one in house.events()
        if one.event.startswith(("deletion", "erased"))
    ]


def deletions(house, *words, code=0):
    said = house.run("people", "deletions", "--json", *words)
    assert said.code == code, said
    return [(one["pseudonym"], one["application"], one["state"], one["trouble"]) for one in json.loads(said.out)]


def test_the_cloud_is_asked_and_what_it_holds_is_gone(house, account, learners):
    said = house.done(*ERASE, learners[0])
    assert "In the cloud, application api is asked to DELETE everything under these pseudonyms" in said.words
    assert "The cloud was asked to delete what it holds: 1 request." in said.words
    assert account.deletions == [(learners[0], "anna@uni.example")]
    assert deletions(house, "--follow") == []
    assert deletions(house, "--all") == [(learners[0], "api", "done", "")]
    assert account.held.keys() == set(learners[1:])
    assert events(house) == [
        ("erased", "", learners[0], "operator", "request"),
        ("deletion-asked", "api", learners[0], "operator", ""),
        ("deletion-done", "api", learners[0], "operator", ""),
    ]
    assert "Nothing is open: the cloud has nothing left" in house.done("people", "deletions").words


def test_with_wait_it_is_followed_to_the_end_at_once(house, account, learners):
    said = house.done(*ERASE, learners[0], "--wait", "60")
    assert "The cloud has nothing under her pseudonyms any more" in said.words
    assert deletions(house, "--all") == [(learners[0], "api", "done", "")]
    assert account.held.keys() == set(learners[1:]), "what is other people's is there still"


def test_what_needs_a_human_is_not_waited_for(house, account, learners):
    account.deletes = 403
    said = house.run(*ERASE, learners[0], "--wait", "60")
    assert said.code == 4
    assert "In the cloud it has not come to its end yet: `scormveil people deletions --follow`." in said.words
    account.deletes = 500
    assert house.run(*ERASE, learners[1], "--wait", "0.01").code == 4


def test_nobody_is_asked_before_she_is_forgotten_here(house, account, learners):
    """A local erasure that fails leaves the cloud as it is."""
    house.monkeypatch.setattr("proxy.store.sql_upkeep.upkeep.erase", lambda *_, **__: 1 / 0)
    assert house.run(*ERASE, learners[0]).code != 0
    assert account.deletions == []
    assert house.recalled(learners) == list(PEOPLE)


def test_no_identity_of_hers_is_in_what_the_cloud_is_asked(house, account, learners):
    house.done("people", "erase", "--yes", stdin=PEOPLE[0] + "\n")
    assert account.deletions
    asked = " ".join(target for _, target, _ in account.asked)
    assert "zo" not in asked.lower()


def test_former_pseudonyms_are_asked_for_too(house, account, learners):
    house.done("keys", "rotate", "pseudonym", "--yes")
    house.done("keys", "migrate", "--force", "--yes", "--pace", "50")
    [current, *_] = house.mint([PEOPLE[0]])
    assert current != learners[0]
    account.asked.clear()
    said = house.done("people", "erase", "--yes", stdin=PEOPLE[0] + "\n")
    assert "The cloud was asked to delete what it holds: 2 requests." in said.words
    assert {learner for learner, _ in account.deletions} == {current, learners[0]}


def test_a_dry_run_says_what_would_be_asked_and_asks_nothing(house, account, learners):
    before = house.content()
    said = house.done("people", "erase", "--dry-run", "--pseudonym", learners[0])
    assert "application api is asked to DELETE everything" in said.words
    assert account.asked == []
    assert house.content() == before


def test_without_permission_the_officer_is_told_exactly_what_to_do(house, account):
    [token, *_] = house.mint()
    account.held = {token: ["r-1"]}
    said = house.done(*ERASE, token)
    assert "application api is not asked: the configuration does not allow it (mounts.erase.allow)." in said.words
    address = f"{account.origin}/api/v2/learner/{token}/delete-information?userEmail=YOURS"
    assert f"POST {address}" in said.words
    assert account.deletions == []
    assert deletions(house, code=1) == [(token, "api", "by-hand", "not-allowed")]
    account.held.clear()
    house.clock.wait(hours=2)
    house.run("people", "deletions", "--retry", "--yes")
    assert deletions(house, code=1) == [(token, "api", "by-hand", "not-allowed")], "nobody may ask still"


def test_a_refusal_is_told_and_can_be_repeated_once_it_is_put_right(house, account, learners):
    account.deletes = 403
    said = house.done(*ERASE, learners[0])
    assert "mounts.erase.user_email is no owner or administrator of the account" in said.words
    assert deletions(house, code=1) == [(learners[0], "api", "by-hand", "status-403")]
    account.deletes = 204
    house.run("people", "deletions", "--retry", "--yes")
    assert deletions(house, "--follow") == []
    assert [event for event, *_ in events(house)] == ["erased", "deletion-refused", "deletion-asked", "deletion-done"]


def test_an_officer_closes_what_she_did_by_hand(house, account, learners):
    account.deletes = 403
    house.done(*ERASE, learners[0])
    house.done(*ERASE, learners[1])
    assert "Say which one you have seen to" in house.refused("people", "deletions", "--done", "--yes")
    house.run("people", "deletions", "--done", "--yes", "--pseudonym", learners[0])
    assert deletions(house, code=1) == [(learners[1], "api", "by-hand", "status-403")]
    assert events(house)[-1] == ("deletion-done", "api", learners[0], "operator", "by-hand")


def test_a_cloud_that_cannot_be_reached_keeps_nobody_from_being_forgotten(house, account, learners):
    configure(house, account, ALLOWED)
    away = house.config_file.read_text().replace(account.origin, "http://127.0.0.1:9")
    house.config_file.write_text(away)
    said = house.done(*ERASE, learners[0])
    assert "Application api could not be asked yet: connect-failed. It will be." in said.words
    assert house.recalled(learners) == [None, *PEOPLE[1:]]
    configure(house, account, ALLOWED)
    house.clock.wait(hours=1)
    assert deletions(house, "--follow") == []
    assert account.deletions == [(learners[0], "anna@uni.example")]


def test_every_application_of_her_tenant_is_asked(house, account, learners):
    configure(house, account, ALLOWED + SECOND.format(cloud=account.origin) + ALLOWED)
    house.done(*ERASE, learners[0])
    assert account.deletions == [(learners[0], "anna@uni.example")] * 2
    logins = {login for method, _, login in account.asked if method == "POST"}
    assert len(logins) == 2


@pytest.mark.parametrize(("retention", "asked"), [("false", 0), ("true", 3)])
def test_retention_goes_on_in_the_cloud_only_where_it_is_told_to(house, account, learners, retention, asked):
    configure(house, account, f"{ALLOWED}\nretention = {retention}")
    text = house.config_file.read_text()
    house.config_file.write_text(f"[upkeep]\nforget_after_days = 30\n{text}")
    house.clock.wait(hours=24 * 31)
    house.done("people", "retention", "--yes")
    assert len(deletions(house, "--all", code=1 if asked else 0)) == asked


def test_a_restored_mapping_does_not_lose_what_was_asked(house, account, learners):
    saved = {path: path.read_bytes() for path in house.folder.glob("mapping.db*")}
    house.done(*ERASE, learners[0])
    for path in house.folder.glob("mapping.db*"):
        path.unlink()
    for path, content in saved.items():
        path.write_bytes(content)
    assert house.run(*ERASE, learners[0]).code == 1, "the journal has forgotten her again"
    assert deletions(house, code=1) == [(learners[0], "api", "by-hand", "restored")]


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("[mounts.erase]\nallow = true", "mounts[0].erase.user_email: must be the address of an owner"),
        ('[mounts.erase]\nallow = true\nuser_email = "anna"', "mounts[0].erase.user_email: must be the address"),
    ],
)
def test_a_configuration_that_cannot_be_followed_is_refused(house, account, more, problem):
    configure(house, account, more)
    assert problem in house.refused("check-config", house.config_file)


def test_afterwards_nothing_in_the_log_names_her_and_the_tree_is_the_same(house, account, learners):
    token = learners[0]
    blank = ("people", "blank", "--case", "case-9", "--yes", "--pseudonym", token)
    assert f"Nobody was forgotten under {token}" in house.refused(*blank)
    house.done(*ERASE, token)
    assert f"The cloud is not done with {token}" in house.refused(*blank)
    deletions(house, "--follow")
    before = [one for one in house.events() if one.pseudonym == token]
    leaves = leaves_of(house)
    assert "this was a dry run" in house.done(*blank, "--dry-run").words
    assert [one for one in house.events() if one.pseudonym == token] == before
    said = house.done(*blank).words
    assert f"Done: {len(before)} entries name nobody any more." in said
    assert [one for one in house.events() if one.pseudonym == token] == []
    assert leaves_of(house)[: len(leaves)] == leaves
    [entry] = [one for one in house.events() if one.event == "entries-erased"]
    assert (entry.reason, entry.count, entry.pseudonym) == ("case-9", len(before), "")
    said = house.done("audit", "verify").words
    assert "have lost their salt with a person who was forgotten" in said
    assert "The log is whole." in said
    assert "Nothing was changed." in house.done(*blank).words
    assert [one.pseudonym for one in house.events() if one.event == "minted"] == ["", *learners[1:]]


def leaves_of(house):
    async def read():
        async with house.opened() as stores:
            return await stores.mapping.logs.reading(
                lambda log: [one for book in log.logs() for one in log.hashes(book.log, 0, book.size)]
            )

    return asyncio.run(read())
