"""cmi5: a course is launched with a pseudonym, gets a key of ours, and meets what the LMS wrote for the learner."""

import json
import time
from types import SimpleNamespace
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from proxy.passage import LearnerTokens
from tests.oracle import Oracle
from tests.passage.corridor import CALLER, CREDENTIAL, OBRIEN, ZOE, cookies_of, corridor_in
from tests.passage.wire import http

JSON = {"Content-Type": "application/json"}
XAPI = {"X-Experience-API-Version": "1.0.3"} | JSON
HOME = "https://lms.example.edu"
AGENT = {"objectType": "Agent", "name": f"{ZOE.first} {ZOE.last}", "account": {"homePage": HOME, "name": ZOE.id}}
ORACLE = Oracle(
    {"zoe": (ZOE.id, ZOE.last, f"{ZOE.first} {ZOE.last}")},
    whole_only={"zoe": (ZOE.first,)},  # three letters stand in one of thirty sealed addresses by chance
)
PUBLIC = "https://proxy.example.org/courses"
MOUNT = """
[[mounts]]
name = "au"
adapter = "cmi5"
tenant = "uni"
public = "https://proxy.example.org/courses"
upstream = "http://content.localhost:1/courses"
lms_origins = ["https://lms.example.edu"]
[mounts.origins]
vendor = "http://vendor.localhost:1"

[[mounts]]
name = "another-lrs"
adapter = "xapi"
tenant = "uni"
public = "https://proxy.example.org/other"
upstream = "http://content.localhost:1/other"
caller = { user = "lms", password = "file:caller.key" }
credential = { user = "APPID", password = "file:cloud.key" }
"""


@pytest.fixture
async def scene(tmp_path, installation):
    async with corridor_in(tmp_path / "house", installation, extra=MOUNT) as one:
        # The stubs have their ports only now.
        mount = next(mount for mount in one.house.mounts.all if mount.name == "au")
        object.__setattr__(mount, "upstream", type(mount.upstream).of(one.content.origin + "/courses"))
        object.__setattr__(mount, "lms_origins", frozenset({HOME, one.lms.origin}))
        object.__setattr__(mount, "further", {"vendor": one.content.origin})
        yield one


def launch_address(scene, page="/courses/1/index.html", **more):
    asked = {
        "endpoint": "https://proxy.example.org/lrs/",
        "fetch": f"{scene.lms.origin}/fetch?user={ZOE.id}",
        "actor": json.dumps(AGENT),
        "registration": "36fc1ee0-2849-4bb9-b697-71cd4cad1b6e",
        "activityId": "https://lms.example.edu/au/1",
    } | more
    return f"{page}?" + "&".join(f"{key}={quote(value, safe='')}" for key, value in asked.items())


async def launched(scene):
    """The address the browser ends at, and its cookies."""
    washed = await scene.get(launch_address(scene))
    assert washed.status == 302, washed.raw
    assert washed.header("Location").startswith(f"{PUBLIC}/1/index.html?")
    return washed.header("Location").removeprefix("https://proxy.example.org"), cookies_of(washed)


async def key_of(scene, told, cookie, answer=b'{"auth-token":"dXBzdHJlYW06a2V5"}'):
    """What a course is answered at the fetch address."""
    scene.lms.say(http(200, JSON | {"Set-Cookie": "MoodleSession=abc; Path=/"}, answer))
    return await scene.ask("POST", urlsplit(told["fetch"]).path, {"Cookie": cookie} if cookie else {})


async def course(scene):
    """What a launched course shows with every message, and the actor it has."""
    target, cookie = await launched(scene)
    told = dict(parse_qsl(urlsplit(target).query))
    key = json.loads((await key_of(scene, told, cookie)).body)["auth-token"]
    return {"Authorization": f"Basic {key}"} | XAPI, json.loads(told["actor"])


async def test_a_course_learns_a_pseudonym_and_keys_of_ours(scene):
    target, cookie = await launched(scene)
    told = dict(parse_qsl(urlsplit(target).query))
    assert json.loads(told["actor"])["account"]["name"] == scene.pseudonym(ZOE.id)
    assert told["endpoint"] == "https://proxy.example.org/lrs/"
    assert told["fetch"].startswith(f"{PUBLIC}/.scormveil/fetch/")
    page = await scene.get(target, {"Cookie": cookie})
    assert page.status == 200, page.raw
    assert scene.content.requests[-1].target.partition("?")[0] == "/courses/1/index.html"

    answered = {"auth-token": "dXBzdHJlYW06a2V5", "user": ZOE.id, "error-text": ZOE.last}
    fetched = await key_of(scene, told, "", json.dumps(answered).encode())
    assert scene.lms.requests[-1].target == f"/fetch?user={ZOE.id}"
    key = json.loads(fetched.body)
    assert set(key) == {"auth-token"}
    assert fetched.all("Set-Cookie") == []
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
        refusal.answer = await scene.get(launch_address(scene, **change))


