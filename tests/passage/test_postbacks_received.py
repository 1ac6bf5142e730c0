"""Results on their way to the LMS: every form the cloud has, with the logins of both sides, and nobody else's."""

import asyncio
import json
from dataclasses import replace
from urllib.parse import quote

import pytest

from proxy.passage import Audience, Level, PostbackSpec
from tests.passage.corridor import LI, OBRIEN, RTL, TOKEN, ZOE, corridor_in
from tests.passage.postback_kit import FORM, JSON, XML, Posting, basic, fields_of, mount_of, report, result, seen, told
from tests.passage.test_refused_answers import broken
from tests.passage.wire import http

DETAILS = ("suspendData", "secret comment", "activityDetails")


async def posting(corridor, **asked) -> Posting:
    return Posting(corridor, await told(corridor, **asked))


def arrived(corridor):
    [message] = corridor.lms.requests
    return message


class TestEveryForm:
    @pytest.mark.parametrize("who", [ZOE, OBRIEN, LI, RTL], ids=lambda who: who.id)
    async def test_json_in_the_body(self, corridor, who):
        cloud = await posting(corridor, auth_type="HTTPBASIC", hook="/hook.php?wstoken=a%2Fb")

        answer = await cloud.as_body(result(await seen(corridor, who)))

        assert answer.status == 204
        message = arrived(corridor)
        assert message.start == "POST /hook.php?wstoken=a%2Fb HTTP/1.1"
        assert message.header("Content-Type") == "application/json; charset=utf-8"
        assert message.all("Authorization") == [basic("hook", "geheim:ß")]
        got = json.loads(message.body)
        assert got["learner"] == {"id": who.id, "firstName": who.first, "lastName": who.last}
        assert (got["id"], got["score"], got["registrationSuccess"]) == ("r-1", {"scaled": 87.5}, "PASSED")
        assert not any(one in message.body.decode() for one in DETAILS)

    async def test_json_in_a_form(self, corridor):
        cloud = await posting(corridor, auth_type="FORM")

        assert (await cloud.as_form(result(await seen(corridor, ZOE)))).status == 204

        message = arrived(corridor)
        assert message.header("Content-Type") == "application/x-www-form-urlencoded; charset=utf-8"
        assert message.all("Authorization") == []
        (data, user, password) = fields_of(message)
        assert (user, password) == (("userName", "hook"), ("password", "geheim:ß"))
        assert data[0] == "data"
        assert json.loads(data[1])["learner"]["lastName"] == ZOE.last
        assert not any(one in data[1] for one in DETAILS)

    @pytest.mark.parametrize("declared", [True, False], ids=["declared", "bare"])
    @pytest.mark.parametrize("wrapped", [True, False], ids=["rsp", "report"])
    async def test_xml_in_a_form(self, corridor, wrapped, declared):
        cloud = await posting(corridor, auth_type="FORM", legacy=True)
        text = report(wrapped=wrapped, declared=declared)

        assert (await cloud.as_form(text, user="username")).status == 204

        assert fields_of(arrived(corridor)) == [("data", text), ("username", "hook"), ("password", "geheim:ß")]

    @pytest.mark.parametrize("media", ["text/xml", "application/xml; charset=utf-8", "text/xml; charset=UTF-8"])
    async def test_xml_in_the_body(self, corridor, media):
        cloud = await posting(corridor, auth_type="HTTPBASIC", legacy=True)
        text = report(declared=True)

        assert (await cloud.as_body(text, media)).status == 204

        message = arrived(corridor)
        assert message.header("Content-Type") == "text/xml; charset=utf-8"
        assert message.all("Authorization") == [basic("hook", "geheim:ß")]
        assert message.body.decode() == text

    async def test_details_of_xml_stay_behind(self, corridor):
        cloud = await posting(corridor, legacy=True)
        details = "<activity id='S'><runtime><static><learner_name>p</learner_name></static></runtime></activity>"

        assert (await cloud.as_body(report(body="<score>5</score>" + details), XML)).status == 204

        assert b"<score>5</score>" in arrived(corridor).body
        assert b"activity" not in arrived(corridor).body

    @pytest.mark.parametrize("auth", ["FORM", "HTTPBASIC"])
    async def test_an_lms_without_a_login_gets_none(self, corridor, auth):
        cloud = await posting(corridor, auth_type=auth, user="", password="")
        send = cloud.as_form if auth == "FORM" else cloud.as_body

        assert (await send(result())).status == 204

        message = arrived(corridor)
        assert message.all("Authorization") == []
        if auth == "FORM":
            assert [name for name, _ in fields_of(message)] == ["data"]
        assert cloud.spec.password.encode() not in message.raw
        assert cloud.spec.user.encode() not in message.raw

    @pytest.mark.parametrize("user", ["userName", "username"])
    async def test_the_cloud_may_call_the_user_either_way(self, corridor, user):
        cloud = await posting(corridor, auth_type="FORM")

        assert (await cloud.as_form(result(), user=user)).status == 204
        assert fields_of(arrived(corridor))[1] == ("userName", "hook")

    async def test_who_is_unknown_stays_and_a_test_is_answered(self, corridor):
        cloud = await posting(corridor, level=Level("test"))
        text = result("dummy-learner", ident="dummy-registration")

        assert (await cloud.as_body(text)).status == 204
        assert (await cloud.as_body(text)).status == 204
        assert json.loads(corridor.lms.requests[1].body)["learner"]["id"] == "dummy-learner"

    async def test_numbers_are_kept_as_they_are_written(self, corridor):
        cloud = await posting(corridor)
        text = (
            result()
            .replace("87.5", "7.0000000000000009")
            .replace('"totalSecondsTracked":754.0', '"totalSecondsTracked":NaN')
        )

        assert (await cloud.as_body(text)).status == 204
        assert b"7.0000000000000009" in arrived(corridor).body
        assert b"NaN" in arrived(corridor).body

    async def test_readers_of_details_get_them_with_pseudonyms(self, corridor, monkeypatch):
        cloud = await posting(corridor)
        token = await seen(corridor, ZOE)
        mounts = corridor.house.mounts
        detailed = replace(mount_of(corridor), audience=Audience(reveal=False, details=True))
        monkeypatch.setattr(corridor.house.server._passage, "_mounts", type(mounts)((detailed,)))

        assert (await cloud.as_body(result(token))).status == 204

        text = arrived(corridor).body.decode()
        assert "secret comment" in text
        assert token in text
        assert ZOE.id not in text


