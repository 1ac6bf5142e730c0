"""xAPI 0.9 and 0.95 (Tin Can), which published courses and SCORM Cloud's own player still speak.

Sources: the specification's history, TinCanJS; docs/protocol, xAPI section 8. Agents are called actors, and each of their
properties may be a list; a person may have several identifiers at once, of which the first (mbox, mbox_sha1sum, openid,
account) says who she is. `actor` in the query is how these requests are told from newer ones.
"""

from proxy.adapters.xapi.documents import DOCUMENT, IDS, NOTHING, PROFILE_ID, STATE_ID
from proxy.adapters.xapi.statements import SOME
from proxy.fields import Body, Field, Keys, Kind, Route, Session, Shape, Treat, json, query

ACTOR = Field(query("actor") / json(""), Kind.ACCOUNT, Treat.AGENT, required=True, reading="old", why="who")
ASKED = Field(query("actor") / json(""), Kind.ACCOUNT, Treat.AGENT, reading="old", why="whose statements")
TEACHER = Field(query("instructor") / json(""), Kind.ACCOUNT, Treat.AGENT, reading="old", why="teachers are people")
OBJECT = Field(query("object") / json(""), Kind.ACCOUNT, Treat.AGENT, reading="old object", why="to whom")
TARGET = Field(query("target") / json(""), Kind.ACCOUNT, Treat.AGENT, reading="old object", why="to whom")
FILTERS = (
    "verb",
    "registration",
    "context",
    "since",
    "until",
    "limit",
    "authoritative",
    "sparse",
    "ascending",
)
STATE = ("activityId", "registrationId", "registration")
WHO = (("actor", "*"),)

ROUTES = (
    Route(
        "xapi.old.statements",
        ("GET",),
        "/statements",
        when=WHO,
        request=Shape(keys=Keys(named=FILTERS), fields=(ASKED, TEACHER, OBJECT, TARGET)),
        answer=SOME,
        session=Session.USES,
        cors=True,
        why="Statements of an actor.",
    ),
    Route(
        "xapi.old.state.get",
        ("GET",),
        "/activities/state",
        when=(("actor", "*"), ("stateId", "*")),
        request=Shape(keys=Keys(named=STATE), fields=(ACTOR, STATE_ID)),
        answer=DOCUMENT,
        session=Session.USES,
        cors=True,
        why="What a course remembers of one learner.",
    ),
    Route(
        "xapi.old.state.list",
        ("GET",),
        "/activities/state",
        when=WHO,
        request=Shape(keys=Keys(named=(*STATE, "since")), fields=(ACTOR,)),
        answer=IDS,
        session=Session.USES,
        cors=True,
        why="The ids of it.",
    ),
    Route(
        "xapi.old.state.set",
        ("PUT", "POST"),
        "/activities/state",
        when=WHO,
        request=Shape(body=Body.DOCUMENT, keys=Keys(named=STATE), fields=(ACTOR, STATE_ID)),
        answer=NOTHING,
        session=Session.USES,
        cors=True,
        why="Stores it.",
    ),
    Route(
        "xapi.old.state.delete",
        ("DELETE",),
        "/activities/state",
        when=WHO,
        request=Shape(keys=Keys(named=STATE), fields=(ACTOR, STATE_ID)),
        answer=NOTHING,
        session=Session.USES,
        cors=True,
        why="Removes it.",
    ),
    Route(
        "xapi.old.actors",
        ("GET",),
        "/actors",
        request=Shape(fields=(ACTOR,)),
        answer=Shape(
            body=Body.READ,
            media=("application/json",),
            fields=(Field(json(""), Kind.ACCOUNT, Treat.AGENT, why="every property is a list"),),
        ),
        session=Session.USES,
        cors=True,
        why="Everything the store knows of one actor's identifiers.",
    ),
    Route(
        "xapi.old.actor-profile.get",
        ("GET",),
        "/actors/profile",
        when=(("profileId", "*"),),
        request=Shape(fields=(ACTOR, PROFILE_ID)),
        answer=DOCUMENT,
        session=Session.USES,
        cors=True,
        why="What is kept of one learner, whatever the course.",
    ),
    Route(
        "xapi.old.actor-profile.list",
        ("GET",),
        "/actors/profile",
        request=Shape(keys=Keys(named=("since",)), fields=(ACTOR,)),
        answer=IDS,
        session=Session.USES,
        cors=True,
        why="The ids of it.",
    ),
    Route(
        "xapi.old.actor-profile.set",
        ("PUT", "POST"),
        "/actors/profile",
        request=Shape(body=Body.DOCUMENT, fields=(ACTOR, PROFILE_ID)),
        answer=NOTHING,
        session=Session.USES,
        cors=True,
        why="Stores it.",
    ),
    Route(
        "xapi.old.actor-profile.delete",
        ("DELETE",),
        "/actors/profile",
        request=Shape(fields=(ACTOR, PROFILE_ID)),
        answer=NOTHING,
        session=Session.USES,
        cors=True,
        why="Removes it.",
    ),
)
