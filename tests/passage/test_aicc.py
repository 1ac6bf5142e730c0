"""AICC: the LMS's answer to a course at another host goes out with a pseudonym, and what the course puts comes in."""

import pytest

from tests.oracle import Oracle
from tests.passage.corridor import ZOE, corridor_in
from tests.passage.wire import http

HOST, CONTENT = "hacp.example.org", "course.example.org"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ORACLE = Oracle({"zoe": (ZOE.id, ZOE.first, ZOE.last, f"{ZOE.last}, {ZOE.first}")})
MOUNTS = """
[[mounts]]
name = "hacp"
adapter = "aicc"
tenant = "uni"
public = "https://hacp.example.org/aicc.php"
upstream = "http://lms.localhost:1/aicc.php"

[[mounts]]
name = "course"
adapter = "aicc_content"
tenant = "uni"
public = "https://course.example.org"
upstream = "http://content.localhost:1"
"""
ANSWER = (
    f"error=0\r\nerror_text=Successful\r\nversion=4.0\r\naicc_data=[Core]\r\nStudent_ID = {ZOE.id}\r\n"
    f"Student_Name={ZOE.last}, {ZOE.first}\r\nLesson_Status=incomplete\r\nOutput_File=/home/{ZOE.id}/out\r\n"
    f"[Core_Lesson]\r\npage=7\r\n[Student_Demographics]\r\nfamiliar_name={ZOE.first}\r\n[Student_Data]\r\nMastery_Score=80\r\n"
)


@pytest.fixture
async def scene(tmp_path, installation):
    async with corridor_in(tmp_path / "house", installation, extra=MOUNTS) as one:
        for mount in one.house.mounts.all:
            if mount.name in {"hacp", "course"}:
                stub = one.lms if mount.name == "hacp" else one.content
                object.__setattr__(mount, "upstream", type(mount.upstream).of(stub.origin + mount.public.path))
        yield one


async def test_the_answer_to_get_param_goes_out_with_a_pseudonym(scene):
    token = scene.pseudonym(ZOE.id)
    scene.lms.say(http(200, {"Content-Type": "text/plain"}, ANSWER.encode()))
    answer = await scene.ask("POST", "/aicc.php?id=7", FORM, b"command=GetParam&version=4.0&session_id=k", host=HOST)
    assert answer.status == 200, answer.raw
    assert answer.body.decode() == (
        f"error=0\r\nerror_text=Successful\r\nversion=4.0\r\naicc_data=[Core]\r\nStudent_ID = {token}\r\n"
        f"Student_Name={scene.alias(ZOE.id)}, Learner\r\nLesson_Status=incomplete\r\n"
        "[Core_Lesson]\r\npage=7\r\n[Student_Data]\r\nMastery_Score=80\r\n"
    )
    assert scene.lms.requests[-1].target == "/aicc.php?id=7"
    assert ORACLE.search(answer.raw) == []
    events = [entry.event for entry in await scene.audit()]
    assert "minted" in events


async def test_what_a_course_puts_is_hers_again(scene):
    scene.lms.say(http(200, {"Content-Type": "text/plain"}, ANSWER.encode()))
    await scene.ask("GET", "/aicc.php?command=getparam&version=4.0&session_id=k", host=HOST)
    table = f'"course_id","student_id","student_response"\r\n"c","{scene.pseudonym(ZOE.id)}","b"'
    body = "command=PutInteractions&session_id=k&aicc_data=" + table
    scene.lms.say(http(200, {"Content-Type": "text/html; charset=utf-8"}, b"error=0\r\nerror_text=Successful\r\n"))
    answer = await scene.ask("POST", "/aicc.php", FORM, body.encode(), host=HOST)
    assert answer.status == 200, answer.raw
    assert f"%22{ZOE.id}%22" in scene.lms.requests[-1].body.decode() or ZOE.id in scene.lms.requests[-1].body.decode()


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (http(500, {"Content-Type": "text/html"}, f"<p>{ZOE.first}</p>".encode()), "upstream-refused"),
        (http(302, {"Location": f"https://lms.example.edu/?u={ZOE.id}"}, b""), "upstream-refused"),
        (http(200, {"Content-Type": "text/html"}, f"<html>{ZOE.id}</html>".encode()), "unreadable-body"),
        (
            http(200, {"Content-Type": "text/plain"}, ANSWER.replace("Core_", "core]\r\nx=1\r\n[x").encode()),
            "unreadable-body",
        ),
        (http(200, {"Content-Type": "text/plain"}, ANSWER.encode("latin-1", "replace")), "unreadable-body"),
        (http(200, {"Content-Type": "text/plain"}, ANSWER.replace("page=7", ZOE.id).encode()), "leak-suspected"),
    ],
)
async def test_an_answer_that_cannot_be_vouched_for_does_not_go_out(scene, reply, code):
    scene.lms.say(reply)
    answer = await scene.ask("POST", "/aicc.php", FORM, b"command=GetParam&session_id=k", host=HOST)
    assert answer.header("X-Scormveil-Code") == code
    assert ORACLE.search(answer.raw) == []


async def test_latin_1_that_is_declared_is_read(scene):
    scene.lms.say(http(200, {"Content-Type": "text/plain; charset=ISO-8859-1"}, ANSWER.encode("latin-1")))
    answer = await scene.ask("POST", "/aicc.php", FORM, b"command=GetParam&session_id=k", host=HOST)
    assert answer.status == 200, answer.raw
    assert ORACLE.search(answer.raw) == []


async def test_a_course_is_launched_to_ask_at_us(scene):
    lms = next(mount.upstream for mount in scene.house.mounts.all if mount.name == "hacp")
    for key in ("AICC_URL", "aicc_url"):
        target = f"/au/index.html?AICC_SID=k&{key}={lms.origin}{lms.path}?id=7"
        washed = await scene.get(target, host=CONTENT)
        assert washed.status == 302, washed.raw
        assert washed.header("Location") == (
            f"https://{CONTENT}/au/index.html?AICC_SID=k&{key}=https%3A%2F%2F{HOST}%2Faicc.php%3Fid%3D7"
        )
        page = await scene.get(washed.header("Location").removeprefix(f"https://{CONTENT}"), host=CONTENT)
        assert page.status == 200
    async with scene.refuses("field-invalid", 400) as refusal:
        refusal.answer = await scene.get("/au/index.html?AICC_URL=https://elsewhere.example/x", host=CONTENT)
