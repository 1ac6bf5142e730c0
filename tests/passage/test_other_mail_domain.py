"""A store that refuses addresses at `.invalid` is told those of another domain; what it was told before stays known."""

import json
from urllib.parse import quote

from tests.oracle import Oracle
from tests.passage.corridor import CALLER, corridor_in
from tests.passage.wire import http

JSON = {"Content-Type": "application/json"}
HEADERS = {"Authorization": CALLER, "X-Experience-API-Version": "1.0.3", "Content-Type": "application/json"}
DOMAIN = "pseudonym.uni.example"
ADDRESS, NAME = "zoe.mueller@uni.example", "Zoë Müller-Østergård"
ACTOR = {"mbox": f"mailto:{ADDRESS}", "name": NAME}
STATEMENT = {"actor": ACTOR, "verb": {"id": "x:y"}, "object": {"id": "x:z"}, "result": {"response": f"I am {ADDRESS}"}}
ORACLE = Oracle({"zoe": (ADDRESS, NAME)})
EXTRA = f"""
[pseudonyms]
mail_domain = "{DOMAIN}"
"""


async def post(corridor, statement):
    corridor.cloud.say(http(200, JSON, b'["x"]'))
    return await corridor.ask("POST", "/lrs/statements", HEADERS, json.dumps(statement).encode())


async def test_the_store_is_told_the_operators_domain_and_both_come_back(tmp_path, installation):
    async with corridor_in(tmp_path / "house", installation, extra=EXTRA) as corridor:
        assert (await post(corridor, STATEMENT)).status == 200
        sent = corridor.cloud.requests[-1]
        assert ORACLE.search(sent.raw) == []
        told = json.loads(sent.body)
        local, _, domain = told["actor"]["mbox"].removeprefix("mailto:").partition("@")
        assert domain == DOMAIN
        assert told["result"]["response"] == f"I am {local}@{DOMAIN}"
        for where in (DOMAIN, "pseudonym.invalid"):
            stored = told | {"actor": told["actor"] | {"mbox": f"mailto:{local}@{where}"}}
            stored |= {"result": {"response": f"I am {local}@{where}."}}
            corridor.cloud.say(http(200, JSON, json.dumps({"statements": [stored], "more": ""}).encode()))
            answer = await corridor.get("/lrs/statements", HEADERS)
            (back,) = json.loads(answer.body)["statements"]
            assert back["actor"] == ACTOR
            assert back["result"]["response"] == f"I am {ADDRESS}."


async def test_a_pseudonym_of_either_domain_is_taken_for_what_it_is(tmp_path, installation):
    """In agents, ids and documents; what is none there is nobody's."""
    async with corridor_in(tmp_path / "house", installation, extra=EXTRA) as corridor:
        await post(corridor, STATEMENT)
        ours = json.loads(corridor.cloud.requests[-1].body)["actor"]
        local = ours["mbox"].removeprefix("mailto:").partition("@")[0]
        for where in (DOMAIN, "pseudonym.invalid"):
            named = {"mbox": f"mailto:{local}@{where}"}
            assert (await post(corridor, STATEMENT | {"actor": named, "result": {}})).status == 200
            assert json.loads(corridor.cloud.requests[-1].body)["actor"]["mbox"] == ours["mbox"]
            agent = quote(json.dumps(named), safe="")
            state = f"/lrs/activities/state?activityId=x%3Ay&agent={agent}&stateId=s-{local}@{where}"
            corridor.cloud.say(http(204, {}, b""))
            body = json.dumps({"who": named["mbox"]}).encode()
            assert (await corridor.ask("PUT", state, HEADERS, body)).status < 300
            async with corridor.refuses("field-invalid", 400) as refusal:
                refusal.answer = await post(corridor, STATEMENT | {"actor": {"mbox": f"mailto:nobody@{where}"}})
