"""Results leave the cloud: the read API, the poll, and postbacks that are repeated until taken."""

import base64
import json

import pytest
from aiohttp import encode_basic_auth, web
from aiohttp.test_utils import TestClient, TestServer
from cloud_kit import FAST, ZOE
from test_cloud_launch import ORIGIN, configured, content_url, filled, opened

from proxy.demo.cloud import Backoff, SandboxCloud

ALICE = {"Authorization": encode_basic_auth("SANDBOX", "sandbox-secret")}
COMMIT = (
    '<RTD RI="{id}"><ART L="p2" SD="v1|2" Ex="suspend"><ARTC C="Zoë was here" Lo="p2"/>'
    '<ARTI Id="q2" T="fill-in" LR="Zoë" R="neutral"/></ART>'
    '<RS SS="{success}" CS="complete" MS="1" NM="{score}" ED="75400"/></RTD>'
)


@pytest.fixture
def cloud():
    return SandboxCloud(origin=ORIGIN, content_origin="http://media.localhost:8022", backoff=FAST)


@pytest.fixture
async def client(cloud):
    async with TestClient(TestServer(cloud.application())) as made:
        yield made


@pytest.fixture
async def launched(client, cloud):
    """The player's configuration of a running course."""
    template = content_url(cloud.dispatch_zip("D1", generation="engine2020", standard="SCORM2004"))
    player, _ = await opened(client, filled(template, ZOE))
    return await configured(client, player)


async def commit(client, settings, *, success="passed", score=0.875, leaving=False, media="text/xml"):
    body = COMMIT.format(id=settings["registrationId"], success=success, score=score)
    address = settings["recordResultsUrl"].removeprefix(ORIGIN) + ("&isExitScormPlayer=true" if leaving else "")
    return await client.post(address, data=body.encode(), headers={"Content-Type": media})


async def test_a_commit_is_answered_as_the_player_expects(client, launched):
    answer = await commit(client, launched)
    assert '<error present="false">' in await answer.text()


async def test_a_commit_needs_the_token_of_its_registration(client, launched):
    for change in ({"recordResultsUrl": launched["recordResultsUrl"] + "x"}, {"registrationId": "another"}):
        answer = await commit(client, launched | change)
        assert answer.status == 403
        assert '<error present="true">' in await answer.text()
    assert (await commit(client, launched, media="application/json")).status == 403


@pytest.mark.parametrize("base", ["/api/v2/registrations/", "/api/v2//registrations/"])
async def test_a_registration_is_read_at_high_level(client, launched, base):
    await commit(client, launched)
    answer = await client.get(base + launched["registrationId"], headers=ALICE)
    told = await answer.json()
    assert told["registrationCompletion"] == "COMPLETED"
    assert told["registrationSuccess"] == "PASSED"
    assert told["score"] == {"scaled": 87.5}
    assert told["totalSecondsTracked"] == 754.0
    assert told["learner"] == {"id": "zoe.m/2026", "firstName": "Zoë Ann", "lastName": "Müller-Østergård"}
    assert "activityDetails" not in told


async def test_details_are_given_when_asked_for(client, launched):
    await commit(client, launched)
    asked = "?includeChildResults=True&includeRuntime=true&includeInteractionsAndObjectives=TRUE"
    answer = await client.get(f"/api/v2/registrations/{launched['registrationId']}{asked}", headers=ALICE)
    runtime = (await answer.json())["activityDetails"]["runtime"]
    assert runtime["suspendData"] == "v1|2"
    assert runtime["learnerComments"][0]["value"] == "Zoë was here"
    assert runtime["runtimeInteractions"][0]["learnerResponse"] == "Zoë"


async def test_errors_have_the_published_shapes(client, cloud, launched):
    nobody = await client.get("/api/v2/registrations/x")
    assert (nobody.status, await nobody.json()) == (401, {"error": "Authorization Required."})
    wrong = await client.get("/api/v2/ping", headers={"Authorization": encode_basic_auth("SANDBOX", "wrong")})
    assert wrong.status == 401
    unknown = await client.get("/api/v2/registrations/x", headers=ALICE)
    assert (unknown.status, list(await unknown.json())) == (404, ["message"])
    assert (await client.get("/api/v2/dispatch/dispatches/x/zip", headers=ALICE)).status == 404


async def test_a_package_can_be_downloaded(client, cloud, launched):
    answer = await client.get("/api/v2/dispatch/dispatches/D1/zip", headers=ALICE)
    assert await answer.read() == cloud.dispatch_zip("D1", generation="engine2020", standard="SCORM2004")
    assert answer.content_type == "application/zip"
    assert "_dispatch_D1.zip" in answer.headers["Content-Disposition"]


