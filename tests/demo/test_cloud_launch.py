"""The launch on the wire: pre-launch, launch, redirects, cookies, player configuration, course files."""

import json
import re
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from aiohttp.test_utils import TestClient, TestServer
from cloud_kit import LI, LONG, OBRIEN, RTL, ZOE, unpacked
from yarl import URL

from proxy.demo.cloud import SandboxCloud

ORIGIN = "http://cloud.localhost:8021"
CLOSER = f"{ORIGIN}/dispatch/Closer.v2.html"


@pytest.fixture
def clock():
    return [1_760_000_000.0]


@pytest.fixture
def cloud(clock):
    return SandboxCloud(origin=ORIGIN, content_origin="http://media.localhost:8022", clock=lambda: clock[0])


@pytest.fixture
async def client(cloud):
    async with TestClient(TestServer(cloud.application())) as made:
        yield made


def content_url(package):
    [found] = re.findall(r"ContentURL = '([^']+)'", unpacked(package)["configuration.js"].decode())
    return found


def filled(template, who, regid="&regid=_new_", redirect=CLOSER):
    last, _, first = who["name"].partition(", ")
    for name, value in {
        "LEARNER_ID": who["id"],
        "LEARNER_FNAME": first,
        "LEARNER_LNAME": last,
        "REFERRING_URL": "http://lms.localhost/course?sesskey=1",
        "PIPE_URL": "http://lms.localhost/pkg",
        "REDIRECT_URL": redirect,
    }.items():
        template = template.replace(name, quote(value, safe="!'()*~"), 1)
    return template.replace("_REGISTRATION_ARGUMENT", regid).removeprefix(ORIGIN)


async def opened(client, address):
    """Follow the launch to the player; give its address and the cookies' header lines."""
    first = await client.get(address, allow_redirects=False)
    assert first.status == 302
    assert first.headers["Location"].startswith(f"{ORIGIN}/ScormEngineInterface/defaultui/launch.jsp?jwt=")
    second = await client.get(first.headers["Location"].removeprefix(ORIGIN), allow_redirects=False)
    assert second.status == 302
    return second.headers["Location"], second.headers.getall("Set-Cookie", [])


async def configured(client, player):
    query = urlsplit(player).query
    answer = await client.get(f"/ScormEngineInterface/PlayerConfiguration.jsp?{query}")
    assert answer.status == 200
    return await answer.json()


@pytest.mark.parametrize("who", [ZOE, OBRIEN, LI, LONG, RTL], ids=lambda who: who["id"])
async def test_a_launch_ends_at_the_player_which_knows_the_learner(client, cloud, who):
    template = content_url(cloud.dispatch_zip("D1", generation="engine2020", standard="SCORM2004"))
    player, _ = await opened(client, filled(template, who))
    assert (await client.get(player.removeprefix(ORIGIN))).status == 200
    settings = await configured(client, player)
    [known] = cloud.state()["registrations"]
    assert (settings["learnerId"], settings["registrationId"]) == (who["id"], known["id"])
    assert settings["learnerName"] == f"{known['last_name']}, {known['first_name']}"
    assert settings["pipeUrl"] == "http://lms.localhost/pkg"
    assert settings["redirectOnExitUrl"] == CLOSER
    assert not [key for key, values in parse_qs(urlsplit(player).query).items() if who["id"] in values]


async def test_the_player_address_has_the_published_shape(client, cloud):
    template = content_url(cloud.dispatch_zip("D1", generation="engine2020", standard="SCORM2004"))
    player, cookies = await opened(client, filled(template, ZOE))
    query = parse_qs(urlsplit(player).query)
    assert player.startswith(f"{ORIGIN}/ScormEngineInterface/defaultui/player/modern.html?")
    assert list(query) == [
        "configuration", "preventRightClick", "cc", "cache", "playerConfUrl", "package", "registration", "tracking",
        "forceReview", "redirectUrl",
    ]  # fmt: skip
    assert query["playerConfUrl"] == ["j"]
    assert query["redirectUrl"] == [CLOSER]
    names = {line.partition("=")[0] for line in cookies}
    assert names == {"JSESSIONID", "CloudFront-Policy", "CloudFront-Signature", "CloudFront-Key-Pair-Id", "ContentAuth"}
    for line in cookies:
        if line.startswith("JSESSIONID"):
            continue
        assert line.endswith("; Domain=cloud.localhost; Path=/content; Secure; HttpOnly; SameSite=None")


