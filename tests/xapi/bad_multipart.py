"""Multipart bodies (xAPI 1.0.3 part 3, 1.5.2) that two readers read differently, or that are not what they say."""

import base64
import hashlib
import json

from tests.xapi.bad_agents import statement
from tests.xapi.bad_requests import STATEMENT, post
from tests.xapi.people import ZOE

ESSAY = b"an essay about nobody"
DIGEST = hashlib.sha256(ESSAY).hexdigest()
USAGE = "http://id.tincanapi.com/attachment/supporting_media"


def attached(**more) -> bytes:
    described = {"usageType": USAGE, "display": {"en": "an essay"}, "contentType": "text/plain"}
    described |= {"length": len(ESSAY), "sha2": DIGEST} | more
    return json.dumps(statement(attachments=[described])).encode()


def piece(body=ESSAY, *lines, **fields) -> bytes:
    told = {
        "Content-Type": "text/plain",
        "Content-Transfer-Encoding": "binary",
        "X-Experience-API-Hash": DIGEST,
    } | fields
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items() if value) + "".join(lines)
    return head.encode() + b"\r\n" + body


def parts(*pieces, boundary="b0undary", first=None) -> bytes:
    one = b"Content-Type: application/json\r\n\r\n" + (attached() if first is None else first)
    mark = f"--{boundary}".encode()
    return b"".join(mark + b"\r\n" + each + b"\r\n" for each in (one, *pieces)) + mark + b"--\r\n"


def multipart(code, body, kind="multipart/mixed; boundary=b0undary", status=400):
    return post(code, body, ("Content-Type", kind), status=status)


GOOD = parts(piece())
BINARY = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff\xfe"
WITH_NAME = f"by {ZOE.name}".encode()
WIDE = WITH_NAME.decode().encode("utf-16")


def hashed(body: bytes) -> bytes:
    digest = hashlib.sha256(body).hexdigest()
    return parts(piece(body, **{"X-Experience-API-Hash": digest}), first=attached(sha2=digest, length=len(body)))


