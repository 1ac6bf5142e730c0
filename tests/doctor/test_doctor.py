"""`scormveil doctor`: each way around the proxy and each person in clear is found, told without values, and only read."""

import asyncio
import json
from datetime import timedelta

import pytest

from proxy.doctor import WORDS
from proxy.passage.postback_seal import digest_of
from proxy.store.postbacks_port import PostbackRecord
from tests.doctor.conftest import PUBLIC, configure

URL = "ApiRollupRegistrationPostBackUrl"
TOKEN = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"
OURS = f"{PUBLIC}/api/v2/.scormveil/postback/{TOKEN}"
AROUND = "https://user:secret@lms.example.org/hook/s3cr3t?learner=zoe"
STRANGER = "zoe.mueller@uni.example"
FAST = ("--pace", "1000")


def looked(house, *words, code=1):
    said = house.run("doctor", "--json", *FAST, *words)
    assert said.code == code, said
    return json.loads(said.out)


def codes(report):
    return [one["code"] for one in report["findings"] if one["code"] != "audience"]


def row(number, **learner):
    return {"id": f"r-{number}", "course": {"id": "c"}, "learner": learner}


def alias(token):
    return {"id": token, "firstName": "Learner", "lastName": "K7Q-XM2-P4R"}


def give(house, token=TOKEN):
    """The cloud was given an address with this token."""

    async def register():
        async with house.opened() as stores:
            record = PostbackRecord(digest_of(token), "uni", "api", "application", b"t" * 32, "", b"sealed", "k", 1)
            await stores.mapping.postbacks.register(record)

    asyncio.run(register())


def test_an_account_in_which_nothing_is_wrong(house, account):
    tokens = house.mint()
    give(house)
    account.says("/registrations", {"registrations": [row(n, **alias(one)) for n, one in enumerate(tokens)]})
    account.settings("/appManagement/configuration", **{URL: OURS, "ApiRollupRegistrationFormat": "course"})
    said = house.done("doctor", *FAST)
    assert "Nothing that was looked at goes around the proxy." in said.words
    assert "Looked at in api: 22 levels, 0 courses" in said.words
    assert "What nobody can see from here: postbacks of dispatches" in said.words
    assert {method for method, _, _ in account.asked} == {"GET"}, "it only reads"
    assert {login for _, _, login in account.asked} == {"Basic QVBQSUQ6YW4gaW52ZW50ZWQgc2VjcmV0"}


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/appManagement/configuration", f"application: {URL}"),
        (
            "/appManagement/configuration?learningStandard=SCORM12&singleSco=true",
            f"learning standard SCORM12 (single SCO): {URL}",
        ),
        ("/courses/safety%20%2F%20first/configuration", f"course safety / first: {URL}"),
        ("/courses/safety%20%2F%20first/versions/2/configuration", f"course safety / first, version 2: {URL}"),
        ("/registrations/r%2F1/configuration", f"registration 1 of the sample: {URL}"),
    ],
)
def test_an_address_that_goes_around_is_found_at_every_level(house, account, path, where):
    account.says("/courses", {"courses": [{"id": "safety / first", "version": 2}]})
    account.says("/courses/safety%20%2F%20first/versions", {"courses": [{"id": "safety / first", "version": 2}]})
    [token] = house.mint(["plato"])
    account.says("/registrations", {"registrations": [{"id": "r/1", "learner": alias(token)}]})
    account.settings(path, **{URL: AROUND})
    report = looked(house)
    [finding] = [one for one in report["findings"] if one["code"] == "goes-around"]
    assert (finding["where"], finding["host"], finding["weight"]) == (where, "lms.example.org", "wrong")
    assert codes(report) == ["goes-around"]


