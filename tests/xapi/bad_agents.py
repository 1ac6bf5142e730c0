"""Agents that no record store would accept, each with somebody in it; and JSON that two readers read differently.

A store refuses them with 400, but has received them by then (xapi.md, consequences 2 and 3): so we must.
"""

import json

from tests.xapi.people import SEAN, ZOE, account
from tests.xapi.scene import LMS_HOME

ID = "5f6f5d0a-6f62-4a43-8bb1-1c7a6a3b7d11"
VERB = {"id": "http://adlnet.gov/expapi/verbs/experienced"}
OBJECT = {"id": "https://courses.example.org/safety"}
MBOX = SEAN.value
ACCOUNT = account(LMS_HOME, "s1234567")


def statement(actor=None, **more) -> dict[str, object]:
    return {"id": ID, "actor": actor or SEAN.agent, "verb": VERB, "object": OBJECT} | more


def text(actor: str = json.dumps(SEAN.agent), tail: str = "") -> bytes:
    """A statement around an actor (and a tail) that is written out."""
    return f'{{"id":"{ID}","actor":{actor},"verb":{json.dumps(VERB)},"object":{json.dumps(OBJECT)}{tail}}}'.encode()


def nested(depth: int) -> dict[str, object]:
    """SubStatements within SubStatements; 1.0.3 part 2, 2.4.4.3 forbids the second."""
    inner: dict[str, object] = {"objectType": "Activity", **OBJECT}
    for _ in range(depth):
        inner = {"objectType": "SubStatement", "actor": ZOE.agent, "verb": VERB, "object": inner}
    return inner


AGENTS = {
    "two identifiers": {"mbox": MBOX, "account": ACCOUNT},
    "four identifiers": {"mbox": MBOX, "account": ACCOUNT, "openid": "https://x.example/zoe", "mbox_sha1sum": "0" * 40},
    "none": {"objectType": "Agent", "name": ZOE.name},
    "a list": [SEAN.agent],
    "a text": MBOX,
    "a number": 4711,
    "a text that is JSON": json.dumps(SEAN.agent),
    "list of addresses": {"mbox": [MBOX]},
    "list of accounts": {"account": [ACCOUNT]},
    "list of names": {"mbox": MBOX, "name": [SEAN.name]},
    "no mailto": {"mbox": "sean.obrienne@uni.example"},
    "blank after mailto": {"mbox": "mailto: sean.obrienne@uni.example"},
    "address is a number": {"mbox": 17},
    "address is nothing": {"mbox": None},
    "Mbox": {"Mbox": MBOX},
    "MBOX beside": {"MBOX": MBOX, "account": ACCOUNT},
    "key with a blank": {"mbox ": MBOX, "account": ACCOUNT},
    "email beside": {"account": ACCOUNT, "email": "sean.obrienne@uni.example"},
    "own key beside": {"account": ACCOUNT, "givenName": "Seán"},
    "account without home": {"account": {"name": "s1234567"}},
    "account without name": {"account": {"homePage": LMS_HOME}},
    "account with more": {"account": {**ACCOUNT, "email": "sean.obrienne@uni.example"}},
    "account name is a number": {"account": {"homePage": LMS_HOME, "name": 1234567}},
    "account name is blank": {"account": {"homePage": LMS_HOME, "name": " "}},
    "home page is no IRI": {"account": {"homePage": "lms of Seán O'Brienne", "name": "s1234567"}},
    "account is a text": {"account": "s1234567"},
    "openid is no IRI": {"openid": "Seán O'Brienne"},
    "short sum": {"mbox_sha1sum": "0" * 39},
    "sum of letters": {"mbox_sha1sum": "z" * 40},
    "agent in small letters": {"objectType": "agent", "mbox": MBOX},
    "a person": {"objectType": "Person", "mbox": MBOX},
    "objectType is a list": {"objectType": ["Agent"], "mbox": MBOX},
    "agent with members": {"mbox": MBOX, "member": [ZOE.agent]},
    "group of nothing": {"objectType": "Group", "name": "crew of O'Brienne"},
    "member is an object": {"objectType": "Group", "member": ZOE.agent},
    "member is a text": {"objectType": "Group", "member": [MBOX]},
    "member is nothing": {"objectType": "Group", "member": [None]},
    "group as member": {"objectType": "Group", "member": [{"objectType": "Group", "member": [ZOE.agent]}]},
    "ten thousand members": {
        "objectType": "Group",
        "member": [{"mbox": f"mailto:{n}@u.example"} for n in range(10_000)],
    },
    "name is a number": {"mbox": MBOX, "name": 17},
    "name is an object": {"mbox": MBOX, "name": {"en": SEAN.name}},
    "a nul in the name of the account": {"account": {"homePage": LMS_HOME, "name": "s123\x004567"}},
    "an account without end": {"account": {"homePage": LMS_HOME, "name": "s1234567" * 200}},
}
"""What stands where an agent should."""

