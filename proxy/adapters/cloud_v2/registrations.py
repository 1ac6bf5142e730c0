"""Registrations: one learner in one course, her results, launches, tags and settings."""

from proxy.adapters.cloud_v2.shapes import (
    DETAIL_FLAGS,
    DONE,
    LAUNCH_AUTH,
    LAUNCH_AUTH_FIELDS,
    LEARNER_TAG_LIST,
    LIST,
    MORE,
    SETTINGS_SHOWN,
    STATEMENTS_SHOWN,
    TIMES,
)
from proxy.adapters.registration import HIGH_LEVEL, LEARNER
from proxy.fields import (
    Field,
    Kind,
    Route,
    Treat,
    below,
    csv,
    inside,
    json,
    path,
    plain,
    query,
    shows,
    takes,
    words,
)

ONE = Field(path("registrationId"), Kind.REGISTRATION)

SHOWN = (*HIGH_LEVEL, "/dispatchId", "/tags/*")
DETAILS = ("/globalObjectives", "/sharedData", "/suspendedActivityId", "/activityDetails")
PEOPLE = (Field(json("/id"), Kind.REGISTRATION), *LEARNER, Field(json("/tags/*"), Kind.TAG))

PROGRESS = shows(*SHOWN, fields=PEOPLE, details=DETAILS, results="")
LISTED = shows(
    "/more",
    *below("/registrations/*", SHOWN),
    fields=inside("/registrations/*", PEOPLE),
    details=below("/registrations/*", DETAILS),
    results="/registrations/*",
    stream_list="/registrations",
)
HISTORY = shows(
    *below(
        "/launchHistory/*",
        (
            "/id",
            "/instance",
            "/score/scaled",
            "/completionStatus",
            "/successStatus",
            "/totalSecondsTracked",
            "/launchTime",
            "/exitTime",
            "/lastRuntimeUpdate",
            "/launchHistoryId",
        ),
    ),
    fields=(Field(json("/launchHistory/*/id"), Kind.REGISTRATION),),
    details=("/launchHistory/*/historyLog",),
)
HISTORY_ASKED = takes(
    fields=(ONE, Field(query("includeHistoryLog"), Kind.FREE_TEXT, Treat.DETAIL, why="API calls, values, User-Agent"))
)

STATE = "/initialRegistrationState"
RUNTIME = f"{STATE}/activityDetails/**/runtime"

