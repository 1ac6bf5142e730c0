"""cmi5: a course is launched with a pseudonym, gets a key of ours, and meets what the LMS wrote for the learner."""

import json
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from tests.oracle import Oracle
from tests.passage.corridor import CALLER, CREDENTIAL, ZOE, cookies_of, corridor_in
from tests.passage.wire import http

JSON = {"Content-Type": "application/json"}
XAPI = {"X-Experience-API-Version": "1.0.3"} | JSON
HOME = "https://lms.example.edu"
AGENT = {"objectType": "Agent", "name": f"{ZOE.first} {ZOE.last}", "account": {"homePage": HOME, "name": ZOE.id}}
ORACLE = Oracle({"zoe": (ZOE.id, ZOE.first, ZOE.last, f"{ZOE.first} {ZOE.last}")})
AU_HOST = "au.example.org"
MOUNT = """
[[mounts]]
name = "au"
adapter = "cmi5"
tenant = "uni"
public = "https://au.example.org"
upstream = "http://content.localhost:{port}"
lms_origins = ["https://lms.example.edu", "{lms}"]
"""


@pytest.fixture
async def scene(tmp_path, installation):
    async with corridor_in(tmp_path / "house", installation, extra=MOUNT.format(port=1, lms=HOME)) as one:
        mount = next(mount for mount in one.house.mounts.all if mount.name == "au")
        object.__setattr__(mount, "upstream", type(mount.upstream).of(one.content.origin))
        object.__setattr__(mount, "lms_origins", frozenset({HOME, one.lms.origin}))
        yield one


def launch_address(scene, **more):
    asked = {
        "endpoint": "https://proxy.example.org/lrs/",
        "fetch": f"{scene.lms.origin}/fetch?user={ZOE.id}",
        "actor": json.dumps(AGENT),
        "registration": "36fc1ee0-2849-4bb9-b697-71cd4cad1b6e",
        "activityId": "https://lms.example.edu/au/1",
    } | more
    return "/course/index.html?" + "&".join(f"{key}={quote(value, safe='')}" for key, value in asked.items())


async def launched(scene):
    """The address the browser ends at, and its cookies."""
    washed = await scene.get(launch_address(scene), host=AU_HOST)
    assert washed.status == 302, washed.raw
    return washed.header("Location").removeprefix(f"https://{AU_HOST}"), cookies_of(washed)


async def test_a_course_learns_a_pseudonym_and_keys_of_ours(scene):
    target, cookie = await launched(scene)
    told = dict(parse_qsl(urlsplit(target).query))
    assert json.loads(told["actor"])["account"]["name"] == scene.pseudonym(ZOE.id)
    assert told["endpoint"] == "https://proxy.example.org/lrs/"
    assert told["fetch"].startswith(f"https://{AU_HOST}/.scormveil/fetch/")
    page = await scene.get(target, {"Cookie": cookie}, host=AU_HOST)
    assert page.status == 200, page.raw

    scene.lms.say(http(200, JSON, json.dumps({"auth-token": "dXBzdHJlYW06a2V5", "user": ZOE.id}).encode()))
    path = urlsplit(told["fetch"]).path
    fetched = await scene.ask("POST", path, {"Cookie": cookie}, host=AU_HOST)
    assert scene.lms.requests[-1].target == f"/fetch?user={ZOE.id}"
    key = json.loads(fetched.body)
    assert set(key) == {"auth-token"}
    assert "dXBzdHJlYW06a2V5" not in key["auth-token"]

    state = f"/lrs/activities/state?stateId=LMS.LaunchData&activityId=x%3Ay&agent={quote(told['actor'], safe='')}"
    mine = {"Authorization": f"Basic {key['auth-token']}"} | XAPI
    scene.cloud.say(http(200, JSON | {"ETag": '"abc"'}, b'{"launchMode":"Normal"}'))
    answer = await scene.get(state, mine)
    assert (answer.status, answer.header("ETag")) == (200, '"abc"')
    assert scene.cloud.requests[-1].header("Authorization") == "Basic dXBzdHJlYW06a2V5"

    statement = {"actor": json.loads(told["actor"]), "verb": {"id": "x:y"}, "object": {"id": "x:z"}}
    statement["result"] = {"response": f"my name is {ZOE.first}"}
    scene.cloud.say(http(200, JSON, b"[]"))
    assert (await scene.ask("POST", "/lrs/statements", mine, json.dumps(statement).encode())).status == 200
    assert ORACLE.search(scene.cloud.everything + scene.content.everything) == []
    # A course sees pseudonyms, whatever the mount's readers see.
    page = json.dumps({"statements": [json.loads(scene.cloud.requests[-1].body)], "more": ""}).encode()
    scene.cloud.say(http(200, JSON, page), http(200, JSON, page))
    assert ZOE.id not in (await scene.get("/lrs/statements", mine)).body.decode()
    seen = await scene.get("/lrs/statements", XAPI | {"Authorization": CALLER})
    assert json.loads(seen.body)["statements"][0]["actor"] == AGENT


