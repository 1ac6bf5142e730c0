"""Requests that two readers read differently, or that bring somebody where nobody looks, each with its code.

Targets, header fields, encodings, and the alternate syntax (xAPI 1.0.3 part 3, 1.3) as a way to another resource.
"""

import gzip
import json
import zlib
from dataclasses import dataclass
from urllib.parse import quote

from tests.xapi.bad_agents import ID, statement, text
from tests.xapi.people import SEAN, ZOE

AGENT = quote(json.dumps(SEAN.nameless), safe="")
OTHER = quote(json.dumps(ZOE.nameless), safe="")
STATE = f"/activities/state?activityId=x%3Ay&stateId=s&agent={AGENT}"
STATEMENT = json.dumps(statement()).encode()
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Bad:
    """One request, and what becomes of it."""

    code: str
    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    status: int = 400


def get(code, target, *headers, status=400):
    return Bad(code, "GET", target, headers, status=status)


def post(code, body, *headers, target="/statements", status=400):
    return Bad(code, "POST", target, headers, body, status)


TARGETS = {
    "agent twice": get("field-invalid", f"/statements?agent={AGENT}&agent={OTHER}"),
    "agent twice, once in capitals": get("field-invalid", f"/statements?agent={AGENT}&Agent={OTHER}"),
    "agent twice, once escaped": get("field-invalid", f"/statements?agent={AGENT}&%61gent={OTHER}"),
    "agent with a blank": get("unknown-field", f"/statements?agent+={AGENT}"),
    "an unknown parameter": get("unknown-field", "/statements?user=s1234567"),
    "a parameter of another kind": get("unknown-field", f"/statements?statementId={ID}&agent={AGENT}"),
    "both ids": get("unknown-field", f"/statements?statementId={ID}&voidedStatementId={ID}"),
    "id twice": get("field-invalid", f"/statements?statementId={ID}&statementId={ID}"),
    "agent is no JSON": get("unreadable-body", "/statements?agent=s1234567"),
    "agent is a list": get("field-invalid", f"/statements?agent=[{AGENT}]"),
    "agent is a JSON text": get("field-invalid", f"/statements?agent={quote(json.dumps(json.dumps(SEAN.nameless)))}"),
    "agent escaped twice": get("unreadable-body", f"/statements?agent={quote(AGENT)}"),
    "agent with two identifiers": get(
        "field-invalid", f"/agents?agent={quote(json.dumps(SEAN.nameless | ZOE.nameless))}"
    ),
    "agent with a duplicate key": get(
        "unreadable-body", '/agents?agent={"mbox":"mailto:a@b.org","mbox":"mailto:c@b.org"}'
    ),
    "no agent": get("field-missing", "/activities/state?activityId=x%3Ay&stateId=s"),
    "an address as activity": get(
        "leak-suspected", f"/statements?activity={quote('mailto:new.person@uni.example', safe='')}", status=403
    ),
    "an address as state": get(
        "leak-suspected", STATE.replace("stateId=s", "stateId=new.person@uni.example"), status=403
    ),
    "not ASCII": get("unreadable-body", "/statements?activity=x:Zoë"),
    "an escape that is none": get("unreadable-body", "/statements?activity=%zz"),
    "escaped Latin-1": get("unreadable-body", "/statements?activity=Zo%EB"),
    "an escaped surrogate": get("unreadable-body", "/statements?activity=%ED%A0%80"),
    "a fragment": get("unknown-route", f"/statements#agent={AGENT}", status=404),
    "another path": get("unknown-route", "/statements/all", status=404),
    "a person in the path": get("unknown-route", "/statements/s1234567", status=404),
    "a path with parameters": get("unknown-route", "/statements;agent=s1234567", status=404),
    "a path that climbs": get("unknown-route", "/activities/../statements", status=404),
    "a path that climbs, escaped": get("unknown-route", "/activities/%2e%2e/statements", status=404),
    "an escaped slash": get("unknown-route", "/activities%2fstate?agent=x", status=404),
    "capitals": get("unknown-route", "/Statements", status=404),
    "an extended store": get("unknown-route", "/statements/aggregate?pipeline=[]", status=404),
    "a method of nobody": Bad("unknown-route", "PATCH", "/statements", body=STATEMENT, status=404),
    "a deletion of statements": Bad("unknown-route", "DELETE", f"/statements?statementId={ID}", status=404),
    "a body with a question": Bad("body-too-large", "GET", "/statements", (), STATEMENT, 413),
    "more of nobody": get("unknown-route", "/.scormveil/more/AAAA", status=404),
}