UTF_16 = hashed(WIDE).replace(b"text/plain\r", b"text/plain; charset=utf-16\r")
MULTIPART = {
    "no boundary": multipart("unreadable-body", GOOD, "multipart/mixed"),
    "two boundaries": multipart("unreadable-body", GOOD, "multipart/mixed; boundary=b0undary; boundary=other"),
    "another boundary": multipart("unreadable-body", GOOD, "multipart/mixed; boundary=other"),
    "an endless boundary": multipart("unreadable-body", GOOD, "multipart/mixed; boundary=" + "b" * 71),
    "an escaped boundary": multipart("unreadable-body", GOOD, 'multipart/mixed; boundary="b0und\\ary"'),
    "a boundary in sections": multipart("unreadable-body", GOOD, "multipart/mixed; boundary*0=b0un; boundary*1=dary"),
    "a boundary by another name": multipart("unreadable-body", GOOD, "multipart/mixed; xboundary=b0undary"),
    "a person as boundary": multipart(
        "leak-suspected", parts(piece(), boundary="s1234567"), "multipart/mixed; boundary=s1234567", 403
    ),
    "related": multipart("unreadable-body", GOOD, "multipart/related; boundary=b0undary"),
    "form data": multipart("unreadable-body", GOOD, "multipart/form-data; boundary=b0undary"),
    "before the first": multipart("unreadable-body", b"s1234567\r\n" + GOOD),
    "after the last": multipart("unreadable-body", GOOD + b"s1234567"),
    "after a blank line": multipart("unreadable-body", GOOD + b"\r\n\r\n--b0undary\r\n\r\ns1234567\r\n--b0undary--"),
    "never closed": multipart("unreadable-body", GOOD.replace(b"--b0undary--", b"")),
    "closed at once": multipart("unreadable-body", b"--b0undary--\r\n"),
    "a line that begins like it": multipart(
        "unreadable-body", GOOD.replace(b"--b0undary--", b"--b0undaryx\r\n\r\ns\r\n--b0undary--")
    ),
    "blanks after it": multipart("unreadable-body", GOOD.replace(b"--b0undary\r\n", b"--b0undary \r\n")),
    "bare line feeds": multipart("unreadable-body", GOOD.replace(b"\r\n", b"\n")),
    "bare line feeds in a head": multipart("unreadable-body", GOOD.replace(b"binary\r\n", b"binary\n")),
    "a folded line": multipart("unreadable-body", GOOD.replace(b"binary\r\n", b"binary\r\n s1234567\r\n")),
    "a line without a colon": multipart("unreadable-body", GOOD.replace(b"binary\r\n", b"binary\r\ns1234567\r\n")),
    "a field twice": multipart("unreadable-body", parts(piece(ESSAY, "X-Experience-API-Hash: " + "0" * 64 + "\r\n"))),
    "a field of nobody": multipart("unreadable-body", parts(piece(ESSAY, "X-Who: s1234567\r\n"))),
    "a head without end": multipart("unreadable-body", parts(piece(ESSAY, "X-Who: " + "s" * 5000 + "\r\n"))),
    "base64": multipart("unreadable-body", parts(piece(**{"Content-Transfer-Encoding": "base64"}))),
    "quoted": multipart("unreadable-body", parts(piece(**{"Content-Transfer-Encoding": "quoted-printable"}))),
    "a length that is another": multipart("unreadable-body", parts(piece(**{"Content-Length": "7"}))),
    "a first part that is none": multipart(
        "unsupported-media", parts(piece()).replace(b"application/json", b"text/plain"), status=415
    ),
    "a first part in Latin-1": multipart(
        "unreadable-body", GOOD.replace(b"application/json", b"application/json; charset=latin1")
    ),
    "statements at the end": multipart(
        "unreadable-body",
        b"--b0undary\r\n"
        + piece()
        + b"\r\n--b0undary\r\nContent-Type: application/json\r\n\r\n"
        + attached()
        + b"\r\n--b0undary--",
    ),
    "statements twice": multipart(
        "field-invalid", parts(piece(), b"Content-Type: application/json\r\n\r\n" + STATEMENT)
    ),
    "a part without a hash": multipart("field-invalid", parts(piece(**{"X-Experience-API-Hash": ""}))),
    "a part of another hash": multipart("field-invalid", parts(piece(**{"X-Experience-API-Hash": "0" * 64}))),
    "a part of other bytes": multipart("field-invalid", parts(piece(ESSAY + b"!"))),
    "a part twice": multipart("field-invalid", parts(piece(), piece())),
    "a part that is missing": multipart("field-invalid", parts()),
    "a length of another": multipart("field-invalid", parts(piece(), first=attached(length=1))),
    "no attachment told": multipart("field-invalid", parts(piece(), first=STATEMENT)),
    "an attachment without parts": post("field-invalid", attached()),
    "a signature": multipart(
        "not-permitted",
        parts(piece(), first=attached(usageType="http://adlnet.gov/expapi/attachments/signature")),
        status=403,
    ),
    "bytes that are no text": multipart("unreadable-body", hashed(BINARY)),
    "bytes": multipart(
        "unsupported-media", hashed(BINARY).replace(b"text/plain", b"application/octet-stream"), status=415
    ),
    "bytes that call themselves JSON": multipart(
        "unreadable-body", hashed(BINARY).replace(b"text/plain", b"application/json")
    ),
    "a person in a text": multipart("leak-suspected", hashed(WITH_NAME), status=403),
    "UTF-16 that does not say so": multipart("unreadable-body", hashed(WIDE)),
    "a person in UTF-16": multipart("unreadable-body", UTF_16),
    "a person in base64": multipart("leak-suspected", hashed(base64.b64encode(WITH_NAME)), status=403),
    "a person in the head of a part": multipart(
        "leak-suspected", parts(piece(**{"Content-Type": "text/plain; x=s1234567"})), status=403
    ),
    "a whole statement as attachment": multipart(
        "leak-suspected", hashed(json.dumps(statement(ZOE.agent)).encode()), status=403
    ),
    "a line end that is missing where it counts": multipart(
        "unreadable-body", hashed(ESSAY + b"--b0undary\r\n\r\nmore")
    ),
}
