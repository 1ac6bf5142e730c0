"""The same V1 calls against the sandbox cloud, directly and through the proxy: the LMS gets what it would have got.

Minus what the policy strips: e-mail addresses, details, secret keys, and the cloud's own numbers and times. The oracle
searches every byte that the cloud behind the proxy received, and the log.
"""

import asyncio
import io
import shutil
from contextlib import asynccontextmanager

from aiohttp.test_utils import unused_port
from lxml import etree

from proxy.adapters.cloud_v1 import ADAPTER
from proxy.assemble import build
from proxy.config import load
from proxy.demo.cloud import SandboxCloud, serve
from proxy.edge.listening import Listening
from proxy.observe import configure
from tests.adapters.v1_kit import FORM, encoded, signed
from tests.oracle import Oracle
from tests.passage.corridor import (
    CLOUD_APP,
    CLOUD_SECRET,
    LI,
    LMS,
    LONG,
    OBRIEN,
    PROXY,
    PROXY_HOST,
    RTL,
    V1_APP,
    V1_SECRET,
    WORD,
    ZOE,
    closed,
    config_text,
    cookies_of,
)
from tests.passage.wire import Received, Stub, request, send_raw

EVERYBODY = (ZOE, OBRIEN, LI, RTL, WORD, LONG)
STAFF = "owner@cloud.example"
HOOK = {"postbackurl": f"{LMS}/hook?who=zoe", "urlname": "lms", "urlpass": "pass", "authtype": "httpbasic"}
OWN = {
    "id",
    "createDate",
    "tinCanRegistrationId",
    "createdDate",
    "launch_time",
    "exit_time",
    "email",
    "destinationId",
    "dispatchId",
}
"""What the cloud makes up itself or has not been told."""


def regid(who) -> str:
    return f"course-7_{who.id}"


def calls():
    """Every method that is a call and is not refused: (method, parameters); parameters may need what came before."""
    for who in EVERYBODY:
        where = HOOK if who is ZOE else {}
        names = {"fname": who.first, "lname": who.last, "email": f"{who.id}@uni.example"}
        yield (
            "registration.createRegistration",
            {"regid": regid(who), "courseid": "c", "learnerid": who.id, **names, **where},
        )
    one = {"regid": regid(ZOE)}
    yield (
        "registration.createRegistration",
        {**one, "courseid": "c", "learnerid": ZOE.id, "fname": ZOE.first, "lname": ZOE.last},
    )
    yield "registration.exists", one
    yield "registration.exists", {"regid": "nobody's"}
    yield "registration.getRegistrationList", {}
    yield "registration.getRegistrationList", {"learnerid": OBRIEN.id}
    yield "registration.getRegistrationList", {"courseid": "other"}
    for depth in ("course", "activity", "full"):
        yield "registration.getRegistrationListResults", {"resultsformat": depth}
        yield "registration.getRegistrationResult", {**one, "resultsformat": depth}
    for who in EVERYBODY:
        yield "registration.getRegistrationDetail", {"regid": regid(who)}
        yield "registration.getRegistrationResult", {"regid": regid(who)}
    yield "registration.getRegistrationResult", {"regid": "nobody's"}
    yield "registration.getPostbackInfo", one
    yield (
        "registration.updatePostbackInfo",
        {**one, "url": f"{LMS}/other", "name": "u2", "password": "p2", "resultsformat": "full"},
    )
    yield "registration.getPostbackInfo", one
    yield "registration.deletePostbackInfo", one
    yield "registration.getPostbackInfo", one
    for kind, who in (("Learner", {"learnerid": LI.id}), ("Registration", {"regid": regid(LI)})):
        yield f"tagging.set{kind}Tags", {**who, "tags": "Ward 7,boss: Müller-Østergård"}
        yield f"tagging.add{kind}Tag", {**who, "tag": "emp 4711"}
        yield f"tagging.remove{kind}Tag", {**who, "tag": "Ward 7"}
        yield f"tagging.get{kind}Tags", who
    yield "registration.updateLearnerInfo", {"learnerid": WORD.id, "newid": WORD.id, "fname": "", "lname": WORD.last}
    yield "registration.getRegistrationDetail", {"regid": regid(WORD)}
    yield "registration.getLaunchHistory", one
    yield "registration.resetGlobalObjectives", one
    yield "registration.resetRegistration", one
    yield "registration.deleteRegistration", {"regid": regid(LONG)}
    yield "registration.exists", {"regid": regid(LONG)}
    yield "dispatch.createDestination", {"name": "Hospital", "email": STAFF}
    yield "dispatch.getDestinationList", {}
    yield "dispatch.createDispatch", {"courseid": "c", "destinationid": "{destinationId}"}
    yield "dispatch.updateDispatches", {"dispatchid": "{dispatchId}", "enabled": "false"}
    yield "course.getCourseList", {}
    yield "course.deleteCourse", {"courseid": "c2", "email": STAFF}
    yield "reporting.getAccountInfo", {}
    yield "application.getAppInfo", {}
    yield "debug.ping", {}
    yield "debug.authPing", {}


