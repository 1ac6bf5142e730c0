"""What to plant in a leak test, cell by cell (docs/protocol, xAPI 13): method, target, header fields, body of each.

Everybody here has been met before; what nobody has met and what is no agent, no text and no address, no machine can know.
"""

import base64
import gzip
import hashlib
import json
from urllib.parse import quote

from tests.xapi import bad_multipart
from tests.xapi.bad_agents import ID, OBJECT, VERB, statement, text
from tests.xapi.people import EVERYBODY, LI, RTL, SEAN, ZOE

AGENT = json.dumps(ZOE.agent)
QUERY = quote(AGENT, safe="")
LEARNER = "s1234567"
FORM = ("Content-Type", "application/x-www-form-urlencoded")
PLAIN = ("Content-Type", "text/plain")
BYTES = ("Content-Type", "application/octet-stream")
STATE = f"/activities/state?activityId=x%3Ay&agent={QUERY}"
SUB = {"objectType": "SubStatement", "actor": ZOE.agent, "verb": VERB, "object": OBJECT}
GROUP = {"objectType": "Group", "name": "Østergård's team", "member": [ZOE.agent, LI.agent]}
OLD = {"name": [ZOE.name], "mbox": [SEAN.value], "account": [{"accountServiceHomePage": "x:y", "accountName": LEARNER}]}
EXTENSION = "http://x.example/e"


def post(body, *headers, target="/statements"):
    return "POST", target, headers, body if isinstance(body, bytes) else json.dumps(body).encode()


def within(**more):
    """The same in a statement and in a SubStatement."""
    return post([statement() | more, statement() | {"id": ID[:-1] + "2", "object": SUB | more}])


def form(target, method, **fields):
    pairs = "&".join(f"{key}={quote(one, safe='')}" for key, one in fields.items()).encode()
    return [post(pairs, kind, target=f"{target}?method={method}") for kind in (FORM, PLAIN)]


def jws(payload):
    signed = base64.urlsafe_b64encode(json.dumps({"alg": "RS256", "x5c": [ZOE.name]}).encode()).rstrip(b"=")
    return signed + b"." + base64.urlsafe_b64encode(json.dumps(payload).encode()).rstrip(b"=") + b".c2ln"


