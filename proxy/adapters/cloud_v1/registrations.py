"""`rustici.registration.*`: who learns what. A learner is no object of her own; she is named by each registration."""

from proxy.adapters.cloud_v1.common import (
    CALL,
    ERROR,
    FORM,
    LEARNER_ID,
    PARTS,
    READ,
    REGISTRATION,
    SIGNED,
    STATUS,
    WHERE_RESULTS_GO,
    WHO_CALLS,
    XML,
)
from proxy.fields import Field, Keys, Kind, Route, Shape, Treat, query, xml

DONE = Shape(body=READ, media=XML, keep=(*STATUS, "/rsp/result"), fields=(ERROR,))

ONE = Shape(
    body=READ,
    media=FORM,
    one_set=True,
    keys=Keys(named=SIGNED),
    fields=(*WHO_CALLS, REGISTRATION),
)

ECHO = "the LMS's own again; for readers who see no people there is none"

TAKEN_BACK = "the address that stood for it leads on for a while, as the cloud may still repeat"

NAMES = (
    Field(query("fname"), Kind.GIVEN),
    Field(query("lname"), Kind.FAMILY),
    Field(query("email"), Kind.EMAIL, Treat.OMIT, why="SCORM Cloud makes a website user of every address it is given"),
)

ROUTES = (
    Route(
        "v1.registration.create",
        CALL,
        "/",
        when=(("method", "rustici.registration.createRegistration"),),
        request=Shape(
            body=READ,
            media=FORM,
            one_set=True,
            keys=Keys(named=(*SIGNED, "courseid", "versionid")),
            fields=(
                *WHO_CALLS,
                Field(query("regid"), Kind.REGISTRATION, new=True),
                LEARNER_ID,
                *NAMES,
                *WHERE_RESULTS_GO,
            ),
        ),
        answer=DONE,
        signed="v1",
        why="A learner in a course, and where her results are posted.",
    ),
    Route(
        "v1.registration.exists",
        CALL,
        "/",
        when=(("method", "rustici.registration.exists"),),
        request=ONE,
        answer=DONE,
        signed="v1",
        why="Whether there is such a registration.",
    ),
    Route(
        "v1.registration.delete",
        CALL,
        "/",
        when=(("method", "rustici.registration.deleteRegistration"),),
        request=ONE,
        answer=DONE,
        signed="v1",
        why="Gone with all results.",
    ),
    Route(
        "v1.registration.reset",
        CALL,
        "/",
        when=(("method", "rustici.registration.resetRegistration"),),
        request=ONE,
        answer=DONE,
        signed="v1",
        why="The learner begins anew.",
    ),
    Route(
        "v1.registration.reset-objectives",
        CALL,
        "/",
        when=(("method", "rustici.registration.resetGlobalObjectives"),),
        request=Shape(
            body=READ,
            media=FORM,
            one_set=True,
            keys=Keys(named=(*SIGNED, "deletelatestinstanceonly")),
            fields=(*WHO_CALLS, REGISTRATION),
        ),
        answer=DONE,
        signed="v1",
        why="Objectives shared by courses.",
    ),
    Route(
        "v1.registration.update-learner",
        CALL,
        "/",
        when=(("method", "rustici.registration.updateLearnerInfo"),),
        request=Shape(
            body=READ,
            media=FORM,
            one_set=True,
            keys=Keys(named=SIGNED),
            fields=(
                *WHO_CALLS,
                LEARNER_ID,
                Field(query("newid"), Kind.SUBJECT, why="the same id passes; another is refused, see `keys migrate`"),
                *NAMES,
            ),
        ),
        answer=DONE,
        signed="v1",
        why="Her names in all registrations; as aliases they stay what they are. A new id would be another person here.",
    ),
    Route(
        "v1.registration.postback",
        CALL,
        "/",
        when=(("method", "rustici.registration.getPostbackInfo"),),
        request=ONE,
        answer=Shape(
            body=READ,
            media=XML,
            keep=(
                *STATUS,
                "/rsp/postbackinfo/@regid",
                "/rsp/postbackinfo/url",
                "/rsp/postbackinfo/login",
                "/rsp/postbackinfo/password",
                "/rsp/postbackinfo/authtype",
                "/rsp/postbackinfo/resultsformat",
            ),
            fields=(
                ERROR,
                Field(xml("/rsp/postbackinfo/@regid"), Kind.REGISTRATION, person="registration"),
                Field(xml("/rsp/postbackinfo/url", "url"), Kind.URL, Treat.PART, why=ECHO),
                Field(xml("/rsp/postbackinfo/authtype", "auth"), Kind.FREE_TEXT, Treat.PART, why=ECHO),
                Field(xml("/rsp/postbackinfo/login", "user"), Kind.FREE_TEXT, Treat.PART, why=ECHO),
                Field(xml("/rsp/postbackinfo/password", "password"), Kind.FREE_TEXT, Treat.PART, why=ECHO),
                Field(xml("/rsp/postbackinfo/resultsformat", "results"), Kind.FREE_TEXT, Treat.PART, why=ECHO),
            ),
        ),
        signed="v1",
        why="Where results are posted; the LMS sees its own address and login again.",
    ),
    Route(
        "v1.registration.set-postback",
        CALL,
        "/",
        when=(("method", "rustici.registration.updatePostbackInfo"),),
        request=Shape(
            body=READ,
            media=FORM,
            one_set=True,
            keys=Keys(named=SIGNED),
            fields=(
                *WHO_CALLS,
                REGISTRATION,
                Field(query("url", "url"), Kind.URL, Treat.PART, level="registration", level_of=("regid",), why=PARTS),
                Field(query("authtype", "auth"), Kind.FREE_TEXT, Treat.PART, why=PARTS),
                Field(query("name", "user"), Kind.FREE_TEXT, Treat.PART, why=PARTS),
                Field(query("password", "password"), Kind.FREE_TEXT, Treat.PART, why=PARTS),
                Field(query("resultsformat", "results"), Kind.FREE_TEXT, Treat.PART, why=PARTS),
            ),
        ),
        answer=DONE,
        signed="v1",
        why="As at the creation, under other names.",
    ),
    Route(
        "v1.registration.delete-postback",
        CALL,
        "/",
        when=(("method", "rustici.registration.deletePostbackInfo"),),
        request=Shape(
            body=READ,
            media=FORM,
            one_set=True,
            keys=Keys(named=SIGNED),
            fields=(
                *WHO_CALLS,
                Field(query("regid"), Kind.REGISTRATION, person="registration", level="registration", why=TAKEN_BACK),
            ),
        ),
        answer=DONE,
        signed="v1",
        why="Results are not posted any more.",
    ),
    Route(
        "v1.registration.test-postback",
        CALL,
        "/",
        when=(("method", "rustici.registration.testRegistrationPostUrl"),),
        request=Shape(
            body=READ,
            media=FORM,
            one_set=True,
            keys=Keys(named=SIGNED),
            fields=(
                *WHO_CALLS,
                REGISTRATION,
                Field(query("postbackurl", "url"), Kind.URL, Treat.PART, level="test", why=PARTS),
                *WHERE_RESULTS_GO[1:],
            ),
        ),
        answer=DONE,
        signed="v1",
        why="The cloud posts a result of nobody.",
    ),
)
