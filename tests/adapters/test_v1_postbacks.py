"""Postback settings of the V1 API, whose parameters have other names from method to method."""

import pytest

from tests.adapters.v1_kit import ask, call, inside, rsp, signed, told
from tests.passage.corridor import LMS, PROXY, ZOE, corridor_in

HOOK = f"{LMS}/hook?course=7&user=s1234567"
OURS = f"{PROXY}/api/.scormveil/postback/"
CREATED = {"regid": ZOE.id, "courseid": "c", "learnerid": ZOE.id, "fname": ZOE.first, "lname": ZOE.last}
WHERE = {"postbackurl": HOOK, "urlname": "lms-user", "urlpass": "päss wörd"}


@pytest.mark.parametrize("post", [False, True])
@pytest.mark.parametrize(
    ("method", "given", "names"),
    [
        ("registration.createRegistration", CREATED | WHERE, ("postbackurl", "urlname", "urlpass")),
        (
            "registration.updatePostbackInfo",
            {"regid": ZOE.id, "url": HOOK, "name": "lms-user", "password": "päss wörd"},
            ("url", "name", "password"),
        ),
        ("registration.testRegistrationPostUrl", {"regid": ZOE.id, **WHERE}, ("postbackurl", "urlname", "urlpass")),
        (
            "dispatch.createDispatch",
            {"courseid": "c", "destinationid": "d", **WHERE},
            ("postbackurl", "urlname", "urlpass"),
        ),
        ("dispatch.updateDispatches", {"dispatchid": "x", **WHERE}, ("postbackurl", "urlname", "urlpass")),
    ],
)
async def test_the_cloud_posts_to_us(corridor, method, given, names, post):
    """Address, user and password are ours; authentication and format are said; everything is signed."""
    corridor.cloud.say(rsp("<success/>"), rsp("<success/>"))
    assert inside(await call(corridor, "registration.createRegistration", **CREATED)) == "<success/>"
    asked = (
        given if method.endswith("createRegistration") else given | {"authtype": "HTTPBASIC", "resultsformat": "full"}
    )
    assert inside(await call(corridor, method, post=post, **asked)) == "<success/>"
    found = told(corridor.cloud.requests[-1])
    url, user, password = (found[name] for name in names)
    assert url.startswith(OURS)
    assert len(url.removeprefix(OURS)) >= 22
    assert user
    assert password
    assert found["authtype"] == ("httpbasic" if "authtype" in asked else "form")
    assert found["resultsformat"] == "course"
    for private in ("lms-user", "wörd", "w%C3%B6rd", "hook", ZOE.id, "Østergård"):
        assert private.encode() not in corridor.cloud.everything


async def test_readers_of_details_have_details_posted(tmp_path, installation):
    async with corridor_in(tmp_path, installation, audience="analyst") as corridor:
        corridor.cloud.say(rsp("<success/>"))
        await call(corridor, "registration.createRegistration", **CREATED, **WHERE, resultsformat="full")
        assert told(corridor.cloud.requests[-1])["resultsformat"] == "full"


async def test_the_lms_sees_its_own_address_again(corridor):
    corridor.cloud.say(rsp("<success/>"))
    await call(corridor, "registration.createRegistration", **CREATED, **WHERE)
    known = told(corridor.cloud.requests[-1])
    corridor.cloud.say(rsp(echo(known)))
    answer = await call(corridor, "registration.getPostbackInfo", regid=ZOE.id)
    assert inside(answer) == (
        f'<postbackinfo regid="{ZOE.id}"><url>{HOOK.replace("&", "&amp;")}</url><login>lms-user</login>'
        "<password>p&#228;ss w&#246;rd</password><authtype>form</authtype><resultsformat>course</resultsformat></postbackinfo>"
    )


def echo(known) -> str:
    return (
        f'<postbackinfo regid="{known["regid"]}"><url>{known["postbackurl"]}</url><login>{known["urlname"]}</login>'
        f"<password>{known['urlpass']}</password><authtype>form</authtype><resultsformat>course</resultsformat></postbackinfo>"
    )


async def test_who_sees_no_people_sees_no_address(tmp_path, installation):
    async with corridor_in(tmp_path, installation, audience="analyst") as corridor:
        corridor.cloud.say(rsp("<success/>"))
        await call(corridor, "registration.createRegistration", **CREATED, **WHERE)
        known = told(corridor.cloud.requests[-1])
        corridor.cloud.say(rsp(echo(known)))
        answer = await call(corridor, "registration.getPostbackInfo", regid=ZOE.id)
        assert inside(answer) == f'<postbackinfo regid="{known["regid"]}"></postbackinfo>'


async def test_an_address_from_before_us_stays(corridor):
    corridor.cloud.say(rsp("<postbackinfo><url>https://lms.example.edu/old</url><login>u</login></postbackinfo>"))
    answer = await call(corridor, "registration.getPostbackInfo", regid="r")
    assert inside(answer) == "<postbackinfo><url>https://lms.example.edu/old</url><login>u</login></postbackinfo>"


async def test_a_login_without_an_address_does_not_leave(corridor):
    corridor.cloud.say(rsp("<success/>"))
    await call(
        corridor, "registration.createRegistration", **CREATED, urlname="lms-user", urlpass="x", resultsformat="full"
    )
    found = told(corridor.cloud.requests[-1])
    assert not {"urlname", "urlpass", "resultsformat", "postbackurl", "authtype"} & found.keys()


@pytest.mark.parametrize(
    "where",
    [
        {"postbackurl": "https://elsewhere.example/hook"},
        {"postbackurl": "hook"},
        {"postbackurl": f"{OURS}abcdefghijklmnopqrstuvwxyz"},
        {"postbackurl": HOOK, "authtype": "digest"},
    ],
)
async def test_results_go_to_the_lms_only(corridor, where):
    async with corridor.refuses("field-invalid", 400) as refusal:
        refusal.answer = await ask(corridor, signed("registration.createRegistration", **CREATED, **where))


async def test_what_was_set_is_taken_back(corridor):
    """The same again keeps its address; after the deletion it gets another."""
    where = {"regid": "r-1", "url": HOOK, "name": "u", "password": "p"}
    told_of = []
    for method in ("update", "update", "delete", "update"):
        corridor.cloud.say(rsp("<success/>"))
        given = where if method == "update" else {"regid": "r-1"}
        assert inside(await call(corridor, f"registration.{method}PostbackInfo", **given)) == "<success/>"
        told_of.append(told(corridor.cloud.requests[-1]).get("url", ""))
    first, same, none, other = told_of
    assert first == same
    assert none == ""
    assert other.startswith(OURS)
    assert other != first
