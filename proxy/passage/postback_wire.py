"""The forms in which a result travels: read as the cloud writes them, written as the LMS asked for them. Pure."""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from proxy.adapters import postback
from proxy.errors import FieldMissing, NotPermitted, UnreadableBody, UnsupportedMedia
from proxy.fields import Shape
from proxy.message import Headers, Message
from proxy.passage.postback_spec import FORM, PostbackSpec
from proxy.people import Kind
from proxy.rewrite import find, keep_only
from proxy.rewrite.carriers.pairs import open_pairs
from proxy.rewrite.carriers.percent import encode_percent

_UTF8 = frozenset({"", "utf-8", "utf8", "us-ascii", "ascii"})
_LATIN = frozenset({"iso-8859-1", "latin1", "windows-1252"})
"""What Java servers call their texts; as long as they hold nothing but ASCII that is the same."""
_WANTED = {"data": 0, "username": 1, "password": 2}
_FIELDS = ("data", "username", "password")
_BEFORE_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_OF_ORDER = ("/id", "/instance", "/updated")


@dataclass(frozen=True, slots=True, repr=False)
class Login:
    """A user and a password, from wherever the form has them."""

    user: str
    password: str


@dataclass(frozen=True, slots=True, repr=False)
class Arrived:
    """A result as it came: `result` is the JSON or XML alone, `form` the whole form it stood in ("" if in none)."""

    result: Message
    form: str
    login: Login | None

    @property
    def is_xml(self) -> bool:
        """Whether it is the XML of V1."""
        return self.result.media == postback.XML

    @property
    def shape(self) -> Shape:
        """What is declared of the result."""
        return postback.REPORT if self.is_xml else postback.RESULT


@dataclass(frozen=True, slots=True)
class Order:
    """Which result this is: a digest of registration and instance, and its age in milliseconds since 1970.

    `stamp` is 0 where nothing tells the age: V1 has no time of the update in its report.
    """

    registration: bytes
    stamp: int


def read(message: Message) -> Arrived:
    """Take a postback apart. `message` has its content coding removed.

    Raises UnsupportedMedia, FieldMissing (a form without `data`), UnreadableBody (another charset, a field twice).
    """
    if not message.body:
        raise UnreadableBody("empty")
    if message.charset not in _UTF8 and not (message.charset in _LATIN and message.body.isascii()):
        raise UnreadableBody("charset")
    media = message.media
    if media == postback.FORM:
        return _from_form(message)
    if media == postback.JSON or media in {postback.XML, postback.TEXT_XML}:
        inner = postback.JSON if media == postback.JSON else postback.XML
        return Arrived(replace(message, media=inner, charset="utf-8"), "", _basic(message.headers))
    raise UnsupportedMedia("media-not-declared" if media else "media-absent")


def _from_form(message: Message) -> Arrived:
    form = _text(message.body)
    opened = open_pairs(form, _WANTED, lines=True, place="form()")
    values = {_FIELDS[slot.which]: slot.value for slot in opened.slots}
    data = values.get("data", "")
    if not data.strip():
        raise FieldMissing(place="form(data)")
    media = postback.XML if data.lstrip(" \t\r\n\ufeff").startswith("<") else postback.JSON
    named = Login(values.get("username", ""), values.get("password", ""))
    login = named if named.user or named.password else _basic(message.headers)
    return Arrived(replace(message, media=media, charset="utf-8", body=data.encode("utf-8")), form, login)


def _basic(headers: Headers) -> Login | None:
    """The login of a Basic header (RFC 7617); None for none, for another scheme, for one that cannot be read."""
    given = headers.all("authorization")
    if len(given) != 1 or given[0][:6].lower() != "basic ":
        return None
    try:
        user, colon, password = base64.b64decode(given[0][6:].strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        return None
    return Login(user, password) if colon else None


def write(arrived: Arrived, clean: bytes, lms: PostbackSpec) -> tuple[list[tuple[str, str]], bytes]:
    """Return header fields and body as the LMS asked for them; `lms` is settled.

    The user's field is `userName` in v2's guide and `username` in V1 (docs/protocol/scorm-cloud-api.md section 3).
    """
    named = bool(lms.user or lms.password)
    if lms.auth_type == FORM:
        user = "username" if arrived.is_xml else "userName"
        login = [(user, lms.user), ("password", lms.password)] if named else []
        pairs = [("data", _text(clean)), *login]
        form = "&".join(f"{name}={encode_percent(value)}" for name, value in pairs)
        return [("Content-Type", f"{postback.FORM}; charset=utf-8")], form.encode("ascii")
    fields = [("Content-Type", f"{postback.TEXT_XML if arrived.is_xml else postback.JSON}; charset=utf-8")]
    if named:
        fields.append(("Authorization", basic_header(lms.user, lms.password)))
    return fields, clean


def rewritten(arrived: Arrived, clean: bytes) -> tuple[list[tuple[str, str]], bytes]:
    """Return header fields and body in the very form that came, with only the result changed."""
    if not arrived.form:
        media = postback.TEXT_XML if arrived.is_xml else postback.JSON
        return [("Content-Type", f"{media}; charset=utf-8")], clean
    opened = open_pairs(arrived.form, {"data": 0}, lines=True, place="form()")
    form = opened.close({0: _text(clean)})
    return [("Content-Type", f"{postback.FORM}; charset=utf-8")], form.encode("utf-8")


def basic_header(user: str, password: str) -> str:
    """The value of an Authorization field."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


def registration_of(arrived: Arrived) -> str:
    """The id of the registration as the cloud knows it, "" if the result names none. Raises UnreadableBody."""
    if not arrived.is_xml:
        told = _told(arrived.result.body).get("id")
        return told if isinstance(told, str) else ""
    found = find(arrived.result, postback.REPORT).findings
    return next((one.value.reveal() for one in found if one.kind is Kind.REGISTRATION), "")


def order_of(arrived: Arrived) -> Order | None:
    """Tell which result this is and how new; None if it cannot be told."""
    if arrived.is_xml:
        return None
    told = _told(arrived.result.body)
    stamp = _milliseconds(told.get("updated"))
    if not isinstance(told.get("id"), str) or not stamp:
        return None
    name = json.dumps([told["id"], told.get("instance")])
    return Order(hashlib.sha256(b"postback-order\0" + name.encode()).digest(), stamp)


def _told(body: bytes) -> dict[str, object]:
    told = json.loads(keep_only(body, _OF_ORDER))  # not orjson: the cloud has been seen to write NaN
    return told if isinstance(told, dict) else {}


def _milliseconds(updated: object) -> int:
    if not isinstance(updated, str):
        return 0
    try:
        moment = datetime.fromisoformat(updated)
    except ValueError:
        return 0
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return max(0, int((moment - _BEFORE_FIRST).total_seconds() * 1000))


def check_registration(arrived: Arrived, ident: str) -> None:
    """Raise `NotPermitted` for a result of another registration than the address was given out for.

    Whoever has one registration's address and login must not be able to report for another one.
    """
    named = registration_of(arrived)
    if ident and named and named != ident:
        raise NotPermitted("other-registration")


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise UnreadableBody("not-utf-8") from None