async def test_course_files_need_the_cookies_of_their_launch(client, cloud):
    template = content_url(cloud.dispatch_zip("D1", generation="engine2020", standard="SCORM12"))
    player, cookies = await opened(client, filled(template, ZOE))
    address = (await configured(client, player))["contentUrl"].removeprefix(ORIGIN)
    pairs = "; ".join(line.partition(";")[0] for line in cookies)
    assert (await client.get(address, headers={"Cookie": pairs})).status == 200
    assert (await client.get(address)).status == 403
    forged = pairs.replace("CloudFront-Signature=", "CloudFront-Signature=x")
    assert (await client.get(address, headers={"Cookie": forged})).status == 403
    elsewhere = address.replace("lighthouses-scorm12", "lighthouses-scorm2004")
    assert (await client.get(elsewhere, headers={"Cookie": pairs})).status == 403


async def test_a_vault_path_is_bound_to_the_user_agent_of_the_launch(client, cloud):
    package = cloud.dispatch_zip("D1", generation="engine2020", standard="SCORM12", launch_auth="vault")
    player, cookies = await opened(client, filled(content_url(package), ZOE))
    address = (await configured(client, player))["contentUrl"].removeprefix(ORIGIN)
    assert re.match(r"/vault/[0-9a-f-]{36}/", address)
    assert [line.partition("=")[0] for line in cookies] == ["JSESSIONID"]
    assert (await client.get(address)).status == 200
    assert (await client.get(address, headers={"User-Agent": "another"})).status == 403


async def test_a_package_of_the_cloud_launches_only_with_a_fresh_token(client, cloud, clock):
    package = cloud.dispatch_zip("D1", generation="v2", standard="SCORM2004")
    static = content_url(package)
    assert (await client.get(filled(static, ZOE), allow_redirects=False)).status == 403
    [token] = re.findall(r"launchtoken=(\w{40})&", static)
    headers = {"DispatchId": "D1", "DispatchToken": token, "Origin": "http://lms.localhost"}
    before = await client.get("/api/cloud/dispatch/D1/preLaunchConfiguration", headers=headers)
    assert before.headers["Access-Control-Allow-Origin"] == "http://lms.localhost"
    answer = await before.json()
    assert answer["learnerIdTemplate"] == "{{learnerId}}"
    fresh = filled(static.replace(token, answer["launchToken"]), ZOE)
    player, _ = await opened(client, fresh)
    assert parse_qs(urlsplit(player).query)["playerConfUrl"] == [
        f"{ORIGIN}/ScormEngineInterface/PlayerConfiguration.jsp"
    ]
    clock[0] += 301
    assert (await client.get(fresh, allow_redirects=False)).status == 403


async def test_the_pre_launch_step_refuses_wrong_secrets(client, cloud):
    cloud.dispatch_zip("D1", generation="v2", standard="SCORM2004")
    wrong = {"DispatchId": "D1", "DispatchToken": "x" * 40}
    assert (await client.get("/api/cloud/dispatch/D1/preLaunchConfiguration", headers=wrong)).status == 403
    engine = "/dispatch/DispatchRequest.jsp?methodName=PreLaunchConfiguration&tenant=t&dispatchid=D1&launchsecret=x"
    assert (await client.get(engine)).status == 403


async def test_custom_configuration_is_absent_until_it_is_set(client, cloud):
    package = unpacked(cloud.dispatch_zip("D1", generation="v2", standard="SCORM12"))
    [token] = re.findall(r"launchToken = '(\w{40})'", package["customconfig.js"].decode())
    address = "/api/cloud/dispatch/D1/customConfig?appId=SANDBOX"
    assert (await client.get(address, headers={"launchtoken": token})).status == 404
    cloud.set_custom_config("D1", {"DispatchClientLoaderFilename": "other.js"})
    answer = await client.get(address, headers={"launchtoken": token})
    assert await answer.json() == {"DispatchClientLoaderFilename": "other.js"}
    assert (await client.get(address, headers={"launchtoken": "x"})).status == 403