class Way:
    """Where an LMS calls, and as whom."""

    def __init__(self, port: int, host: str, app: str, secret: str) -> None:
        self.port, self.host, self.app, self.secret = port, host, app, secret
        self.made: dict[str, str] = {}

    async def call(self, method: str, given: dict[str, str], *, post: bool) -> Received:
        given = {name: value.format(**self.made) if value.startswith("{") else value for name, value in given.items()}
        pairs = encoded(signed(method, self.app, self.secret, **given))
        if post:
            body = pairs.encode()
            answer = await send_raw(
                self.port, request("POST", "/api", [("Host", self.host), ("Content-Type", FORM)], body)
            )
        else:
            answer = await self.get(f"/api?{pairs}")
        assert answer is not None
        assert answer.status == 200, (method, answer.raw)
        tree = etree.fromstring(answer.opened)
        self.made |= {one.tag: one.text for one in tree if one.tag in {"destinationId", "dispatchId"}}
        return answer

    async def get(self, target: str, cookie: str = "") -> Received:
        fields = [("Host", self.host), *([("Cookie", cookie)] if cookie else [])]
        answer = await send_raw(self.port, request("GET", target, fields))
        assert answer is not None
        return answer


@asynccontextmanager
async def cloud():
    """A sandbox with two courses."""
    port, media = unused_port(), unused_port()
    made = SandboxCloud(
        origin=f"http://cloud.localhost:{port}", content_origin=f"http://content.localhost:{media}",
        app_id=CLOUD_APP, secret=CLOUD_SECRET, owner=STAFF,
    )  # fmt: skip
    for course in ("c", "c2"):
        made._site.realm.apps[CLOUD_APP].books.courses.add(course, f"Course {course}", "SCORM12")
    runner = await serve(made, "127.0.0.1", port, media)
    try:
        yield made, port, media
    finally:
        await runner.close()


@asynccontextmanager
async def proxy(folder, port: int, media: int):
    """The proxy in front of that sandbox."""
    upstream, content, lms = Stub("cloud.localhost"), Stub("content.localhost"), Stub("lms.localhost")
    upstream.port, content.port, lms.port = port, media, 1
    file = folder / "scormveil.toml"
    file.write_text(config_text(upstream, content, lms), "utf-8")
    log = io.StringIO()
    configure("json", "debug", log)
    house = build(load(file), file)
    await house.open()
    listening = Listening()
    try:
        yield await listening.serve(house.server.door(), "127.0.0.1", 0), log
    finally:
        await listening.close()
        await closed(house)


