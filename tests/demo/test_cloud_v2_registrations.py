"""Registrations of the sandbox cloud from their creation to their end, as integrations see them."""

import pytest
from aiohttp.test_utils import TestClient, TestServer
from cloud_api_kit import COURSE, ask, launched, register
from cloud_kit import FAST, ZOE
from test_cloud_launch import ORIGIN
from test_cloud_results import commit

from proxy.demo.cloud import Learner, SandboxCloud

URL = "ApiRollupRegistrationPostBackUrl"
WHO = ZOE["id"].replace("/", "%2F")


@pytest.fixture
def cloud():
    made = SandboxCloud(origin=ORIGIN, content_origin="http://media.localhost:8022", backoff=FAST)
    made.create_dispatch("D1", generation="v2", standard="SCORM2004")
    return made


@pytest.fixture
async def client(cloud):
    async with TestClient(TestServer(cloud.application())) as made:
        yield made


async def test_a_launch_link_is_a_random_id_that_opens_the_course(client):
    await register(client, "r1", learnerTags=["dept"], courseTags=["c"])
    settings = await launched(client)
    assert (settings["registrationId"], settings["learnerId"], settings["dispatchId"]) == ("r1", ZOE["id"], "")
    await commit(client, settings)
    told = await ask(client, "GET", "/registrations/r1")
    assert (told["registrationCompletion"], told["registrationSuccess"]) == ("COMPLETED", "PASSED")
    assert "dispatchId" not in told
    assert await ask(client, "GET", f"/learner/{WHO}/tags") == {"tags": ["dept"]}
    history = (await ask(client, "GET", "/registrations/r1/launchHistory?includeHistoryLog=true"))["launchHistory"]
    assert [(one["completionStatus"], one["id"]) for one in history] == [("COMPLETED", "r1")]
    assert 'browser="Python/' in history[0]["historyLog"]
    assert (await client.get("/api/cloud/registration/launch/0")).status == 403


@pytest.mark.parametrize("body", [{}, {"redirectOnExitUrl": "nowhere"}, {"redirectOnExitUrl": "closer", "expiry": 301}])
async def test_a_launch_link_needs_somewhere_to_return_to(client, body):
    await register(client, "r1")
    await ask(client, "POST", "/registrations/r1/launchLink", json=body, status=400)


@pytest.mark.parametrize(
    "change",
    [{"registrationId": ""}, {"registrationId": "x" * 256}, {"learner": {"firstName": "x"}}, {"courseId": None}],
)
async def test_a_registration_needs_its_parts(client, change):
    body = {"courseId": COURSE, "registrationId": "r1", "learner": {"id": "l1"}} | change
    await ask(client, "POST", "/registrations", json=body, status=400)


async def test_a_registration_exists_once_and_needs_its_course(client):
    await register(client, "x" * 255)
    body = {"courseId": COURSE, "registrationId": "x" * 255, "learner": {"id": "l1"}}
    await ask(client, "POST", "/registrations", json=body, status=400)
    await ask(client, "POST", "/registrations", json=body | {"courseId": "none", "registrationId": "y"}, status=404)


async def test_an_address_makes_a_user_that_stays(client, cloud):
    await register(client, "r1", learner={"id": "l1", "email": "zoe@uni.example"})
    assert cloud.users() == {"zoe@uni.example"}
    await ask(client, "POST", "/learner/l1/delete-information?userEmail=owner@cloud.example", status=204)
    cloud.hurry()
    assert cloud.users() == {"zoe@uni.example"}


async def test_what_a_platform_brings_along_is_told_and_gone_on_with(client):
    runtime = {
        "suspendData": "bm=3",
        "learnerComments": [{"value": "Zoë was here"}],
        "runtimeInteractions": [{"id": "q1", "learnerResponse": "Zoë"}],
        "runtimeObjectives": [{"id": "o1", "description": "d"}],
    }
    child = {"id": "item_2", "runtime": {"suspendData": "deep"}, "children": []}
    state = {
        "registrationCompletion": "COMPLETED",
        "score": {"scaled": 50},
        "totalSecondsTracked": 12.5,
        "sharedData": [{"id": "b", "value": "v"}],
        "activityDetails": {"id": "item_1", "runtime": runtime, "children": [child]},
    }
    await register(client, "r1", initialRegistrationState=state)
    plain = await ask(client, "GET", "/registrations/r1")
    assert (plain["registrationCompletion"], plain["score"], plain["totalSecondsTracked"]) == (
        "COMPLETED",
        {"scaled": 50},
        12.5,
    )
    assert "activityDetails" not in plain

    children = (await ask(client, "GET", "/registrations/r1?includeChildResults=true"))["activityDetails"]
    assert children["children"] == [{"id": "item_2", "children": []}]
    run = await ask(client, "GET", "/registrations/r1?includeRuntime=true")
    assert run["sharedData"] == state["sharedData"]
    assert run["activityDetails"]["runtime"].keys() == {"suspendData", "learnerComments"}
    inter = (await ask(client, "GET", "/registrations/r1?includeInteractionsAndObjectives=true"))["activityDetails"]
    assert inter["runtime"].keys() == {"runtimeInteractions", "runtimeObjectives"}

    settings = await launched(client)
    assert settings["runtime"]["suspend_data"] == "bm=3"
    await commit(client, settings)
    after = await ask(client, "GET", "/registrations/r1?includeRuntime=true")
    assert after["activityDetails"]["runtime"]["suspendData"] == "v1|2"