def test_no_value_is_told_unless_it_is_asked_for(house, account):
    account.settings("/appManagement/configuration", **{URL: AROUND})
    account.says("/registrations", {"registrations": [row(1, id=STRANGER, email=STRANGER, firstName="Zoë")]})
    for words in ((), ("--json",)):
        said = house.run("doctor", *FAST, *words)
        assert said.code == 1
        assert "lms.example.org" in said.out
        for secret in ("s3cr3t", "secret@", STRANGER, "zoe", "Zoë"):
            assert secret not in said.out + said.err
    said = house.run("doctor", *FAST, "--show-values")
    assert f"learner-in-clear api registrations: {STRANGER}" in said.words
    assert AROUND in said.words


def test_each_finding_says_why_it_matters_and_what_to_do(house, account):
    account.settings("/appManagement/configuration", **{URL: AROUND})
    said = house.run("doctor", *FAST)
    assert f"goes-around: {WORDS['goes-around'].why}" in said.words
    assert f"→ {WORDS['goes-around'].repair}" in said.words


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (OURS, []),
        (f"{PUBLIC}:443/api/v2/.scormveil/postback/{TOKEN}", []),
        (f"{PUBLIC}/api/v2/.scormveil/postback/a-token-that-nobody-knows", ["address-lost"]),
        (f"{PUBLIC}/in/postback-3f9d1c7a5b2e48d6", []),
        (f"{PUBLIC}/in/another-token", ["address-lost"]),
        (f"{PUBLIC}/api/v2/.scormveil/postback", ["address-lost"]),
        (f"{PUBLIC}.evil.example/api/v2/.scormveil/postback/abc", ["goes-around"]),
        ("http://learning.example.org/api/v2/.scormveil/postback/abc", ["goes-around"]),
        ("not an address", ["goes-around"]),
        ("https://[broken", ["goes-around"]),
        ("", []),
    ],
)
def test_whose_an_address_is(house, account, url, expected):
    give(house)
    account.settings("/appManagement/configuration", **{URL: url})
    assert codes(looked(house, code=1 if expected else 0)) == expected


def test_what_travels_deeper_than_anybody_may_see_is_noted(house, account):
    give(house)
    account.settings("/appManagement/configuration", **{URL: OURS, "ApiRollupRegistrationFormat": "FULL"})
    report = looked(house, code=0)
    assert codes(report) == ["deeper-than-seen"]


def test_other_settings_that_lead_elsewhere_or_name_somebody(house, account):
    account.settings(
        "/appManagement/configuration", ReturnUrl="https://lms.example.org/back?s=zoe", Contact=STRANGER, Size="7"
    )
    report = looked(house)
    assert codes(report) == ["address-elsewhere", "setting-names-somebody"]
    assert "zoe" not in json.dumps(report)


def test_people_who_are_there_in_clear(house, account):
    tokens = house.mint()
    rows = [
        row(1, id="s1234567", firstName="Zoë", lastName="Müller-Østergård"),
        row(2, id="s1234567"),
        row(3, id=STRANGER, email=STRANGER),
        row(4, id=tokens[0], firstName="李", lastName="小龙"),
        row(5, id=tokens[1], email=f"{tokens[1]}@pseudonym.invalid"),
        {**row(6, **alias(tokens[2])), "id": STRANGER},
        {"id": "r-7", "learner": None},
        {"id": "r-8"},
    ]
    account.says("/registrations", {"registrations": rows})
    found = {one["code"]: one for one in looked(house)["findings"]}
    assert found["learner-in-clear"]["count"] == 3
    assert found["learner-in-clear"]["detail"] == "of 8 looked at; 2 learners"
    assert found["name-in-clear"]["count"] == found["email-at-cloud"]["count"] == 1
    assert found["registration-names-somebody"]["count"] == 1
    assert "pseudonym-unknown" not in found


def test_pseudonyms_that_lead_to_nobody_here(house, account):
    tokens = house.mint()
    account.says("/registrations", {"registrations": [row(n, **alias(one)) for n, one in enumerate(tokens)]})
    house.done("people", "erase", "--pseudonym", tokens[0], "--yes")
    report = looked(house, "--show-values")
    assert codes(report) == ["pseudonym-unknown"]
    assert report["findings"][0]["values"] == [tokens[0]]


