"""Is this JSON value an xAPI statement? Strict, as the measured stores are (xAPI 1.0.3 part 2, sections 2 and 4).

Unknown members, wrong types, null, two identifiers in one agent: 400. A check raises `Invalid`, whose text quotes no
value; real stores are less discreet.
"""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

Check = Callable[[Any], None]

VOIDED = "http://adlnet.gov/expapi/verbs/voided"
IDENTIFIERS = ("mbox", "mbox_sha1sum", "openid", "account")
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_MAILTO = re.compile(r"mailto:[^\s@]+@[^\s@]+", re.IGNORECASE)
_SHA1 = re.compile(r"[0-9a-f]{40}", re.IGNORECASE)
_TAG = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_PERIOD = re.compile(r"P(?=.)(?:\d+W|(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?)")
_VERSION = re.compile(r"1\.0(?:\.\d+)?")


class Invalid(Exception):
    """Not what the specification says; `place` is where."""

    def __init__(self, place: str) -> None:
        """Name the place, no value."""
        super().__init__(place)
        self.place = place


def matching(pattern: re.Pattern[str], place: str) -> Check:
    """A check for texts of a form."""

    def check(value: Any) -> None:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise Invalid(place)

    return check


iri, uuid_text, duration = matching(_IRI, "iri"), matching(_UUID, "uuid"), matching(_PERIOD, "duration")
_version, _language = matching(_VERSION, "version"), matching(_TAG, "language")


def text(value: Any) -> None:
    """Any text."""
    if not isinstance(value, str):
        raise Invalid("text")


def moment(value: Any) -> None:
    """An ISO 8601 time."""
    text(value)
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise Invalid("timestamp") from None


def _truth(value: Any) -> None:
    if not isinstance(value, bool):
        raise Invalid("boolean")


