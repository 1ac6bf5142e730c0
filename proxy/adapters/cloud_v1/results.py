"""Results of registrations, one and in lists.

The formats are `course` (the big four), `activity` and `full`; all but the first are detail. Only `full` repeats the
learner, once for each activity, in `runtime/static`.
"""

from proxy.adapters.cloud_v1.common import (
    CALL,
    DETAIL,
    ERROR,
    FORM,
    LEARNER_ID,
    READ,
    REGISTRATION,
    SIGNED,
    STATUS,
    WHO_CALLS,
    XML,
)
from proxy.fields import Field, Keys, Kind, Route, Shape, Treat, query, xml

MASK = Field(query("filter"), Kind.REGISTRATION, person="registration", exact=True, why="part of an id finds nothing")

LIST_KEYS = Keys(named=(*SIGNED, "courseid", "coursefilter", "after", "until"))

RESULT = (
    "/rsp/registrationreport/@format",
    "/rsp/registrationreport/@regid",
    "/rsp/registrationreport/@instanceid",
    "/rsp/registrationreport/complete",
    "/rsp/registrationreport/success",
    "/rsp/registrationreport/totaltime",
    "/rsp/registrationreport/score",
)

RESULT_FIELDS = (
    Field(xml("/rsp/registrationreport/@regid"), Kind.REGISTRATION, person="registration"),
    Field(
        xml("/rsp/registrationreport//static/learner_id"), Kind.SUBJECT, why="seen by readers of details: a pseudonym"
    ),
    Field(xml("/rsp/registrationreport//static/learner_name"), Kind.NAME, why="seen by readers of details: an alias"),
)

DETAIL_OF = Shape(
    body=READ,
    media=XML,
    keep=(
        *STATUS,
        "/rsp/registration/@id",
        "/rsp/registration/@courseid",
        "/rsp/registration/appId",
        "/rsp/registration/registrationId",
        "/rsp/registration/courseId",
        "/rsp/registration/courseTitle",
        "/rsp/registration/lastCourseVersionLaunched",
        "/rsp/registration/learnerId",
        "/rsp/registration/learnerFirstName",
        "/rsp/registration/learnerLastName",
        "/rsp/registration/email",
        "/rsp/registration/createDate",
        "/rsp/registration/firstAccessDate",
        "/rsp/registration/lastAccessDate",
        "/rsp/registration/completedDate",
        "/rsp/registration/instances",
        "/rsp/registration/tinCanRegistrationId",
    ),
    fields=(
        ERROR,
        Field(xml("/rsp/registration/@id"), Kind.REGISTRATION, person="registration"),
        Field(xml("/rsp/registration/registrationId"), Kind.REGISTRATION, person="registration"),
        Field(xml("/rsp/registration/learnerId"), Kind.SUBJECT),
        Field(xml("/rsp/registration/learnerFirstName"), Kind.GIVEN),
        Field(xml("/rsp/registration/learnerLastName"), Kind.FAMILY),
        Field(xml("/rsp/registration/email"), Kind.EMAIL, Treat.OMIT, why="the cloud has none; the LMS sees its own"),
        Field(xml("/rsp/registration/tinCanRegistrationId"), Kind.FREE_TEXT, Treat.KEEP, why="a number the cloud made"),
    ),
)

LISTED = (
    "/rsp/registrationlist/registration/@id",
    "/rsp/registrationlist/registration/@courseid",
    "/rsp/registrationlist/registration/appId",
    "/rsp/registrationlist/registration/registrationId",
    "/rsp/registrationlist/registration/courseId",
    "/rsp/registrationlist/registration/courseTitle",
    "/rsp/registrationlist/registration/lastCourseVersionLaunched",
    "/rsp/registrationlist/registration/learnerId",
    "/rsp/registrationlist/registration/learnerFirstName",
    "/rsp/registrationlist/registration/learnerLastName",
    "/rsp/registrationlist/registration/email",
    "/rsp/registrationlist/registration/createDate",
    "/rsp/registrationlist/registration/firstAccessDate",
    "/rsp/registrationlist/registration/lastAccessDate",
    "/rsp/registrationlist/registration/completedDate",
    "/rsp/registrationlist/registration/instances",
    "/rsp/registrationlist/registration/tinCanRegistrationId",
)

LISTED_FIELDS = (
    ERROR,
    Field(xml("/rsp/registrationlist/registration/@id"), Kind.REGISTRATION, person="registration"),
    Field(xml("/rsp/registrationlist/registration/registrationId"), Kind.REGISTRATION, person="registration"),
    Field(xml("/rsp/registrationlist/registration/learnerId"), Kind.SUBJECT),
    Field(xml("/rsp/registrationlist/registration/learnerFirstName"), Kind.GIVEN),
    Field(xml("/rsp/registrationlist/registration/learnerLastName"), Kind.FAMILY),
    Field(xml("/rsp/registrationlist/registration/email"), Kind.EMAIL, Treat.OMIT, why="as in one registration"),
    Field(
        xml("/rsp/registrationlist/registration/tinCanRegistrationId"),
        Kind.FREE_TEXT,
        Treat.KEEP,
        why="a number the cloud made",
    ),
)

