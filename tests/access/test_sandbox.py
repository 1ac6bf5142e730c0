"""The doctor, and an erasure, against the whole sandbox cloud: no stub that agrees with whoever wrote it."""

import asyncio
import base64
import json
import threading
from urllib.request import Request, urlopen

import pytest

from proxy.demo.cloud import SandboxCloud, serve
from tests.doctor.conftest import configure
from tests.kill.program import free_ports

APP, SECRET = "APPID", "an invented secret"
URL = "ApiRollupRegistrationPostBackUrl"
ALLOWED = '[mounts.erase]\nallow = true\nuser_email = "owner@cloud.example"\nsettle_seconds = 0'


@pytest.fixture
def cloud():
    """In a loop of its own: commands are run as an officer runs them, each with a loop of its own, too."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    port, content = free_ports(1), free_ports(1)
    one = SandboxCloud(
        origin=f"http://127.0.0.1:{port}", content_origin=f"http://127.0.0.1:{content}", app_id=APP, secret=SECRET
    )
    runner = asyncio.run_coroutine_threadsafe(serve(one, "127.0.0.1", port, content), loop).result(30)
    one.create_dispatch("D1", generation="engine2020", standard="SCORM2004", instanced=False)
    yield one
    asyncio.run_coroutine_threadsafe(runner.close(), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(30)
    loop.close()


def ask(cloud, method, path, body=None):
    """A call of the LMS that goes around the proxy."""
    login = base64.b64encode(f"{APP}:{SECRET}".encode()).decode()
    fields = {"Authorization": f"Basic {login}", "Content-Type": "application/json"}
    content = None if body is None else json.dumps(body).encode()
    request = Request(f"{cloud.origin}/api/v2{path}", content, fields, method=method)
    with urlopen(request) as answer:
        told = answer.read()
    return json.loads(told) if told else None


def registered(cloud, learner, registration):
    course = (ask(cloud, "GET", "/courses"))["courses"][0]["id"]
    ask(cloud, "POST", "/registrations", {"courseId": course, "registrationId": registration, "learner": learner})
    return course


def test_it_finds_what_was_set_around_the_proxy(house, cloud):
    configure(house, cloud)
    course = registered(cloud, {"id": "zoe.m", "firstName": "Zoë", "lastName": "Müller-Østergård"}, "r-1")
    for level in ("/appManagement", f"/courses/{course}", "/registrations/r-1"):
        settings = {"settings": [{"settingId": URL, "value": "https://lms.example.org/hook"}]}
        ask(cloud, "POST", f"{level}/configuration", settings)
    said = house.run("doctor", "--json", "--pace", "1000")
    report = json.loads(said.out)
    assert report["unseen"] == []
    around = [one["where"] for one in report["findings"] if one["code"] == "goes-around"]
    assert {f"application: {URL}", f"course {course}: {URL}", f"registration 1 of the sample: {URL}"} <= set(around)
    [clear] = [one for one in report["findings"] if one["code"] == "learner-in-clear"]
    assert clear["count"] == 1
    assert "zoe" not in said.out.lower()


def test_an_erasure_ends_when_the_cloud_has_nothing_left(house, cloud):
    configure(house, cloud, ALLOWED)
    token, other, _ = house.mint()
    for learner, registration in ((token, "r-1"), (token, "r-2"), (other, "r-3")):
        registered(cloud, {"id": learner, "firstName": "Learner", "lastName": "K7Q-XM2-P4R"}, registration)
    said = house.done("people", "erase", "--yes", "--pseudonym", token)
    assert "The cloud was asked to delete what it holds" in said.words
    said = house.done("people", "deletions", "--follow", "--all")
    assert f"{token} uni/api since" in said.words
    assert "has nothing of hers" in said.words
    left = (ask(cloud, "GET", "/registrations"))["registrations"]
    assert [one["learner"]["id"] for one in left if one["learner"]] == [other], "what is left is nobody's"


def test_an_address_that_is_no_owners_is_refused_and_told(house, cloud):
    configure(house, cloud, ALLOWED.replace("owner@", "somebody@"))
    [token] = house.mint(["plato"])
    registered(cloud, {"id": token}, "r-1")
    said = house.done("people", "erase", "--yes", "--pseudonym", token)
    assert "user_email is no owner or administrator of the account" in said.words
    assert len((ask(cloud, "GET", "/registrations"))["registrations"]) == 1


ADOPT = ("people", "adopt", "--pace", "1000")
ZOE = {"id": "zoe.m@uni.example", "firstName": "Zoë", "lastName": "Müller-Østergård", "email": "zoe.m@uni.example"}
LI = {"id": "李小龙", "firstName": "小龙", "lastName": "李"}


def learners(cloud):
    rows = ask(cloud, "GET", "/registrations")["registrations"]
    return {one["id"]: one["learner"] for one in rows}


def test_learners_in_clear_are_taken_over_and_keep_their_registrations(house, cloud):
    configure(house, cloud)
    for learner, registration in ((ZOE, "r-1"), (ZOE, "r-2"), (LI, "r-3")):
        registered(cloud, learner, registration)
    said = house.done(*ADOPT, "--dry-run")
    assert "Application api: 2 learners in clear, with 3 registrations." in said.words
    assert learners(cloud)["r-1"]["id"] == ZOE["id"], "a dry run"
    said = house.done(*ADOPT, "--yes")
    assert "2 learners have a pseudonym there now." in said.words
    assert "zoe" not in (said.out + said.err).lower()
    there = learners(cloud)
    assert there["r-1"] == there["r-2"]
    assert house.recalled([there[one]["id"] for one in ("r-1", "r-3")]) == [ZOE["id"], LI["id"]]
    for one in there.values():
        assert one["firstName"] == "Learner"
        assert not one.get("email")
    assert [one.event for one in house.events()].count("adopted") == 2
    report = json.loads(house.run("doctor", "--json", "--pace", "1000").out)
    assert not {one["code"] for one in report["findings"]} & {"learner-in-clear", "name-in-clear", "email-at-cloud"}
    assert "0 learners in clear" in house.done(*ADOPT, "--yes").words


def test_a_cloud_that_does_not_rename_costs_one_question(house, cloud):
    cloud.renames.by_v2 = "forbidden"
    configure(house, cloud, "[mounts.rename]\nwait_seconds = 1")
    for learner, registration in ((ZOE, "r-1"), (LI, "r-2")):
        registered(cloud, learner, registration)
    said = house.run(*ADOPT, "--yes")
    assert said.code == 1
    assert "refused" in said.words
    assert "Stopped: the cloud does not rename." in said.words
    assert {one["id"] for one in learners(cloud).values()} == {ZOE["id"], LI["id"]}
