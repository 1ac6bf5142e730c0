"""Bad input: each has its code, tells nothing of what it refused, and the record store hears not a byte of it."""

import json

import pytest
import pytest_asyncio

from tests.xapi import bad_agents, bad_multipart, bad_requests, scene
from tests.xapi.people import EVERYBODY
from tests.xapi.refusals import Silence, refused

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRETS = ("s1234567", "sean.obrienne", "O'Brienne", "Østergård")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def silence():
    async with Silence() as upstream:
        yield upstream


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gate(tmp_path_factory, silence):
    """A proxy that has met everybody before."""
    async with scene.gate(tmp_path_factory.mktemp("gate") / "house", silence.origin) as made:
        met = [bad_agents.statement(one.agent) | {"id": ident(at)} for at, one in enumerate(EVERYBODY)]
        answer = await made.lms.ask("POST", "/statements", {}, json.dumps(met).encode())
        assert answer.status == 204, answer.raw
        assert silence.heard.startswith(b"POST /xAPI/statements HTTP/1.1")
        yield made


def ident(number):
    return f"00000000-0000-4000-8000-{number:012d}"


async def nothing_of(silence, gate, method, target, headers, body, code, status):
    """Send it; it is refused and recorded, nothing of it is heard, and nothing of it is told or logged."""
    before, logged = silence.heard, len(gate.log.getvalue())
    answer = await gate.lms.ask(method, target, headers, body)
    refused(answer, status, code, *SECRETS)
    assert silence.heard == before
    log = gate.log.getvalue()[logged:]
    assert f'"code": "{code}"' in log or code == "unreadable-body"
    assert not any(one in log for one in SECRETS)


@pytest.mark.parametrize("place", bad_agents.PLACES)
async def test_what_is_no_agent_is_refused_wherever_it_stands(silence, gate, place):
    for name, agent in bad_agents.AGENTS.items():
        body = json.dumps(bad_agents.PLACES[place](agent)).encode()
        before = silence.heard
        answer = await gate.lms.ask("POST", "/statements", {}, body)
        assert silence.heard == before, name
        assert answer.status == 400, (name, answer.raw)
        assert answer.header("X-Scormveil-Code") in {"field-invalid", "unknown-field", "unreadable-body"}, name


@pytest.mark.parametrize("name", bad_agents.READ_DIFFERENTLY)
async def test_what_is_no_statement_is_refused(silence, gate, name):
    body = bad_agents.READ_DIFFERENTLY[name]
    before = silence.heard
    for method, target in (("POST", "/statements"), ("PUT", f"/statements?statementId={bad_agents.ID}")):
        headers = {"Content-Type": "application/json"}
        answer = await gate.lms.ask(method, target, headers, body)
        assert answer.status == 400, answer.raw
        assert answer.header("X-Scormveil-Code") in {"field-invalid", "unknown-field", "unreadable-body"}
        assert not any(one.encode() in answer.raw for one in SECRETS)
    assert silence.heard == before


@pytest.mark.parametrize(
    "value", ['{"someone":"Xenia Unbekannt"}', '["Xenia Unbekannt"]', '"Xenia Unbekannt"', "17", "true"]
)
async def test_what_is_nobodys_text_is_written_as_the_specification_says(silence, gate, value):
    """Somebody whom nobody has met stands where a date, a number or an identifier should: no guard could know her."""
    before = silence.heard
    for where, body in bad_agents.values(value):
        answer = await gate.lms.ask("POST", "/statements", {}, body)
        assert (answer.status, answer.header("X-Scormveil-Code")) in bad_agents.REFUSED, (where, answer.raw)
    assert silence.heard == before


TABLES = bad_requests.TARGETS, bad_requests.HEADERS, bad_requests.OVERRIDES, bad_multipart.MULTIPART
ROWS = [pytest.param(row, id=name) for table in TABLES for name, row in table.items()]


@pytest.mark.parametrize("row", ROWS)
async def test_a_bad_request_is_refused_with_its_code(silence, gate, row):
    await nothing_of(silence, gate, row.method, row.target, row.headers, row.body, row.code, row.status)


async def test_after_all_that_a_good_request_goes_on(silence, gate):
    before = len(silence.heard)
    answer = await gate.lms.ask("POST", "/statements", {}, json.dumps(bad_agents.statement()).encode())
    assert answer.status == 204, answer.raw
    good = (("Content-Type", "multipart/mixed; boundary=b0undary"),)
    answer = await gate.lms.ask("POST", "/statements", good, bad_multipart.GOOD)
    assert answer.status == 204, answer.raw
    heard = silence.heard[before:]
    assert heard.count(b"POST /xAPI/statements HTTP/1.1") == 2
    assert b"\r\n\r\nan essay about nobody\r\n--b0undary--\r\n" in heard