async def test_a_page_without_launch_and_a_strangers_key_are_refused(scene):
    async with scene.refuses("session-missing", 403) as refusal:
        refusal.answer = await scene.get(f"/courses/index.html?learner={ZOE.id}")
    for key in ("svl1.AAAA", "svl1.", "dXBzdHJlYW06a2V5"):
        async with scene.refuses("not-permitted", 403) as refusal:
            refusal.answer = await scene.get("/lrs/about", XAPI | {"Authorization": f"Basic {key}"})


@pytest.mark.parametrize(
    "answer",
    [
        http(302, {"Location": "https://lms.example.edu/elsewhere"}),
        http(403, JSON, json.dumps({"message": ZOE.last}).encode()),
        http(200, {"Content-Type": "text/html"}, b"<p>Log in"),
        http(200, JSON, b"not json"),
    ],
)
async def test_whatever_else_the_lms_answers_stays_here(scene, answer):
    target, _ = await launched(scene)
    fetch = urlsplit(dict(parse_qsl(urlsplit(target).query))["fetch"]).path
    scene.lms.say(answer)
    refused = await scene.ask("POST", fetch)
    assert (refused.status, json.loads(refused.body)["code"]) == (502, "upstream-refused")
    assert ZOE.last not in refused.raw.decode("utf-8", "replace")
    assert len(scene.lms.requests) == 1


async def test_a_second_fetch_is_asked_for_and_its_error_is_told_without_words(scene):
    target, cookie = await launched(scene)
    told = dict(parse_qsl(urlsplit(target).query))
    error = {"error-code": "1", "error-text": f"{ZOE.first} {ZOE.last} was here before"}
    answer = await key_of(scene, told, cookie, json.dumps(error).encode())
    assert json.loads(answer.body) == {"error-code": "1"}


async def test_a_course_on_a_further_host_is_launched_there(scene):
    washed = await scene.get(launch_address(scene, "/courses/~vendor/au/index.html"))
    assert washed.status == 302, washed.raw
    target = washed.header("Location").removeprefix("https://proxy.example.org")
    assert target.startswith("/courses/~vendor/au/index.html?")
    assert (await scene.get(target, {"Cookie": cookies_of(washed)})).status == 200
    assert scene.content.requests[-1].target.startswith("/au/index.html?")
    assert ORACLE.search(scene.content.everything) == []


async def test_a_launch_of_the_old_kind_has_its_key_exchanged(scene):
    old = {"name": [f"{ZOE.first} {ZOE.last}"], "account": [{"accountServiceHomePage": HOME, "accountName": ZOE.id}]}
    address = launch_address(scene, actor=json.dumps(old), auth="Basic dXBzdHJlYW06a2V5", activity_id="https://lms/1")
    washed = await scene.get(address.replace("fetch=", "grouping="))
    assert washed.status == 403, washed.raw  # `grouping` holds the LMS's own address, with the learner in it
    address = "&".join(pair for pair in address.split("&") if not pair.startswith("fetch="))
    washed = await scene.get(address)
    assert washed.status == 302, washed.raw
    told = dict(parse_qsl(urlsplit(washed.header("Location")).query))
    account = json.loads(told["actor"])["account"][0]
    assert scene.pseudonym(ZOE.id) in account.values()
    assert "dXBzdHJlYW06a2V5" not in washed.raw.decode()
    scene.cloud.say(http(200, JSON, b'{"statements":[],"more":""}'))
    answer = await scene.get("/lrs/statements", XAPI | {"Authorization": told["auth"]})
    assert answer.status == 200, answer.raw
    assert scene.cloud.requests[-1].header("Authorization") == "Basic dXBzdHJlYW06a2V5"


def said(actor, **more):
    return json.dumps({"actor": actor, "verb": {"id": "x:y"}, "object": {"id": "x:z"}, **more}).encode()