async def test_what_the_lms_writes_is_what_the_course_finds(scene):
    target, _ = await launched(scene)
    actor = dict(parse_qsl(urlsplit(target).query))["actor"]
    data = {
        "contextTemplate": {
            "instructor": AGENT,
            "extensions": {"https://w3id.org/xapi/cmi5/context/extensions/sessionid": "s"},
        },
        "launchMode": "Normal",
        "moveOn": "Completed",
        "returnURL": f"{HOME}/course.php?user={ZOE.id}",
    }
    agent = quote(json.dumps(AGENT), safe="")
    scene.cloud.say(http(204, {}, b""))
    state = f"/lrs/activities/state?stateId=LMS.LaunchData&activityId=x%3Ay&agent={agent}"
    answer = await scene.ask("PUT", state, XAPI | {"Authorization": CALLER}, json.dumps(data).encode())
    assert answer.status == 204, answer.raw
    sent = scene.cloud.requests[-1]
    assert sent.header("Authorization") == CREDENTIAL
    stored = dict(parse_qsl(urlsplit(sent.target).query))["agent"]
    assert json.loads(stored) == json.loads(actor)
    written = json.loads(sent.body)
    assert written["returnURL"].startswith(f"{scene.cloud.origin}/lrs/.scormveil/return/")
    assert ORACLE.search(scene.cloud.everything) == []
    scene.cloud.say(http(200, JSON, sent.body))
    back = json.loads((await scene.get(state, XAPI | {"Authorization": CALLER})).body)
    assert back["contextTemplate"] == data["contextTemplate"]
    assert back["returnURL"].startswith("https://proxy.example.org/lrs/.scormveil/return/")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"endpoint": "https://lrs.example.net/xapi/"}, "field-invalid"),
        ({"fetch": "https://elsewhere.example/fetch"}, "field-invalid"),
        ({"actor": '{"mbox":"mailto:a@b.example","openid":"x:y"}'}, "field-invalid"),
        ({"actor": '{"account":{"homePage":"https://pseudonym.invalid","name":"%s"}}'}, "field-invalid"),
    ],
)
async def test_a_launch_that_leads_around_us_is_refused(scene, change, code):
    change = {key: value.replace("%s", "sv1abcd" + "0" * 33) for key, value in change.items()}
    if "actor" in change and "pseudonym" in change["actor"]:
        change["actor"] = change["actor"].replace("sv1abcd" + "0" * 33, scene.pseudonym("never-seen"))
    async with scene.refuses(code, 400) as refusal:
        refusal.answer = await scene.get(launch_address(scene, **change), host=AU_HOST)


async def test_a_page_without_launch_and_a_strangers_key_are_refused(scene):
    async with scene.refuses("session-missing", 403) as refusal:
        refusal.answer = await scene.get(f"/course/index.html?learner={ZOE.id}", host=AU_HOST)
    for key in ("svl1.AAAA", "svl1.", "dXBzdHJlYW06a2V5"):
        async with scene.refuses("not-permitted", 403) as refusal:
            refusal.answer = await scene.get("/lrs/about", XAPI | {"Authorization": f"Basic {key}"})
