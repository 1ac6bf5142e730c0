"""LMS.LaunchData: the state document that a cmi5 LMS writes before a launch, and the course reads (cmi5 section 10).

A document whose inside is known, as that of the learner's preferences is. `contextTemplate` is a context as in statements, and the course copies it into
every one of them.
"""

from proxy.adapters.xapi.documents import AGENT, PROFILE_ID, STATE, STATE_ID
from proxy.adapters.xapi.statement import CONTEXT, CONTEXT_FIELDS, CONTEXT_FORMS
from proxy.fields import Body, Field, Keys, Kind, Route, Session, Shape, Treat, below, formed, inside, json

NAME = "LMS.LaunchData"
PREFERENCES = "cmi5LearnerPreferences"
JSON = ("application/json", "application/octet-stream", "text/plain")
MEMBERS = (
    *below("/contextTemplate", CONTEXT),
    "/launchMode",
    "/launchMethod",
    "/launchParameters",
    "/masteryScore",
    "/moveOn",
    "/returnURL",
    "/entitlementKey/courseStructure",
    "/entitlementKey/alternate",
)
FORMS = (
    *formed("/contextTemplate", CONTEXT_FORMS),
    ("/launchMode", "word"),
    ("/launchMethod", "word"),
    ("/moveOn", "word"),
    ("/masteryScore", "plain"),
)
TEMPLATE = inside("/contextTemplate", CONTEXT_FIELDS)
FIELDS = (
    *TEMPLATE,
    Field(json("/launchParameters"), Kind.FREE_TEXT, Treat.TEXT, why="what the author wants to be told"),
    Field(json("/returnURL"), Kind.URL, Treat.SEAL, why="the LMS's page, which may name learner and session"),
    Field(json("/entitlementKey/alternate"), Kind.FREE_TEXT, Treat.TEXT, why="a key from outside of the LMS"),
)
PREFERRED = (
    Field(json("/languagePreference"), Kind.FREE_TEXT, Treat.TEXT, why="a list of languages (RFC 5646)"),
    Field(json("/audioPreference"), Kind.FREE_TEXT, Treat.TEXT, why="on or off"),
)

ROUTES = (
    Route(
        "xapi.launch-data.get",
        ("GET",),
        "/activities/state",
        when=(("stateId", NAME),),
        request=Shape(keys=Keys(named=STATE), fields=(AGENT, STATE_ID)),
        answer=Shape(body=Body.READ, media=JSON, fields=TEMPLATE),
        session=Session.USES,
        cors=True,
        why="What the LMS tells the course.",
    ),
    Route(
        "xapi.launch-data.set",
        ("PUT", "POST"),
        "/activities/state",
        when=(("stateId", NAME),),
        request=Shape(
            body=Body.READ,
            media=JSON,
            keys=Keys(named=STATE),
            fields=(AGENT, STATE_ID, *FIELDS),
            members=MEMBERS,
            forms=FORMS,
        ),
        answer=Shape(),
        session=Session.USES,
        cors=True,
        why="The same, written before the launch.",
    ),
    Route(
        "xapi.learner-preferences.set",
        ("PUT", "POST"),
        "/agents/profile",
        when=(("profileId", PREFERENCES),),
        request=Shape(
            body=Body.READ,
            media=JSON,
            fields=(AGENT, PROFILE_ID, *PREFERRED),
            members=("/languagePreference", "/audioPreference"),
        ),
        answer=Shape(),
        session=Session.USES,
        cors=True,
        why="Language and sound as a learner likes them (cmi5 section 11); the LMS may forbid to change them.",
    ),
)
