"""Learners are renamed in the sandbox cloud as the published facts say: later, and seen in registrations only."""

import asyncio
import hashlib
import time
from urllib.parse import urlencode

import pytest
from aiohttp import encode_basic_auth
from aiohttp.test_utils import TestClient, TestServer
from cloud_kit import FAST, LI, ZOE
from test_cloud_launch import ORIGIN, configured, content_url, filled, opened
from test_cloud_results import commit

from proxy.demo.cloud import SandboxCloud

APP = {"Authorization": encode_basic_auth("SANDBOX", "sandbox-secret")}


@pytest.fixture
def cloud():
    made = SandboxCloud(origin=ORIGIN, content_origin="http://media.localhost:8022", backoff=FAST)
    made.renames.seconds = 0.0
    return made


@pytest.fixture
async def client(cloud):
    async with TestClient(TestServer(cloud.application())) as made:
        yield made


async def launched(client, cloud, who, regid="&regid=_new_"):
    template = content_url(cloud.dispatch_zip("D1", generation="engine2020", standard="SCORM2004"))
    player, _ = await opened(client, filled(template, who, regid))
    return await configured(client, player)


async def listed(client, learner, **more):
    answer = await client.get("/api/v2//registrations", params={"learnerId": learner, **more}, headers=APP)
    assert answer.status == 200
    return await answer.json()


async def updated(client, learner, **body):
    return await client.post(f"/api/v2//learner/{learner}/updateInfo", json=body, headers=APP)


def signed(**pairs):
    pairs = {"method": "rustici.registration.updateLearnerInfo", "appid": "SANDBOX", **pairs}
    pairs.setdefault("ts", time.strftime("%Y%m%d%H%M%S", time.gmtime()))
    text = "sandbox-secret" + "".join(name + pairs[name] for name in sorted(pairs))
    sig = hashlib.md5(text.encode()).hexdigest().upper()  # noqa: S324  the API's own choice
    return "/api?" + urlencode({**pairs, "sig": sig})


async def test_registrations_are_listed_by_learner_page_by_page(client, cloud):
    cloud.renames.page_size = 2
    mine = [(await launched(client, cloud, ZOE))["registrationId"] for _ in range(5)]
    await launched(client, cloud, LI)

    found, page = [], await listed(client, ZOE["id"])
    while True:
        found += page["registrations"]
        if "more" not in page:
            break
        answer = await client.get("/api/v2/registrations", params={"more": page["more"]}, headers=APP)
        page = await answer.json()

    assert [one["id"] for one in found] == mine
    assert {one["learner"]["id"] for one in found} == {ZOE["id"]}
    assert all("activityDetails" not in one for one in found)
    assert (await client.get("/api/v2/registrations", params={"more": "x"}, headers=APP)).status == 400
    assert (await client.get("/api/v2/registrations")).status == 401


async def test_a_body_id_that_differs_renames_a_little_later_and_she_resumes(client, cloud):
    before = await launched(client, cloud, ZOE)
    await commit(client, before)
    cloud.renames.seconds = 3600.0
    answer = await updated(client, "zoe.m%2F2026", id="new-id", firstName="Learner", lastName="K7Q")
    assert answer.status == 204
    assert len((await listed(client, ZOE["id"]))["registrations"]) == 1, "not at once"
    cloud.renames.seconds = 0.0
    await updated(client, "zoe.m%2F2026", id="new-id", firstName="Learner", lastName="K7Q")
    assert (await listed(client, ZOE["id"]))["registrations"] == []

    after = await launched(client, cloud, {"id": "new-id", "name": "K7Q, Learner"}, regid="&regid=forgotten")
    assert after["registrationId"] == before["registrationId"]
    assert after["runtime"]["suspend_data"] == "v1|2"
    assert after["learnerName"] == "K7Q, Learner"


async def test_a_name_that_is_left_out_stays_and_an_empty_one_is_set(client, cloud):
    await launched(client, cloud, ZOE)
    await updated(client, "zoe.m%2F2026", id=ZOE["id"], lastName="")
    await asyncio.sleep(0)
    [one] = cloud.state()["registrations"]
    assert (one["learner_id"], one["first_name"], one["last_name"]) == (ZOE["id"], "Zoë Ann", "")
    assert (await updated(client, "zoe.m%2F2026", lastName="x")).status == 400


async def test_a_cloud_that_ignores_the_id_changes_the_names_only(client, cloud):
    cloud.renames.by_v2 = "ignores-id"
    await launched(client, cloud, ZOE)
    assert (await updated(client, "zoe.m%2F2026", id="new-id", firstName="Learner")).status == 204
    await asyncio.sleep(0)
    [one] = cloud.state()["registrations"]
    assert (one["learner_id"], one["first_name"]) == (ZOE["id"], "Learner")
    cloud.renames.by_v2 = "forbidden"
    assert (await updated(client, "zoe.m%2F2026", id="new-id")).status == 403
    assert cloud.renames.asked == [(ZOE["id"], "new-id")]


async def test_v1_renames_whoever_signs_rightly(client, cloud):
    cloud.renames.by_v2 = "ignores-id"
    await launched(client, cloud, ZOE)
    address = signed(learnerid=ZOE["id"], newid="new-id", fname="Learner", lname="K7Q")
    for wrong in (
        address.replace("new-id", "other"),
        address.replace("SANDBOX", "OTHER"),
        signed(learnerid=ZOE["id"], newid="new-id", fname="x", lname="y", ts="20200101000000"),
        signed(learnerid=ZOE["id"], newid="new-id", fname="x", lname="y", ts="yesterday"),
        signed(learnerid=ZOE["id"], newid="new-id", fname="x"),
        signed(learnerid=ZOE["id"], fname="x", lname="y", method="rustici.registration.deleteRegistration"),
    ):
        answer = await client.get(wrong)
        assert (answer.status, 'stat="fail"' in await answer.text()) == (200, True), wrong
    assert cloud.renames.asked == []

    answer = await client.get(address)

    assert 'stat="ok"' in await answer.text()
    await asyncio.sleep(0)
    [one] = cloud.state()["registrations"]
    assert (one["learner_id"], one["first_name"], one["last_name"]) == ("new-id", "Learner", "K7Q")


async def test_a_busy_cloud_says_when_to_come_back(client, cloud):
    cloud.renames.busy = 1
    answer = await client.get("/api/v2/registrations", headers=APP)
    assert (answer.status, answer.headers["Retry-After"]) == (429, "0")
    assert (await client.get("/api/v2/registrations", headers=APP)).status == 200