async def test_browsers_may_ask_before_they_send_the_headers(client, cloud):
    cloud.dispatch_zip("D1", generation="v2", standard="SCORM12")
    asked = {
        "Origin": "http://lms.localhost",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "dispatchid,dispatchtoken",
    }
    answer = await client.options("/api/cloud/dispatch/D1/preLaunchConfiguration", headers=asked)
    assert answer.headers["Access-Control-Allow-Headers"] == "dispatchid,dispatchtoken"


async def test_which_registration_a_launch_continues(client, cloud):
    template = content_url(cloud.dispatch_zip("D1", generation="v1", standard="SCORM12"))

    async def registration(regid, who=ZOE):
        player, _ = await opened(client, filled(template, who, regid))
        return (await configured(client, player))["registrationId"]

    first = await registration("&regid=_new_")
    second = await registration("&regid=_new_")
    assert first != second, "an instanced dispatch believes the platform"
    assert await registration(f"&regid={first}") == first
    assert await registration("&regid=_none_") in {first, second}
    assert await registration(f"&regid={first}", OBRIEN) == first
    assert await registration("&regid=unknown-one") in {first, second}
    assert await registration("", OBRIEN) not in {first, second}
    learners = {one["id"]: one["learner_id"] for one in cloud.state()["registrations"]}
    assert learners[first] == ZOE["id"], "an old registration stays with the learner it was made for"


async def test_a_static_dispatch_looks_the_learner_up(client, cloud):
    package = cloud.dispatch_zip("D1", generation="v1", standard="SCORM12", instanced=False)
    for _ in range(2):
        await opened(client, filled(content_url(package), ZOE))
    assert [one["launches"] for one in cloud.state()["registrations"]] == [2]


@pytest.mark.parametrize(
    "change", [("learnerid=", "other="), ("launchsecret=", "launchsecret=x"), ("methodName=Launch", "methodName=Lunch")]
)
async def test_a_launch_with_something_wrong_is_denied(client, cloud, change):
    template = content_url(cloud.dispatch_zip("D1", generation="v1", standard="SCORM12"))
    answer = await client.get(filled(template, ZOE).replace(*change), allow_redirects=False)
    assert answer.status in {400, 403}
    assert cloud.state()["registrations"] == []


async def test_scripts_spell_the_clouds_address_in_three_ways(client, cloud):
    template = content_url(cloud.dispatch_zip("D1", generation="engine2020", standard="SCORM12"))
    player, _ = await opened(client, filled(template, ZOE))
    page = await (await client.get(player.removeprefix(ORIGIN))).text()
    script = await (await client.get("/ScormEngineInterface/defaultui/player/js/player.js")).text()
    assert ORIGIN.replace("/", "\\/") in page
    assert f'src="{ORIGIN}/' in page
    assert quote(ORIGIN, safe="") in script
    assert "@" not in re.sub(r"@(?!\w+@)", "", page + script), "no placeholder is left"


@pytest.mark.parametrize(
    "name",
    [
        "scormdriver.js",
        "loading.html",
        "dispatch.client.loader.js",
        "dispatch.client.loader.v2.js",
        "dispatch.client.driver.js",
        "dispatch.client.driver.v2.js",
        "DispatchHost.html",
        "DispatchHost.v2.html",
        "Closer.html",
        "Closer.v2.html",
    ],
)
async def test_the_dispatch_root_serves_both_younger_generations(client, name):
    answer = await client.get(f"/dispatch/{name}?cachebuster=136")
    assert answer.status == 200
    assert "@SUFFIX@" not in await answer.text()


async def test_what_the_cloud_shows_can_be_written_as_json(client, cloud):
    template = content_url(cloud.dispatch_zip("D1", generation="v1", standard="SCORM12"))
    await client.get(
        URL(filled(template, ZOE), encoded=True), headers={"Referer": "http://lms.localhost/"}, allow_redirects=False
    )
    state = json.loads(json.dumps(cloud.state()))
    launch = state["requests"][-1]
    assert launch["method"] == "GET"
    assert "learnerid=zoe.m%2F2026" in launch["target"]
    assert launch["headers"]["Referer"] == "http://lms.localhost/"
    assert state["dispatches"][0]["generation"] == "v1"
