"""Postbacks of SCORM Cloud: the cloud reports a result to the LMS.

Sources: the vendor's postback guide and the official client; docs/protocol/scorm-cloud-api.md section 3. The payload is
the JSON of GetRegistrationProgress, or, with `legacy`, the XML of V1's getRegistrationResult with or without its
`<rsp>`; either is the body or stands in a form field `data`, then with the login in two further fields. The cloud
repeats on 4xx, 5xx and time-out, up to 70 times, and takes 3xx for success. The request enters the trusted side, so it
is re-identified; of the LMS's answer only "accepted" travels back.
"""

from proxy.adapters.registration import HIGH_LEVEL, LEARNER
from proxy.fields import Adapter, Body, Direction, Field, Keys, Kind, Route, Shape, Treat, form, json, xml

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
TEXT_XML, XML = "text/xml", "application/xml"

RESULT = Shape(
    body=Body.READ,
    media=(JSON,),
    keep=HIGH_LEVEL,
    details=("/activityDetails", "/globalObjectives", "/sharedData", "/suspendedActivityId"),
    fields=(Field(json("/id"), Kind.REGISTRATION, person="registration"), *LEARNER),
)
"""A result in JSON, wherever it stood."""

REPORT = Shape(
    body=Body.READ,
    media=(XML,),
    keep=(
        "/rsp/@stat",
        "/rsp/registrationreport/@format",
        "/rsp/registrationreport/@regid",
        "/rsp/registrationreport/@instanceid",
        "/rsp/registrationreport/complete",
        "/rsp/registrationreport/success",
        "/rsp/registrationreport/totaltime",
        "/rsp/registrationreport/score",
        "/registrationreport/@format",
        "/registrationreport/@regid",
        "/registrationreport/@instanceid",
        "/registrationreport/complete",
        "/registrationreport/success",
        "/registrationreport/totaltime",
        "/registrationreport/score",
    ),
    details=("/rsp/registrationreport/activity", "/registrationreport/activity"),
    fields=(
        Field(xml("/rsp/registrationreport/@regid"), Kind.REGISTRATION, person="registration"),
        Field(xml("/registrationreport/@regid"), Kind.REGISTRATION, person="registration"),
        Field(xml("//static/learner_id"), Kind.SUBJECT, why="seen by readers of details: a pseudonym"),
        Field(xml("//static/learner_name"), Kind.NAME, why="seen by readers of details: an alias"),
    ),
)
"""The same in the XML of V1."""

_LOGIN = "ours; the LMS is given its own"

ADAPTER = Adapter(
    name="postback",
    faces=Direction.INWARD,
    summary="Results pushed by the cloud, relayed to the LMS with the real person and without details.",
    request_headers=("authorization",),
    routes=(
        Route(
            "postback.result",
            ("POST",),
            "/",
            request=Shape(
                body=Body.READ,
                media=(JSON, FORM, TEXT_XML, XML),
                keys=Keys(),
                keep=(*RESULT.keep, *REPORT.keep),
                details=(*RESULT.details, *REPORT.details),
                fields=(
                    *RESULT.fields,
                    *REPORT.fields,
                    Field(form("data") / json("/id"), Kind.REGISTRATION, person="registration"),
                    Field(form("data") / json("/learner/id"), Kind.SUBJECT),
                    Field(form("data") / json("/learner/firstName"), Kind.GIVEN),
                    Field(form("data") / json("/learner/lastName"), Kind.FAMILY),
                    Field(form("data") / json("/learner/email"), Kind.EMAIL),
                    Field(
                        form("data") / xml("/rsp/registrationreport/@regid"), Kind.REGISTRATION, person="registration"
                    ),
                    Field(form("data") / xml("/registrationreport/@regid"), Kind.REGISTRATION, person="registration"),
                    Field(form("data") / xml("//static/learner_id"), Kind.SUBJECT),
                    Field(form("data") / xml("//static/learner_name"), Kind.NAME),
                    Field(form("userName"), Kind.FREE_TEXT, Treat.DROP, why=_LOGIN),
                    Field(form("password"), Kind.FREE_TEXT, Treat.DROP, why=_LOGIN),
                ),
            ),
            answer=Shape(body=Body.NONE),
            why="One registration's result, in any of the cloud's forms.",
        ),
    ),
)