PLACES = {
    "actor": statement,
    "object": lambda agent: statement(object=agent),
    "instructor": lambda agent: statement(context={"instructor": agent}),
    "contextAgents": lambda agent: statement(
        context={"contextAgents": [{"objectType": "contextAgent", "agent": agent}]}
    ),
    "member": lambda agent: statement({"objectType": "Group", "member": [agent]}),
    "actor of a SubStatement": lambda agent: statement(object={**nested(1), "actor": agent}),
}

_NAME = '{"mbox":"mailto:sean.obrienne@uni.example"}'
READ_DIFFERENTLY = {
    "two actors": text(tail=f',"actor":{_NAME}'),
    "two addresses": text('{"mbox":"mailto:a@uni.example","mbox":"mailto:b@uni.example"}'),
    "an escaped key twice": text(r'{"mbox":"mailto:a@uni.example","\u006dbox":"mailto:b@uni.example"}'),
    "a key twice, deep": text(tail=',"result":{"extensions":{"http://x.example/y":{"a":{"b":1,"b":2}}}}'),
    "a statement twice": b"[" + text() + b"," + text() + b",",
    "text after it": text() + b" " + text(),
    "comments": text(tail=',/* Sean */"version":"1.0.0"'),
    "trailing comma": text(tail=","),
    "single quotes": text().replace(b'"', b"'"),
    "not a number": text(tail=',"result":{"score":{"raw":NaN}}'),
    "infinity": text(tail=',"result":{"score":{"raw":-Infinity}}'),
    "a leading zero": text(tail=',"result":{"score":{"raw":012}}'),
    "invalid UTF-8": text().replace(b"sean", b"se\xe1n"),
    "overlong UTF-8": text().replace(b"sean", b"\xc1\xb3ean"),
    "surrogates in UTF-8": text().replace(b"sean", b"\xed\xa0\xbdean"),
    "a lone surrogate": text(r'{"mbox":"mailto:\ud83dean@uni.example"}'),
    "a lone surrogate in a name": text(r'{"mbox":"mailto:s@uni.example","name":"Se\udc00n"}'),
    "a surrogate in an extension": text(tail=r',"result":{"extensions":{"http://x.example/y":"\ud800"}}'),
    "a raw line end": text().replace(b"sean", b"se\nan"),
    "a byte-order mark": b"\xef\xbb\xbf" + text(),
    "UTF-16": text().decode().encode("utf-16"),
    "UTF-32": text().decode().encode("utf-32"),
    "nothing": b"",
    "a number": b"17",
    "a text": b'"s1234567"',
    "a list of lists": b"[[" + text() + b"]]",
    "a list of texts": b'["s1234567"]',
    "nothing at all": b"null",
    "arrays without end": text(tail=',"result":{"extensions":{"http://x.example/y":' + "[" * 9000 + "]" * 9000 + "}}"),
    "objects without end": text(
        tail=',"result":{"extensions":{"http://x.example/y":' + '{"a":' * 3000 + "1" + "}" * 3001 + "}}"
    ),
    "SubStatements without end": json.dumps(statement(object=nested(200))).encode(),
    "a SubStatement in another": json.dumps(statement(object=nested(2))).encode(),
    "groups without end": text('{"objectType":"Group","member":[' * 900 + _NAME + "]}" * 900),
    "an unknown member": text(tail=',"learner":"s1234567"'),
    "Actor": text(tail=f',"Actor":{_NAME}'),
    "context is a list": text(tail=',"context":[{"instructor":' + _NAME + "}]"),
    "contextAgents is an object": text(tail=',"context":{"contextAgents":{"agent":' + _NAME + "}}"),
    "a contextAgent without one": text(tail=',"context":{"contextAgents":[' + _NAME + "]}"),
    "team is a list": text(tail=',"context":{"team":[' + _NAME + "]}"),
    "extensions is a list": text(tail=',"context":{"extensions":["s1234567"]}'),
    "extensions is a text": text(tail=',"result":{"extensions":"s1234567"}'),
    "response is an object": text(tail=',"result":{"response":{"name":"s1234567"}}'),
    "display is a text": text(tail=',"attachments":[{"display":"s1234567"}]'),
    "attachments is an object": text(tail=',"attachments":{"display":{"en":"s1234567"}}'),
    "verb is a text": text().replace(json.dumps(VERB).encode(), b'"s1234567"'),
    "object is a text": text().replace(json.dumps(OBJECT).encode(), b'"s1234567"'),
    "object is a list": text().replace(json.dumps(OBJECT).encode(), b"[" + json.dumps(OBJECT).encode() + b"]"),
    "timestamp is an object": text(tail=',"timestamp":{"by":"s1234567"}'),
    "platform is a list": text(tail=',"context":{"platform":["s1234567"]}'),
    "score is a text": text(tail=',"result":{"score":"s1234567"}'),
    "id is an object": text().replace(f'"{ID}"'.encode(), b'{"of":"s1234567"}'),
}
"""Bodies that are no statement, or more than one."""