ROLES = {f"actor, {one.key} of {one.label}": within(actor=one.agent) for one in EVERYBODY}
ROLES |= {
    "object": post(statement(object={"objectType": "Agent", **ZOE.nameless, "name": ZOE.name})),
    "object, a group": post(statement(object=GROUP)),
    "instructor": within(context={"instructor": ZOE.agent}),
    "team": within(context={"team": GROUP}),
    "contextAgents": within(context={"contextAgents": [{"objectType": "contextAgent", "agent": ZOE.agent}]}),
    "contextGroups": within(context={"contextGroups": [{"objectType": "contextGroup", "group": GROUP}]}),
    "authority": post(statement() | {"authority": ZOE.agent}),
}
ASKED = {
    path: ("GET", f"{path}agent={QUERY}", (), b"")
    for path in (
        "/statements?",
        "/agents?",
        "/agents/profile?profileId=p&",
        "/activities/state?activityId=x%3Ay&stateId=s&",
    )
}
ALTERNATES = [
    *form("/statements", "GET", agent=AGENT),
    *form("/statements", "POST", content=json.dumps(statement(ZOE.agent))),
    *form("/activities/state", "PUT", agent=AGENT, activityId="x:y", stateId="s", content="{}"),
]
SYNTAX = {f"alternate syntax {number}": row for number, row in enumerate(ALTERNATES)}
TYPES = {
    "as text": post(statement(ZOE.agent), PLAIN),
    "as a form without method": post(statement(ZOE.agent), FORM),
    "duplicate keys": post(text(AGENT, tail=f',"actor":{json.dumps(SEAN.agent)}')),
    "escaped keys": post(text(AGENT.replace('"account"', '"\\u0061ccount"'))),
    "Mbox": post(statement({"Mbox": SEAN.value})),
    "an extra key": post(statement({**ZOE.agent, "email": "sean.obrienne@uni.example"})),
    "two identifiers": post(statement({**ZOE.agent, **SEAN.nameless})),
    "gzip": post(gzip.compress(json.dumps(statement(ZOE.agent)).encode()), ("Content-Encoding", "gzip")),
    "a byte-order mark": post(b"\xef\xbb\xbf" + json.dumps(statement(ZOE.agent)).encode()),
    "a batch of two": post([statement(ZOE.agent), statement(RTL.agent) | {"id": ID[:-1] + "2"}]),
    "0.9 arrays": post(statement(OLD), ("X-Experience-API-Version", "0.9")),
    "0.9 arrays to 1.0": post(statement(OLD)),
}
BODIES = (
    bad_multipart.parts(bad_multipart.piece(), first=json.dumps(statement(ZOE.agent)).encode()),
    bad_multipart.hashed(ZOE.name.encode()),
    bad_multipart.hashed(jws(statement(ZOE.agent))),
    bad_multipart.parts(bad_multipart.piece(jws(statement(ZOE.agent)))),
)
MIXED = ("Content-Type", "multipart/mixed; boundary=b0undary")
PARTS = {f"multipart {number}": post(body, MIXED) for number, body in enumerate(BODIES)}
LAUNCH = {"contextTemplate": {"context": {"instructor": SEAN.agent}}, "launchParameters": ZOE.name}
DOCUMENTS = {
    "state, JSON": ("PUT", STATE + "&stateId=s", (), json.dumps({"who": ZOE.name}).encode()),
    "state, text": ("PUT", STATE + "&stateId=s", (PLAIN,), f"bookmark of {ZOE.name}".encode()),
    "state, bytes": ("PUT", STATE + "&stateId=s", (BYTES,), b"\xff\x00" + LEARNER.encode()),
    "state, base64": ("PUT", STATE + "&stateId=s", (PLAIN,), base64.b64encode(ZOE.name.encode() * 2)),
    "agent profile": ("PUT", f"/agents/profile?profileId=p&agent={QUERY}", (), json.dumps({"me": ZOE.agent}).encode()),
    "activity profile": (
        "PUT",
        "/activities/profile?profileId=p&activityId=x%3Ay",
        (),
        json.dumps([ZOE.name]).encode(),
    ),
    "stateId": ("GET", STATE + f"&stateId=bookmark-{LEARNER}", (), b""),
    "profileId": ("GET", f"/agents/profile?agent={QUERY}&profileId={LEARNER}", (), b""),
    "launch data of cmi5": ("PUT", STATE + "&stateId=LMS.LaunchData", (), json.dumps(LAUNCH).encode()),
}
FILE = {"usageType": "x:y", "display": {"en": ZOE.name}, "contentType": "text/plain", "length": 1}
FILE |= {"sha2": hashlib.sha256(b"1").hexdigest(), "fileUrl": f"https://files.example/{LEARNER}/essay"}
DEFINED = {"name": {"en": ZOE.name}, "description": {"en": LEARNER}}
TEXTS = {
    "context extension": within(context={"extensions": {EXTENSION: {"deep": [ZOE.agent, ZOE.name]}}}),
    "result extension": within(result={"extensions": {EXTENSION: ZOE.name}}),
    "definition extension": post(statement(object=OBJECT | {"definition": {"extensions": {EXTENSION: LEARNER}}})),
    "an extension's key": within(context={"extensions": {f"http://x.example/{LEARNER}": 1}}),
    "display": within(verb=VERB | {"display": {"en": f"{ZOE.name} did"}}),
    "definition": post(statement(object=OBJECT | {"definition": DEFINED})),
    "response": within(result={"response": f"I am {ZOE.name}"}),
    "platform": within(context={"platform": f"desk of {ZOE.name}"}),
    "revision": within(context={"revision": LEARNER}),
    "home page": within(actor={"account": {"homePage": f"https://lms.example.edu/~{LEARNER}", "name": "x"}}),
    "activity id": post(statement(object={"id": f"https://lms.example.edu/user/{LEARNER}"})),
    "verb id": within(verb={"id": f"https://lms.example.edu/{LEARNER}"}),
    "fileUrl": within(attachments=[FILE]),
}
FIELDS = {
    "Referer": f"https://content.example/?actor={QUERY}&registration=x",
    "Cookie": f"user={LEARNER}",
    "X-Forwarded-For": f"10.1.2.3, {LEARNER}",
    "Forwarded": f"for={LEARNER}",
    "Via": f"1.1 {LEARNER}",
    "From": "sean.obrienne@uni.example",
    "User-Agent": f"browser of {LEARNER}",
    "Origin": f"https://{LEARNER}.example",
    "Accept-Language": f"x-{LEARNER}",
    "If-None-Match": f'"{LEARNER}"',
    "X-Experience-API-Version": f"1.0.3 {LEARNER}",
    "Authorization": "Basic " + base64.b64encode(f"{LEARNER}:password".encode()).decode(),
    "X-User": LEARNER,
}
HEADERS = {name: ("GET", "/statements", ((name, value),), b"") for name, value in FIELDS.items()}
CELLS = ROLES | ASKED | SYNTAX | TYPES | PARTS | DOCUMENTS | TEXTS | HEADERS
