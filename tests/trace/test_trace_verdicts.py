"""What a trace says of requests, and that its advice, followed, makes the course ready."""

import json
import socket

from tests.package import builder
from tests.passage.lti import launch_of, signed
from tests.trace.kit import (
    API,
    CLOUD,
    CONFIG,
    LMS,
    MEDIA,
    PROXY,
    RESULTS,
    ZOE,
    commit,
    entry,
    form,
    har,
    launch,
    page,
)

RETURN = f"&redirecturl={LMS}/back%3Fattempt%3D7"


def test_a_plain_course_is_ready(desk):
    told = desk.trace(
        har(launch(more=RETURN), page(), commit(), page("/content/course/a.png", answer_media="image/png"))
    )
    assert (told.code, told.state) == (0, "ready")
    assert [one["route"] for one in told.json["requests"]] == [
        "dispatch.launch",
        "runtime.content",
        "runtime.results",
        "runtime.content",
    ]
    found = {one["place"]: one["becomes"] for one in told.line(1)["found"]}
    assert found == {
        'query("learnerid")': "pseudonym",
        'query("fname")': "alias",
        'query("lname")': "alias",
        'query("redirecturl")': "a sealed address of ours",
        'query("regid")': "stays",
    }
    assert {one["person"] for one in told.line(1)["found"] if one["kind"] == "subject"} == {"A"}
    assert told.json["people"] == 1
    assert "scormveil doctor" in told.text


