"""scorm-again, unmodified, in a page of the LMS, commits through the proxy to a host that records every byte.

Three formats, two standards, with and without its common fields; as synchronous requests, as fetches that outlive the
page, as beacons; by itself after some seconds; and what was kept while there was no network.
"""

import asyncio
import json
import socket
from dataclasses import dataclass
from urllib.parse import parse_qsl

import pytest
import pytest_asyncio

from tests import parts
from tests.journeys.people import DARCY, FATIMA, LONG, MADONNA, NGUYEN, OBRIEN, ZOE, planted
from tests.journeys.test_journey_scorm_again import NPM
from tests.oracle import Oracle
from tests.passage.corridor import CALLER, Corridor, corridor_in, founded
from tests.passage.wire import http

pytestmark = [pytest.mark.journey, pytest.mark.real, pytest.mark.asyncio(loop_scope="session")]

MOUNTS = """
[[mounts]]
name = "browsers"
adapter = "scorm"
tenant = "uni"
public = "http://runtime.localhost:{port}"
upstream = "{cloud}"
lms_origins = ["{lms}"]
audience = "browsers"
[mounts.routes]
"scorm.commit" = ["/attempts/{attempt}/commit"]
"scorm.load" = ["/attempts/{attempt}/state"]
"""
PLAY = """async ({ second, format, common, transport, id, name, url, more }) => {
  const sent = [];
  const settings = { lmsCommitUrl: url, dataCommitFormat: format, renderCommonCommitFields: common,
    autoPopulateCommitMetadata: common, courseId: 'lighthouses', includeCommitSequence: true, logLevel: 5,
    useAsynchronousCommits: transport !== 'sync', asyncModeBeaconBehavior: transport === 'beacon' ? 'always' : 'never',
    requestHandler: (commit) => { sent.push(JSON.parse(JSON.stringify(commit))); return commit; }, ...more };
  const api = second ? new Scorm2004API(settings) : new Scorm12API(settings);
  api.loadFromJSON(second ? { learner_id: id, learner_name: name }
    : { core: { student_id: id, student_name: name }, comments_from_lms: 'Welcome, ' + name }, 'cmi');
  const call = (word, ...given) => api[second ? word : 'LMS' + word](...given);
  const set = (element, value) => {
    if (call('SetValue', element, value) !== 'true') throw new Error(element + ' ' + call('GetLastError'));
  };
  call('Initialize');
  set(second ? 'cmi.location' : 'cmi.core.lesson_location', 'page 7');
  set('cmi.suspend_data', 'v1|7|1.2.3|ok');
  set('cmi.interactions.0.id', 'q1');
  set('cmi.interactions.0.type', 'fill-in');
  set('cmi.interactions.0.' + (second ? 'learner_response' : 'student_response'), 'I am ' + name);
  set(second ? 'cmi.comments_from_learner.0.comment' : 'cmi.comments', 'Yours, ' + name + ' (' + id + ')');
  set(second ? 'cmi.score.scaled' : 'cmi.core.score.raw', second ? '0.8' : '80');
  if (second) { set('cmi.objectives.0.id', 'obj1'); set('cmi.objectives.0.description', 'Lighthouses'); }
  window.api = api; window.sent = sent; window.call = call;
  return sent;
}"""


class Log(list):
    """Requests as they come, with whoever waits for the next."""

    def __init__(self) -> None:
        super().__init__()
        self.come = asyncio.Event()

    def append(self, item) -> None:
        super().append(item)
        self.come.set()

    async def of(self, count: int):
        async with asyncio.timeout(20):
            while len(self) < count:
                self.come.clear()
                await self.come.wait()
        return self[count - 1]


@dataclass
class Scene:
    corridor: Corridor
    page: object
    port: int
    attempt: int = 0

    @property
    def host(self) -> Log:
        return self.corridor.cloud.requests

    async def play(self, person, *, second, format, common=False, transport="sync", more=None):  # noqa: A002
        self.attempt += 1
        self.host.clear()
        self.corridor.log.seek(0)
        self.corridor.log.truncate()
        url = f"http://runtime.localhost:{self.port}/attempts/{self.attempt}/commit"
        told = {"id": person.id, "name": name_of(person), "url": url, "more": more or {}}
        told |= {"second": second, "format": format, "common": common, "transport": transport}
        await self.page.evaluate(PLAY, told)

    async def call(self, *words: str) -> str:
        return await self.page.evaluate("(words) => window.call(...words)", list(words))

    async def sent(self) -> list:
        return await self.page.evaluate("() => window.sent")


