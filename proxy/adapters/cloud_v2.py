"""SCORM Cloud API v2: reading a registration's result, downloading a dispatch package.

Sources: the official Python client 5.0.0 and the vendor's API documentation; docs/protocol/scorm-cloud-api.md. The stock
client sends a doubled slash after the base path. A learner is no object of her own there: id, names and e-mail are
fields of each registration. What is kept is what the vendor calls the big four (completion, success, score, time)
with the dates and ids that go with them; everything below `activityDetails`, `runtime` and their like is detail.
"""

from proxy.fields import Adapter, Body, Direction, Field, Keys, Kind, Route, Shape, Treat, json, path, query

HIGH_LEVEL = (
    "/id",
    "/instance",
    "/xapiRegistrationId",
    "/updated",
    "/registrationCompletion",
    "/registrationCompletionAmount",
    "/registrationSuccess",
    "/score/scaled",
    "/totalSecondsTracked",
    "/createdDate",
    "/firstAccessDate",
    "/lastAccessDate",
    "/completedDate",
    "/course/id",
    "/course/title",
    "/course/version",
    "/learner/id",
    "/learner/firstName",
    "/learner/lastName",
    "/learner/email",
)

LEARNER = (
    Field(json("/learner/id"), Kind.SUBJECT),
    Field(json("/learner/firstName"), Kind.GIVEN),
    Field(json("/learner/lastName"), Kind.FAMILY),
    Field(json("/learner/email"), Kind.EMAIL),
)

ADAPTER = Adapter(
    name="cloud_v2",
    faces=Direction.OUTWARD,
    summary="Server-to-server reads of results and packages.",
    request_headers=("authorization",),
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
            answer=Shape(body=Body.READ, media=("application/json",), keep=HIGH_LEVEL, fields=LEARNER),
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
