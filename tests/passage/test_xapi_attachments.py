"""Attachments of statements, and the one attachment that holds the whole statement once more."""

import base64
import hashlib
import json

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.oracle import Oracle
from tests.passage.corridor import CALLER, ZOE, corridor_in
from tests.passage.wire import http

JSON = {"Content-Type": "application/json"}
MIXED = {"Authorization": CALLER, "X-Experience-API-Version": "1.0.3", "Content-Type": "multipart/mixed; boundary=b"}
ACTOR = {"account": {"homePage": "https://lms.example.edu", "name": ZOE.id}, "name": f"{ZOE.first} {ZOE.last}"}
STATEMENT = {"actor": ACTOR, "verb": {"id": "x:y"}, "object": {"id": "x:z"}}
SIGNATURE = "http://adlnet.gov/expapi/attachments/signature"
ORACLE = Oracle({"zoe": (ZOE.id, ZOE.first, ZOE.last, f"{ZOE.first} {ZOE.last}")})
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()


def attached(data, **more):
    return {
        "usageType": "http://example.org/essay",
        "display": {"en": "essay"},
        "contentType": "text/plain",
        "length": len(data),
        "sha2": hashlib.sha256(data).hexdigest(),
    } | more


def mixed(statement, *parts, head="Content-Type:application/json"):
    pieces = [f"--b\r\n{head}\r\n\r\n".encode() + json.dumps(statement).encode()]
    for data, fields in parts:
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        pieces.append(f"--b\r\n{lines}\r\n".encode() + data)
    return b"\r\n".join(pieces) + b"\r\n--b--\r\n"


def part(data, **more):
    fields = {"Content-Type": "text/plain", "Content-Transfer-Encoding": "binary"}
    return data, fields | {"X-Experience-API-Hash": hashlib.sha256(data).hexdigest()} | more


async def post(corridor, body, headers=MIXED):
    corridor.cloud.say(http(200, JSON, b'["x"]'))
    return await corridor.ask("POST", "/lrs/statements", headers, body)


async def test_an_essay_goes_with_its_statement_and_comes_back_with_it(corridor):
    essay = b"Lighthouses are tall."
    statement = STATEMENT | {"attachments": [attached(essay)]}
    answer = await post(corridor, mixed(statement, part(essay)))
    assert answer.status == 200, answer.raw
    sent = corridor.cloud.requests[-1]
    assert essay in sent.body
    assert ORACLE.search(sent.raw) == []
    stored = sent.body.replace(b'{"actor"', b'{"more":"","statements":[{"actor"').replace(
        b"\r\n--b\r\nContent-Type: text", b"]}\r\n--b\r\nContent-Type: text", 1
    )
    corridor.cloud.say(http(200, {"Content-Type": 'multipart/mixed; boundary="b"'}, stored))
    back = await corridor.get("/lrs/statements?attachments=true", MIXED | {"Content-Type": ""})
    assert back.status == 200, back.raw
    assert essay in back.body
    assert ZOE.id.encode() in back.body


ESSAY = b"Lighthouses are tall."
GOOD = STATEMENT | {"attachments": [attached(ESSAY)]}


@pytest.mark.parametrize(
    ("body", "code", "status"),
    [
        (mixed(GOOD, part(ESSAY + b"!")), "field-invalid", 400),
        (mixed(GOOD, part(ESSAY, **{"X-Experience-API-Hash": "0" * 64})), "field-invalid", 400),
        (mixed(GOOD), "field-invalid", 400),
        (mixed(STATEMENT, part(ESSAY)), "field-invalid", 400),
        (mixed(GOOD, part(ESSAY), part(ESSAY)), "field-invalid", 400),
        (mixed(STATEMENT | {"attachments": [attached(ESSAY, length=1)]}, part(ESSAY)), "field-invalid", 400),
        (mixed(GOOD, part(ESSAY, **{"Content-Transfer-Encoding": "base64"})), "unreadable-body", 400),
        (mixed(GOOD, part(ESSAY, **{"X-Other": "x"})), "unreadable-body", 400),
        (b"preamble\r\n" + mixed(GOOD, part(ESSAY)), "unreadable-body", 400),
        (mixed(GOOD, part(ESSAY)) + b"epilogue", "unreadable-body", 400),
        (mixed(GOOD, part(ESSAY)).replace(b"\r\n--b--", b"\r\n--bc\r\n\r\nx\r\n--b--"), "unreadable-body", 400),
        (mixed(GOOD, part(ESSAY)).replace(b"\r\n", b"\n"), "unreadable-body", 400),
    ],
)
async def test_what_two_readers_could_read_differently_is_refused(corridor, body, code, status):
    async with corridor.refuses(code, status) as refusal:
        refusal.answer = await post(corridor, body)