async def test_the_poll_names_no_learner_and_takes_an_unencoded_date(client, launched):
    poll = f"/dispatch/DispatchRequest.jsp?methodName=GetRegistration&registrationId={launched['registrationId']}"
    before = await (await client.get(poll + "&registrationUpdateDate=null")).json()
    assert (before["completionStatus"], before["scoreIsKnown"]) == ("INCOMPLETE", False)
    await commit(client, launched)
    answer = await client.get(poll + "&registrationUpdateDate=2026-01-05T10:11:12.000+0000")
    told = await answer.json()
    assert (told["completionStatus"], told["successStatus"], told["score"]) == ("COMPLETE", "PASSED", 87.5)
    assert told["updated"].endswith("+0000")
    assert "zoe" not in (await answer.text()).casefold()
    assert (await client.get(poll + "x")).status == 404


class Receiver:
    """A platform that answers postbacks with the statuses it was given, then with 200."""

    def __init__(self, *statuses):
        self.statuses = list(statuses)
        self.got = []

    async def handle(self, request):
        self.got.append((request.headers, await request.read()))
        status = self.statuses.pop(0) if self.statuses else 200
        return web.Response(status=status, headers={"Location": "/elsewhere"} if status == 302 else None)


@pytest.fixture
async def hook():
    """Starts receivers, gives their address."""
    servers = []

    async def start(receiver):
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", receiver.handle)
        server = TestServer(app)
        await server.start_server()
        servers.append(server)
        return f"http://lms.localhost:{server.port}/hook?token=1"

    yield start
    for server in servers:
        await server.close()


async def test_a_result_is_posted_once_with_basic_auth(client, cloud, launched, hook):
    receiver = Receiver()
    cloud.set_postback("D1", await hook(receiver), "hook", "pä:ss")
    await commit(client, launched)
    await commit(client, launched)
    await cloud.settle()
    [(headers, body)] = receiver.got
    assert headers["Content-Type"] == "application/json; charset=UTF-8"
    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")).decode() == "hook:pä:ss"
    told = json.loads(body)
    assert told["learner"]["id"] == "zoe.m/2026"
    assert told["activityDetails"]["runtime"]["learnerComments"][0]["value"] == "Zoë was here"


@pytest.mark.parametrize(("depth", "deep"), [("COURSE", False), ("ACTIVITY", True)])
async def test_a_shallower_postback_keeps_the_run_time_data(client, cloud, launched, hook, depth, deep):
    receiver = Receiver()
    cloud.set_postback("D1", await hook(receiver), "hook", "pw", depth)
    await commit(client, launched)
    await cloud.settle()
    told = json.loads(receiver.got[0][1])
    assert ("activityDetails" in told) is deep
    assert "runtime" not in told.get("activityDetails", {})


async def test_refused_postbacks_are_repeated_until_taken(client, cloud, launched, hook):
    receiver = Receiver(500, 404)
    cloud.set_postback("D1", await hook(receiver), "hook", "pw")
    await commit(client, launched)
    await cloud.settle()
    assert len(receiver.got) == 3
    assert cloud.state()["postbacks"][0]["delivered"]


async def test_a_redirect_counts_as_taken_and_is_not_followed(client, cloud, launched, hook):
    receiver = Receiver(302)
    cloud.set_postback("D1", await hook(receiver), "hook", "pw")
    await commit(client, launched)
    await cloud.settle()
    assert len(receiver.got) == 1
    assert cloud.state()["postbacks"][0]["status"] == 302


async def test_a_postback_nobody_takes_is_given_up(client, cloud, launched, hook):
    receiver = Receiver(*[503] * FAST.attempts)
    cloud.set_postback("D1", await hook(receiver), "hook", "pw")
    await commit(client, launched)
    await cloud.settle()
    assert cloud.state()["postbacks"][0]["given_up"]
    assert len(receiver.got) == FAST.attempts


async def test_a_platform_that_is_down_does_not_stop_the_cloud(client, cloud, launched, unused_tcp_port):
    cloud.set_postback("D1", f"http://127.0.0.1:{unused_tcp_port}/", "hook", "pw")
    assert (await commit(client, launched)).status == 200
    await cloud.settle()
    assert cloud.state()["postbacks"][0]["status"] == 0


async def test_results_and_leaving_are_both_told(client, cloud, launched, hook):
    receiver = Receiver()
    cloud.set_postback("D1", await hook(receiver), "hook", "pw")
    await commit(client, launched, success="failed", score=0.1)
    await commit(client, launched)
    await commit(client, launched, leaving=True)
    await cloud.settle()
    assert [json.loads(body)["registrationSuccess"] for _, body in receiver.got] == ["FAILED", "PASSED", "PASSED"]


def test_the_documented_patience_is_the_default():
    assert Backoff().attempts == 70