def _number(value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Invalid("number")


def _scaled(value: Any) -> None:
    _number(value)
    if not -1 <= value <= 1:
        raise Invalid("scaled")


def _map(key: Check, value: Check) -> Check:
    def check(given: Any) -> None:
        if not isinstance(given, dict):
            raise Invalid("object")
        for one, what in given.items():
            key(one)
            value(what)

    return check


def _list(each: Check) -> Check:
    def check(given: Any) -> None:
        if not isinstance(given, list):
            raise Invalid("list")
        for one in given:
            each(one)

    return check


def _object(value: Any, members: Mapping[str, Check], needed: Collection[str], place: str) -> None:
    """Exactly these members, the needed ones among them."""
    if not isinstance(value, dict) or not set(needed) <= set(value) <= set(members):
        raise Invalid(place)
    for name, check in members.items():
        if name in value:
            check(value[name])


def _one_of(*words: str) -> Check:
    def check(value: Any) -> None:
        if value not in words:
            raise Invalid("objectType")

    return check


def _anything(_value: Any) -> None:
    """Extensions may hold anything, null too (part 2, 4.1)."""


language_map = _map(_language, text)
_extensions = _map(iri, _anything)


def _account(value: Any) -> None:
    _object(value, {"homePage": iri, "name": text}, ("homePage", "name"), "account")


_AGENT: Mapping[str, Check] = {
    "objectType": text,
    "name": text,
    "mbox": matching(_MAILTO, "mbox"),
    "mbox_sha1sum": matching(_SHA1, "mbox_sha1sum"),
    "openid": iri,
    "account": _account,
}


def agent(value: Any) -> None:
    """An Agent: exactly one identifier (2.4.2.1)."""
    _object(value, _AGENT, (), "agent")
    if value.get("objectType", "Agent") != "Agent" or sum(one in value for one in IDENTIFIERS) != 1:
        raise Invalid("agent")


def actor(value: Any) -> None:
    """An Agent, or a Group with at most one identifier, and members if it has none (2.4.2.2)."""
    if not isinstance(value, dict) or value.get("objectType") != "Group":
        agent(value)
        return
    _object(value, {**_AGENT, "member": _list(agent)}, (), "group")
    count = sum(one in value for one in IDENTIFIERS)
    if count > 1 or (count == 0 and not value.get("member")):
        raise Invalid("group")


def identified(value: Any) -> None:
    """An Agent or Group that a query can ask for."""
    actor(value)
    if not any(one in value for one in IDENTIFIERS):
        raise Invalid("agent")


def _group(value: Any) -> None:
    if not isinstance(value, dict) or value.get("objectType") != "Group":
        raise Invalid("group")
    actor(value)


def _component(value: Any) -> None:
    _object(value, {"id": text, "description": language_map}, ("id",), "component")


_COMPONENTS = _list(_component)
_DEFINITION: Mapping[str, Check] = {
    "name": language_map,
    "description": language_map,
    "type": iri,
    "moreInfo": iri,
    "interactionType": text,
    "correctResponsesPattern": _list(text),
    "choices": _COMPONENTS,
    "scale": _COMPONENTS,
    "source": _COMPONENTS,
    "target": _COMPONENTS,
    "steps": _COMPONENTS,
    "extensions": _extensions,
}


def activity(value: Any) -> None:
    """An Activity (2.4.4.1)."""

    def definition(given: Any) -> None:
        _object(given, _DEFINITION, (), "definition")

    members = {"objectType": _one_of("Activity"), "id": iri, "definition": definition}
    _object(value, members, ("id",), "activity")


def _reference(value: Any) -> None:
    _object(value, {"objectType": _one_of("StatementRef"), "id": uuid_text}, ("objectType", "id"), "statement-ref")


def _activities(value: Any) -> None:
    if isinstance(value, dict):
        activity(value)
    else:
        _list(activity)(value)


def _context(value: Any) -> None:
    kinds = dict.fromkeys(("parent", "grouping", "category", "other"), _activities)
    members: Mapping[str, Check] = {
        "registration": uuid_text,
        "instructor": actor,
        "team": _group,
        "contextActivities": lambda given: _object(given, kinds, (), "contextActivities"),
        "revision": text,
        "platform": text,
        "language": _language,
        "statement": _reference,
        "extensions": _extensions,
    }
    _object(value, members, (), "context")


def _result(value: Any) -> None:
    score: Mapping[str, Check] = {"scaled": _scaled, "raw": _number, "min": _number, "max": _number}
    members: Mapping[str, Check] = {
        "score": lambda given: _object(given, score, (), "score"),
        "success": _truth,
        "completion": _truth,
        "response": text,
        "duration": duration,
        "extensions": _extensions,
    }
    _object(value, members, (), "result")


def _attachment(value: Any) -> None:
    members: Mapping[str, Check] = {
        "usageType": iri,
        "display": language_map,
        "description": language_map,
        "contentType": text,
        "length": _number,
        "sha2": text,
        "fileUrl": iri,
    }
    # Without multipart bodies the content must be somewhere else (part 3, 1.5.1).
    _object(value, members, ("usageType", "display", "contentType", "length", "sha2", "fileUrl"), "attachment")


def _verb(value: Any) -> None:
    _object(value, {"id": iri, "display": language_map}, ("id",), "verb")


def _thing(value: Any, *, inside: bool) -> None:
    """What a statement is about (2.4.4); a SubStatement holds none itself."""
    kind = value.get("objectType", "Activity") if isinstance(value, dict) else ""
    if kind in {"Agent", "Group"}:
        actor(value)
    elif kind == "StatementRef":
        _reference(value)
    elif kind == "SubStatement" and not inside:
        members = {"objectType": text, **_common(inside=True)}
        _object(value, members, ("actor", "verb", "object"), "sub-statement")
    else:
        activity(value)


def _common(*, inside: bool) -> dict[str, Check]:
    return {
        "actor": actor,
        "verb": _verb,
        "object": lambda given: _thing(given, inside=inside),
        "result": _result,
        "context": _context,
        "timestamp": moment,
        "attachments": _list(_attachment),
    }


def statement(value: Any) -> None:
    """A Statement (2.4). `authority` and `stored` of a client are taken and thrown away, as stores do."""
    members: Mapping[str, Check] = {
        "id": uuid_text,
        **_common(inside=False),
        "stored": moment,
        "authority": actor,
        "version": _version,
    }
    _object(value, members, ("actor", "verb", "object"), "statement")
    if value["verb"]["id"] == VOIDED and value["object"].get("objectType") != "StatementRef":
        raise Invalid("voiding")