HEADERS = {
    "two logins": get("field-invalid", "/statements", ("Authorization", "Basic eDp5"), ("Authorization", "Basic eDp5")),
    "two versions": get(
        "field-invalid", "/about", ("X-Experience-API-Version", "1.0.3"), ("X-Experience-API-Version", "2.0.0")
    ),
    "two tags": Bad("field-invalid", "PUT", STATE, (("If-Match", '"a"'), ("If-Match", '"b"')), b"{}"),
    "two types": post(
        "unreadable-body", STATEMENT, ("Content-Type", "application/json"), ("Content-Type", "text/plain")
    ),
    "two lengths": post("unreadable-body", STATEMENT, ("Content-Length", str(len(STATEMENT) - 1))),
    "a length and chunks": post("unreadable-body", STATEMENT, ("Transfer-Encoding", "chunked")),
    "a person in a tag": Bad("leak-suspected", "PUT", STATE, (("If-Match", '"s1234567"'),), b"{}", 403),
    "a person in the version": get(
        "leak-suspected", "/about", ("X-Experience-API-Version", "1.0.3 s1234567"), status=403
    ),
    "latin-1": post("unreadable-body", STATEMENT, ("Content-Type", "application/json; charset=iso-8859-1")),
    "utf-16": post("unreadable-body", STATEMENT, ("Content-Type", "application/json; charset=utf-16")),
    "utf-7": post("unreadable-body", STATEMENT, ("Content-Type", "application/json; charset=utf-7")),
    "two charsets": post(
        "unreadable-body", STATEMENT, ("Content-Type", "application/json; charset=utf-8; charset=utf-16")
    ),
    "no type": post("unsupported-media", STATEMENT, ("Content-Type", ""), status=415),
    "text": post("unsupported-media", STATEMENT, ("Content-Type", "text/plain"), status=415),
    "a form without method": post("unknown-field", STATEMENT, ("Content-Type", FORM)),
    "a form with pairs": post("unknown-field", b"content=" + quote(STATEMENT).encode(), ("Content-Type", FORM)),
    "xml": post("unreadable-body", b"<a/>", ("Content-Type", "application/xml")),
    "two types in one": post(
        "unsupported-media", STATEMENT, ("Content-Type", "application/json, text/plain"), status=415
    ),
    "brotli": post("unsupported-encoding", STATEMENT, ("Content-Encoding", "br"), status=415),
    "an unknown coding": post("unsupported-encoding", STATEMENT, ("Content-Encoding", "s1234567"), status=415),
    "gzip that is none": post("unreadable-body", STATEMENT, ("Content-Encoding", "gzip")),
    "gzip cut short": post("unreadable-body", gzip.compress(STATEMENT)[:-9], ("Content-Encoding", "gzip")),
    "gzip and more": post("unreadable-body", gzip.compress(STATEMENT) + b"s1234567", ("Content-Encoding", "gzip")),
    "gzip twice": post(
        "unsupported-encoding", gzip.compress(gzip.compress(STATEMENT)), ("Content-Encoding", "gzip, gzip"), status=415
    ),
    "gzip in two fields": post(
        "unsupported-encoding",
        gzip.compress(STATEMENT),
        ("Content-Encoding", "gzip"),
        ("Content-Encoding", "identity"),
        status=415,
    ),
    "gzip of very much": post(
        "body-too-large", gzip.compress(b" " * 3_000_000 + STATEMENT), ("Content-Encoding", "gzip"), status=413
    ),
    "deflate that is none": post("unreadable-body", zlib.compress(STATEMENT)[3:], ("Content-Encoding", "deflate")),
    "very much": post("body-too-large", b" " * 1_100_000 + STATEMENT, status=413),
}