CREATE = takes(
    "/courseId",
    *below("/learner", ("/id", "/email", "/firstName", "/lastName")),
    "/registrationId",
    "/xapiRegistrationId",
    "/learnerTags/*",
    "/courseTags/*",
    "/registrationTags/*",
    "/postBack",
    STATE,
    "/initialSettings/settings",
    fields=(
        *plain(query("courseVersion")),
        Field(json("/learner/id"), Kind.SUBJECT, required=True),
        Field(json("/learner/firstName"), Kind.GIVEN),
        Field(json("/learner/lastName"), Kind.FAMILY),
        Field(json("/learner/email"), Kind.EMAIL, Treat.OMIT, why="the cloud would make a website user of it"),
        Field(json("/registrationId"), Kind.REGISTRATION, new=True),
        Field(json("/xapiRegistrationId"), Kind.REGISTRATION, Treat.TOKEN, why="a UUID, also in statements"),
        Field(json("/learnerTags/*"), Kind.TAG),
        Field(json("/courseTags/*"), Kind.FREE_TEXT, Treat.KEEP, why="tags of the course"),
        Field(json("/registrationTags/*"), Kind.TAG),
        Field(json("/postBack"), Kind.URL, Treat.POSTBACK, level="registration"),
        Field(json("/initialSettings/settings"), Kind.URL, Treat.SETTINGS, level="registration"),
        Field(
            json(STATE),
            Kind.FREE_TEXT,
            Treat.REFUSE,
            unless="initial-state",
            why="a whole registration with comments, answers and suspend data of the learner's",
        ),
        Field(json(f"{STATE}/id"), Kind.REGISTRATION, new=True),
        Field(json(f"{STATE}/learner/id"), Kind.SUBJECT),
        Field(json(f"{STATE}/learner/firstName"), Kind.GIVEN),
        Field(json(f"{STATE}/learner/lastName"), Kind.FAMILY),
        Field(json(f"{STATE}/learner/email"), Kind.EMAIL, Treat.OMIT, why="as above"),
        Field(json(f"{STATE}/tags/*"), Kind.TAG),
        Field(json(f"{RUNTIME}/learnerComments/*/value"), Kind.FREE_TEXT, Treat.TEXT, why="typed by the learner"),
        Field(json(f"{RUNTIME}/learnerComments/*/location"), Kind.FREE_TEXT, Treat.TEXT, why="where she commented"),
        Field(json(f"{RUNTIME}/lmsComments/*/value"), Kind.FREE_TEXT, Treat.TEXT, why="written for the learner"),
        Field(json(f"{RUNTIME}/lmsComments/*/location"), Kind.FREE_TEXT, Treat.TEXT, why="where it was commented"),
        Field(json(f"{RUNTIME}/location"), Kind.FREE_TEXT, Treat.TEXT, why="the course's bookmark"),
        Field(json(f"{RUNTIME}/suspendData"), Kind.FREE_TEXT, Treat.OPAQUE, why="only the course reads it"),
        Field(json(f"{RUNTIME}/runtimeInteractions/*/learnerResponse"), Kind.FREE_TEXT, Treat.TEXT, why="her answer"),
        Field(json(f"{RUNTIME}/runtimeInteractions/*/description"), Kind.FREE_TEXT, Treat.TEXT, why="the question"),
        Field(json(f"{RUNTIME}/runtimeObjectives/*/description"), Kind.FREE_TEXT, Treat.TEXT, why="of the course"),
        Field(json(f"{STATE}/sharedData/*/value"), Kind.FREE_TEXT, Treat.TEXT, why="of the course"),
    ),
)

LIST_ASKED = takes(
    keys=("courseId",),
    fields=(
        *LIST,
        Field(query("learnerId"), Kind.SUBJECT),
        Field(query("tags") / csv(), Kind.TAG),
        Field(query("filter"), Kind.REGISTRATION, exact=True, why="parts of ids cannot be searched for by pseudonym"),
        MORE,
        *DETAIL_FLAGS,
    ),
)

LAUNCH = takes(
    "/expiry",
    "/redirectOnExitUrl",
    "/tracking",
    "/startSco",
    "/culture",
    "/cssUrl",
    "/learnerTags/*",
    "/courseTags/*",
    "/registrationTags/*",
    "/additionalvalues",
    *LAUNCH_AUTH,
    fields=(
        ONE,
        *plain(json("/expiry"), json("/tracking")),
        *words(json("/culture")),
        *LAUNCH_AUTH_FIELDS,
        Field(
            json("/redirectOnExitUrl"),
            Kind.URL,
            Treat.SEAL,
            blanks=("closer", "blank", "message"),
            why="the LMS's page, with ids of users and enrolments",
        ),
        Field(json("/cssUrl"), Kind.URL, Treat.KEEP, why="a style sheet, named for all learners"),
        Field(json("/learnerTags/*"), Kind.TAG),
        Field(json("/courseTags/*"), Kind.FREE_TEXT, Treat.KEEP, why="tags of the course"),
        Field(json("/registrationTags/*"), Kind.TAG),
        Field(
            json("/additionalvalues"),
            Kind.FREE_TEXT,
            Treat.REFUSE,
            unless="launch-values",
            why="whatever an LMS adds to a launch: attributes of the learner, as a rule",
        ),
    ),
)

LINK = shows("/launchLink", fields=(Field(json("/launchLink"), Kind.URL, Treat.LAUNCH),))

SETTINGS = takes("/settings", fields=(ONE, Field(json("/settings"), Kind.URL, Treat.SETTINGS, level="registration")))
TEST = takes("", fields=(Field(json(""), Kind.URL, Treat.POSTBACK, level="test"),))

