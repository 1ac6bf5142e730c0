"""From the LMS's API call to the result in its hands: what the cloud is told, what it posts, what the LMS reads back."""

import json

from proxy.passage import PostbackSpec
from tests.passage.corridor import CALLER, LMS, PROXY, ZOE
from tests.passage.postback_kit import JSON, Posting, basic, fields_of, result
from tests.passage.wire import http

OURS = f"{PROXY}/api/v2/.scormveil/postback/"
SECRETS = (ZOE.id, ZOE.last, "hook.php", "wstoken", "geheim")
_SETTINGS = {
    "ApiRollupRegistrationPostBackUrl": "url",
    "ApiRollupRegistrationAuthType": "auth_type",
    "ApiRollupRegistrationAuthUser": "user",
    "ApiRollupRegistrationAuthPassword": "password",
    "ApiRollupRegistrationFormat": "results_format",
    "ApiRollupRegistrationIsJson": "is_json",
}


async def call(corridor, method, path, body=None, *, answer=None):
    """Call the API as the LMS does; returns the answer and what the cloud was asked."""
    corridor.cloud.say(answer or http(204))
    headers = {"Authorization": CALLER, "Content-Type": JSON}
    sent = json.dumps(body).encode() if body is not None else b""
    got = await corridor.ask(method, f"/api/v2{path}", headers, sent)
    assert got.status < 300, got.raw
    asked = corridor.cloud.requests[-1]
    assert not any(one.encode() in asked.raw for one in SECRETS)
    return got, json.loads(asked.body) if asked.body.strip() else None


def registration(hook, **more):
    learner = {"id": ZOE.id, "firstName": ZOE.first, "lastName": ZOE.last, "email": "zoe@uni.example"}
    return {"courseId": "course-demo", "registrationId": "r-1", "learner": learner, "postBack": {"url": hook} | more}


def spec_of(told):
    return PostbackSpec(told["url"], told["authType"], told["userName"], told["password"], told["resultsFormat"])


def settings_of(told):
    return {_SETTINGS[one["settingId"]]: one["value"] for one in told["settings"]}


async def test_a_registration_made_with_a_postback_address_gets_its_result_there(corridor):
    hook = corridor.lms.origin + "/hook.php?wstoken=1"
    body = registration(hook, authType="FORM", userName="hook", password="geheim", resultsFormat="FULL")

    _, told = await call(corridor, "POST", "/registrations", body)

    asked = told["postBack"]
    assert asked["url"].startswith(OURS)
    assert (asked["authType"], asked["resultsFormat"], asked["legacy"]) == ("FORM", "COURSE", False)
    text = result(told["learner"]["id"], ident=told["registrationId"])
    assert (await Posting(corridor, spec_of(asked)).as_form(text)).status == 204
    [message] = corridor.lms.requests
    assert message.start == "POST /hook.php?wstoken=1 HTTP/1.1"
    data, *login = fields_of(message)
    assert login == [("userName", "hook"), ("password", "geheim")]
    got = json.loads(data[1])
    assert (got["id"], got["learner"]["id"], got["learner"]["lastName"]) == ("r-1", ZOE.id, ZOE.last)


async def test_a_registration_whose_id_tells_who_she_is_is_known_by_it_again(corridor):
    body = registration(corridor.lms.origin + "/hook.php", userName="hook", password="geheim")
    body["registrationId"] = f"{ZOE.id}-course-demo"

    _, told = await call(corridor, "POST", "/registrations", body)

    assert told["registrationId"].startswith("sv1")
    text = result(told["learner"]["id"], ident=told["registrationId"])
    assert (await Posting(corridor, spec_of(told["postBack"])).as_body(text)).status == 204
    [message] = corridor.lms.requests
    assert json.loads(message.body)["id"] == f"{ZOE.id}-course-demo"


async def test_settings_that_come_one_by_one_lead_to_the_lms_and_are_read_back_as_it_wrote_them(corridor):
    path = "/courses/course-demo/configuration"
    hook = corridor.lms.origin + "/hook.php?wstoken=1"
    parts = ("ApiRollupRegistrationAuthUser", "hook"), ("ApiRollupRegistrationPostBackUrl", hook)
    parts += (("ApiRollupRegistrationAuthPassword", "geheim"),)
    held = {}
    for name, value in parts:
        _, told = await call(corridor, "POST", path, {"settings": [{"settingId": name, "value": value}]})
        held |= {one["settingId"]: one["value"] for one in told["settings"]}

    spec = settings_of({"settings": [{"settingId": name, "value": value} for name, value in held.items()]})
    assert (spec["auth_type"], spec["results_format"], spec["is_json"]) == ("httpbasic", "course", "true")
    cloud = Posting(corridor, PostbackSpec(spec["url"], user=spec["user"], password=spec["password"]))
    assert (await cloud.as_body(result(ident="r-9"))).status == 204
    [message] = corridor.lms.requests
    assert message.header("Authorization") == basic("hook", "geheim")

    shown = {"settingItems": [{"id": name, "effectiveValue": value} for name, value in held.items()]}
    got, _ = await call(corridor, "GET", path, answer=http(200, {"Content-Type": JSON}, json.dumps(shown).encode()))
    read = {one["id"]: one["effectiveValue"] for one in json.loads(got.body)["settingItems"]}
    assert {name: read[name] for name, _ in parts} == dict(parts)


async def test_an_address_outside_of_the_lms_is_refused(corridor):
    for hook in ("https://evil.example/hook", f"{LMS}.evil.example/hook", "https://proxy.example.org/api/v2/x"):
        async with corridor.refuses("field-invalid", 400, "evil", ZOE.id) as refusal:
            refusal.answer = await corridor.ask(
                "POST",
                "/api/v2/registrations",
                {"Authorization": CALLER, "Content-Type": JSON},
                json.dumps(registration(hook)).encode(),
            )


async def test_an_emptied_setting_turns_results_off_and_nothing_of_ours_is_kept_for_it(corridor):
    path = "/courses/course-demo/configuration"
    hook = corridor.lms.origin + "/hook.php?wstoken=1"
    name = "ApiRollupRegistrationPostBackUrl"
    _, told = await call(corridor, "POST", path, {"settings": [{"settingId": name, "value": hook}]})
    spec = settings_of(told)

    _, told = await call(corridor, "POST", path, {"settings": [{"settingId": name, "value": ""}]})

    assert told["settings"] == [{"settingId": name, "value": ""}]
    cloud = Posting(corridor, PostbackSpec(spec["url"], user=spec["user"], password=spec["password"]))
    assert (await cloud.as_body(result(ident="r-9"))).status == 204, "what was queued before still arrives"