async def test_instances_are_attempts_one_after_another(client):
    await register(client, "r1")
    await commit(client, await launched(client))
    await ask(client, "POST", "/registrations/r1/instances", status=204)
    now = await ask(client, "GET", "/registrations/r1")
    assert (now["instance"], now["registrationCompletion"]) == (1, "UNKNOWN")
    listed = (await ask(client, "GET", "/registrations/r1/instances"))["registrations"]
    assert [(one["instance"], one["registrationCompletion"]) for one in listed] == [(0, "COMPLETED"), (1, "UNKNOWN")]
    await ask(client, "DELETE", "/registrations/r1/instances/1", status=204)
    assert (await ask(client, "GET", "/registrations/r1"))["instance"] == 0
    await ask(client, "GET", "/registrations/r1/instances/1", status=404)
    await ask(client, "DELETE", "/registrations/r1/instances/0", status=204)
    await ask(client, "GET", "/registrations/r1", status=404)


async def test_settings_cascade_from_the_account_to_the_registration(client):
    await register(client, "r1")
    places = (
        ("/appManagement/configuration", "application"),
        (
            "/appManagement/configuration?learningStandard=SCORM20043RDEDITION&singleSco=true",
            "learningStandardForApplication",
        ),
        (f"/courses/{COURSE}/configuration", "course"),
        ("/registrations/r1/configuration", "registration"),
    )

    async def seen():
        items = (await ask(client, "GET", "/registrations/r1/configuration"))["settingItems"]
        [one] = [item for item in items if item["id"] == URL]
        return one["effectiveValue"], one["effectiveValueSource"]

    assert await seen() == ("", "default")
    for path, source in places:
        body = {"settings": [{"settingId": URL, "value": f"https://lms.example.org/{source}", "explicit": False}]}
        await ask(client, "POST", path, json=body, status=204)
        assert await seen() == (f"https://lms.example.org/{source}", source)
    for path, source in reversed(places):
        assert (await seen())[1] == source
        base, _, query = path.partition("?")
        await ask(client, "DELETE", f"{base}/{URL}?{query}", status=204)
    assert await seen() == ("", "default")
    await ask(client, "POST", places[0][0], json={"settings": [{"settingId": "Unheard", "value": "x"}]}, status=400)
    await ask(client, "GET", "/appManagement/configuration?learningStandard=SCORM12", status=400)


async def test_information_is_deleted_later_by_staff_where_she_is_known(client, cloud):
    cloud.renames.seconds = 3600.0
    await register(client, "r1", learnerTags=["dept"])
    path = f"/learner/{WHO}/delete-information"
    await ask(client, "POST", path, status=400)
    await ask(client, "POST", path + "?userEmail=who@else.example", status=403)
    await ask(client, "POST", "/learner/nobody/delete-information?userEmail=owner@cloud.example", status=404)
    await ask(client, "POST", path + "?userEmail=owner@cloud.example", status=204)
    assert (await ask(client, "GET", "/registrations/r1"))["learner"]["id"] == ZOE["id"]
    cloud.hurry()
    assert (await ask(client, "GET", "/registrations/r1"))["learner"] is None
    assert (await ask(client, "GET", "/registrations/r1/xAPIStatements")) == {"statements": []}
    assert (await ask(client, "GET", f"/learner/{WHO}/tags")) == {"tags": []}
    [mail] = cloud.mails()
    assert (mail.to, ZOE["id"] in mail.body) == ("owner@cloud.example", True)


async def test_statements_name_the_learner_as_the_cloud_does(client, cloud):
    await register(client, "r1")
    await commit(client, await launched(client))
    said = (await ask(client, "GET", f"/courses/{COURSE}/xAPIStatements", params={"learnerId": ZOE["id"]}))[
        "statements"
    ]
    verbs = [one["verb"]["display"]["en-US"] for one in said]
    assert verbs == ["registered", "launched", "completed", "commented"]
    assert said[0]["actor"]["account"] == {"homePage": "http://cloud.scorm.com", "name": f"SANDBOX|{ZOE['id']}"}
    assert said[-1]["result"]["response"] == "Zoë was here"
    assert "object" not in said[0]
    cloud.habits.statement_object = "standard"
    said = (await ask(client, "GET", "/registrations/r1/xAPIStatements"))["statements"]
    assert "objectActivity" not in said[0]
    assert said[0]["object"]["objectType"] == "Activity"
    assert (await ask(client, "GET", "/courses/none/xAPIStatements", status=404)).keys() == {"message"}


async def test_thousands_are_listed_page_by_page_and_told_one_by_one(client, cloud):
    for number in range(3000):
        cloud.register(f"r{number}", COURSE, Learner(f"l{number}", "Zoë", f"Nr {number}"))
    found, asked = [], {"includeTotalCount": "true"}
    while True:
        page = await ask(client, "GET", "/registrations", params=asked)
        found += [one["learner"]["id"] for one in page["registrations"]]
        if "more" not in page:
            break
        asked = {"more": page["more"]}
    assert found == [f"l{number}" for number in range(3000)]
    cloud.finish("r2999", passed=False, score=12.0)
    assert (await ask(client, "GET", "/registrations/r2999"))["registrationSuccess"] == "FAILED"
    for wrong in (lambda: cloud.register("x", "none", Learner("l", "", "")), lambda: cloud.finish("none")):
        with pytest.raises(KeyError):
            wrong()
