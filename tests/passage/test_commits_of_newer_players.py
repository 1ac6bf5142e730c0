"""Commits whose form nobody has published: JSON, only what changed, packed by LZString. And logs of the player."""

import json
from pathlib import Path

import pytest
import pytest_asyncio

from proxy.lzstring import Notation, pack, unpack
from tests.oracle import Oracle
from tests.passage.corridor import OBRIEN, ZOE, corridor_in

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def corridor(corridor_again):
    return corridor_again


FULL = f"{ZOE.first} {ZOE.last}"
BOMB = (Path(__file__).parents[1] / "vectors" / "lzstring-1.json").read_text("utf-8")
ORACLE = Oracle({"zoe": [ZOE.id, FULL], "obrien": [OBRIEN.id]})
WHOLE = {
    "registrationId": "3f6c-0001",
    "activities": [
        {
            "activityId": "item_1",
            "runtime": {
                "location": f"page 7 of {ZOE.id}",
                "suspendData": "v1|7|ok",
                "learnerComments": [{"comment": f"Yours, {FULL}", "location": "end"}],
                "interactions": [{"id": "q1", "learnerResponse": FULL.upper(), "description": "Who are you?"}],
            },
        }
    ],
    "rollup": {"completion": "complete", "scaled": 0.85},
    "history": {"browser": "Mozilla/5.0 (X11; Linux x86_64) of hers"},
}
DELTA = {"RI": "3f6c-0001", "d": [{"p": "cmi.interactions.0.learner_response", "v": FULL}, ["cmi.location", ZOE.id]]}
TERSE = {"RI": "3f6c-0001", "A": [{"II": "i1", "ART": {"L": f"p7 {ZOE.id}", "SD": "v1|7", "ARTI": [{"LR": FULL}]}}]}
FLAT = {
    "RI": "3f6c-0001",
    "cmi.location": f"p7 {ZOE.id}",
    "cmi.interactions.0.learner_response": FULL,
    "cmi.suspend_data": "v1|7",
}
COMMITS = {"whole": WHOLE, "delta": DELTA, "terse": TERSE, "flat": FLAT}


def body_of(text: str, notation: Notation) -> bytes:
    return pack(text, notation).encode("utf-8", "surrogateescape")


def text_of(body: bytes, notation: Notation) -> str:
    return unpack(body.decode("utf-8", "surrogateescape"), notation)


@pytest_asyncio.fixture(loop_scope="module")
async def cookie(corridor):
    return await corridor.launch(ZOE)


@pytest.mark.parametrize("name", COMMITS)
async def test_what_she_typed_is_replaced_wherever_it_stands(corridor, cookie, name):
    body = json.dumps(COMMITS[name])
    assert (await corridor.commit(body, cookie, {"Content-Type": "application/json"})).status == 200
    sent = corridor.cloud.requests[-1]
    assert ORACLE.search(sent.raw) == []
    told = json.dumps(json.loads(sent.body))
    for piece in ("3f6c-0001", corridor.alias(ZOE.id), corridor.pseudonym(ZOE.id)):
        assert piece in told
    assert "Mozilla/5.0 (X11" not in told
    assert len(json.loads(sent.body)) == len(COMMITS[name])


@pytest.mark.parametrize("notation", Notation)
@pytest.mark.parametrize("name", COMMITS)
async def test_packed_it_is_opened_rewritten_and_packed_again(corridor, cookie, name, notation):
    body = json.dumps(COMMITS[name])
    assert (await corridor.commit(body, cookie, {"Content-Type": "application/json"})).status == 200
    plain = corridor.cloud.requests[-1].body.decode()
    packed = body_of(body, notation)
    assert (await corridor.commit(packed, cookie, {"Content-Type": "application/octet-stream"})).status == 200
    sent = corridor.cloud.requests[-1]
    assert text_of(sent.body, notation) == plain
    assert ORACLE.search(sent.raw) == []


@pytest.mark.parametrize("media", ["text/xml", "text/plain", "application/json", "application/x-www-form-urlencoded"])
async def test_a_packed_commit_in_xml_is_found_under_any_media_type(corridor, cookie, media):
    text = f"<RTD RI='r1'><A><ARTI Id='q1' LR='{FULL}'/></A></RTD>"
    assert (await corridor.commit(body_of(text, Notation.BASE64), cookie, {"Content-Type": media})).status == 200
    told = text_of(corridor.cloud.requests[-1].body, Notation.BASE64)
    assert told == text.replace(FULL, f"Learner {corridor.alias(ZOE.id)}")


@pytest.mark.parametrize("notation", Notation)
async def test_a_packed_commit_without_her_keeps_its_bytes(corridor, cookie, notation):
    body = body_of(json.dumps({"location": "page 7", "score": 0.8}), notation)
    assert (await corridor.commit(body, cookie, {"Content-Type": "text/plain"})).status == 200
    assert corridor.cloud.requests[-1].body == body