def name_of(person) -> str:
    return ", ".join(part for part in (person.last, person.first) if part)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(tmp_path_factory, browser):
    package = parts.npm_package(NPM, "scorm-again")
    script = (package / "dist" / "scorm-again.min.js").read_bytes()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    founding = founded(tmp_path_factory.mktemp("founding"))
    extra = MOUNTS.replace("{port}", str(port))
    async with corridor_in(tmp_path_factory.mktemp("runtimes") / "run", founding, extra=extra) as corridor:
        corridor.cloud.requests = Log()
        await corridor.listening.serve(corridor.house.server.door(), "127.0.0.1", port)
        context = await browser.new_context()
        page = await context.new_page()
        corridor.lms.say(
            http(200, {"Content-Type": "text/html"}, b"<script src=a.js></script>"),
            http(200, {"Content-Type": "text/javascript"}, script),
        )
        await page.goto(f"{corridor.lms.origin}/")
        yield Scene(corridor, page, port)
        await context.close()


def flat(tree, path="") -> dict[str, object]:
    """A commit as dotted names, whatever its notation."""
    if isinstance(tree, dict):
        tree = list(tree.items())
    elif isinstance(tree, list):
        tree = [one.split("=", 1) if "=" in str(one) else (str(at), one) for at, one in enumerate(tree)]
    else:
        return {path: tree}
    return {name: value for key, inner in tree for name, value in flat(inner, f"{path}.{key}" if path else key).items()}


def read(message) -> dict[str, object]:
    """What the host makes of a commit: JSON if it is, else a form."""
    text = message.body.decode()
    return flat(json.loads(text)) if text.startswith("{") else dict(parse_qsl(text, keep_blank_values=True))


def check(scene: Scene, person, told: dict[str, object], sent: object) -> None:
    """All is as it was sent but for the learner, who is another in all of it."""
    corridor, meant = scene.corridor, flat(sent)
    assert told.keys() == meant.keys()
    texts = {person.id, name_of(person)}
    for element, value in meant.items():
        if not any(text in str(value) for text in texts):
            assert str(told[element]) == str(value), element
    word = next(name for name in told if name.endswith(("learner_id", "student_id")))
    assert told[word] == corridor.pseudonym(person.id)
    alias = corridor.alias(person.id)
    for ending in ("learner_name", "student_name", "learner_response", "student_response", "comment", "comments"):
        assert all(alias in str(value) for name, value in told.items() if name.endswith(f".{ending}")), ending


def nobody_in(messages, *people) -> None:
    oracle = Oracle({one.id: planted(one).texts for one in people})
    assert oracle.search(b"\n".join(one.raw for one in messages)) == []


CASES = [
    (ZOE, False, "json", False),
    (OBRIEN, False, "json", True),
    (MADONNA, False, "flattened", False),
    (LONG, False, "flattened", True),
    (ZOE, False, "params", False),
    (FATIMA, False, "params", True),
    (NGUYEN, True, "json", False),
    (DARCY, True, "json", True),
    (LONG, True, "flattened", False),
    (ZOE, True, "flattened", True),
    (FATIMA, True, "params", False),
    (MADONNA, True, "params", True),
]


@pytest.mark.parametrize("transport", ["sync", "fetch", "beacon"])
@pytest.mark.parametrize(("person", "second", "format", "common"), CASES, ids=str)
async def test_every_format_reaches_the_host_without_her(scene, person, second, format, common, transport):  # noqa: A002
    """A commit, and one more at the end, which scorm-again sends by beacon where it waits for answers."""
    await scene.play(person, second=second, format=format, common=common, transport=transport)
    assert await scene.call("Commit", "") == "true"
    check(scene, person, read(await scene.host.of(1)), (await scene.sent())[0])
    assert await scene.call("Terminate" if second else "Finish", "") == "true"
    check(scene, person, read(await scene.host.of(2)), (await scene.sent())[1])
    pairs = format == "params" and not common
    beacon = transport == "sync" or (transport == "beacon" and not pairs)
    media = "text/plain" if beacon else "application/x-www-form-urlencoded" if pairs else "application/json"
    assert scene.host[-1].header("content-type").startswith(media)
    nobody_in(scene.host, person)
    assert "refused" not in scene.corridor.log.getvalue()


