"""Signed addresses that the LMS makes and a browser opens: they are no calls, and are answered with a redirect.

The browser stays behind the proxy: the redirect is turned, and the player is served by a `dispatch` mount of the same
host. A launch names a registration; whose it is, the cloud is asked before.
"""

from proxy.adapters.cloud_v1.common import REGISTRATION, SIGNED, WHO_CALLS
from proxy.fields import Body, Field, Keys, Kind, Route, Session, Shape, Treat, csv, query, url

NOWHERE = ("closer", "blank", "message")
"""Words instead of an address: the player shows a page of its own at the end."""

ROUTES = (
    Route(
        "v1.launch",
        ("GET",),
        "/",
        when=(("method", "rustici.registration.launch"),),
        request=Shape(
            one_set=True,
            keys=Keys(named=(*SIGNED, "disableTracking", "culture", "forcereview", "courseTags")),
            fields=(
                *WHO_CALLS,
                REGISTRATION,
                Field(query("redirecturl"), Kind.URL, Treat.SEAL, blanks=NOWHERE, why="an LMS page with its query"),
                Field(query("cssurl"), Kind.URL, Treat.ADDRESS, why="names a host, not a person"),
                Field(query("learnerTags") / csv(), Kind.TAG, why="departments, managers, numbers of employees"),
                Field(query("registrationTags") / csv(), Kind.TAG, why="as tags of learners"),
            ),
        ),
        answer=Shape(body=Body.STREAM),
        session=Session.OPENS,
        launches="regid",
        signed="v1",
        why="The launch. It opens the session of the registration's learner.",
    ),
    Route(
        "v1.preview",
        ("GET",),
        "/",
        when=(("method", "rustici.course.preview"),),
        request=Shape(
            one_set=True,
            keys=Keys(named=(*SIGNED, "courseid", "versionid", "stylesheet")),
            fields=(
                *WHO_CALLS,
                Field(
                    query("redirecturl"),
                    Kind.URL,
                    Treat.ORIGIN,
                    blanks=NOWHERE,
                    why="a page of the LMS; nobody is launched for whom it could be sealed, so only its host leaves",
                ),
                Field(query("cssurl"), Kind.URL, Treat.ADDRESS, why="names a host, not a person"),
            ),
        ),
        answer=Shape(body=Body.STREAM),
        session=Session.USES,
        signed="v1",
        why="A course without a learner.",
    ),
    Route(
        "v1.report",
        ("GET",),
        "/",
        when=(("method", "rustici.reporting.launchReport"),),
        request=Shape(
            one_set=True,
            keys=Keys(
                named=(
                    *SIGNED,
                    "appId",
                    "courseId",
                    "courseTags",
                    "dateRangeType",
                    "dateRangeStart",
                    "dateRangeEnd",
                    "dateCriteria",
                    "expand",
                    "public",
                    "standalone",
                    "embedded",
                    "showTitle",
                )
            ),
            fields=(
                *WHO_CALLS,
                Field(query("auth"), Kind.FREE_TEXT, Treat.KEEP, why="the cloud's own token, for minutes"),
                Field(query("reporturl") / url() / query("learnerId"), Kind.SUBJECT),
                Field(query("reporturl") / url() / query("learnerTags") / csv(), Kind.TAG),
                Field(query("reporturl") / url() / query("registrationTags") / csv(), Kind.TAG),
            ),
        ),
        answer=Shape(body=Body.STREAM),
        session=Session.USES,
        refuse="reportage",
        signed="v1",
        why="Reportage shows pseudonyms on pages of the cloud, which nobody can turn back into people.",
    ),
)