class TestBothSides:
    async def test_the_answer_tells_nothing_of_the_lms(self, corridor):
        cloud = await posting(corridor)
        corridor.lms.say(http(201, {"Set-Cookie": "lms=1", "X-User": "zoe"}, b"ok zoe"))

        answer = await cloud.as_body(result())

        assert (answer.status, answer.body) == (204, b"")
        assert b"zoe" not in answer.raw
        assert not answer.header("Set-Cookie")

    async def test_it_is_recorded_who_was_shown_to_whom(self, corridor):
        cloud = await posting(corridor)
        token = await seen(corridor, ZOE)

        await cloud.as_body(result(token))

        entries = [one for one in await corridor.audit() if one.event in {"reidentified", "relayed"}]
        assert [(one.event, one.mount, one.actor) for one in entries] == [
            ("reidentified", "api", "cloud"),
            ("relayed", "api", "cloud"),
        ]
        assert entries[0].pseudonym == token

    async def test_an_old_address_leads_to_where_the_lms_is_now(self, corridor):
        before = await posting(corridor)
        await told(corridor, hook="/moved", password="neu")

        assert (await before.as_body(result())).status == 204

        assert arrived(corridor).start == "POST /moved HTTP/1.1"
        assert arrived(corridor).header("Authorization") == basic("hook", "neu")

    async def test_an_old_address_of_another_form_leads_to_where_it_did(self, corridor):
        before = await posting(corridor)
        await told(corridor, hook="/xml", legacy=True)

        assert (await before.as_body(result())).status == 204
        assert arrived(corridor).start == "POST /hook HTTP/1.1"


