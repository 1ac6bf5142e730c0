"""cmi5 and its forerunner: how a course that speaks xAPI is launched, and how it gets its key to the record store.

Sources: cmi5 (Quartz, 1st edition) sections 8.1 (launch) and 8.2 (fetch), 10.0 (LMS.LaunchData); the launch guidelines of
Tin Can (`endpoint`, `auth`, `actor`, `registration`, `activity_id`); docs/protocol, xAPI section 9.

The launch address names the learner, and the course reads it in the browser: so the browser is led to the same page with
her pseudonym in its address. The page's host gets it like that, too; what the key to the record store is for upstream
stays in here, sealed into the one that the course gets.
"""

from proxy.fields import Adapter, Body, Direction, Field, Keys, Kind, Route, Session, Shape, Treat, json, query

PASS = Shape(keys=Keys(others="pass"))

ACTOR = Field(query("actor") / json(""), Kind.ACCOUNT, Treat.AGENT, required=True, why="the learner")
OLD_ACTOR = Field(
    query("actor") / json(""),
    Kind.ACCOUNT,
    Treat.AGENT,
    required=True,
    reading="old",
    why="the learner, maybe as in 0.9",
)
ENDPOINT = Field(query("endpoint"), Kind.URL, Treat.ENDPOINT, required=True, why="where statements go: to us")
TOKEN = Field(json("/auth-token"), Kind.FREE_TEXT, Treat.LEARNER_TOKEN, why="the key to the record store")

JSON = ("application/json", "text/json", "text/plain")
FETCHED = Shape(body=Body.READ, media=JSON, keep=("/auth-token", "/error-code", "/error-text"), fields=(TOKEN,))
FETCHED_OF_LMS = Shape(body=Body.READ, media=JSON, keep=("/auth-token", "/error-code"), fields=(TOKEN,))
"""What the LMS writes into `error-text` may name somebody, and goes to the course; the code says enough."""

CMI5 = (("endpoint", "*"), ("fetch", "*"), ("actor", "*"))
LAUNCH = Shape(
    keys=Keys(others="pass"),
    fields=(
        ACTOR,
        ENDPOINT,
        Field(query("fetch"), Kind.URL, Treat.FETCH, required=True, why="where the course gets its key"),
        Field(query("activityId"), Kind.URL, Treat.KEEP, why="the course's id, the same in every statement"),
        Field(query("registration"), Kind.FREE_TEXT, Treat.KEEP, why="a random number, in every statement"),
    ),
)
TIN_CAN = (("endpoint", "*"), ("auth", "*"), ("actor", "*"))
TIN_CAN_LAUNCH = Shape(
    keys=Keys(others="pass"),
    fields=(
        OLD_ACTOR,
        ENDPOINT,
        Field(query("auth"), Kind.FREE_TEXT, Treat.LEARNER_TOKEN, required=True, why="the key itself"),
    ),
)

ROUTES = (
    Route(
        "cmi5.launch",
        ("GET",),
        "/{any:**}",
        when=CMI5,
        request=LAUNCH,
        session=Session.OPENS,
        wash=True,
        why="8.1. The launch of an assignable unit.",
    ),
    Route(
        "cmi5.launch-elsewhere",
        ("GET",),
        "~/{any:**}",
        when=CMI5,
        request=LAUNCH,
        session=Session.OPENS,
        wash=True,
        why="The same where the course lies on a further host.",
    ),
    Route(
        "cmi5.tincan-launch",
        ("GET",),
        "/{any:**}",
        when=TIN_CAN,
        request=TIN_CAN_LAUNCH,
        session=Session.OPENS,
        wash=True,
        why="The launch of a Tin Can activity: like cmi5, but the key stands in the address.",
    ),
    Route(
        "cmi5.tincan-launch-elsewhere",
        ("GET",),
        "~/{any:**}",
        when=TIN_CAN,
        request=TIN_CAN_LAUNCH,
        session=Session.OPENS,
        wash=True,
        why="The same where the course lies on a further host.",
    ),
    Route(
        "cmi5.fetch-sealed",
        ("POST",),
        "/.scormveil/fetch/{sealed}",
        request=Shape(body=Body.NONE, keys=Keys(others="drop")),
        answer=FETCHED_OF_LMS,
        session=Session.USES,
        cors=True,
        continues="fetch",
        why="8.2. The one request for the key, at an address of the LMS that only we know; never repeated.",
    ),
    Route(
        "cmi5.fetch",
        ("POST",),
        "/{root:**}/fetch",
        request=Shape(body=Body.NONE, keys=Keys(others="pass")),
        answer=FETCHED,
        session=Session.NEEDS,
        cors=True,
        why="8.2. The same where the cloud launches. Where yours has another path, name it in `routes`.",
    ),
)

ADAPTER = Adapter(
    name="cmi5",
    faces=Direction.OUTWARD,
    summary="Launches of cmi5 and Tin Can courses, and the fetch that gives a course its key to the record store.",
    routes=ROUTES,
)

PAGES = Adapter(
    name="cmi5-pages",
    faces=Direction.OUTWARD,
    summary="The pages and files of a cmi5 course that the LMS launches at another host.",
    request_headers=("x-requested-with",),
    routes=(
        Route(
            "cmi5.page",
            ("GET",),
            "/{file:**}",
            request=PASS,
            session=Session.NEEDS,
            why="What follows a launch. Without its session nobody could tell whether an address names somebody.",
        ),
        Route(
            "cmi5.page-elsewhere",
            ("GET",),
            "~/{file:**}",
            request=PASS,
            session=Session.NEEDS,
            why="The same on the further hosts of the mount.",
        ),
    ),
)