async def test_a_course_speaks_of_others_by_their_pseudonyms_only(scene):
    mine, actor = await course(scene)
    await scene.launch(OBRIEN)
    other = {"account": {"homePage": "https://pseudonym.invalid", "name": scene.pseudonym(OBRIEN.id)}}
    group = {"objectType": "Group", "member": [actor, other]}
    scene.cloud.say(http(200, JSON, b"[]"))
    answer = await scene.ask("POST", "/lrs/statements", mine, said(group))
    assert answer.status == 200, answer.raw
    assert json.loads(scene.cloud.requests[-1].body)["actor"] == group
    # In clear it could read back who is behind which pseudonym, whether we know her or not.
    for stranger in (
        {"account": {"homePage": HOME, "name": OBRIEN.id}},
        {"mbox": "mailto:never.seen@uni.example"},
        {"objectType": "Group", "member": [actor, {"openid": "https://id.example/zoe"}]},
    ):
        async with scene.refuses("not-permitted", 403) as refusal:
            refusal.answer = await scene.ask(
                "POST", "/lrs/statements", mine, said(actor, context={"instructor": stranger})
            )
    for asked in ("/lrs/agents?agent=", "/lrs/statements?agent="):
        async with scene.refuses("not-permitted", 403) as refusal:
            account = quote(json.dumps({"account": {"homePage": HOME, "name": OBRIEN.id}}), safe="")
            refusal.answer = await scene.get(asked + account, mine)
    own = {"account": {"homePage": HOME, "name": ZOE.id}}
    scene.cloud.say(http(200, JSON, b"[]"))
    assert (await scene.ask("POST", "/lrs/statements", mine, said(own))).status == 200
    assert ORACLE.search(scene.cloud.everything) == []


async def test_a_course_is_searched_for_its_learner_without_any_cookie(scene):
    mine, actor = await course(scene)
    async with scene.refuses("leak-suspected", 403, ZOE.last) as refusal:
        body = said(actor, object={"id": f"https://lms.example.edu/user/{quote(ZOE.last)}"})
        refusal.answer = await scene.ask("POST", "/lrs/statements", mine, body)


async def test_a_key_is_good_at_one_store_for_as_long_as_a_session(scene):
    mine, _ = await course(scene)
    async with scene.refuses("not-permitted", 403) as refusal:
        refusal.answer = await scene.get("/other/about", mine)
    async with scene.refuses("unknown-route", 404) as refusal:
        refusal.answer = await scene.ask("POST", "/courses/.scormveil/fetch/AAAA")

    async def nothing():
        return None

    store = next(mount for mount in scene.house.mounts.all if mount.name == "lrs")
    for age, status in ((0, 200), (store.policy.session_seconds + 1, 403)):
        tokens = LearnerTokens(scene.house.keys, scene.house.names, nothing, lambda age=age: time.time() - age)
        key = tokens.seal("dXBzdHJlYW06a2V5", "lrs", [], SimpleNamespace(mount=store))
        scene.cloud.say(http(200, JSON, b'{"statements":[],"more":""}'))
        answer = await scene.get("/lrs/statements", XAPI | {"Authorization": f"Basic {key}"})
        assert answer.status == status
    altered = mine["Authorization"][:-8] + "AAAAAAAA"
    async with scene.refuses("not-permitted", 403) as refusal:
        refusal.answer = await scene.get("/lrs/about", mine | {"Authorization": altered})


@pytest.mark.parametrize("url", ["?actor=x", "?x=1&fetch=y", "?auth=z"])
async def test_a_launch_address_in_a_statement_is_without_the_launch(scene, url):
    async def send(value):
        context = {"extensions": {"https://w3id.org/xapi/cmi5/context/extensions/launchurl": value}}
        return await scene.ask(
            "POST", "/lrs/statements", XAPI | {"Authorization": CALLER}, said(AGENT, context=context)
        )

    async with scene.refuses("field-invalid", 400) as refusal:
        refusal.answer = await send(f"https://au.example.org/index.html{url}")
    scene.cloud.say(http(200, JSON, b"[]"))
    assert (await send("https://au.example.org/index.html?course=5")).status == 200


async def test_preferences_hold_a_language_and_nothing_else(scene):
    mine, actor = await course(scene)
    profile = f"/lrs/agents/profile?profileId=cmi5LearnerPreferences&agent={quote(json.dumps(actor), safe='')}"
    async with scene.refuses("unknown-field", 400) as refusal:
        body = json.dumps({"languagePreference": "de", "name": "somebody"}).encode()
        refusal.answer = await scene.ask("PUT", profile, mine, body)
    scene.cloud.say(http(204, {}))
    body = b'{"languagePreference":"de","audioPreference":"off"}'
    assert (await scene.ask("PUT", profile, mine | {"If-None-Match": "*"}, body)).status == 204
    assert scene.cloud.requests[-1].body == body