ROUTES = (
    Route(
        "v1.registration.list",
        CALL,
        "/",
        when=(("method", "rustici.registration.getRegistrationList"),),
        request=Shape(body=READ, media=FORM, one_set=True, keys=LIST_KEYS, fields=(*WHO_CALLS, LEARNER_ID, MASK)),
        answer=Shape(
            body=READ,
            media=XML,
            keep=(*STATUS, *LISTED),
            results="/rsp/registrationlist/registration",
            fields=LISTED_FIELDS,
        ),
        signed="v1",
        why="Who is registered; not in pages.",
    ),
    Route(
        "v1.registration.list-results",
        CALL,
        "/",
        when=(("method", "rustici.registration.getRegistrationListResults"),),
        request=Shape(
            body=READ, media=FORM, one_set=True, keys=LIST_KEYS, fields=(*WHO_CALLS, LEARNER_ID, MASK, DETAIL)
        ),
        answer=Shape(
            body=READ,
            media=XML,
            keep=(
                *STATUS,
                *LISTED,
                "/rsp/registrationlist/registration/registrationreport/@format",
                "/rsp/registrationlist/registration/registrationreport/@regid",
                "/rsp/registrationlist/registration/registrationreport/@instanceid",
                "/rsp/registrationlist/registration/registrationreport/complete",
                "/rsp/registrationlist/registration/registrationreport/success",
                "/rsp/registrationlist/registration/registrationreport/totaltime",
                "/rsp/registrationlist/registration/registrationreport/score",
            ),
            details=("/rsp/registrationlist/registration/registrationreport/activity",),
            results="/rsp/registrationlist/registration",
            fields=(
                *LISTED_FIELDS,
                Field(
                    xml("/rsp/registrationlist/registration/registrationreport/@regid"),
                    Kind.REGISTRATION,
                    person="registration",
                ),
                Field(
                    xml("/rsp/registrationlist/registration/registrationreport//static/learner_id"),
                    Kind.SUBJECT,
                    person="activity",
                    why="seen by readers of details: a pseudonym",
                ),
                Field(
                    xml("/rsp/registrationlist/registration/registrationreport//static/learner_name"),
                    Kind.NAME,
                    person="activity",
                    why="seen by readers of details: an alias",
                ),
            ),
        ),
        signed="v1",
        why="Who is registered, with results.",
    ),
    Route(
        "v1.registration.detail",
        CALL,
        "/",
        when=(("method", "rustici.registration.getRegistrationDetail"),),
        request=Shape(body=READ, media=FORM, one_set=True, keys=Keys(named=SIGNED), fields=(*WHO_CALLS, REGISTRATION)),
        answer=DETAIL_OF,
        signed="v1",
        why="Whose registration it is.",
    ),
    Route(
        "v1.registration.result",
        CALL,
        "/",
        when=(("method", "rustici.registration.getRegistrationResult"),),
        request=Shape(
            body=READ,
            media=FORM,
            one_set=True,
            keys=Keys(named=(*SIGNED, "instanceid")),
            fields=(*WHO_CALLS, REGISTRATION, DETAIL),
        ),
        answer=Shape(
            body=READ,
            media=XML,
            keep=(*STATUS, *RESULT),
            details=("/rsp/registrationreport/activity",),
            results="/rsp/registrationreport",
            fields=(ERROR, *RESULT_FIELDS),
        ),
        signed="v1",
        why="The result of one registration.",
    ),
    Route(
        "v1.registration.launches",
        CALL,
        "/",
        when=(("method", "rustici.registration.getLaunchHistory"),),
        request=Shape(body=READ, media=FORM, one_set=True, keys=Keys(named=SIGNED), fields=(*WHO_CALLS, REGISTRATION)),
        answer=Shape(
            body=READ,
            media=XML,
            keep=(
                *STATUS,
                "/rsp/launchhistory/@regid",
                "/rsp/launchhistory/launch/@id",
                "/rsp/launchhistory/launch/completion",
                "/rsp/launchhistory/launch/satisfaction",
                "/rsp/launchhistory/launch/measure_status",
                "/rsp/launchhistory/launch/normalized_measure",
                "/rsp/launchhistory/launch/experienced_duration_tracked",
                "/rsp/launchhistory/launch/launch_time",
                "/rsp/launchhistory/launch/exit_time",
                "/rsp/launchhistory/launch/update_dt",
            ),
            fields=(ERROR, Field(xml("/rsp/launchhistory/@regid"), Kind.REGISTRATION, person="registration")),
        ),
        signed="v1",
        why="When she launched, and what came of it.",
    ),
    Route(
        "v1.registration.launch-log",
        CALL,
        "/",
        when=(("method", "rustici.registration.getLaunchInfo"),),
        request=Shape(body=READ, media=FORM, one_set=True, keys=Keys(named=(*SIGNED, "launchid")), fields=WHO_CALLS),
        answer=Shape(
            body=READ,
            media=XML,
            keep=(*STATUS, "/rsp/launch/@id"),
            details=(
                "/rsp/launch/log/RuntimeLog/@trackingEnabled",
                "/rsp/launch/log/RuntimeLog/@version",
                "/rsp/launch/log/RuntimeLog/RuntimeEvent",
            ),
            fields=(ERROR,),
        ),
        details=True,
        signed="v1",
        why="The log of a launch: every value the course set. The browser's User-Agent in it is removed in any case.",
    ),
)
