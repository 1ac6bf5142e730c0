"""SCORM Cloud API v2: reading a registration's result, downloading a dispatch package.

Sources: the official Python client 5.0.0 and the vendor's API documentation; docs/protocol/scorm-cloud-api.md. The stock
client sends a doubled slash after the base path. A learner is no object of her own there: id, names and e-mail are
fields of each registration.
"""

from proxy.adapters.registration import HIGH_LEVEL, LEARNER
from proxy.fields import Adapter, Body, Direction, Field, Keys, Kind, Route, Shape, Treat, path, query

ADAPTER = Adapter(
    name="cloud_v2",
    faces=Direction.OUTWARD,
    summary="Server-to-server reads of results and packages.",
    request_headers=("authorization",),
    crowd=True,
    routes=(
        Route(
            "cloud.registration",
            ("GET",),
            "/registrations/{registration}",
            request=Shape(
                keys=Keys(),
                media=("application/json",),
                fields=(
                    Field(path("registration"), Kind.REGISTRATION, Treat.KEEP, why="an id the LMS or the cloud chose"),
                    Field(query("includeChildResults"), Kind.FREE_TEXT, Treat.DROP, why="asks for details"),
                    Field(
                        query("includeInteractionsAndObjectives"), Kind.FREE_TEXT, Treat.DROP, why="asks for details"
                    ),
                    Field(query("includeRuntime"), Kind.FREE_TEXT, Treat.DROP, why="asks for details"),
                ),
            ),
            answer=Shape(body=Body.READ, media=("application/json",), keep=HIGH_LEVEL, results="", fields=LEARNER),
            why="The result of one registration, re-identified for an audience that may see people.",
        ),
        Route(
            "cloud.dispatch-zip",
            ("GET",),
            "/dispatch/dispatches/{dispatch}/zip",
            request=Shape(keys=Keys(named=("type", "cssUrl")), media=("application/json",)),
            answer=Shape(body=Body.PACKAGE, media=("application/zip", "application/octet-stream")),
            why="A package; rewritten on its way so that it launches through the proxy.",
        ),
    ),
)
