"""The document resources, and agents and activities: xAPI 1.0.3 part 3 sections 2.2 to 2.8.

A document is whatever its author made it: any type, any bytes. It is not rewritten, for its ETag is made of its bytes
and parts of it may be sent later; it is read, and refused where somebody is seen in it.
"""

from proxy.fields import Body, Field, Keys, Kind, Route, Session, Shape, Treat, json, query

AGENT = Field(query("agent") / json(""), Kind.ACCOUNT, Treat.AGENT, required=True, why="whose document")
STATE_ID = Field(query("stateId"), Kind.FREE_TEXT, Treat.DOCUMENT_KEY, why="chosen by the course; may say whose it is")
PROFILE_ID = Field(query("profileId"), Kind.FREE_TEXT, Treat.DOCUMENT_KEY, why="chosen by whoever stores it")

IDS = Shape(
    body=Body.READ,
    media=("application/json",),
    fields=(Field(json("/*"), Kind.FREE_TEXT, Treat.DOCUMENT_KEY, why="a list of ids"),),
)
DOCUMENT = Shape(body=Body.DOCUMENT)
NOTHING = Shape()

STATE = ("activityId", "registration")
ACTIVITY_PROFILE = ("activityId",)

ROUTES = (
    Route(
        "xapi.state.get",
        ("GET",),
        "/activities/state",
        when=(("stateId", "*"),),
        request=Shape(keys=Keys(named=STATE), fields=(AGENT, STATE_ID)),
        answer=DOCUMENT,
        session=Session.USES,
        cors=True,
        why="What a course remembers of one learner.",
    ),
    Route(
        "xapi.state.list",
        ("GET",),
        "/activities/state",
        request=Shape(keys=Keys(named=(*STATE, "since")), fields=(AGENT,)),
        answer=IDS,
        session=Session.USES,
        cors=True,
        why="The ids of what it remembers.",
    ),
    Route(
        "xapi.state.set",
        ("PUT", "POST"),
        "/activities/state",
        request=Shape(body=Body.DOCUMENT, keys=Keys(named=STATE), fields=(AGENT, STATE_ID)),
        answer=NOTHING,
        session=Session.USES,
        cors=True,
        why="Stores it, or (POST) merges JSON into it.",
    ),
    Route(
        "xapi.state.delete",
        ("DELETE",),
        "/activities/state",
        request=Shape(keys=Keys(named=STATE), fields=(AGENT, STATE_ID)),
        answer=NOTHING,
        session=Session.USES,
        cors=True,
        why="Removes one, or without an id all of this learner and course.",
    ),
    Route(
        "xapi.agent-profile.get",
        ("GET",),
        "/agents/profile",
        when=(("profileId", "*"),),
        request=Shape(fields=(AGENT, PROFILE_ID)),
        answer=DOCUMENT,
        session=Session.USES,
        cors=True,
        why="What is kept of one learner, whatever the course.",
    ),
    Route(
        "xapi.agent-profile.list",
        ("GET",),
        "/agents/profile",
        request=Shape(keys=Keys(named=("since",)), fields=(AGENT,)),
        answer=IDS,
        session=Session.USES,
        cors=True,
        why="The ids of it.",
    ),
    Route(
        "xapi.agent-profile.set",
        ("PUT", "POST"),
        "/agents/profile",
        request=Shape(body=Body.DOCUMENT, fields=(AGENT, PROFILE_ID)),
        answer=NOTHING,
        session=Session.USES,
        cors=True,
        why="Stores it.",
    ),
    Route(
        "xapi.agent-profile.delete",
        ("DELETE",),
        "/agents/profile",
        request=Shape(fields=(AGENT, PROFILE_ID)),
        answer=NOTHING,
        session=Session.USES,
        cors=True,
        why="Removes it.",
    ),
    Route(
        "xapi.activity-profile.get",
        ("GET",),
        "/activities/profile",
        when=(("profileId", "*"),),
        request=Shape(keys=Keys(named=ACTIVITY_PROFILE), fields=(PROFILE_ID,)),
        answer=DOCUMENT,
        session=Session.USES,
        cors=True,
        why="What all learners of a course share, leaderboards for instance.",
    ),
    Route(
        "xapi.activity-profile.list",
        ("GET",),
        "/activities/profile",
        request=Shape(keys=Keys(named=(*ACTIVITY_PROFILE, "since"))),
        answer=IDS,
        session=Session.USES,
        cors=True,
        why="The ids of it.",
    ),
    Route(
        "xapi.activity-profile.set",
        ("PUT", "POST"),
        "/activities/profile",
        request=Shape(body=Body.DOCUMENT, keys=Keys(named=ACTIVITY_PROFILE), fields=(PROFILE_ID,)),
        answer=NOTHING,
        session=Session.USES,
        cors=True,
        why="Stores it.",
    ),
    Route(
        "xapi.activity-profile.delete",
        ("DELETE",),
        "/activities/profile",
        request=Shape(keys=Keys(named=ACTIVITY_PROFILE), fields=(PROFILE_ID,)),
        answer=NOTHING,
        session=Session.USES,
        cors=True,
        why="Removes it.",
    ),
    Route(
        "xapi.agents",
        ("GET",),
        "/agents",
        request=Shape(fields=(AGENT,)),
        answer=Shape(
            body=Body.READ,
            media=("application/json",),
            fields=(Field(json(""), Kind.ACCOUNT, Treat.AGENT, why="a Person: every property is a list"),),
        ),
        session=Session.USES,
        cors=True,
        why="Everything the store knows of one learner's identifiers.",
    ),
    Route(
        "xapi.activities",
        ("GET",),
        "/activities",
        request=Shape(keys=Keys(named=("activityId",))),
        answer=Shape(body=Body.READ, media=("application/json",)),
        session=Session.USES,
        cors=True,
        why="The definition of an activity, as anybody has stored it.",
    ),
    Route(
        "xapi.about",
        ("GET",),
        "/about",
        request=Shape(),
        answer=Shape(body=Body.READ, media=("application/json",)),
        session=Session.USES,
        cors=True,
        why="Versions the store speaks.",
    ),
)
