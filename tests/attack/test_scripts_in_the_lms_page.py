"""The cloud wants to run a script of its own in the LMS page, where every name can be read."""

import pytest

from tests.passage.corridor import LMS
from tests.passage.wire import http

LOADER = "/dispatch/dispatch.client.loader.v2.js"
CONFIG = "/api/cloud/dispatch/D1/customConfig?appId=A"
JS = {"Content-Type": "text/javascript"}
JSON = {"Content-Type": "application/json"}
SPY = b"new Image().src = '/content/' + document.title"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("to", ["/content/spy.js", "http://cloud.localhost:{port}/content/spy.js", f"{LMS}/spy.js"])
async def test_by_redirecting_the_pinned_loader_to_a_course_file(corridor, status, to):
    corridor.cloud.say(http(status, {"Location": to.format(port=corridor.cloud.port)}))
    answer = await corridor.get(LOADER)
    assert (answer.status, answer.header("X-Scormveil-Code")) == (502, "upstream-refused")
    assert not answer.header("Location")


@pytest.mark.parametrize("target", [CONFIG, "/dispatch/DispatchRequest.jsp?methodName=PreLaunchConfiguration&tenant=t"])
async def test_by_redirecting_a_filtered_answer_to_an_unfiltered_file(corridor, target):
    corridor.cloud.say(http(302, {"Location": "/content/everything.json"}))
    answer = await corridor.get(target, {"Origin": LMS})
    assert (answer.status, answer.header("Location")) == (502, "")


@pytest.mark.parametrize(
    "file", ["/dispatch/loading.html", "/dispatch/Closer.v2.html", "/content/spy.js", "/~content/spy.js"]
)
async def test_by_naming_a_page_or_course_file_as_the_loader(corridor, file):
    """A script element runs any text; only the resource policy says that it was not meant for another origin's page."""
    corridor.cloud.say(http(200, JS, SPY))
    corridor.content.say(http(200, JS, SPY))
    answer = await corridor.get(file)
    assert answer.header("Cross-Origin-Resource-Policy") == "same-origin"


async def test_while_the_pinned_loader_itself_may_run_there(corridor):
    corridor.cloud.say(http(200, JS, b"loader"))
    answer = await corridor.get(LOADER)
    assert (answer.status, answer.all("Cross-Origin-Resource-Policy")) == (200, ["cross-origin"])


async def test_by_a_worker_of_the_browser_that_sees_the_next_launch_before_we_do(corridor):
    """A service worker is handed every request below its folder, names and all, before it leaves the browser."""
    corridor.cloud.say(http(200, JS, SPY))
    answer = await corridor.get(
        "/dispatch/loading.html", {"Service-Worker": "script", "Sec-Fetch-Dest": "serviceworker"}
    )
    assert (answer.status, answer.header("X-Scormveil-Code")) == (403, "not-permitted")
    assert not corridor.cloud.requests


@pytest.mark.parametrize("first", [http(200, JSON, b"{}"), http(404)])
async def test_by_naming_a_new_loader_once_the_old_one_is_pinned(corridor, first):
    """Its path was never seen, so it would be trusted at first sight: the name is pinned like the script."""
    new = http(200, JSON, b'{"DispatchClientLoaderFilename":"dispatch.client.spy.js"}')
    corridor.cloud.say(first, new)
    assert (await corridor.get(CONFIG)).status in {200, 404}
    answer = await corridor.get(CONFIG)
    assert (answer.status, answer.header("X-Scormveil-Code")) == (502, "script-changed")
    assert b"spy" not in answer.raw


async def test_while_the_same_configuration_is_answered_each_time(corridor):
    same = http(200, JSON, b'{"ContentURL":"x","DispatchClientLoaderFilename":"dispatch.client.loader.v3.js"}')
    corridor.cloud.say(same, same)
    for _ in range(2):
        answer = await corridor.get(CONFIG)
        assert (answer.status, answer.body) == (200, b'{"DispatchClientLoaderFilename":"dispatch.client.loader.v3.js"}')


@pytest.mark.parametrize("body", [b"[1]", b'"x"', b"null", b"7"])
async def test_by_a_pre_launch_answer_that_is_no_object(corridor, body):
    corridor.cloud.say(http(200, JSON, body))
    answer = await corridor.get("/dispatch/DispatchRequest.jsp?methodName=PreLaunchConfiguration&tenant=t")
    assert (answer.status, answer.header("X-Scormveil-Code")) == (502, "upstream-refused")