def said(answer: Received) -> list[tuple[str, dict[str, str], str]]:
    """An answer as a list of elements, without what the cloud makes up itself and without details."""
    tree = etree.fromstring(answer.opened)
    for report in tree.iter("registrationreport"):
        for activity in report.findall("activity"):
            report.remove(activity)
    for keys in tree.iter("secretKeys"):
        keys.getparent().remove(keys)
    return [
        (one.tag, {} if one.tag == "launch" else dict(one.attrib), (one.text or "").strip())
        for one in tree.iter("*")
        if one.tag not in OWN or one.getparent().tag == "account"
    ]


async def test_the_lms_gets_what_it_would_have_got(tmp_path, installation):
    """All calls, GET and POST in turn, both ways; then the launch."""
    folder = await asyncio.to_thread(shutil.copytree, installation, tmp_path / "house")
    async with (
        cloud() as (_, direct_port, _),
        cloud() as (behind, port, media),
        proxy(folder, port, media) as (door, log),
    ):
        straight = Way(direct_port, f"cloud.localhost:{direct_port}", CLOUD_APP, CLOUD_SECRET)
        veiled = Way(door, PROXY_HOST, V1_APP, V1_SECRET)
        count, asked = 0, set()
        for method, given in calls():
            asked.add(f"rustici.{method}")
            count += 1
            there = await straight.call(method, given, post=bool(count % 2))
            here = await veiled.call(method, given, post=bool(count % 2))
            compare(method, given, said(there), said(here))
        await launched(veiled, straight, behind)
        print(f"{count} calls of {len(asked)} methods, the same answers")  # shown with -s
    refused = {dict(one.when)["method"] for one in ADAPTER.routes if one.refuse or one.details or not one.answer.keep}
    assert asked == {dict(one.when)["method"] for one in ADAPTER.routes} - refused - {
        "rustici.registration.testRegistrationPostUrl"
    }
    planted = {
        who.id: [text for text in (*who.texts, regid(who), f"{who.id}@uni.example") if len(text) > 3]
        for who in EVERYBODY
    }
    planted["tags"] = ["Ward 7", "boss: Müller", "emp 4711"]
    planted["hooks"] = ["hook?who=zoe"]
    assert await asyncio.to_thread(Oracle(planted).search, behind.record.bytes() + log.getvalue().encode()) == []


def compare(method, given, there, here) -> None:
    if (
        method.endswith(("getRegistrationResult", "getRegistrationListResults"))
        and given.get("resultsformat") != "course"
    ):
        there = [
            (tag, attributes | ({"format": "course"} if "format" in attributes else {}), text)
            for tag, attributes, text in there
            if tag not in {"complete", "success", "totaltime", "score"}
        ]
        here = [row for row in here if row[0] not in {"complete", "success", "totaltime", "score"}]
    assert here == there, (method, given)


async def launched(veiled: Way, straight: Way, behind: SandboxCloud) -> None:
    """The signed address in a browser: a session, and the player's page through the proxy."""
    given = {"regid": regid(OBRIEN), "redirecturl": f"{LMS}/back?user={OBRIEN.id}", "learnerTags": "Ward 7"}
    answer = await veiled.get(f"/api?{encoded(signed('registration.launch', V1_APP, V1_SECRET, **given))}")
    assert answer.status == 302, answer.raw
    cookie, steps = cookies_of(answer), 0
    while answer.status == 302 and steps < 5:
        place, steps = answer.header("Location"), steps + 1
        assert place.startswith(f"{PROXY}/"), place
        answer = await veiled.get(place.removeprefix(PROXY), cookie)
    assert answer.status == 200, answer.raw
    direct = await straight.get(f"/api?{encoded(signed('registration.launch', CLOUD_APP, CLOUD_SECRET, **given))}")
    assert direct.status == 302
    history = [
        await way.call("registration.getLaunchHistory", {"regid": regid(OBRIEN)}, post=False)
        for way in (straight, veiled)
    ]
    assert said(history[0]) == said(history[1])
    assert len(behind.state()["registrations"]) == len(EVERYBODY) - 1
