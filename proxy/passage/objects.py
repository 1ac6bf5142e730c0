"""Objects that say where results are to be posted: the LMS's address stays here, the cloud is told one of ours.

There are two of them in SCORM Cloud's API: the `postBack` object of seven operations, and the settings
`ApiRollupRegistration*` of every level of configuration (docs/protocol/scorm-cloud-api.md section 3). Reads echo both;
what is echoed is mapped back, or the LMS would store our address and post it again.
"""

import re
import uuid
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

import orjson

from proxy.errors import FieldInvalid, UnreadableBody
from proxy.fields import Treat
from proxy.passage.parts import PostbackDesk, PostbackParts
from proxy.passage.postbacks import Level, PostbackSpec
from proxy.passage.walk import Walk
from proxy.people import Finding, Kind
from proxy.rewrite import Found, Raw

WHOLE = frozenset({Treat.POSTBACK, Treat.SETTINGS})

_URL, _AUTH, _USER, _PASSWORD, _FORMAT, _IS_JSON = (
    "apirollupregistrationpostbackurl",
    "apirollupregistrationauthtype",
    "apirollupregistrationauthuser",
    "apirollupregistrationauthpassword",
    "apirollupregistrationformat",
    "apirollupregistrationisjson",
)
_NAMES: Mapping[str, str] = MappingProxyType(
    {
        _URL: "ApiRollupRegistrationPostBackUrl",
        _AUTH: "ApiRollupRegistrationAuthType",
        _USER: "ApiRollupRegistrationAuthUser",
        _PASSWORD: "ApiRollupRegistrationAuthPassword",
        _FORMAT: "ApiRollupRegistrationFormat",
        _IS_JSON: "ApiRollupRegistrationIsJson",
    }
)
_SENDS_ELSEWHERE = re.compile(r"postback|rollup|callback|webhook|endpoint|pipe", re.IGNORECASE)
_NAMES_IT = frozenset({Treat.TRANSLATE, Treat.OPAQUE})
_MEMBERS = frozenset({"url", "authType", "userName", "password", "resultsFormat", "legacy"})


class Objects:
    """Turns them, both ways."""

    def __init__(self, desk: PostbackDesk) -> None:
        """Remember who keeps the addresses."""
        self._desk = desk
        self.parts = PostbackParts(desk)

    async def outward(self, one: Finding, found: Found, texts: Mapping[int, str], walk: Walk) -> Raw:
        """Return what the cloud is told instead of `one`; `texts` are the pseudonyms at other spots of the message."""
        field = found.field_of(one)
        level = Level(field.level, _ident(one, found, texts, walk))
        tree = _tree(one)
        if field.treat is Treat.POSTBACK:
            told = await self._desk.outward(walk, level, _spec_of_object(tree, one))
            return _raw(_object_of(told))
        return _raw(await self._settings(tree, one, level, walk))

    async def _settings(self, tree: Any, one: Finding, level: Level, walk: Walk) -> list[dict[str, Any]]:
        if not isinstance(tree, list) or not all(_is_setting(item) for item in tree):
            raise UnreadableBody("settings", place=one.place)
        ours = {str(item["settingId"]).lower(): item for item in tree if str(item["settingId"]).lower() in _NAMES}
        others = [item for item in tree if str(item["settingId"]).lower() not in _NAMES]
        if any(_SENDS_ELSEWHERE.search(str(item["settingId"])) for item in others):
            raise FieldInvalid("unknown-setting", place=one.place)
        if len(ours) + len(others) != len(tree):
            raise UnreadableBody("setting-twice", place=one.place)
        if not ours:
            return tree
        if _URL in ours and not ours[_URL].get("value"):
            await self._desk.withdraw(walk, level)
            return [*others, *({"settingId": item["settingId"], "value": ""} for item in ours.values())]
        said = _spec_of_settings({name: ours[name].get("value") for name in ours})
        told = await self._desk.outward(walk, level, said, partial=True)  # the others may have been said before
        return [*others, *_settings_of(told)]

    async def inward(self, one: Finding, found: Found, walk: Walk) -> Raw:
        """Return what the LMS is shown; who sees no people is shown no address of the LMS either."""
        tree, reveal = _tree(one), walk.reveals
        if found.field_of(one).treat is Treat.POSTBACK:
            if not reveal or not isinstance(tree, dict):
                return _raw({})
            return _raw(tree | _object_of(await self._desk.inward(walk, _spec_of_object(tree, one))))
        if not isinstance(tree, list) or not all(isinstance(item, dict) for item in tree):
            raise UnreadableBody("settings", place=one.place)
        ours = {str(item.get("id", "")).lower(): item for item in tree if str(item.get("id", "")).lower() in _NAMES}
        if not reveal:
            return _raw([item for item in tree if item not in ours.values()])
        effective = ours.get(_URL, {}).get("effectiveValue")
        for value in ("effectiveValue", "explicitValue"):
            await self._show(ours, value, effective, walk)
        return _raw(tree)

    async def _show(self, ours: Mapping[str, dict[str, Any]], value: str, effective: Any, walk: Walk) -> None:
        """Put the LMS's own values into settings that the cloud has of us."""
        given = {name: item[value] for name, item in ours.items() if isinstance(item.get(value), str)}
        # An address that was taken back may leave our login behind; it is the same for all addresses of a mount.
        url = given.get(_URL) or effective
        if not isinstance(url, str) or not url:
            return
        back = await self._desk.inward(walk, _spec_of_settings({**given, _URL: url}))
        if back.url == url:
            return  # it goes around us, which `scormveil doctor` will say
        said = {setting["settingId"].lower(): setting["value"] for setting in _settings_of(back)}
        for name in given:
            # What the LMS never said is there because we did; to the LMS it is not.
            ours[name][value] = said.get(name, "")


