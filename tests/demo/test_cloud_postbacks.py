"""Postbacks in all their forms, and how the cloud repeats them: hours pass on a clock that the test drives."""

import asyncio
import json
from urllib.parse import parse_qs
from xml.etree import ElementTree as ET

import pytest
from aiohttp import encode_basic_auth, web
from aiohttp.test_utils import TestClient, TestServer
from cloud_api_kit import COURSE, ask, launched, register
from test_cloud_launch import ORIGIN
from test_cloud_results import commit

from proxy.demo.cloud import Backoff, DrivenClock, SandboxCloud

BASIC = encode_basic_auth("hook", "pw")


class Platform:
    """Answers with the statuses it was given, then with 200; notes when each postback came."""

    def __init__(self, clock):
        self.clock = clock
        self.statuses = []
        self.got = []
        self.times = []

    async def handle(self, request):
        self.got.append((request.headers, await request.text()))
        self.times.append(self.clock())
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 0:
            request.transport.abort()
        return web.Response(status=status or 200, headers={"Location": "/elsewhere"} if status == 301 else None)


@pytest.fixture
def clock():
    return DrivenClock()


@pytest.fixture
def cloud(clock):
    made = SandboxCloud(
        origin=ORIGIN,
        content_origin="http://media.localhost:8022",
        clock=clock,
        backoff=Backoff.published(clock.sleep, patience=5.0),
    )
    made.create_dispatch("D1", generation="v2", standard="SCORM2004")
    return made


@pytest.fixture
async def client(cloud):
    async with TestClient(TestServer(cloud.application())) as made:
        yield made


@pytest.fixture
async def platform(clock):
    made = Platform(clock)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.handle)
    async with TestServer(app) as server:
        made.url = f"http://127.0.0.1:{server.port}/hook?token=1"
        yield made


def wanted(platform, **more):
    """A postBack object."""
    return {"url": platform.url, "userName": "hook", "password": "pw", "authType": "HTTPBASIC", **more}


async def finished(client, registration, **result):
    await commit(client, (await launched(client, registration)), **result)


def field(root, path):
    return root.find(path).text


@pytest.mark.parametrize(
    ("depth", "deep", "deeper"), [("COURSE", False, False), ("ACTIVITY", True, False), ("FULL", True, True)]
)
async def test_json_as_the_body_at_every_depth(client, cloud, platform, depth, deep, deeper):
    await register(client, "r1", postBack=wanted(platform, resultsFormat=depth))
    await finished(client, "r1")
    await cloud.settle()
    [(headers, body)] = platform.got
    told = json.loads(body)
    assert (headers["Authorization"], headers["Content-Type"]) == (BASIC, "application/json; charset=UTF-8")
    assert (told["id"], told["registrationSuccess"]) == ("r1", "PASSED")
    assert ("activityDetails" in told, "runtime" in told.get("activityDetails", {})) == (deep, deeper)


async def test_json_in_a_form(client, cloud, platform):
    await register(client, "r1", postBack=wanted(platform, authType="FORM"))
    await finished(client, "r1")
    await cloud.settle()
    [(headers, body)] = platform.got
    given = {name: values[0] for name, values in parse_qs(body, strict_parsing=True).items()}
    assert headers["Content-Type"] == "application/x-www-form-urlencoded; charset=UTF-8"
    assert "Authorization" not in headers
    assert given.keys() == {"data", "userName", "password"}
    assert json.loads(given["data"])["id"] == "r1"


@pytest.mark.parametrize("wrapper", [True, False])
@pytest.mark.parametrize("auth", ["FORM", "HTTPBASIC"])
async def test_xml_of_the_older_api(client, cloud, platform, auth, wrapper):
    cloud.habits.xml_wrapped = wrapper
    post_back = wanted(platform, authType=auth, legacy=True, resultsFormat="FULL")
    await register(client, "r1", postBack=post_back)
    await finished(client, "r1")
    await cloud.settle()
    [(headers, body)] = platform.got
    if auth == "FORM":
        given = {name: values[0] for name, values in parse_qs(body, strict_parsing=True).items()}
        assert given.keys() == {"data", "username", "password"}
        body = given["data"]
    else:
        assert headers["Content-Type"] == "text/xml; charset=UTF-8"
    assert body.startswith("<?xml")
    root = ET.fromstring(body)  # noqa: S314  our own cloud's
    report = root.find("registrationreport") if wrapper else root
    assert (root.tag == "rsp") is wrapper
    assert report.attrib == {"format": "full", "regid": "r1", "instanceid": "0"}
    assert field(report, "activity/runtime/static/learner_id") == "zoe.m/2026"
    assert field(report, "activity/runtime/comments_from_learner/comment/value") == "Zoë was here"


@pytest.mark.parametrize(("depth", "shows"), [("COURSE", "score"), ("ACTIVITY", "activity/score")])
async def test_xml_at_the_lesser_depths_names_nobody(client, cloud, platform, depth, shows):
    await register(client, "r1", postBack=wanted(platform, legacy=True, resultsFormat=depth))
    await finished(client, "r1")
    await cloud.settle()
    [(_, body)] = platform.got
    report = ET.fromstring(body).find("registrationreport")  # noqa: S314  our own cloud's
    assert field(report, shows) == "87.5"
    assert "zoe" not in body.casefold()