async def test_an_address_of_the_course_is_the_vendors_and_not_the_stores(scene):
    """Several upstreams share the public host, each below a path of its own."""
    mine, actor = await course(scene)
    scene.cloud.say(http(200, JSON, b"[]"))
    page = "https://proxy.example.org/courses/1/chapter/2"
    body = said(actor, object={"id": page, "definition": {"moreInfo": "https://proxy.example.org/lrs/about"}})
    assert (await scene.ask("POST", "/lrs/statements", mine, body)).status == 200
    stored = json.loads(scene.cloud.requests[-1].body)
    assert stored["object"]["id"] == "http://content.localhost:1/courses/1/chapter/2"
    assert stored["object"]["definition"]["moreInfo"] == f"{scene.cloud.origin}/lrs/about"
    scene.cloud.say(http(200, JSON, json.dumps(stored).encode()))
    back = await scene.get("/lrs/statements?statementId=fd41c918-b88b-4b20-a0a5-a4c32391aaa0", mine)
    assert json.loads(back.body)["object"] == json.loads(body)["object"]


async def test_the_clouds_own_account_is_who_it_was(tmp_path, installation):
    """Its home page looks like an address of the cloud. Turned, it would be another account."""
    async with corridor_in(tmp_path / "house", installation) as scene:
        cookie, home = {"Cookie": await scene.launch(ZOE)}, scene.cloud.origin
        account = {"account": {"homePage": home, "name": f"APPID|{scene.pseudonym(ZOE.id)}"}}
        launch = {"endpoint": f"{home}/lrs/", "fetch": f"{home}/x/fetch?s=1", "actor": json.dumps(account)}
        page = f"{home}/content/x?" + "&".join(f"{key}={quote(value, safe='')}" for key, value in launch.items())
        scene.cloud.say(http(200, JSON, json.dumps({"url": page}).encode()))
        told = await scene.get("/RusticiEngine/PlayerConfiguration.jsp", cookie)
        address = json.loads(told.body)["url"]
        assert address.startswith("https://proxy.example.org/content/x?endpoint=https%3A%2F%2Fproxy.example.org%2F")
        assert json.loads(dict(parse_qsl(urlsplit(address).query))["actor"]) == account
        # To launch with it is another thing: the mount must know that this is a home page of the cloud's.
        object.__setattr__(scene.house.mounts.all[0].xapi, "cloud_home_pages", (home,))
        assert (await scene.get(address.removeprefix("https://proxy.example.org"), cookie)).status == 200
        asked = dict(parse_qsl(urlsplit(scene.cloud.requests[-1].target).query))
        assert json.loads(asked["actor"]) == account
        scene.cloud.say(http(200, JSON, b'{"auth-token":"dXBzdHJlYW06a2V5","x":1}'))
        told = await scene.ask("POST", "/x/fetch?s=1", cookie)
        key = json.loads(told.body)["auth-token"]
        assert scene.cloud.requests[-1].target == "/x/fetch?s=1"
        scene.cloud.say(http(200, JSON, b'{"statements":[],"more":""}'))
        assert (await scene.get("/lrs/statements", XAPI | {"Authorization": f"Basic {key}"})).status == 200
        assert scene.cloud.requests[-1].header("Authorization") == "Basic dXBzdHJlYW06a2V5"
        async with scene.refuses("session-missing", 403) as refusal:
            refusal.answer = await scene.ask("POST", "/x/fetch?s=1")


async def test_the_name_that_comes_with_launch_data_is_not_in_them(scene):
    """The platform may never have named her before."""
    data = {"launchMode": "Normal", "launchParameters": f"greeting for {ZOE.first} {ZOE.last}"}
    state = f"/lrs/activities/state?stateId=LMS.LaunchData&activityId=x%3Ay&agent={quote(json.dumps(AGENT), safe='')}"
    scene.cloud.say(http(204, {}, b""))
    answer = await scene.ask("PUT", state, XAPI | {"Authorization": CALLER}, json.dumps(data).encode())
    assert answer.status == 204, answer.raw
    assert ORACLE.search(scene.cloud.everything) == []
