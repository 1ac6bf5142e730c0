"""Instances: the attempts that one registration may have."""

from proxy.adapters.cloud_v2.registrations import (
    ASKED,
    DETAILS_ASKED,
    HISTORY,
    HISTORY_ASKED,
    LISTED,
    ONE,
    PROGRESS,
    R1,
    SETTINGS_ASKED,
    STATEMENTS_ASKED,
)
from proxy.adapters.cloud_v2.shapes import DETAIL_FLAGS, DONE, MORE, SETTINGS_SHOWN, STATEMENTS_SHOWN, TIMES
from proxy.fields import Field, Kind, Route, Treat, json, takes

SETTINGS_OF_INSTANCE = takes(
    "/settings",
    fields=(
        ONE,
        Field(
            json("/settings"),
            Kind.URL,
            Treat.SETTINGS,
            level="registration-instance",
            level_of=("registrationId", "instanceId"),
        ),
    ),
)

RI = "/registrations/{registrationId}/instances/{instanceId}"

ROUTES = (
    Route(
        "cloud.instances",
        ("GET",),
        f"{R1}/instances",
        request=takes(fields=(ONE, *TIMES, MORE, *DETAIL_FLAGS)),
        answer=LISTED,
        why="GetRegistrationInstances",
    ),
    Route("cloud.instance.create", ("POST",), f"{R1}/instances", request=ASKED, answer=DONE, why="a new attempt"),
    Route("cloud.instance", ("GET",), RI, request=DETAILS_ASKED, answer=PROGRESS, why="the result of one attempt"),
    Route("cloud.instance.delete", ("DELETE",), RI, request=ASKED, answer=DONE, why="DeleteRegistrationInstance"),
    Route(
        "cloud.instance.launch-history",
        ("GET",),
        f"{RI}/launchHistory",
        request=HISTORY_ASKED,
        answer=HISTORY,
        why="GetRegistrationInstanceLaunchHistory",
    ),
    Route(
        "cloud.instance.statements",
        ("GET",),
        f"{RI}/xAPIStatements",
        request=STATEMENTS_ASKED,
        answer=STATEMENTS_SHOWN,
        details=True,
        why="GetRegistrationInstanceStatements",
    ),
    Route(
        "cloud.instance.settings",
        ("GET",),
        f"{RI}/configuration",
        request=SETTINGS_ASKED,
        answer=SETTINGS_SHOWN,
        why="GetRegistrationInstanceConfiguration",
    ),
    Route(
        "cloud.instance.settings.set",
        ("POST",),
        f"{RI}/configuration",
        request=SETTINGS_OF_INSTANCE,
        answer=DONE,
        why="SetRegistrationInstanceConfiguration",
    ),
    Route(
        "cloud.instance.setting.delete",
        ("DELETE",),
        f"{RI}/configuration/{{settingId}}",
        request=ASKED,
        answer=DONE,
        why="DeleteRegistrationInstanceConfigurationSetting",
    ),
)