class TestRefused:
    async def test_an_unknown_address(self, corridor):
        cloud = await posting(corridor)
        for token in ("0" * 48, "", "x", cloud.target.rpartition("/")[2].upper(), "a/b"):
            async with corridor.refuses("not-permitted", 403, ZOE.id) as refusal:
                refusal.answer = await Posting(
                    corridor, replace(cloud.spec, url=cloud.spec.url.rpartition("/")[0] + "/" + token)
                ).as_body(result(ZOE.id))
            assert refusal.entry.actor == "cloud"

    async def test_the_address_of_another_mount(self, corridor):
        cloud = await posting(corridor)
        token = cloud.target.rpartition("/")[2]

        async with corridor.refuses("not-permitted", 403) as refusal:
            refusal.answer = await corridor.ask(
                "POST",
                f"/.scormveil/postback/{token}",
                {"Content-Type": JSON, "Authorization": basic(cloud.spec.user, cloud.spec.password)},
                result().encode(),
            )

    async def test_a_wrong_login_in_any_form(self, corridor):
        cloud = await posting(corridor)
        right, wrong = cloud.spec, replace(cloud.spec, password="0" * 48)
        sends = [
            Posting(corridor, wrong).as_body(result()),
            Posting(corridor, wrong).as_form(result()),
            Posting(corridor, replace(right, user="")).as_form(result()),
            Posting(corridor, replace(right, user="hook", password="geheim:ß")).as_body(result()),
            cloud.send(JSON, result()),
            cloud.send(FORM, "data=" + result()),
            cloud.send(JSON, result(), Authorization="Bearer x"),
            cloud.send(JSON, result(), Authorization="Basic !!"),
            cloud.send(JSON, result(), Authorization="Basic bm9jb2xvbg=="),
        ]
        for send in sends:
            async with corridor.refuses("not-permitted", 403, "geheim") as refusal:
                refusal.answer = await send

    async def test_a_result_of_another_registration(self, corridor):
        cloud = await posting(corridor)

        for text, media in ((result(ident="r-2"), JSON), (report("r-2"), XML)):
            async with corridor.refuses("not-permitted", 403, "r-2") as refusal:
                refusal.answer = await cloud.as_body(text, media)

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
    async def test_another_method(self, corridor, method):
        cloud = await posting(corridor)

        async with corridor.refuses("unknown-route", 404) as refusal:
            refusal.answer = await corridor.ask(method, cloud.target)

    @pytest.mark.parametrize(
        ("media", "body", "code", "status"),
        [
            (JSON, "{", "unreadable-body", 400),
            (JSON, '{"id":"r-1","id":"r-2"}', "unreadable-body", 400),
            (f"{JSON}; charset=utf-16", result(), "unreadable-body", 400),
            (JSON, b'{"id":"\xff"}', "unreadable-body", 400),
            ("text/plain", result(), "unsupported-media", 415),
            ("multipart/form-data; boundary=x", result(), "unsupported-media", 415),
            (FORM, "data=%7B%7D&data=%7B%7D", "unreadable-body", 400),
            (FORM, "data=%7B%7D&DATA=%7B%7D", "unreadable-body", 400),
            (FORM, "other=1", "field-missing", 400),
            (FORM, "data=%zz", "unreadable-body", 400),
            (XML, "<rsp", "unreadable-body", 400),
            (XML, '<!DOCTYPE rsp [<!ENTITY a "b">]>' + report(), "unreadable-body", 400),
            (XML, report(body="<score>&x;</score>"), "unreadable-body", 400),
            (XML, "<other/>", "unreadable-body", 400),
            (XML, '<?xml version="1.0" encoding="UTF-16"?>' + report(), "unreadable-body", 400),
        ],
    )
    async def test_what_cannot_be_read(self, corridor, media, body, code, status):
        cloud = await posting(corridor)
        login = {"Authorization": basic(cloud.spec.user, cloud.spec.password)}

        async with corridor.refuses(code, status) as refusal:
            refusal.answer = await cloud.send(media, body, **login)

    async def test_an_lms_that_is_none_any_more(self, corridor, monkeypatch):
        cloud = await posting(corridor)
        mounts = corridor.house.mounts
        elsewhere = replace(mount_of(corridor), lms_origins=frozenset({"https://lms.example.edu"}))
        monkeypatch.setattr(corridor.house.server._passage, "_mounts", type(mounts)((elsewhere,)))

        async with corridor.refuses("field-invalid", 400) as refusal:
            refusal.answer = await cloud.as_body(result())

    async def test_nothing_is_sent_where_an_address_was_never_said(self, corridor):
        way = type("Way", (), {"mount": mount_of(corridor), "seen": ()})
        await corridor.house.postbacks.outward(way, Level("application"), PostbackSpec(user="a"), partial=True)

        [row] = await corridor.house.store.postbacks.under(
            next(iter((await corridor.house.store.upkeep.usage())["postback"])), b"", 9
        )
        assert row.level == "application"