@pytest.mark.parametrize(("second", "format"), [(False, "json"), (True, "flattened")])
async def test_what_is_read_back_is_what_was_written(scene, second, format):  # noqa: A002
    """By the platform with a key of ours, and by the course, to which the learner is whoever the host knows."""
    person = ZOE
    await scene.play(person, second=second, format=format)
    await scene.call("Commit", "")
    [sent], kept = await scene.sent(), (await scene.host.of(1)).body
    scene.corridor.cloud.say(http(200, {"Content-Type": "application/json"}, kept))
    headers = {"Authorization": CALLER}
    answer = await scene.corridor.get("/attempts/1/state", headers, host="platform.example.org")
    back, meant = flat(json.loads(answer.body)), flat(sent)
    said = {name for name in meant if name.endswith(("response", "comment", "comments", "comments_from_lms"))}
    assert {name: value for name, value in back.items() if name not in said} == {
        name: value for name, value in meant.items() if name not in said
    }
    assert person.id in str(back[next(name for name in said if name.endswith(("comment", "comments")))])

    scene.corridor.cloud.say(http(200, {"Content-Type": "application/json"}, kept))
    state = await scene.page.evaluate("(url) => fetch(url).then((answer) => answer.json())", state_of(scene))
    assert flat(state) == flat(json.loads(kept))
    resumed = await scene.page.evaluate(
        """([state, second, format]) => {
          const api = second ? new Scorm2004API({ logLevel: 5 }) : new Scorm12API({ logLevel: 5 });
          if (format === 'json') api.loadFromJSON(state.cmi, 'cmi'); else api.loadFromFlattenedJSON(state, '');
          const call = (word, ...given) => api[second ? word : 'LMS' + word](...given);
          call('Initialize', '');
          return ['cmi.suspend_data', second ? 'cmi.location' : 'cmi.core.lesson_location',
            second ? 'cmi.learner_id' : 'cmi.core.student_id', 'cmi.interactions._count'].map((one) => call('GetValue', one));
        }""",
        [state, second, format],
    )
    assert [str(one) for one in resumed] == ["v1|7|1.2.3|ok", "page 7", scene.corridor.pseudonym(person.id), "1"]


def state_of(scene: Scene) -> str:
    return f"http://runtime.localhost:{scene.port}/attempts/{scene.attempt}/state"


async def test_it_commits_by_itself(scene):
    await scene.play(ZOE, second=True, format="json", more={"autocommit": True, "autocommitSeconds": 1})
    await scene.call("SetValue", "cmi.location", "page 8 of zoe.m")
    told = read(await scene.host.of(1))
    assert told["cmi.location"] == f"page 8 of {scene.corridor.pseudonym(ZOE.id)}"
    nobody_in(scene.host, ZOE)


async def test_what_was_kept_while_there_was_no_network_comes_later(scene):
    await scene.page.context.set_offline(True)
    await scene.play(
        OBRIEN, second=False, format="json", more={"enableOfflineSupport": True, "courseId": "lighthouses"}
    )
    assert await scene.call("Commit", "") == "true"
    assert list(scene.host) == []
    await scene.page.context.set_offline(False)
    told = read(await scene.host.of(1))
    assert told["cmi.core.student_id"] == scene.corridor.pseudonym(OBRIEN.id)
    nobody_in(scene.host, OBRIEN)


async def test_a_refused_commit_is_an_error_to_the_course(scene):
    """Suspend data in which she is: the run-time hears of it, the host does not."""
    await scene.play(ZOE, second=True, format="json")
    await scene.call("SetValue", "cmi.suspend_data", json.dumps({"user": "Zoë Müller-Østergård"}))
    assert await scene.call("Commit", "") == "false"
    assert list(scene.host) == []