def test_nothing_is_asked_of_anybody(desk, monkeypatch):
    """No connection is opened, and in the operator's folder nothing is made but what was asked for."""

    def refuse(*_args):
        raise AssertionError("a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    desk.config += API
    assert desk.trace(har(launch(), page(), commit())).code == 0
    names = {"scormveil.toml", "recording-1.har", "out.html", "out.json"}
    assert {one.name for one in desk.folder.iterdir()} == names


def test_a_host_of_the_cloud_that_the_configuration_lacks(desk):
    """Files of a further host of the cloud go around the proxy; with it in `origins` nothing does."""
    recording = har(
        launch(),
        page(text=f'<img src="https://files.example.com/content/cover.png"><a href="{MEDIA}/">more</a>'),
        entry(
            "https://files.example.com/content/cover.png",
            answer=b"\x89PNG",
            answer_media="image/png",
            referer=f"{CLOUD}/",
        ),
        commit(),
    )
    told = desk.trace(recording)
    assert (told.code, told.state) == (1, "not ready")
    assert told.line(3)["verdict"] == "GOES AROUND"
    assert told.line(3)["host"] == "files.example.com"
    assert "`origins`" in told.line(3)["advice"]
    assert told.line(2)["loads_from"] == [{"host": "files.example.com", "count": 1}]
    assert told.line(2)["names_hosts"] == [{"host": "media.example.net", "count": 1}]
    assert 'files = "https://files.example.com"' in told.json["toml"]
    desk.follow(told.json["toml"])
    told = desk.trace(recording)
    assert (told.code, told.line(3)["route"], told.line(2)["loads_from"]) == (0, "runtime.further-host", [])


def test_a_host_of_somebody_else(desk):
    recording = har(
        launch(), page(), entry(f"{MEDIA}/film.mp4", answer=None, answer_media="video/mp4", referer=f"{CLOUD}/")
    )
    told = desk.trace(recording)
    assert told.code == 1
    assert told.json["suggestions"][0]["setting"] == "external_hosts"
    desk.follow(told.json["toml"])
    told = desk.trace(recording)
    assert (told.code, told.line(3)["verdict"]) == (0, "allowed host")


def test_a_results_page_that_is_not_declared(desk):
    recording = har(launch(), commit(url=f"{CLOUD}/OtherEngine/save.jsp?c=1", typed="I am Zoë Müller-Østergård"))
    told = desk.trace(recording)
    assert (told.code, told.line(2)["code"]) == (1, "unknown-route")
    assert told.line(2)["path"] == "/OtherEngine/save.jsp"
    assert '"runtime.results" = ["/OtherEngine/save.jsp"]' in told.json["toml"]
    desk.follow(told.json["toml"])
    told = desk.trace(recording)
    assert (told.code, told.line(2)["route"]) == (0, "runtime.results")
    assert "the same text with a pseudonym in it" in [one["becomes"] for one in told.line(2)["found"]]


def test_course_files_in_a_folder_of_their_own(desk):
    recording = har(
        launch(),
        page("/elsewhere/9f8a7c6b5d4e3f2a1b0c/index.html"),
        page("/elsewhere/a.js", answer_media="text/javascript"),
    )
    told = desk.trace(recording)
    assert told.line(2)["path"] == "/elsewhere/{a}/index.html"
    assert '"runtime.content" = ["/elsewhere/{rest:**}"]' in told.json["toml"]
    desk.follow(told.json["toml"])
    assert desk.trace(recording).code == 0


def test_a_launch_with_a_key_that_nobody_knows(desk, tmp_path):
    """A package names its keys as it likes; given the package, its launch is understood."""
    desk.config = CONFIG.replace(CLOUD, builder.CLOUD)
    package = tmp_path / "course.zip"
    content = builder.launch(path="/OtherEngine/begin").replace("learnerid=", "student=")
    package.write_bytes(builder.pack(builder.engine_2020(builder.CLOUD, content_url=content)))
    placed = {
        "LEARNER_ID": ZOE.id,
        "LEARNER_FNAME": "Zoe",
        "LEARNER_LNAME": "M",
        "PIPE_URL": "",
        "REDIRECT_URL": "",
        "_REGISTRATION_ARGUMENT": "",
    }
    for name, value in placed.items():
        content = content.replace(name, value)
    recording = har(
        entry(content, status=302, answer_headers={"Location": f"{builder.CLOUD}/content/a.html"}, referer=f"{LMS}/")
    )
    told = desk.trace(recording)
    assert (told.code, told.line(1)["code"]) == (1, "unknown-field")
    assert "student" in told.line(1)["advice"]
    assert "--package" in told.line(1)["advice"]
    told = desk.trace(recording, "--package", str(package))
    assert (told.code, told.line(1)["found"][0]["kind"]) == (0, "subject")


def test_a_query_key_that_nobody_declared_stays_refused(desk):
    told = desk.trace(har(launch(more="&department=North")))
    assert told.line(1)["reason"] == "unknown-key"
    assert "department" in told.line(1)["advice"]
    assert {"place": "query(department)", "fate": "refused"} in told.line(1)["uncovered"]
    assert "North" not in told.everything.decode()


def test_a_page_of_the_lms_that_the_configuration_lacks(desk):
    """The LMS has a second address: its pages open courses, so they are no stranger's."""
    other = "https://campus.example.edu"
    recording = har(
        entry(f"{other}/player", answer="<p>Course</p>"),
        launch(more=f"&redirecturl={other}/back") | {"_initiator": {"url": f"{other}/player"}},
        commit(),
    )
    recording["log"]["entries"][1]["request"]["headers"] = [{"name": "Referer", "value": f"{other}/player"}]
    told = desk.trace(recording)
    assert told.code == 1
    assert {one["setting"] for one in told.json["suggestions"]} == {"lms_origins"}
    assert (told.line(2)["code"], told.line(2)["reason"]) == ("field-invalid", "foreign-address")
    desk.follow(told.json["toml"])
    assert desk.trace(recording).code == 0


def test_the_cloud_leads_to_a_host_that_is_not_known(desk):
    recording = har(
        entry(f"{CLOUD}/content/a.html", status=302, answer_headers={"Location": "https://cdn.example.org/a"})
    )
    recording["log"]["entries"].insert(0, launch())
    told = desk.trace(recording)
    assert (told.line(2)["reason"], told.line(2)["at"]) == ("foreign-redirect", "answer")
    assert "cdn.example.org" in told.line(2)["advice"]
    desk.follow(told.json["toml"])
    assert desk.trace(recording).code == 0


def test_bodies_that_the_browser_left_out(desk):
    """Chrome drops bodies: what was not there to be read is not called good."""
    told = desk.trace(har(launch(), commit(body=None)))
    assert (told.code, told.state) == (3, "cannot tell")
    assert told.line(2)["verdict"] == "UNPROVEN"
    assert told.line(2)["notes"] == ["body not in the file"]
    assert "HAR with content" in told.line(2)["advice"]
    poll = f"{CLOUD}/dispatch/DispatchRequest.jsp?methodName=GetRegistration&registrationId=r-1"
    told = desk.trace(har(launch(), entry(poll, answer=None, answer_media="application/json", headers={"Origin": LMS})))
    assert (told.line(2)["verdict"], told.line(2)["notes"]) == ("UNPROVEN", ["answer not in the file"])
    course = page()
    course["response"]["content"] = {"size": 4711, "mimeType": "text/html"}
    assert desk.trace(har(launch(), course)).code == 0, "a course page passes whatever it is"


def test_a_recording_that_begins_too_late(desk):
    told = desk.trace(har(page(), commit()))
    assert (told.code, told.line(2)["code"]) == (1, "session-missing")
    assert "Preserve log" in told.line(2)["advice"]
    told = desk.trace(har(page()))
    assert (told.code, "there is no launch" in told.json["missing"]) == (3, True)
    told = desk.trace(har(entry("https://unrelated.example.org/", referer=f"{LMS}/")))
    assert (told.code, "No request in this file" in told.json["missing"]) == (3, True)


def test_identities_where_nothing_replaces_them(desk):
    """The guard's refusal is reported with where it saw somebody, never with what it saw."""
    told = desk.trace(har(launch(), commit(state=f"name={ZOE.last}"), entry(f"{CLOUD}/content/a.html?for={ZOE.id}")))
    assert [told.line(number)["code"] for number in (2, 3)] == ["leak-suspected"] * 2
    assert told.line(2)["place"] == 'xml("//ART/@SD")'
    assert {"place": "query(for)", "fate": "passes, searched by the guard"} in told.line(3)["uncovered"]


def test_a_course_that_repeats_the_name_it_has_from_the_cloud(desk):
    """Without the proxy the cloud told the course her name; behind it the course is told a pseudonym."""
    named = entry(
        f"{CLOUD}/RusticiEngine/PlayerConfiguration.jsp?registration=r-1",
        answer=json.dumps({"studentName": f"{ZOE.last}, {ZOE.first}"}),
        answer_media="application/json",
        headers={"Origin": CLOUD},
    )
    told = desk.trace(har(launch(), named, commit(state=f"hello {ZOE.last}")))
    assert told.line(2)["names_people"] == ["family", "given", "name"]
    assert told.code == 0
    assert "passes if the course has the name from the cloud (see the answer of 2)" in told.line(3)["notes"][0]


def test_what_a_browser_does_besides(desk):
    """Sockets, service workers, data: and blob:, preflights, beacons, logs of the player, the LMS's own."""
    told = desk.trace(
        har(
            launch(),
            entry(f"wss{CLOUD.removeprefix('https')}/content/live", headers={"Upgrade": "websocket"}, status=101),
            entry(f"{CLOUD}/content/worker.js", headers={"Service-Worker": "script"}),
            entry("data:image/png;base64,AAAA"),
            entry(f"blob:{CLOUD}/4711"),
            entry(f"{CLOUD}/content/x", "OPTIONS", headers={"Origin": CLOUD, "Access-Control-Request-Method": "POST"}),
            entry(f"{CLOUD}/RusticiEngine/DebugLog.jsp", "POST", body="<log/>", headers={"Origin": CLOUD}),
            commit(_resourceType="ping"),
            entry(f"{LMS}/datamodel", "POST", body=f"name={ZOE.last}"),
            page(_fetchedViaServiceWorker=True),
        )
    )
    verdicts = [(one["verdict"], one["reason"]) for one in told.json["requests"]]
    assert verdicts == [
        ("passes", ""),
        ("REFUSED", "websocket"),
        ("REFUSED", "service-worker"),
        ("in the browser", ""),
        ("in the browser", ""),
        ("not needed", ""),
        ("kept back", "debug-log"),
        ("passes", ""),
        ("LMS", ""),
        ("passes", ""),
    ]
    assert told.line(10)["notes"] == ["a service worker answered it; behind the proxy there is none"]


def test_strangers_hosts_that_speak_the_clouds_protocol(desk):
    """The LMS's pages may ask whom they like; a launch among it is none of the LMS's business."""
    told = desk.trace(
        har(
            entry("https://statistics.example.org/hit", referer=f"{LMS}/player"),
            entry("https://old-cloud.example.net/x?methodName=Launch&learnerid=1", referer=f"{LMS}/player"),
            entry("https://old-cloud.example.net/style.css", referer=f"{LMS}/player"),
        )
    )
    assert [one["verdict"] for one in told.json["requests"]] == ["LMS", "GOES AROUND", "GOES AROUND"]
    assert "dispatch.launch" in told.line(2)["notes"][0]
    assert [one["host"] for one in told.json["hosts"]] == ["statistics.example.org", "old-cloud.example.net"]


def test_bodies_in_other_forms(desk):
    """As base64, as parameters only, as text that the browser damaged."""
    typed = commit(body=b'<RTD><ART L="p"/></RTD>')
    only = entry(f"{CLOUD}/RusticiEngine/ServerLogger.jsp", "POST", body="x", media="application/x-www-form-urlencoded")
    only["request"]["postData"] = {
        "mimeType": "application/x-www-form-urlencoded",
        "params": [{"name": "a", "value": "b c"}],
    }
    told = desk.trace(har(launch(), typed, only, commit(body="\ufffd\ufffd")))
    assert [told.line(number)["verdict"] for number in (2, 3, 4)] == ["passes", "kept back", "UNPROVEN"]


def test_recorded_behind_a_proxy(desk):
    """Its cookies and seals are of another installation's keys; what was refused then is looked at again."""
    here = PROXY + launch()["request"]["url"].removeprefix(CLOUD)
    first = entry(
        here,
        status=302,
        answer_headers={
            "Location": f"{PROXY}/RusticiEngine/defaultui/launch.jsp",
            "Set-Cookie": "__Host-scormveil=c2VhbGVk; Path=/",
        },
        referer=f"{LMS}/",
    )
    sealed = entry(
        f"{PROXY}/.scormveil/return/AXdhcWRVpO4mN0-P3sUiwsKy113M3NB2",
        status=302,
        headers={"Cookie": "__Host-scormveil=c2VhbGVk"},
    )
    refused = entry(
        f"{PROXY}/RusticiEngine/PlayerConfiguration.jsp",
        status=404,
        answer='{"code":"unknown-route"}',
        answer_headers={"X-Scormveil-Code": "unknown-route"},
    )
    saved = commit(url=PROXY + RESULTS.removeprefix(CLOUD))
    saved["request"]["headers"] += [{"name": "Cookie", "value": "__Host-scormveil=c2VhbGVk; sv~h.~JSESSIONID=1"}]
    saved["request"]["headers"][0]["value"] = PROXY
    told = desk.trace(har(first, saved, sealed, refused))
    assert [one["verdict"] for one in told.json["requests"]] == ["passes"] * 4
    assert "taken on trust" in told.line(3)["notes"][1]
    assert told.code == 0


def test_a_launch_link_is_taken_to_come_through_the_proxy(desk):
    """The LMS's server asks for it, which no browser records: with a mount for the API somebody stands in."""
    recording = har(
        entry(
            f"{CLOUD}/api/cloud/registration/launch/5f0c", status=302, answer_headers={"Location": "/content/a.html"}
        ),
        commit(),
    )
    assert desk.trace(recording).line(1)["code"] == "session-missing"
    desk.config += API
    told = desk.trace(recording)
    assert [one["verdict"] for one in told.json["requests"]] == ["passes", "passes"]
    assert "whom it launches is assumed" in told.line(1)["notes"][0]


def test_lti_launches_are_signed_with_stand_ins(desk):
    """Neither the LMS's secret nor the cloud's is needed to say what becomes of the form."""
    fields = signed(launch_of(oauth_consumer_key="cloud-dispatch-7"), "a secret nobody here has")
    recording = har(
        entry(
            f"{CLOUD}/sc/blti",
            "POST",
            body=form(**fields),
            media="application/x-www-form-urlencoded",
            headers={"Origin": LMS},
            status=302,
            answer_headers={"Location": "/content/a.html"},
        )
    )
    assert desk.trace(recording).line(1)["reason"] == "unknown-key"
    desk.config += '[[mounts.lti]]\nkey = "dispatch-7"\nsecret = "file:nowhere"\ncloud_key = "cloud-dispatch-7"\ncloud_secret = "env:NOWHERE"\n'
    told = desk.trace(recording)
    assert told.line(1)["verdict"] == "passes"
    assert {"subject", "given", "family", "name", "email"} <= {one["kind"] for one in told.line(1)["found"]}
    assert {"place": "query(ext_user_username)", "fate": "dropped"} in told.line(1)["uncovered"]


def test_what_is_asked_for_is_what_is_shown(desk):
    recording = har(launch(), page(), commit(url=f"{CLOUD}/OtherEngine/save.jsp"))
    told = desk.trace(recording, "--only-problems")
    assert [one["number"] for one in told.json["requests"]] == [3]
    assert told.json["counts"] == {"passes": 2, "REFUSED": 1}
    assert "There is no mount nowhere." in desk.trace(recording, "--mount", "nowhere").text
    assert "is not there" in desk.trace(recording, "--package", "nowhere.zip").text
    desk.config += (
        CONFIG.partition("\n\n")[2]
        .replace('"dispatch"\nadapter', '"other"\nadapter')
        .replace(PROXY, "https://other.example.edu")
        .replace("uni", "college")
        .replace(LMS, "https://college.example.edu")
    )
    assert {one["mount"] for one in desk.trace(recording).json["requests"]} == {"dispatch"}
    assert {one["mount"] for one in desk.trace(recording, "--mount", "other").json["requests"]} == {"other"}


def test_a_course_that_asks_the_lms_by_aicc(desk):
    """The course at another host asks the LMS; behind the proxy it asks there, and the answer has a pseudonym."""
    desk.config += """
[[mounts]]
name = "hacp"
adapter = "aicc"
tenant = "uni"
public = "https://hacp.example.edu/aicc.php"
upstream = "https://lms.example.edu/aicc.php"
[[mounts]]
name = "course"
adapter = "aicc_content"
tenant = "uni"
public = "https://course.example.edu"
upstream = "https://content.example.com"
"""
    course = "https://content.example.com"
    answer = f"error=0\r\nerror_text=Successful\r\naicc_data=[Core]\r\nStudent_ID={ZOE.id}\r\nStudent_Name={ZOE.last}, {ZOE.first}\r\n"
    asks = entry(
        f"{LMS}/aicc.php?id=7",
        "POST",
        body="command=GetParam&version=4.0&session_id=k",
        media="application/x-www-form-urlencoded",
        answer=answer,
        answer_media="text/plain; charset=utf-8",
        headers={"Origin": course},
    )
    told = desk.trace(har(entry(f"{course}/au/index.html?AICC_SID=k&AICC_URL={LMS}/aicc.php?id=7"), asks))
    assert [one["verdict"] for one in told.json["requests"]] == ["passes", "passes"]
    assert told.line(1)["found"][0]["becomes"] == "our address for the course's results"
    assert {(one["kind"], one["becomes"]) for one in told.line(2)["answered"]} >= {
        ("subject", "pseudonym"),
        ("name", "alias"),
    }
    assert told.line(2)["mount"] == "hacp"