def _ident(one: Finding, found: Found, texts: Mapping[int, str], walk: Walk) -> str:
    """What the level is of, as the cloud knows it: an id in the same object of the message, else in its address."""
    level = found.field_of(one).level_of
    near = [
        texts.get(other.spot, other.value.reveal())
        for other in found.findings
        if other.person == one.person and other.kind is Kind.REGISTRATION and found.field_of(other).treat in _NAMES_IT
    ][:1]
    pairs = dict(parse_qsl(found.target.partition("?")[2]))
    captured = [walk.match.captures.get(name) or pairs.get(name, "") for name in level]
    if near or any(captured):
        return "/".join(near or captured)
    return "" if level else uuid.uuid4().hex  # many at once: nothing that comes later can mean the same ones


def _tree(one: Finding) -> Any:
    try:
        return orjson.loads(one.value.reveal())
    except orjson.JSONDecodeError:
        raise UnreadableBody("not-json", place=one.place) from None


def _raw(tree: Any) -> Raw:
    return Raw(orjson.dumps(tree).decode())


def _is_setting(item: Any) -> bool:
    return (
        isinstance(item, dict)
        and isinstance(item.get("settingId"), str)
        and isinstance(item.get("value", ""), str | None)
        and isinstance(item.get("explicit", False), bool | None)
        and set(item) <= {"settingId", "value", "explicit"}
    )


def _spec_of_object(tree: Any, one: Finding) -> PostbackSpec:
    if not isinstance(tree, dict) or not set(tree) <= _MEMBERS:
        raise UnreadableBody("postback", place=one.place)
    texts = {name: tree.get(name) or "" for name in _MEMBERS - {"legacy"}}
    if not all(isinstance(text, str) for text in texts.values()):
        raise UnreadableBody("postback", place=one.place)
    legacy = tree.get("legacy")
    return PostbackSpec(
        url=texts["url"],
        auth_type=texts["authType"],
        user=texts["userName"],
        password=texts["password"],
        results_format=texts["resultsFormat"],
        legacy=legacy if isinstance(legacy, bool) else None,
    )


def _object_of(spec: PostbackSpec) -> dict[str, Any]:
    members: dict[str, Any] = {
        "url": spec.url,
        "authType": spec.auth_type,
        "userName": spec.user,
        "password": spec.password,
        "resultsFormat": spec.results_format,
        "legacy": spec.legacy,
    }
    return {name: value for name, value in members.items() if value not in {"", None}}


def _spec_of_settings(values: Mapping[str, Any]) -> PostbackSpec:
    is_json = str(values.get(_IS_JSON) or "").lower()
    return PostbackSpec(
        url=values.get(_URL) or "",
        auth_type=str(values.get(_AUTH) or "").upper(),
        user=values.get(_USER) or "",
        password=values.get(_PASSWORD) or "",
        results_format=str(values.get(_FORMAT) or "").upper(),
        legacy=None if is_json not in {"true", "false"} else is_json == "false",
    )


def _settings_of(spec: PostbackSpec) -> Sequence[dict[str, str]]:
    values = {
        _URL: spec.url,
        _AUTH: spec.auth_type.lower(),
        _USER: spec.user,
        _PASSWORD: spec.password,
        _FORMAT: spec.results_format.lower(),
        _IS_JSON: "" if spec.legacy is None else str(not spec.legacy).lower(),
    }
    return [{"settingId": _NAMES[name], "value": value} for name, value in values.items() if value]