async def test_attachments_are_read_or_refused(tmp_path, installation, corridor):
    named = f"by {ZOE.first} {ZOE.last}".encode()
    async with corridor.refuses("leak-suspected", 403) as refusal:
        refusal.answer = await post(corridor, mixed(STATEMENT | {"attachments": [attached(named)]}, part(named)))
    picture = b"\x89PNG\r\n\x1a\n\x00\xff"
    body = mixed(
        STATEMENT | {"attachments": [attached(picture, contentType="image/png")]},
        part(picture, **{"Content-Type": "image/png"}),
    )
    async with corridor.refuses("unsupported-media", 415) as refusal:
        refusal.answer = await post(corridor, body)
    async with corridor_in(tmp_path / "other", installation, xapi='attachments = "pass"') as lenient:
        assert (await post(lenient, body)).status == 200
        assert picture in lenient.cloud.requests[-1].body


def signed(statement, **more):
    jws = jwt.PyJWS().encode(json.dumps(statement).encode(), KEY, algorithm=more.get("algorithm", "RS256")).encode()
    whole = statement | {"attachments": [attached(jws, usageType=SIGNATURE, contentType="application/octet-stream")]}
    return mixed(whole, part(jws, **{"Content-Type": "application/octet-stream"}))


async def test_a_signed_statement_is_refused_unless_the_mount_says_otherwise(corridor):
    async with corridor.refuses("not-permitted", 403) as refusal:
        refusal.answer = await post(corridor, signed(STATEMENT))


async def test_a_signature_can_be_taken_off_once_it_was_right(tmp_path, installation):
    async with corridor_in(tmp_path / "house", installation, xapi='signatures = "strip"') as corridor:
        assert (await post(corridor, signed(STATEMENT))).status == 200
        sent = corridor.cloud.requests[-1]
        assert b"attachments" not in sent.body
        assert ORACLE.search(sent.raw) == []
        assert "signature-removed" in [entry.event for entry in await corridor.audit()]
        other = signed(STATEMENT).replace(b'"x:z"', b'"x:w"', 1)
        async with corridor.refuses("field-invalid", 400) as refusal:
            refusal.answer = await post(corridor, other)


async def test_a_statement_can_be_signed_anew(tmp_path, installation):
    (tmp_path / "house").mkdir()
    (tmp_path / "house" / "sign.pem").write_text(PEM)
    how = 'signatures = "sign"\nsigning_key = "file:sign.pem"'
    async with corridor_in(tmp_path / "house", installation, xapi=how) as corridor:
        answer = await post(corridor, signed(STATEMENT))
        assert answer.status == 200, answer.raw
        sent = corridor.cloud.requests[-1]
        head, _, tail = sent.body.partition(b"\r\n\r\n")[2].partition(b"\r\n--b")
        told = json.loads(head)
        jws = tail.partition(b"\r\n\r\n")[2].partition(b"\r\n--b--")[0]
        # The signature is chance, and three letters of hers are in one of a hundred.
        assert ORACLE.search(sent.raw.replace(jws.rpartition(b".")[2], b"")) == []
        one = told["attachments"][0]
        assert (one["sha2"], one["length"]) == (hashlib.sha256(jws).hexdigest(), len(jws))
        payload = json.loads(jwt.PyJWS().decode(jws, KEY.public_key(), algorithms=["RS256"]))
        assert payload == {name: told[name] for name in told if name != "attachments"}
        assert base64.b64encode(ZOE.id.encode()) not in sent.raw