def test_what_is_shared_invited_and_pushed(house, account):
    account.says("/dispatch/destinations", {"destinations": [
        {"id": "d1", "data": {"lti13Data": {"clientId": "x"}, "launchAuth": {"options": {"ipAddress": True}}}},
        {"id": "d2", "data": {}},
    ]})  # fmt: skip
    account.says("/dispatch/destinations/d1/dispatches/hashUserInfo", {"enabled": False})
    account.says("/dispatch/destinations/d2/dispatches/hashUserInfo", {"enabled": True})
    account.says("/dispatch/dispatches", {"dispatches": [{"id": "x1", "data": {}}]})
    account.says("/dispatch/dispatches/x1/hashUserInfo", {"enabled": True})
    account.says("/invitations", {"invitations": [{"id": "i1", "isPublic": False}, {"id": "i2", "isPublic": True}]})
    account.says("/invitations/private/i1", {"id": "i1", "postBack": {"url": AROUND}})
    account.says("/invitations/public/i2", {"id": "i2", "postBack": None})
    account.says(
        "/xapi/statementPipes", {"xapiStatementPipes": [{"id": "p", "target": {"url": "https://lrs.example/x"}}]}
    )
    account.says("/xapi/credentials", {"xapiCredentials": [
        {"id": "k", "secret": "k3y-of-the-store", "permissionsLevel": {"xapiCredentialPermissionsLevel": "READ_ANY"}},
        {"id": "off", "isEnabled": False},
    ]})  # fmt: skip
    report = looked(house)
    assert sorted(codes(report)) == sorted([
        "lti13", "bound-to-browser", "hash-user-info", "hash-user-info", "dispatch-postbacks-unseen",
        "private-invitations", "public-invitations", "goes-around", "statement-pipe", "xapi-credential",
    ])  # fmt: skip
    by = {one["code"]: one for one in report["findings"]}
    assert by["statement-pipe"]["host"] == "lrs.example"
    assert by["goes-around"]["where"] == "invitation i1: postBack"
    assert by["xapi-credential"]["detail"] == "READ_ANY"
    assert "k3y-of" not in json.dumps(report)


def test_lists_are_read_to_their_end_page_by_page(house, account):
    account.says("/courses", {"courses": [{"id": "a"}], "more": "t o/k+en"})
    account.says("/courses?more=t%20o%2Fk%2Ben", {"courses": [{"id": "b"}]})
    account.settings("/courses/b/configuration", **{URL: AROUND})
    for one in "ab":
        account.says(f"/courses/{one}/versions", {"courses": []})
    assert [one["where"] for one in looked(house)["findings"] if one["code"] == "goes-around"] == [f"course b: {URL}"]


def test_what_is_more_than_the_limit_is_not_called_well(house, account):
    account.says("/courses", {"courses": [{"id": "a"}, {"id": "b"}]})
    for one in "ab":
        account.says(f"/courses/{one}/versions", {"courses": []})
    report = looked(house, "--courses", "1", code=2)
    assert report["unseen"] == [{"application": "api", "what": "courses", "reason": "limit"}]
    assert report["seen"]["api"]["courses"] == 1
    assert looked(house, "--courses", "0", code=0)["seen"]["api"]["courses"] == 2


def test_a_part_that_may_not_be_read_is_said_and_the_rest_is_looked_at(house, account):
    account.says("/xapi/statementPipes", 403)
    account.says("/invitations", {"invitations": "unreadable"})
    report = looked(house, code=2)
    assert [(one["what"], one["reason"]) for one in report["unseen"]] == [
        ("invitations", "unreadable"),
        ("pipes", "status-403"),
    ]
    said = house.run("doctor", *FAST)
    assert "Could not be looked at: api, pipes (the credential may not read it)." in said.words
    assert "goes around the proxy." not in said.words


