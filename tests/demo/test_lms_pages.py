"""The sandbox LMS over HTTP: log-in, package files, commits, received results."""

import json
import re

import pytest
from aiohttp import encode_basic_auth
from lms_kit import lms


@pytest.fixture
async def site(aiohttp_client):
    built = lms(results_login=("desk", "pw"))
    return built, await aiohttp_client(built.application())


def basic(password):
    return {"Authorization": encode_basic_auth("desk", password)}


async def boot(client, course="new", query=""):
    await client.post("/login", data={"person": "zoe.m"})
    text = await (await client.get(f"/player/{course}{query}")).text()
    return json.loads(re.search(r'id="boot" type="application/json">(.*?)</script>', text).group(1))


async def test_without_a_log_in_every_page_leads_to_it(site):
    _, client = site
    for path in ("/", "/courses", "/course/new", "/player/new"):
        assert (await client.get(path)).url.path == "/login"
    assert (await client.get("/attempt/new")).status == 403


async def test_package_files_open_inside_a_foreign_frame_where_no_cookie_is_sent(site):
    _, client = site
    assert (await client.get("/pluginfile/new/page.html")).status == 200


async def test_everybody_can_log_in_whatever_their_name(site):
    built, client = site
    for person in built.state()["people"]:
        page = await client.post("/login", data={"person": person["id"]})
        assert page.url.path == "/courses"
        await client.post("/logout")
    assert (await client.post("/login", data={"person": "nobody"})).status == 400


async def test_the_session_cookie_is_bound_to_the_host(site):
    _, client = site
    answer = await client.post("/login", data={"person": "zoe.m"}, allow_redirects=False)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "Domain" not in cookie


async def test_own_pages_forbid_foreign_frames_and_package_files_say_nothing(site):
    _, client = site
    await client.post("/login", data={"person": "zoe.m"})
    assert (await client.get("/player/new")).headers["X-Frame-Options"] == "sameorigin"
    file = await client.get("/pluginfile/new/page.html")
    assert file.content_type == "text/html"
    assert not {"X-Frame-Options", "Content-Security-Policy", "Referrer-Policy"} & set(file.headers)
    assert (await client.get("/pluginfile/new/none.html")).status == 404
    assert (await client.get("/pluginfile/none/page.html")).status == 404


async def test_the_player_is_told_the_username_and_the_name_first_name_first(site):
    _, client = site
    elements = (await boot(client, "old"))["elements"]
    assert elements["cmi.core.student_id"] == "zoe.m"
    assert elements["cmi.core.student_name"] == "Zoë Müller-Østergård"


async def test_names_can_be_written_last_name_first(aiohttp_client):
    client = await aiohttp_client(lms(name_order="Last, First").application())
    assert (await boot(client))["elements"]["cmi.learner_name"] == "Müller-Østergård, Zoë"


async def test_a_commit_is_stored_for_the_learner_of_the_session(site):
    built, client = site
    page = await boot(client)
    answer = await client.post(
        "/datamodel",
        data=json.dumps(
            {
                "sesskey": page["sesskey"],
                "launch": page["launch"],
                "elements": {"cmi.completion_status": "completed", "cmi.score.raw": 85, "cmi.session_time": "PT127S"},
            }
        ),
    )
    assert (await answer.json())["attempt"]["score"] == 85.0
    seen = built.attempt("zoe.m", "new")
    assert (seen["completion"], seen["success"], seen["total_time"]) == ("completed", "unknown", 127.0)
    assert built.attempt("solo", "new")["completion"] == "not attempted"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"sesskey": "guessed"}, 403),
        ({"launch": "guessed"}, 403),
        ({"elements": {"x": "y"}}, 400),
        ({"elements": {"cmi.location": None}}, 400),
        ({"elements": []}, 400),
    ],
)
async def test_a_commit_that_does_not_fit_is_refused(site, change, status):
    built, client = site
    page = await boot(client)
    commit = {"sesskey": page["sesskey"], "launch": page["launch"], "elements": {"cmi.location": "p"}} | change
    assert (await client.post("/datamodel", json=commit)).status == status
    assert built.attempt("zoe.m", "new")["completion"] == "not attempted"


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"{"])
async def test_a_commit_that_cannot_be_read_is_refused(site, body):
    _, client = site
    await boot(client)
    assert (await client.post("/datamodel", data=body)).status == 400


async def test_somebody_elses_launch_cannot_be_committed_to(site):
    _, client = site
    foreign = (await boot(client))["launch"]
    await client.post("/login", data={"person": "solo"})
    text = await (await client.get("/player/new")).text()
    key = re.search(r'"sesskey": ?"([^"]+)"', text).group(1)
    commit = {"sesskey": key, "launch": foreign, "elements": {"cmi.location": "p"}}
    assert (await client.post("/datamodel", json=commit)).status == 403


async def test_session_secrets_can_be_looked_for(site):
    built, client = site
    page = await boot(client)
    assert page["sesskey"] in built.session_secrets()


async def test_results_need_the_credentials_and_are_shown(site):
    built, client = site
    result = {"id": "r1", "learner": {"id": "zoe.m"}}
    assert (await client.post("/results/new", json=result)).status == 401
    assert (await client.post("/results/new", json=result, headers=basic("wrong"))).status == 401
    good = basic("pw")
    assert (await client.post("/results/new", data=b"[]", headers=good)).status == 400
    assert (await client.post("/results/new", json=result, headers=good)).status == 200
    state = built.state()
    assert [(entry["course"], entry["body"]) for entry in state["results"]] == [("new", result)]
    assert state["results_refused"] == 3


async def test_the_answer_to_results_can_be_switched(site):
    built, client = site
    good = basic("pw")
    built.answer_results(302, location="http://elsewhere.localhost/")
    answer = await client.post("/results/new", json={}, headers=good, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (302, "http://elsewhere.localhost/")
    built.answer_results(503)
    assert (await client.post("/results/new", json={}, headers=good)).status == 503
    assert built.state()["results"] == []
    built.answer_results(204, delay=0.01)
    assert (await client.post("/results/new", json={}, headers=good)).status == 204
    assert len(built.state()["results"]) == 1


async def test_unknown_people_courses_and_run_times_are_refused(site):
    built, client = site
    await client.post("/login", data={"person": "zoe.m"})
    assert (await client.get("/player/none")).status == 404
    assert (await client.get("/player/new?runtime=scorm-again")).status == 400
    with pytest.raises(KeyError):
        built.attempt("nobody", "new")
    with pytest.raises(ValueError, match="course ids"):
        built.install("../x", "T", "SCORM12", b"")
