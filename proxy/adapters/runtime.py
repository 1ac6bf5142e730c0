"""Rustici Engine's player: what follows a launch, up to the runtime commits.

Sources: players and packages as published, vendor documentation of Engine 20.1 and 21.1; docs/protocol/dispatch.md section
5. The player's addresses carry ids of the registration only. A commit has no learner field, but five kinds of free text
in which a learner may have typed who she is, and suspend data that only the course can read.

Newer Engines commit JSON, or only what changed, or pack the body with LZString (docs/runtime.md). Their member names are
not published. So known words of the data model are found wherever they stand, in every spelling, and every other string
is looked through.
"""

from proxy.adapters.aicc import RESULTS
from proxy.fields import (
    Adapter,
    Body,
    Direction,
    Field,
    Keys,
    Kind,
    Route,
    Session,
    Shape,
    Treat,
    cmi,
    packed,
    xml,
)

PASS = Shape(keys=Keys(others="pass"))

_ID = "identifier; altered it would be another one"
_STATE = "often packed; only the course reads it"
_ANSWER = "what the learner answered"

RTD = (
    Field(xml("//ART/@L"), Kind.FREE_TEXT, Treat.TEXT, why="cmi.location, at most 1,000 characters"),
    Field(xml("//ARTC/@C"), Kind.FREE_TEXT, Treat.TEXT, why="comment of the learner, at most 4,000"),
    Field(xml("//ARTC/@Lo"), Kind.FREE_TEXT, Treat.TEXT, why="where the comment was made"),
    Field(xml("//ARTI/@D"), Kind.FREE_TEXT, Treat.TEXT, why="description of an interaction"),
    Field(xml("//ARTI/@LR"), Kind.FREE_TEXT, Treat.TEXT, why="what the learner answered, at most 7,800"),
    Field(xml("//ARTI/@Id"), Kind.FREE_TEXT, Treat.OPAQUE, why="identifier; altered it would be another interaction"),
    Field(xml("//RTL/@browser"), Kind.FREE_TEXT, Treat.BLANK, why="the browser's User-Agent, which stays here"),
    Field(xml("//ART/@SD"), Kind.FREE_TEXT, Treat.OPAQUE, why="suspend data, often packed; only the course reads it"),
)
"""The commit in XML."""

WORDS = (
    Field(cmi("/**/suspend_data"), Kind.FREE_TEXT, Treat.OPAQUE, why=_STATE),
    Field(cmi("/**/SD"), Kind.FREE_TEXT, Treat.OPAQUE, why=_STATE),
    Field(cmi("/**/ssp/**/data"), Kind.FREE_TEXT, Treat.OPAQUE, why=_STATE),
    Field(cmi("/**/buckets/**/data"), Kind.FREE_TEXT, Treat.OPAQUE, why=_STATE),
    Field(cmi("/**/store"), Kind.FREE_TEXT, Treat.OPAQUE, why=_STATE),
    Field(cmi("/**/shared_data"), Kind.FREE_TEXT, Treat.OPAQUE, why=_STATE),
    Field(cmi("/**/id"), Kind.FREE_TEXT, Treat.OPAQUE, why=_ID),
    Field(cmi("/**/identifier"), Kind.FREE_TEXT, Treat.OPAQUE, why=_ID),
    Field(cmi("/**/registration_id"), Kind.FREE_TEXT, Treat.OPAQUE, why=_ID),
    Field(cmi("/**/RI"), Kind.FREE_TEXT, Treat.OPAQUE, why=_ID),
    Field(cmi("/**/activity_id"), Kind.FREE_TEXT, Treat.OPAQUE, why=_ID),
    Field(cmi("/**/item_id"), Kind.FREE_TEXT, Treat.OPAQUE, why=_ID),
    Field(cmi("/**/II"), Kind.FREE_TEXT, Treat.OPAQUE, why=_ID),
    Field(cmi("/**/objective_id"), Kind.FREE_TEXT, Treat.OPAQUE, why=_ID),
    Field(cmi("/**/interaction_id"), Kind.FREE_TEXT, Treat.OPAQUE, why=_ID),
    Field(cmi("/**/location"), Kind.FREE_TEXT, Treat.TEXT, why="bookmark, or where a comment was made"),
    Field(cmi("/**/lesson_location"), Kind.FREE_TEXT, Treat.TEXT, why="bookmark"),
    Field(cmi("/**/Lo"), Kind.FREE_TEXT, Treat.TEXT, why="where a comment was made"),
    Field(cmi("/**/comment"), Kind.FREE_TEXT, Treat.TEXT, why="comment of the learner"),
    Field(cmi("/**/comments"), Kind.FREE_TEXT, Treat.TEXT, why="comments of the learner"),
    Field(cmi("/**/learner_comments"), Kind.FREE_TEXT, Treat.TEXT, why="comments of the learner"),
    Field(cmi("/**/comments_from_learner"), Kind.FREE_TEXT, Treat.TEXT, why="comments of the learner"),
    Field(cmi("/**/learner_response"), Kind.FREE_TEXT, Treat.TEXT, why=_ANSWER),
    Field(cmi("/**/student_response"), Kind.FREE_TEXT, Treat.TEXT, why=_ANSWER),
    Field(cmi("/**/LR"), Kind.FREE_TEXT, Treat.TEXT, why=_ANSWER),
    Field(cmi("/**/description"), Kind.FREE_TEXT, Treat.TEXT, why="description of an interaction or objective"),
    Field(cmi("/**/browser"), Kind.FREE_TEXT, Treat.BLANK, why="the browser's User-Agent, which stays here"),
    Field(cmi("/**/user_agent"), Kind.FREE_TEXT, Treat.BLANK, why="the browser's User-Agent, which stays here"),
    Field(cmi("/**"), Kind.FREE_TEXT, Treat.OTHER, why="names of newer commits are not published"),
)
"""The commit in JSON, whole or only what changed: words of XML, of the data models and of the cloud's own API."""

