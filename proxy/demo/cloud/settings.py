"""Configuration settings and their cascade: the most specific level that says something wins.

Levels as published: default < application < learning standard of the application < course < dispatch < registration.
Names of the six postback settings are published or seen in public integrations; the player settings stand for the many
others. Default auth type `form` and format `course` follow the client's own field texts; sources disagree about them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from proxy.demo.cloud.model import PostbackTarget

URL = "ApiRollupRegistrationPostBackUrl"
AUTH_TYPE = "ApiRollupRegistrationAuthType"
AUTH_USER = "ApiRollupRegistrationAuthUser"
AUTH_PASSWORD = "ApiRollupRegistrationAuthPassword"  # noqa: S105 - the name of a setting
FORMAT = "ApiRollupRegistrationFormat"
IS_JSON = "ApiRollupRegistrationIsJson"


@dataclass(frozen=True)
class Known:
    """What the cloud knows about one setting."""

    default: str
    kind: str
    about: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Level:
    """The explicit settings of one level; `name` is a word of the client's `effectiveValueSource`."""

    name: str
    values: Mapping[str, str]


def known() -> Mapping[str, Known]:
    """All settings this cloud has."""
    return {
        URL: Known("", "string", "The address results are posted to."),
        AUTH_TYPE: Known("form", "enum", "How the postback authenticates itself.", ("form", "httpbasic")),
        AUTH_USER: Known("", "string", "The user of the postback."),
        AUTH_PASSWORD: Known("", "string", "The password of the postback."),
        FORMAT: Known("course", "enum", "How much a postback tells.", ("course", "activity", "full")),
        IS_JSON: Known("true", "boolean", "JSON of the v2 API, or XML of V1."),
        "PlayerLaunchType": Known("frameset", "enum", "How the player opens.", ("frameset", "newWindow")),
        "PlayerScoLaunchType": Known("frameset", "enum", "How a SCO opens.", ("frameset", "newWindow")),
        "PlayerStatusRollupModeThresholdScore": Known("", "decimal", "The score from which a course is complete."),
        "ReturnToLmsAction": Known("selectable", "enum", "What leaving does.", ("selectable", "suspendAll", "exitAll")),
    }


def effective(levels: Sequence[Level], setting: str) -> tuple[str, str]:
    """Value and the name of the level it comes from; `levels` from the most specific on."""
    for level in levels:
        if setting in level.values:
            return level.values[setting], level.name
    return known()[setting].default, "default"


def shown(levels: Sequence[Level], *, metadata: bool) -> dict[str, Any]:
    """The answer of every GET configuration; the first of `levels` is the one that was asked for."""
    items = []
    for name, one in known().items():
        value, source = effective(levels, name)
        item: dict[str, Any] = {"id": name, "effectiveValue": value, "effectiveValueSource": source}
        if levels and name in levels[0].values:
            item["explicitValue"] = levels[0].values[name]
        if metadata:
            item["metadata"] = {
                "default": one.default,
                "dataType": one.kind,
                "settingDescription": one.about,
                "level": "registration",
                "learningStandards": ["SCORM12", "SCORM20043RDEDITION"],
                "learningStandardVariant": "either",
                "fallback": "",
                "validValues": [{"value": word, "valueDescription": word} for word in one.words],
            }
        items.append(item)
    return {"settingItems": items}


def target(levels: Sequence[Level]) -> PostbackTarget | None:
    """Where a result of this registration goes; None without an address."""
    url = effective(levels, URL)[0]
    if not url:
        return None
    return PostbackTarget(
        url=url,
        user=effective(levels, AUTH_USER)[0],
        password=effective(levels, AUTH_PASSWORD)[0],
        results_format=effective(levels, FORMAT)[0].upper(),
        auth_type=effective(levels, AUTH_TYPE)[0].upper(),
        legacy=effective(levels, IS_JSON)[0].casefold() != "true",
    )


def from_postback(given: Mapping[str, Any]) -> dict[str, str]:
    """The settings that a `postBack` object makes; UNDEFINED and what is absent leave the cascade alone."""
    made = {}
    for name, setting in (("url", URL), ("userName", AUTH_USER), ("password", AUTH_PASSWORD)):
        if given.get(name) is not None:
            made[setting] = str(given[name])
    for name, setting in (("authType", AUTH_TYPE), ("resultsFormat", FORMAT)):
        if given.get(name) not in {None, "UNDEFINED"}:
            made[setting] = str(given[name]).lower()
    if given.get("legacy") is not None:
        made[IS_JSON] = "false" if given["legacy"] else "true"
    return made


def as_postback(values: Mapping[str, str]) -> dict[str, Any]:
    """The `postBack` object that settings were made from, as invitations echo it."""
    shown_as = {"url": URL, "userName": AUTH_USER, "password": AUTH_PASSWORD}
    made: dict[str, Any] = {name: values[setting] for name, setting in shown_as.items() if setting in values}
    made["authType"] = values.get(AUTH_TYPE, "UNDEFINED").upper()
    made["resultsFormat"] = values.get(FORMAT, "UNDEFINED").upper()
    made["legacy"] = values.get(IS_JSON, "true") != "true"
    return made
