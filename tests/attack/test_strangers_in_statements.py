"""People of whom nobody has ever told us, on their way into a record store: what tells that a text is one, is found."""

import hashlib
import json
from urllib.parse import quote

import pytest
import pytest_asyncio

from tests.oracle import Oracle
from tests.passage.corridor import CALLER, ZOE, corridor_in
from tests.passage.test_xapi_attachments import attached, mixed, part
from tests.passage.wire import http

pytestmark = pytest.mark.asyncio(loop_scope="module")

JSON = {"Content-Type": "application/json"}
HEADERS = {"Authorization": CALLER, "X-Experience-API-Version": "1.0.3", "Content-Type": "application/json"}
ADDRESS, NAME = "xenia.unbekannt@uni.example", "Xenia Unbekannt"
ACTOR = {"account": {"homePage": "https://lms.example.edu", "name": ZOE.id}, "name": f"{ZOE.first} {ZOE.last}"}
PLAIN = {"actor": ACTOR, "verb": {"id": "x:y"}, "object": {"id": "x:z"}}
ORACLE = Oracle({"xenia": (ADDRESS, NAME, "Unbekannt")})
AGENT = quote(json.dumps(ACTOR), safe="")
STATE = f"/lrs/activities/state?activityId=x%3Ay&agent={AGENT}&stateId=s"
ESSAY = f"Written by {ADDRESS}".encode()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def corridor(tmp_path_factory, installation):
    """One for all: whatever names her is refused, or nobody is asked to remember her."""
    async with corridor_in(tmp_path_factory.mktemp("strangers") / "house", installation) as running:
        yield running


async def sent(corridor, method, target, body, status, **headers):
    """What reached the store of a request that is answered with `status`."""
    corridor.cloud.say(http(200, JSON, b"[]"))
    before = len(corridor.cloud.requests)
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = await corridor.ask(method, target, HEADERS | headers, body)
    assert answer.status == status, answer.raw
    reached = corridor.cloud.requests[before:]
    assert bool(reached) is (status == 200)
    assert ORACLE.search(b"".join(one.raw for one in reached)) == []
    return reached


def of(**changes):
    return PLAIN | changes


def about(**definition):
    return of(object={"id": "x:z", "definition": definition})


def within(**changes):
    """The same in a SubStatement."""
    return of(
        object={"objectType": "SubStatement", "actor": ACTOR, "verb": {"id": "x:y"}, "object": {"id": "x:a"}} | changes
    )


ADDRESSES = {
    "an activity": of(object={"id": f"mailto:{ADDRESS}"}),
    "a query in an activity's id": of(object={"id": f"https://x.example/?u={quote(ADDRESS, safe='')}"}),
    "a file of hers": of(object={"id": f"https://x.example/{ADDRESS}.html"}),
    "a reference": of(object={"objectType": "StatementRef", "id": f"mailto:{ADDRESS}"}),
    "more about it": about(moreInfo=f"https://x.example/{ADDRESS}"),
    "a type": about(type=f"mailto:{ADDRESS}"),
    "a choice": about(choices=[{"id": ADDRESS, "description": {"en": "she"}}]),
    "a verb within": within(verb={"id": f"mailto:{ADDRESS}"}),
    "an activity within": within(object={"id": f"mailto:{ADDRESS}"}),
    "a parent within": within(context={"contextActivities": {"parent": [{"id": f"mailto:{ADDRESS}"}]}}),
}


@pytest.mark.parametrize("where", ADDRESSES)
@pytest.mark.parametrize("version", ["1.0.3", "0.95", "2.0.0"])
async def test_an_address_stays_here_wherever_an_object_has_it(corridor, where, version):
    """What may be an agent, and is an activity, was once taken for declared, and everything inside of it with it."""
    await sent(corridor, "POST", "/lrs/statements", ADDRESSES[where], 403, **{"X-Experience-API-Version": version})


async def test_a_picture_of_two_sizes_is_nobodys_address(corridor):
    fine = of(
        object={"id": "https://x.example/logo@2x.png", "definition": {"moreInfo": "https://x.example/p@3.6.min.js"}}
    )
    await sent(corridor, "POST", "/lrs/statements", fine, 200)


DOCUMENTS = {
    "text/plain": ADDRESS,
    "text/xml": f"<who>{ADDRESS}</who>",
    "application/octet-stream": json.dumps({"actor": {"name": NAME, "mbox": f"mailto:{ADDRESS}"}}),
    "application/ld+json": json.dumps({"email": ADDRESS}),
    "text/html": ADDRESS.replace("@", "&#64;"),
}


@pytest.mark.parametrize("media", DOCUMENTS)
async def test_a_document_with_an_address_is_refused_whatever_it_calls_itself(corridor, media):
    """Until now only what called itself JSON was."""
    await sent(corridor, "PUT", STATE, DOCUMENTS[media].encode(), 403, **{"Content-Type": media})


async def test_an_attachment_with_an_address_is_refused(corridor):
    multipart = {"Content-Type": "multipart/mixed; boundary=b"}
    essay = mixed(of(attachments=[attached(ESSAY)]), part(ESSAY))
    await sent(corridor, "POST", "/lrs/statements", essay, 403, **multipart)
    named = mixed(of(attachments=[attached(b"x")]), part(b"x", **{"Content-Type": f'text/plain; name="{ADDRESS}"'}))
    await sent(corridor, "POST", "/lrs/statements", named, 403, **multipart)