_FORM = f"agent={AGENT}&activityId=x%3Ay&stateId=s&content=%7B%7D".encode()


def alternate(code, query, form=_FORM, *headers, target="/activities/state", status=400):
    return Bad(code, "POST", f"{target}?{query}", (("Content-Type", FORM), *headers), form, status)


OVERRIDES = {
    "a method of nobody": alternate("field-invalid", "method=TRACE"),
    "a small method": alternate("field-invalid", "method=put"),
    "HEAD": alternate("field-invalid", "method=HEAD"),
    "POST twice": alternate("field-invalid", "method=PUT&method=POST"),
    "Method": alternate("field-invalid", "Method=PUT"),
    "method and agent": alternate("field-invalid", f"method=PUT&agent={OTHER}"),
    "a second method": alternate("field-invalid", "method=PUT", _FORM + b"&method=DELETE"),
    "a second agent": alternate("field-invalid", "method=PUT", _FORM + b"&agent=" + OTHER.encode()),
    "a second agent in capitals": alternate("field-invalid", "method=PUT", _FORM + b"&Agent=" + OTHER.encode()),
    "a second content": alternate("field-invalid", "method=PUT", _FORM + b"&content=s1234567"),
    "a second header": alternate("field-invalid", "method=PUT", _FORM + b"&If-Match=a&if-match=b"),
    "a header with another": alternate("field-invalid", "method=PUT", _FORM + b"&If-Match=a%0d%0aX-Who:%20s1234567"),
    "a question with content": alternate("field-invalid", "method=GET"),
    "a body that is a statement": alternate("unknown-field", "method=POST", STATEMENT, target="/statements"),
    "an encoded form": alternate("unreadable-body", "method=PUT", gzip.compress(_FORM), ("Content-Encoding", "gzip")),
    "a form that is not ASCII": alternate("unreadable-body", "method=PUT", _FORM + "&x=Zoë".encode()),
    "another resource": alternate("unknown-field", "method=PUT", _FORM + b"&url=%2FxAPI%2Fstatements"),
    "another resource's parameter": alternate("unknown-field", "method=PUT", _FORM + b"&profileId=s1234567"),
    "a statement for the state": alternate("unknown-field", "method=PUT", b"statementId=" + ID.encode() + b"&" + _FORM),
    "a cookie": alternate("unknown-field", "method=PUT", _FORM + b"&Cookie=s1234567"),
    "a type within": alternate(
        "unsupported-media",
        "method=POST",
        b"Content-Type=text%2Fplain&content=" + quote(STATEMENT).encode(),
        target="/statements",
        status=415,
    ),
    "a charset within": alternate(
        "unreadable-body",
        "method=POST",
        b"Content-Type=application%2Fjson%3Bcharset%3Dutf-16&content=" + quote(STATEMENT).encode(),
        target="/statements",
    ),
    "bad JSON within": alternate("unreadable-body", "method=POST", b"content=%7B%22actor%22%3A", target="/statements"),
    "two actors within": alternate(
        "unreadable-body", "method=POST", b"content=" + quote(text(tail=',"actor":{}')).encode(), target="/statements"
    ),
    "a deletion of statements": alternate(
        "unknown-route", "method=DELETE", b"statementId=" + ID.encode(), target="/statements", status=404
    ),
    "an override by header": Bad(
        "unknown-route", "DELETE", "/statements", (("X-HTTP-Method-Override", "GET"),), status=404
    ),
}