class TestTheLms:
    @pytest.mark.parametrize("status", [301, 302, 304, 307, 400, 401, 404, 429, 500, 503])
    async def test_that_does_not_take_it_makes_the_cloud_repeat(self, corridor, status):
        cloud = await posting(corridor)
        corridor.lms.say(http(status, {"Location": "https://lms.example.edu/login"}, b"" if status == 304 else b"zoe"))

        answer = await cloud.as_body(result())

        assert (answer.status, answer.header("X-Scormveil-Code")) == (502, "relay-failed")
        assert not answer.header("Location")
        assert b"zoe" not in answer.raw
        assert (await cloud.as_body(result())).status == 204, "and the repetition goes through"

    @pytest.mark.parametrize(
        "script",
        [broken(b""), broken(b"HTTP/1.1 2"), broken(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")],
        ids=["nothing", "half a head", "half a body"],
    )
    async def test_that_breaks_off_makes_the_cloud_repeat(self, corridor, script):
        cloud = await posting(corridor)
        corridor.lms.say(script)

        assert (await cloud.as_body(result())).status == 502
        assert (await cloud.as_body(result())).status == 204
        assert len(corridor.lms.requests) == 2

    @pytest.mark.parametrize(
        "said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"], ids=["nothing", "half"]
    )
    async def test_that_is_silent_makes_the_cloud_repeat(self, tmp_path, installation, said):
        async with corridor_in(tmp_path / "house", installation, idle=0.4) as corridor:
            cloud = await posting(corridor)
            over = asyncio.Event()

            async def silent(_reader, writer):
                writer.write(said)
                await over.wait()

            corridor.lms.say(silent)
            answer = await cloud.as_body(result())
            over.set()

            assert (answer.status, answer.header("X-Scormveil-Code")) == (504, "relay-timed-out")
            assert (await corridor.audit())[-1].reason == "relay-timed-out"
            assert (await cloud.as_body(result())).status == 204

    async def test_that_talks_on_after_it_said_yes_has_accepted(self, corridor):
        cloud = await posting(corridor)
        corridor.lms.say(http(200, {}, b"x" * 1_500_000))

        assert (await cloud.as_body(result())).status == 204


class TestSetByHand:
    """A mount of the adapter `postback`: the path is the token, and what comes is relayed in the form it has."""

    async def test_a_form_keeps_its_other_fields(self, corridor):
        body = "userName=hook&data=" + quote(result(await seen(corridor, ZOE))) + "&password=geheim&other=1"

        answer = await corridor.ask("POST", f"/in/{TOKEN}", {"Content-Type": FORM}, body.encode())

        assert answer.status == 204
        user, data, password, other = fields_of(arrived(corridor))
        assert (user, password, other) == (("userName", "hook"), ("password", "geheim"), ("other", "1"))
        assert json.loads(data[1])["learner"]["id"] == ZOE.id
        assert not any(one in data[1] for one in DETAILS)

    @pytest.mark.parametrize("wrapped", [True, False], ids=["rsp", "report"])
    async def test_xml_is_passed_on(self, corridor, wrapped):
        text = report(wrapped=wrapped)

        answer = await corridor.ask(
            "POST", f"/in/{TOKEN}", {"Content-Type": XML, "Authorization": basic("a", "b")}, text.encode()
        )

        assert answer.status == 204
        assert arrived(corridor).body.decode() == text
        assert arrived(corridor).header("Authorization") == basic("a", "b")

    async def test_an_older_result_is_not_relayed(self, corridor):
        for second in ("10", "09"):
            body = result(updated=f"2026-05-04T10:15:{second}.000Z").encode()
            assert (await corridor.ask("POST", f"/in/{TOKEN}", {"Content-Type": JSON}, body)).status == 204

        assert len(corridor.lms.requests) == 1


class TestOrder:
    async def test_an_older_result_than_the_lms_has_is_answered_and_not_relayed(self, corridor):
        cloud = await posting(corridor)
        for second, status in (("10", 204), ("09", 204), ("10", 204), ("11", 204)):
            answer = await cloud.as_body(result(updated=f"2026-05-04T10:15:{second}.000Z"))
            assert answer.status == status

        got = [json.loads(one.body)["updated"][17:19] for one in corridor.lms.requests]
        assert got == ["10", "10", "11"], "what is as old as the newest may be another one"
        assert [one.event for one in await corridor.audit()].count("outdated") == 1

    async def test_what_the_lms_did_not_take_keeps_nothing_back(self, corridor):
        cloud = await posting(corridor)
        corridor.lms.say(http(500, {}, b""))
        assert (await cloud.as_body(result(updated="2026-05-04T10:15:12Z"))).status == 502

        assert (await cloud.as_body(result(updated="2026-05-04T10:15:09Z"))).status == 204
        assert len(corridor.lms.requests) == 2

    async def test_another_instance_or_registration_is_another_order(self, corridor):
        cloud = await posting(corridor, level=Level("application"))
        newer, older = "2026-05-04T10:15:12Z", "2026-05-04T10:15:09Z"

        await cloud.as_body(result(updated=newer))
        await cloud.as_body(result(updated=older, instance=1))
        await cloud.as_body(result(updated=older, ident="r-2"))

        assert len(corridor.lms.requests) == 3

    async def test_a_time_to_come_keeps_nothing_back(self, corridor):
        cloud = await posting(corridor)

        for updated in ("2099-01-01T00:00:00Z", "2026-05-04T10:15:09Z"):
            assert (await cloud.as_body(result(updated=updated))).status == 204

        assert len(corridor.lms.requests) == 2

    @pytest.mark.parametrize("updated", ["", "soon", "2026-13-45T00:00:00Z"])
    async def test_without_a_time_everything_is_relayed(self, corridor, updated):
        cloud = await posting(corridor)

        for _ in range(2):
            assert (await cloud.as_body(result(updated=updated))).status == 204
        assert len(corridor.lms.requests) == 2
