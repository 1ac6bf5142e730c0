"""The player's configuration: it names the learner by pseudonym, and every address in it leads to the proxy."""

import json
from urllib.parse import quote, unquote

import pytest

from tests.oracle import Oracle
from tests.passage.corridor import COMMIT, PROXY, PROXY_HOST, ZOE
from tests.passage.wire import http

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def corridor(corridor_again):
    return corridor_again


CONFIGURATION = "/RusticiEngine/PlayerConfiguration.jsp?configuration=c1&registration=r1"
ADDRESSES = {
    "recordResultsUrl": "/RusticiEngine/RecordResults.jsp?apiToken=a.b.c",
    "recordAiccResultsUrl": "/RusticiEngine/RecordAiccResults.jsp",
    "lrsEndpoint": "/lrs/APPID/sandbox/",
    "redirectOnExitUrl": "/dispatch/Closer.html?x=1",
    "contentUrl": "/content/courses/APPID/index.html",
    "debugLogUrl": "/RusticiEngine/DebugLog.jsp",
    "requestUrl": "/dispatch/DispatchRequest.jsp",
}


def in_json(origin, told):
    return json.dumps({name: origin + path for name, path in ADDRESSES.items()} | told)


def in_json_with_slashes(origin, told):
    return in_json(origin, told).replace("/", "\\/")


def in_escaped_json(origin, told):
    return in_json(origin, told).replace("/", "\\u002f").replace(":\\u002f", "\\u003a\\u002f")


def in_xml(origin, told):
    values = {name: origin + path for name, path in ADDRESSES.items()} | told
    attributes = " ".join(f'{name}="{value.replace("&", "&amp;")}"' for name, value in values.items())
    texts = "".join(f"<{name}>{value.replace('/', '&#47;')}</{name}>" for name, value in values.items())
    return f'<?xml version="1.0"?><configuration {attributes}>{texts}</configuration>'


def in_a_script(origin, told):
    lines = [f"config.{name} = '{origin + path}';" for name, path in ADDRESSES.items()]
    lines += [
        f"config.{name}Encoded = decodeURIComponent('{quote(origin + path, safe='')}');"
        for name, path in ADDRESSES.items()
    ]
    lines += [f"config.{name} = {json.dumps(value)};" for name, value in told.items()]
    return "\n".join(lines)


def in_json_in_json(origin, told):
    return json.dumps({"settings": in_json(origin, told)})


def in_json_in_json_with_slashes(origin, told):
    return json.dumps({"settings": in_json_with_slashes(origin, told)}).replace("/", "\\/")


def in_a_query(origin, told):
    jump = f"{origin}/player?redirect={quote(origin + '/dispatch/Closer.html?next=' + quote(origin, safe=''), safe='')}"
    return json.dumps({"launch": jump} | told)


FORMS = {
    "JSON": ("application/json", in_json),
    "JSON with escaped slashes": ("application/json", in_json_with_slashes),
    "JSON with escaped signs": ("text/json", in_escaped_json),
    "JSON in JSON": ("application/json", in_json_in_json),
    "JSON in JSON with escaped slashes": ("application/json", in_json_in_json_with_slashes),
    "XML": ("text/xml", in_xml),
    "a script": ("application/javascript", in_a_script),
    "a script of old": ("text/javascript", in_a_script),
    "a query within a query": ("application/json", in_a_query),
    "a page": ("text/html", in_a_script),
}


@pytest.mark.parametrize("form", FORMS)
async def test_every_address_in_it_leads_to_the_proxy(corridor, form):
    media, write = FORMS[form]
    cookie = await corridor.launch(ZOE)
    told = {"learnerId": corridor.pseudonym(ZOE.id), "learnerName": f"{corridor.alias(ZOE.id)}, Learner"}
    for origin, public in ((corridor.cloud.origin, PROXY), (corridor.content.origin, f"{PROXY}/~content")):
        corridor.cloud.say(http(200, {"Content-Type": f"{media}; charset=utf-8"}, write(origin, told).encode()))
        answer = await corridor.get(CONFIGURATION, {"Cookie": cookie})
        text = answer.opened.decode()
        assert text == write(public, told)
        assert origin.partition("://")[2] not in unquote(unquote(text))


@pytest.mark.parametrize("form", FORMS)
async def test_nothing_of_our_side_leaves_with_it(corridor, form):
    """A player that hands back what it was told says the cloud's own addresses, and nothing about who learns."""
    media, write = FORMS[form]
    cookie = await corridor.launch(ZOE)
    if media not in {"application/json", "text/json", "text/xml"}:
        return
    body = write(PROXY, {"learnerId": corridor.pseudonym(ZOE.id)}).encode()
    target = f"{COMMIT}&redirectUrl={quote(PROXY + '/dispatch/Closer.html', safe='')}&state=x"
    headers = {"Cookie": cookie, "Content-Type": media, "Referer": f"{PROXY}/player?x=1", "Origin": PROXY}
    answer = await corridor.ask("POST", target, headers, body)
    assert answer.status == 200
    sent = corridor.cloud.requests[-1].raw
    assert Oracle({"us": [PROXY_HOST, "lms.example.edu"], "zoe": [ZOE.id, ZOE.last]}).search(sent) == []
    assert quote(f"{corridor.cloud.origin}/dispatch/Closer.html", safe="").encode() in sent
