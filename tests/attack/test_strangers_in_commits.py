"""Addresses of people whom nobody has told us of, in what a learner types, and in what an LMS answers a course."""

import json

import pytest

from proxy.lzstring import Notation, pack, unpack
from tests.oracle import Oracle
from tests.passage.corridor import ZOE, corridor_in
from tests.passage.test_aicc import ANSWER, FORM, HOST, MOUNTS
from tests.passage.wire import http

ADDRESS = "xenia.unbekannt@uni.example"
ORACLE = Oracle({"xenia": (ADDRESS,)})
TYPED = f"Ask {ADDRESS} about it"
XML = f'<RTD RI="r1"><ARTC C="{TYPED}"/><ARTI Id="q1" LR="{TYPED}"/><ART SD="v1|7" L="page2"/></RTD>'
TREE = json.dumps({"RI": "r1", "cmi.comments": TYPED, "cmi.suspend_data": "v1|7", "cmi.location": "page2"})


@pytest.mark.parametrize(("body", "media"), [(XML, "text/xml"), (TREE, "application/json")])
async def test_an_address_that_she_typed_is_withheld(corridor, body, media):
    """The adapter of the run-time is not the first of its mount, whose word alone was heard once."""
    cookie = await corridor.launch(ZOE)
    assert (await corridor.commit(body, cookie, {"Content-Type": media})).status == 200
    sent = corridor.cloud.requests[-1]
    assert ORACLE.search(sent.raw) == []
    told = sent.body.decode()
    assert "Ask [withheld] about it" in told
    assert "v1|7" in told
    assert "page2" in told


async def test_an_address_that_was_packed_is_withheld(corridor):
    cookie = await corridor.launch(ZOE)
    body = pack(TREE, Notation.BASE64).encode()
    assert (await corridor.commit(body, cookie, {"Content-Type": "text/plain"})).status == 200
    sent = corridor.cloud.requests[-1]
    assert ORACLE.search(sent.raw) == []
    assert json.loads(unpack(sent.body.decode(), Notation.BASE64))["cmi.comments"] == "Ask [withheld] about it"


async def test_an_lms_tells_a_course_at_another_host_no_address(tmp_path, installation):
    """Comments and errors of an LMS quote whom it writes to."""
    async with corridor_in(tmp_path / "house", installation, extra=MOUNTS) as scene:
        mount = next(one for one in scene.house.mounts.all if one.name == "hacp")
        object.__setattr__(mount, "upstream", type(mount.upstream).of(scene.lms.origin + mount.public.path))
        for answer in (ANSWER + f"[Comments]\r\n{TYPED}\r\n", f"error=1\r\nerror_text=no user {ADDRESS}\r\n"):
            scene.lms.say(http(200, {"Content-Type": "text/plain"}, answer.encode()))
            told = await scene.ask("POST", "/aicc.php", FORM, b"command=GetParam&session_id=k", host=HOST)
            assert told.status == 200, told.raw
            assert ORACLE.search(told.raw) == []
            assert b"[withheld]" in told.body


async def test_a_group_of_several_lines_may_name_her(tmp_path, installation):
    """A comment in which she is replaced was refused once for its line end, and with it her whole next launch."""
    async with corridor_in(tmp_path / "house", installation, extra=MOUNTS) as scene:
        mount = next(one for one in scene.house.mounts.all if one.name == "hacp")
        object.__setattr__(mount, "upstream", type(mount.upstream).of(scene.lms.origin + mount.public.path))
        answer = ANSWER.replace("[Core_Lesson]", f"[Comments]\r\nFirst line\r\nI am {ZOE.id}\r\n[Core_Lesson]")
        scene.lms.say(http(200, {"Content-Type": "text/plain"}, answer.encode()))
        told = await scene.ask("POST", "/aicc.php", FORM, b"command=GetParam&session_id=k", host=HOST)
        assert told.status == 200, told.raw
        assert f"[Comments]\r\nFirst line\r\nI am {scene.pseudonym(ZOE.id)}\r\n[Core_Lesson]".encode() in told.body