async def test_an_address_holds_at_once_for_what_is_below_it(client, cloud, platform):
    await register(client, "r1")
    await ask(client, "PUT", "/dispatch/dispatches/D1", json={"postBack": wanted(platform)}, status=204)
    course = {"settings": [{"settingId": "ApiRollupRegistrationPostBackUrl", "value": platform.url + "&course"}]}
    await ask(client, "POST", f"/courses/{COURSE}/configuration", json=course, status=204)
    await finished(client, "r1")
    await cloud.settle()
    assert len(platform.got) == 1, "the course has an address now, and this registration is of no dispatch"
    assert "data=" in platform.got[0][1], "the default is a form"


async def test_an_hour_without_the_platform_loses_nothing(client, cloud, clock, platform):
    await register(client, "r1", postBack=wanted(platform))
    platform.statuses = [503] * 30
    begin = clock()
    await finished(client, "r1")
    await cloud.quiet()
    await cloud.pass_time(clock, 3600)
    tried = len(platform.got)
    assert 8 <= tried < 30
    gaps = [later - earlier for earlier, later in zip(platform.times, platform.times[1:], strict=False)]
    assert all(1 <= gap <= 900 for gap in gaps)
    assert gaps[0] < gaps[-1]
    platform.statuses = []
    await cloud.pass_time(clock, 900)
    assert cloud.state()["postbacks"][0]["delivered"]
    assert json.loads(platform.got[-1][1])["id"] == "r1"
    assert clock() - begin == 4500
    assert len(platform.got) == tried + 1


async def test_after_seventy_attempts_it_is_given_up(client, cloud, clock, platform):
    await register(client, "r1", postBack=wanted(platform))
    platform.statuses = [500] * 100
    await finished(client, "r1")
    await cloud.pass_time(clock, 70 * 900)
    await cloud.settle()
    assert len(platform.got) == 70
    assert cloud.state()["postbacks"][0]["given_up"]
    assert platform.times[-1] - platform.times[0] <= 70 * 900


async def test_a_repeated_result_may_come_after_a_later_one(client, cloud, clock, platform):
    await register(client, "r1", postBack=wanted(platform))
    platform.statuses = [500]
    await finished(client, "r1", success="failed", score=0.1)
    await cloud.quiet()
    await finished(client, "r1", success="passed", score=0.9)
    await cloud.quiet()
    await cloud.pass_time(clock, 60)
    await cloud.settle()
    told = [json.loads(body)["registrationSuccess"] for _, body in platform.got]
    assert told == ["FAILED", "PASSED", "FAILED"]


async def test_an_answer_that_got_lost_makes_a_duplicate(client, cloud, clock, platform):
    await register(client, "r1", postBack=wanted(platform))
    platform.statuses = [0]
    await finished(client, "r1")
    await cloud.quiet()
    await cloud.pass_time(clock, 60)
    await cloud.settle()
    assert len(platform.got) == 2
    assert platform.got[0][1] == platform.got[1][1]


async def test_a_redirect_counts_as_success_and_is_not_followed(client, cloud, platform):
    await register(client, "r1", postBack=wanted(platform))
    platform.statuses = [301]
    await finished(client, "r1")
    await cloud.settle()
    assert len(platform.got) == 1
    assert cloud.state()["postbacks"][0]["delivered"]


@pytest.mark.parametrize(
    ("legacy", "auth"), [(False, "HTTPBASIC"), (False, "FORM"), (True, "FORM"), (None, "UNDEFINED")]
)
async def test_a_test_postback_has_ids_of_nobody_and_is_not_repeated(client, cloud, platform, legacy, auth):
    body = wanted(platform, authType=auth, legacy=legacy)
    await ask(client, "POST", "/registrations/postBackTest", json=body, status=204)
    platform.statuses = [500]
    await ask(client, "POST", "/registrations/postBackTest", json=body, status=400)
    await cloud.settle()
    assert len(platform.got) == 2
    assert "test-" in platform.got[0][1]
    assert cloud.state()["postbacks"] == []


@pytest.mark.parametrize("url", ["http://[bad/", "nowhere", "http://", "http://127.0.0.1:99999/"])
async def test_what_is_no_address_fails_like_any_other(client, cloud, clock, url):
    await register(client, "r1", postBack={"url": url})
    await finished(client, "r1")
    await cloud.pass_time(clock, 70 * 900)
    await cloud.settle()
    assert cloud.state()["postbacks"][0]["given_up"]
    await ask(client, "POST", "/registrations/postBackTest", json={"url": url}, status=400)


async def test_a_clock_wakes_in_order_and_only_who_is_due():
    clock, woken = DrivenClock(0.0), []

    async def sleeper(seconds):
        await clock.sleep(seconds)
        woken.append((seconds, clock()))

    async def nothing():
        await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        for seconds in (5, 1, 3, 60):
            group.create_task(sleeper(seconds))
        await asyncio.sleep(0)
        await clock.advance(10, nothing)
        assert woken == [(1, 1.0), (3, 3.0), (5, 5.0)]
        assert clock() == 10.0
        await clock.advance(50, nothing)
    assert woken[-1] == (60, 60.0)