async def test_addresses_of_ours_are_turned_inside_the_packing(corridor, cookie):
    text = '{"location": "https://proxy.example.org/content/a.html", "x": "https:\\/\\/proxy.example.org\\/b"}'
    assert (await corridor.commit(body_of(text, Notation.URI), cookie, {"Content-Type": "text/plain"})).status == 200
    told = text_of(corridor.cloud.requests[-1].body, Notation.URI)
    assert json.loads(told) == {
        "location": f"{corridor.cloud.origin}/content/a.html",
        "x": f"{corridor.cloud.origin}/b",
    }
    assert "\\/\\/cloud" in told


@pytest.mark.parametrize(
    "tree",
    [
        {"runtime": {"suspendData": f"name={FULL}"}},
        {"runtime": {"SD": pack(json.dumps({"user": FULL, "page": 7}), Notation.BASE64)}},
        {"interactions": [{"id": f"{ZOE.id}-q1"}]},
        {"registrationId": f"{ZOE.id}-course-7"},
        {"sharedData": {"bucket": FULL}},
        {"unheardOf": pack(json.dumps({"user": FULL, "page": 7}), Notation.URI)},
        {FULL: 1},
        {"n": {"x": [[{"y": "Wm9lIE3DvGxsZXItw5hzdGVyZ8OlcmQ="}]]}},
    ],
)
@pytest.mark.parametrize("packed", [False, True])
async def test_what_cannot_be_altered_is_refused(corridor, cookie, tree, packed):
    """Suspend data, identifiers, somebody's packed state, names of members."""
    body = json.dumps(tree)
    async with corridor.refuses("leak-suspected", 403, ZOE.last) as refusal:
        refusal.answer = await corridor.commit(
            body_of(body, Notation.BASE64) if packed else body, cookie, {"Content-Type": "application/json"}
        )


async def test_a_number_or_a_word_that_is_hers_by_chance_is_left_alone(corridor, cookie):
    """What nobody has described is touched only where the guard would see her."""
    body = json.dumps({"a": "s12345678", "b": 1234567, "c": "Zoom", "d": "t1234567"})
    assert (await corridor.commit(body, cookie, {"Content-Type": "application/json"})).status == 200
    assert corridor.cloud.requests[-1].body == body.encode()


@pytest.mark.parametrize("body", [b"", b"a=b", b"hello", b"\x00\x01", b"N4Ig", body_of("plain text", Notation.URI)])
async def test_what_is_neither_is_refused(corridor, cookie, body):
    if not body:
        assert (await corridor.commit(body, cookie, {"Content-Type": "text/plain"})).status == 200
        return
    async with corridor.refuses("unreadable-body", 400) as refusal:
        refusal.answer = await corridor.commit(body, cookie, {"Content-Type": "text/plain"})


async def test_a_bomb_is_refused(corridor, cookie):
    bomb = json.loads(BOMB)["bomb"]["base64"]
    async with corridor.refuses("unreadable-body", 400) as refusal:
        refusal.answer = await corridor.commit(bomb, cookie, {"Content-Type": "text/plain"})


async def test_without_a_session_nothing_is_read(corridor):
    async with corridor.refuses("session-missing", 403) as refusal:
        refusal.answer = await corridor.commit(json.dumps(WHOLE), "", {"Content-Type": "application/json"})


LOGS = "/RusticiEngine/DebugLog.jsp", "/RusticiEngine/ServerLogger.jsp"
TRACE = f"""<DebugLog RI="r1"><Entry t="7" call="SetValue('cmi.location', '{FULL}')" answer="true"/></DebugLog>"""


@pytest.mark.parametrize("target", LOGS)
async def test_logs_of_the_player_are_refused(corridor, cookie, target):
    async with corridor.refuses("not-permitted", 403) as refusal:
        refusal.answer = await corridor.ask("POST", target, {"Content-Type": "text/xml", "Cookie": cookie}, b"<a/>")


@pytest.mark.parametrize("target", LOGS)
async def test_an_operator_may_let_them_pass_guarded(tmp_path, installation, target):
    """For the vendor's support: what she typed is replaced, what is packed refuses the log, and nothing depends on it."""
    async with corridor_in(tmp_path, installation, policy='exceptions = ["debug-log", "server-log"]') as corridor:
        cookie = await corridor.launch(ZOE)
        for media, body in (
            ("text/xml", TRACE),
            ("application/json", json.dumps([{"call": "SetValue", "value": FULL}])),
            ("application/x-www-form-urlencoded", f"msg=launched by {FULL}&level=1"),
            ("text/plain", f"12:00 launched by {FULL}"),
        ):
            headers = {"Content-Type": media, "Cookie": cookie}
            assert (await corridor.ask("POST", target, headers, body.encode())).status == 200
            sent = corridor.cloud.requests[-1]
            assert ORACLE.search(sent.raw) == []
            assert corridor.alias(ZOE.id).encode() in sent.body
        async with corridor.refuses("leak-suspected", 403, ZOE.last) as refusal:
            hidden = json.dumps(["Wm9lIE3DvGxsZXItw5hzdGVyZ8OlcmQ="]).encode()
            refusal.answer = await corridor.ask(
                "POST", target, {"Content-Type": "application/json", "Cookie": cookie}, hidden
            )
        async with corridor.refuses("session-missing", 403) as refusal:
            refusal.answer = await corridor.ask("POST", target, {"Content-Type": "text/xml"}, TRACE.encode())