async def test_a_header_field_with_an_address_is_refused(corridor):
    await sent(corridor, "PUT", STATE, b"{}", 403, **{"Content-Type": f'application/json; name="{ADDRESS}"'})
    await sent(corridor, "PUT", STATE, b"{}", 403, Accept=f"text/plain; u={ADDRESS}")


AGENTS = {
    "an address": {"name": NAME, "mbox": f"mailto:{ADDRESS}"},
    "a sum of it": {"name": NAME, "mbox_sha1sum": hashlib.sha1(f"mailto:{ADDRESS}".encode()).hexdigest()},  # noqa: S324
    "an account": {
        "objectType": "Agent",
        "name": [NAME],
        "account": {"homePage": "https://h.example", "name": "Unbekannt"},
    },
    "an OpenID": {"familyName": "Unbekannt", "openid": "https://x.example/Unbekannt"},
    "a name alone": {"objectType": "Agent", "name": NAME},
    "a member": {"objectType": "Group", "name": "Team", "member": [{"name": NAME, "mbox": f"mailto:{ADDRESS}"}]},
}


@pytest.mark.parametrize("how", AGENTS)
@pytest.mark.parametrize("place", ["context", "result", "definition"])
async def test_an_agent_in_an_extension_is_somebody(corridor, how, place):
    """Her address was withheld, but her name beside it left, for nobody had told us of her."""
    extensions = {"extensions": {"https://x.example/teacher": {"deep": [AGENTS[how]], "room": "A 7"}}}
    statement = about(**extensions) if place == "definition" else of(**{place: extensions})
    (request,) = await sent(corridor, "POST", "/lrs/statements", statement, 200)
    told = json.loads(request.body)
    told = told["object"]["definition"] if place == "definition" else told[place]
    assert told["extensions"]["https://x.example/teacher"]["room"] == "A 7"
    assert "[withheld]" in json.dumps(told)


async def test_a_pseudonym_in_an_extension_is_left_alone(corridor):
    """So is what stands for the learner of the exchange."""
    (first,) = await sent(corridor, "POST", "/lrs/statements", of(context={"extensions": {"x:who": ACTOR}}), 200)
    told = json.loads(first.body)
    ours = told["actor"]
    assert told["context"]["extensions"]["x:who"]["name"] == ours["name"]
    assert told["context"]["extensions"]["x:who"]["account"]["name"] == ours["account"]["name"]
    (again,) = await sent(corridor, "POST", "/lrs/statements", of(context={"extensions": {"x:who": ours}}), 200)
    assert json.loads(again.body)["context"]["extensions"]["x:who"] == ours


NAMED = {
    "a time": of(timestamp=NAME),
    "a success": of(result={"success": NAME}),
    "a score": of(result={"score": {"raw": NAME}}),
    "a duration": of(result={"duration": NAME}),
    "a registration": of(context={"registration": NAME}),
    "a language": of(context={"language": NAME}),
    "a version": of(version=NAME),
    "an id": of(id=NAME),
    "an activity": of(object={"id": NAME}),
    "a verb": of(verb={"id": NAME}),
    "a parent": of(context={"contextActivities": {"parent": [{"id": NAME}]}}),
    "a time within": within(timestamp=NAME),
}
OLDER = {
    "a verb of 0.9": of(verb=NAME),
    "whether it is voided": of(voided=NAME),
    "whether it goes on": of(inProgress=NAME),
}


@pytest.mark.parametrize("where", [*NAMED, *OLDER])
@pytest.mark.parametrize("listed", [False, True])
async def test_a_name_in_place_of_a_date_is_none_for_old_clients_either(corridor, where, listed):
    """To leave the version out was all that it took."""
    statement = (NAMED | OLDER)[where]
    for version in ("0.95", "0.9", ""):
        body = [statement] if listed else statement
        await sent(corridor, "POST", "/lrs/statements", body, 400, **{"X-Experience-API-Version": version})


async def test_what_old_clients_write_in_their_own_way_passes(corridor):
    statement = of(
        verb="completed",
        object={"id": "scorm.com/golf-example"},
        timestamp="2012-05-04T10:00:00",
        inProgress=False,
        result={"score": {"raw": "87.5", "scaled": 0.87}, "success": "true", "completion": True, "duration": "PT1H2M"},
        context={"registration": "r-17"},
    )
    (request,) = await sent(corridor, "POST", "/lrs/statements", statement, 200, **{"X-Experience-API-Version": "0.95"})
    told = json.loads(request.body)
    assert {key: told[key] for key in told if key != "actor"} == {
        key: statement[key] for key in statement if key != "actor"
    }


@pytest.mark.parametrize(
    "data",
    [
        {"launchMode": NAME},
        {"moveOn": NAME},
        {"launchMethod": NAME},
        {"masteryScore": NAME},
        {"contextTemplate": {"registration": NAME}},
        {"contextTemplate": {"contextActivities": {"grouping": [{"id": NAME}]}}},
    ],
)
async def test_a_name_in_place_of_a_word_of_the_launch_is_refused(corridor, data):
    await sent(corridor, "PUT", STATE.replace("stateId=s", "stateId=LMS.LaunchData"), data, 400)