ASKED = takes(fields=(ONE,))
DETAILS_ASKED = takes(fields=(ONE, *DETAIL_FLAGS))
STATEMENTS_ASKED = takes(fields=(ONE, *TIMES, MORE))
SETTINGS_ASKED = takes(fields=(ONE, *plain(query("includeMetadata"))))
TAGS = takes("/tags/*", fields=(ONE, *LEARNER_TAG_LIST))
TAGS_SHOWN = shows("/tags/*", fields=LEARNER_TAG_LIST)

R = "/registrations"
R1 = "/registrations/{registrationId}"

ROUTES = (
    Route("cloud.registrations", ("GET",), R, request=LIST_ASKED, answer=LISTED, why="GetRegistrations"),
    Route("cloud.registration.create", ("POST",), R, request=CREATE, answer=DONE, why="CreateRegistration"),
    Route("cloud.postback-test", ("POST",), f"{R}/postBackTest", request=TEST, answer=DONE, why="test message"),
    Route(
        "cloud.registrations.tags",
        ("PUT",),
        f"{R}/tags",
        request=takes("/ids/*", "/tags/*", fields=(Field(json("/ids/*"), Kind.REGISTRATION), *LEARNER_TAG_LIST)),
        answer=DONE,
        why="PutRegistrationTagsBatch",
    ),
    Route(
        "cloud.registration",
        ("GET",),
        R1,
        request=DETAILS_ASKED,
        answer=PROGRESS,
        why="GetRegistrationProgress, and GetRegistration by HEAD: the result of one registration.",
    ),
    Route("cloud.registration.delete", ("DELETE",), R1, request=ASKED, answer=DONE, why="DeleteRegistration"),
    Route(
        "cloud.registration.progress.delete",
        ("DELETE",),
        f"{R1}/progress",
        request=ASKED,
        answer=DONE,
        why="DeleteRegistrationProgress",
    ),
    Route(
        "cloud.registration.global-data.delete",
        ("DELETE",),
        f"{R1}/globalData",
        request=ASKED,
        answer=DONE,
        why="DeleteRegistrationGlobalData",
    ),
    Route(
        "cloud.launch-link",
        ("POST",),
        f"{R1}/launchLink",
        request=LAUNCH,
        answer=LINK,
        why="BuildRegistrationLaunchLink. The browser that follows the link comes without a session; ours opens the one "
        "of the registration's learner.",
    ),
    Route(
        "cloud.registration.launch-history",
        ("GET",),
        f"{R1}/launchHistory",
        request=HISTORY_ASKED,
        answer=HISTORY,
        why="GetRegistrationLaunchHistory",
    ),
    Route(
        "cloud.registration.statements",
        ("GET",),
        f"{R1}/xAPIStatements",
        request=STATEMENTS_ASKED,
        answer=STATEMENTS_SHOWN,
        details=True,
        why="GetRegistrationStatements",
    ),
    Route("cloud.registration.tags", ("GET",), f"{R1}/tags", request=ASKED, answer=TAGS_SHOWN, why="its tags"),
    Route("cloud.registration.tags.change", ("PUT", "DELETE"), f"{R1}/tags", request=TAGS, answer=DONE, why="its tags"),
    Route(
        "cloud.registration.settings",
        ("GET",),
        f"{R1}/configuration",
        request=SETTINGS_ASKED,
        answer=SETTINGS_SHOWN,
        why="GetRegistrationConfiguration",
    ),
    Route(
        "cloud.registration.settings.set",
        ("POST",),
        f"{R1}/configuration",
        request=SETTINGS,
        answer=DONE,
        why="SetRegistrationConfiguration",
    ),
    Route(
        "cloud.registration.setting.delete",
        ("DELETE",),
        f"{R1}/configuration/{{settingId}}",
        request=ASKED,
        answer=DONE,
        why="falls back to the course's; `scormveil doctor` says where that leads",
    ),
)