def test_with_a_wrong_credential_it_asks_no_further(house, account):
    account.says("/appManagement/configuration", 401)
    said = house.run("doctor", *FAST)
    assert said.code == 2
    assert "settings of application (the credential is wrong)" in said.words
    assert len(account.asked) == 1


def test_a_cloud_that_nobody_can_reach_is_no_healthy_one(house, account, monkeypatch):
    monkeypatch.setattr("proxy.cloud.calls._TRIES", 1)
    account.origin = "http://127.0.0.1:9"
    configure(house, account)
    assert looked(house, code=2)["unseen"] == [
        {"application": "api", "what": "settings of application", "reason": "connect-failed"}
    ]


@pytest.mark.parametrize(("ahead", "word"), [(timedelta(minutes=5), "behind"), (timedelta(minutes=-5), "ahead of")])
def test_a_clock_that_is_wrong(house, account, ahead, word):
    account.ahead = ahead
    report = looked(house)
    assert codes(report) == ["clock"]
    assert word in report["findings"][0]["detail"]


def test_what_the_configuration_allows_is_told(house, account):
    configure(house, account, more='[mounts.policy]\nguard = "report"\nexternal_hosts = ["https://cdn.example"]')
    report = looked(house)
    assert codes(report) == ["exception", "exception"]
    assert [(one["where"], one["detail"], one["host"]) for one in report["findings"][:2]] == [
        ("policy.guard", "report", ""),
        ("policy.external_hosts", "", "cdn.example"),
    ]
    assert report["findings"][-1]["detail"].startswith("reveal, for api")


def test_with_the_login_of_the_realm_it_sees_applications_that_nobody_looks_after(house, account):
    realm = (
        'management_caller = { user = "boss", password = "file:caller.key" }\n'
        'management_credential = { user = "REALM", password = "file:cloud.key" }\n'
        '[mounts.erase]\nallow = true\nuser_email = "anna@uni.example"'
    )
    configure(house, account, more=realm)
    applications = [{"id": one, "name": one} for one in ("APPID", "REALM", "FORGOTTEN")]
    account.says("/appManagement/applications", {"applications": applications})
    account.says("/appManagement/applications/APPID", {"id": "APPID", "allowDelete": False})
    report = looked(house)
    assert [(one["code"], one["where"]) for one in report["findings"] if one["weight"] != "note"] == [
        ("delete-not-allowed", "application APPID"),
        ("application-unknown", "application FORGOTTEN"),
    ]
    assert report["seen"]["api"]["applications"] == 3
    account.says("/appManagement/applications", 403)
    assert looked(house, code=2)["unseen"] == [{"application": "api", "what": "applications", "reason": "status-403"}]


def test_an_exception_is_told_whenever_the_configuration_is_checked(house, account):
    allowed = '[mounts.policy]\nexceptions = ["invitations"]\nregistration_ids = "keep"'
    configure(house, account, more=allowed)
    said = house.done("check-config", house.config_file).words
    assert "EXCEPTION in api: policy.exceptions = invitations" in said
    assert "EXCEPTION in api: policy.registration_ids = keep" in said


def test_without_a_keyring_it_looks_at_the_account_all_the_same(house, account):
    house.keyring.unlink()
    account.settings("/appManagement/configuration", **{URL: AROUND})
    assert codes(looked(house)) == ["keys", "goes-around"]


def test_only_the_mount_that_is_named(house, account):
    assert "There is no mount apo. There are: api, results." in house.refused("doctor", "--mount", "apo")
    assert looked(house, "--mount", "api", code=0)["seen"]["api"]["levels"] == 19


def test_every_word_says_why_and_what_to_do():
    for code, word in WORDS.items():
        assert word.why.endswith("."), code
        assert word.repair.endswith("."), code