COMMIT = Shape(
    body=Body.READ,
    media=(
        "text/xml",
        "application/xml",
        "application/json",
        "text/json",
        "text/plain",
        "application/octet-stream",
        "application/x-www-form-urlencoded",
    ),
    keys=Keys(others="pass"),
    fields=(*RTD, *WORDS, *packed(RTD), *packed(WORDS)),
)

LOG = Shape(
    body=Body.READ,
    media=(
        "text/xml",
        "application/xml",
        "application/json",
        "text/json",
        "text/plain",
        "application/x-www-form-urlencoded",
    ),
    keys=Keys(others="pass"),
    fields=(
        Field(xml("//*/@*"), Kind.FREE_TEXT, Treat.OTHER, why="traces of every value that the course read or wrote"),
        Field(cmi("/**"), Kind.FREE_TEXT, Treat.OTHER, why="traces of every value that the course read or wrote"),
    ),
)
"""A log of the player, where the mount lets it pass."""

ADAPTER = Adapter(
    name="runtime",
    faces=Direction.OUTWARD,
    summary="The player and the course in it: pages, configuration, files, commits.",
    request_headers=("x-requested-with",),
    withholds_addresses=True,
    routes=(
        Route(
            "runtime.results",
            ("POST",),
            "/{engine}/RecordResults.jsp",
            request=COMMIT,
            session=Session.NEEDS,
            why="A14, A16. The commit; its free text may hold the learner's identity.",
        ),
        RESULTS,
        Route(
            "runtime.debug-log",
            ("POST",),
            "/{engine}/DebugLog.jsp",
            request=LOG,
            session=Session.NEEDS,
            refuse="debug-log",
            why="A15. Traces of every value the course read, names among them; of no use to the learner.",
        ),
        Route(
            "runtime.server-log",
            ("POST",),
            "/{engine}/ServerLogger.jsp",
            request=LOG,
            session=Session.NEEDS,
            refuse="server-log",
            why="A15. As the debug log.",
        ),
        Route(
            "runtime.launch-link",
            ("GET",),
            "/api/cloud/registration/launch/{link}",
            request=PASS,
            session=Session.NEEDS,
            why="Where a launch link of the API leads. Without the session that our link opens, nothing the learner did "
            "could be saved; so she hears of it before she begins.",
        ),
        Route(
            "runtime.preview-link",
            ("GET",),
            "/api/cloud/course/preview/{link}",
            request=PASS,
            session=Session.USES,
            why="The same for a preview, which is nobody's. The path is an inference; see `routes` of the mount.",
        ),
        Route(
            "runtime.icon",
            ("GET",),
            "/favicon.ico",
            request=Shape(),
            session=Session.USES,
            why="Browsers ask for it where a page of the cloud is the whole page, as behind a launch link.",
        ),
        Route(
            "runtime.launch-page",
            ("GET",),
            "/{engine}/defaultui/launch.jsp",
            request=PASS,
            session=Session.USES,
            why="A10. Where the launch's redirects end.",
        ),
        Route(
            "runtime.player",
            ("GET",),
            "/{engine}/defaultui/{file:**}",
            request=PASS,
            session=Session.USES,
            why="A11, A13. Pages and scripts of the player.",
        ),
        Route(
            "runtime.configuration",
            ("GET",),
            "/{engine}/PlayerConfiguration.jsp",
            request=PASS,
            session=Session.USES,
            why="A12. Its answer names the learner as the cloud knows her: by pseudonym.",
        ),
        Route(
            "runtime.content",
            ("GET",),
            "/content/{file:**}",
            request=PASS,
            session=Session.USES,
            why="A13. Course files, authorised by cookies.",
        ),
        Route(
            "runtime.vault",
            ("GET",),
            "/vault/{file:**}",
            request=PASS,
            session=Session.USES,
            why="A13. Course files, authorised by an unguessable path.",
        ),
        Route(
            "runtime.further-host",
            ("GET",),
            "~/{file:**}",
            request=PASS,
            session=Session.USES,
            why="Files of the cloud's further hosts (content hosts), as configured in `origins`.",
        ),
    ),
)