REFUSED = {(400, "field-invalid"), (400, "unknown-field")}
_FILE = {"fileUrl": "https://x.example/f", "usageType": "https://x.example/u", "display": {"en": "x"}}


def values(value: str):
    """Statements with `value`, a JSON text, where another form is expected; where it would be right there is none."""
    said = json.loads(value)
    is_text, is_number, is_true = isinstance(said, str), value == "17", value == "true"
    yield "id", json.dumps(statement() | {"id": said}).encode()
    for key in ("timestamp", "stored", "version"):
        yield key, text(tail=f',"{key}":{value}')
    for key in ("registration", "language", "statement"):
        yield key, text(tail=f',"context":{{"{key}":{value}}}')
    for key in ("success", "completion"):
        if not is_true:
            yield key, text(tail=f',"result":{{"{key}":{value}}}')
    yield "duration", text(tail=f',"result":{{"duration":{value}}}')
    for key in ("raw", "scaled", "min", "max"):
        if not is_number:
            yield key, text(tail=f',"result":{{"score":{{"{key}":{value}}}}}')
    for key in ("type", "moreInfo", "interactionType", "correctResponsesPattern", "name", "description"):
        if key != "correctResponsesPattern" or not isinstance(said, list):
            yield key, json.dumps(statement(object=OBJECT | {"definition": {key: said}})).encode()
    yield "object", json.dumps(statement(object={"id": said})).encode()
    yield "verb", json.dumps(statement(verb={"id": said})).encode()
    yield "display", json.dumps(statement(verb=VERB | {"display": said})).encode()
    if not is_text:
        yield "choices", json.dumps(statement(object=OBJECT | {"definition": {"choices": [{"id": said}]}})).encode()
        if not (is_number or is_true):
            yield "platform", text(tail=f',"context":{{"platform":{value}}}')
    for key in ("usageType", "contentType", "length", "sha2"):
        if key != "length" or not is_number:
            described = _FILE | {"contentType": "text/plain", "length": 2, "sha2": "0" * 64, key: said}
            yield key, json.dumps(statement(attachments=[described])).encode()
    types = [{"objectType": "contextAgent", "agent": ZOE.agent, "relevantTypes": [said]}]
    yield "relevantTypes", json.dumps(statement(context={"contextAgents": types})).encode()
