"""AICC's HACP: a course asks the LMS who the learner is, and reports what she did, in forms over HTTP.

Sources: AICC CMI001 4.0 (section 6), CMI010; vendor notes; docs/protocol, AICC section. The course is at another host; the
LMS launches it with `AICC_SID` and `AICC_URL`, and it posts its commands there. So requests enter the trusted side, and it
is the *answer* to GetParam that names the learner: an answer that goes out, and is treated like anything that does.

What an answer may have is listed here; every other group or key is taken out of it, for platforms add their own.
"""

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
    form,
    ini,
    lines,
    query,
    table,
)

FORM = ("application/x-www-form-urlencoded",)
TEXT = ("text/plain", "text/html", "application/octet-stream", "application/x-www-form-urlencoded")
"""Moodle and others answer HACP as text/html or without a type of their own."""

_WORD = "a word or number of the protocol"
_WROTE = "what somebody wrote"
_LIMITS = "limits and mastery of the lesson"
_LOOK = "how she likes the course to look and sound"
_STATE = "only the course reads it"
_SECRET = "the LMS's own key to this attempt; the course holds it anyway"  # noqa: S105  a reason, not a secret

COMMANDS = "getparam putparam putcomments putinteractions putobjectives putpath putperformance exitau"
COMMAND = (
    Field(form("command"), Kind.FREE_TEXT, Treat.TOKEN, reading=COMMANDS, why=_WORD),
    Field(form("version"), Kind.FREE_TEXT, Treat.TOKEN, why=_WORD),
    Field(form("session_id"), Kind.FREE_TEXT, Treat.KEEP, why=_SECRET),
    Field(form("au_password"), Kind.FREE_TEXT, Treat.KEEP, why=_SECRET),
    Field(query("command"), Kind.FREE_TEXT, Treat.TOKEN, reading=COMMANDS, why=_WORD),
    Field(query("version"), Kind.FREE_TEXT, Treat.TOKEN, why=_WORD),
    Field(query("session_id"), Kind.FREE_TEXT, Treat.KEEP, why=_SECRET),
    Field(query("au_password"), Kind.FREE_TEXT, Treat.KEEP, why=_SECRET),
)
ROWS = (
    Field(form("aicc_data") / table("student_id"), Kind.SUBJECT, why="in tables that a course puts"),
    Field(form("aicc_data") / table("student_name"), Kind.NAME, why="in tables that a course puts"),
    Field(query("aicc_data") / table("student_id"), Kind.SUBJECT, why="in tables that a course puts"),
    Field(query("aicc_data") / table("student_name"), Kind.NAME, why="in tables that a course puts"),
    Field(form("aicc_data") / ini("core/student_id"), Kind.SUBJECT, person="core", why="some courses give it back"),
    Field(form("aicc_data") / ini("core/student_name"), Kind.NAME, person="core", why="some courses give it back"),
    Field(query("aicc_data") / ini("core/student_id"), Kind.SUBJECT, person="core", why="some give it back"),
    Field(query("aicc_data") / ini("core/student_name"), Kind.NAME, person="core", why="some give it back"),
)
DATA = lines("aicc_data")
TOLD = (
    Field(DATA / ini("core/student_id"), Kind.SUBJECT, why="the learner"),
    Field(DATA / ini("core/student_name"), Kind.NAME, why="the learner, Last, First"),
    Field(DATA / ini("core/lesson_location"), Kind.FREE_TEXT, Treat.TEXT, why="the course's bookmark"),
    Field(DATA / ini("core/credit"), Kind.FREE_TEXT, Treat.KEEP, why=_WORD),
    Field(DATA / ini("core/lesson_status"), Kind.FREE_TEXT, Treat.KEEP, why=_WORD),
    Field(DATA / ini("core/exit"), Kind.FREE_TEXT, Treat.KEEP, why=_WORD),
    Field(DATA / ini("core/entry"), Kind.FREE_TEXT, Treat.KEEP, why=_WORD),
    Field(DATA / ini("core/score"), Kind.FREE_TEXT, Treat.KEEP, why=_WORD),
    Field(DATA / ini("core/time"), Kind.FREE_TEXT, Treat.KEEP, why=_WORD),
    Field(DATA / ini("core/lesson_mode"), Kind.FREE_TEXT, Treat.KEEP, why=_WORD),
    Field(DATA / ini("core_lesson"), Kind.FREE_TEXT, Treat.OPAQUE, why=_STATE),
    Field(DATA / ini("core_vendor"), Kind.FREE_TEXT, Treat.OPAQUE, why="from the course's own package"),
    Field(DATA / ini("comments"), Kind.FREE_TEXT, Treat.TEXT, why=_WROTE),
    Field(DATA / ini("evaluation/course_id"), Kind.FREE_TEXT, Treat.KEEP, why="the course"),
    Field(DATA / ini("student_data/attempt_number"), Kind.FREE_TEXT, Treat.KEEP, why=_LIMITS),
    Field(DATA / ini("student_data/mastery_score"), Kind.FREE_TEXT, Treat.KEEP, why=_LIMITS),
    Field(DATA / ini("student_data/max_time_allowed"), Kind.FREE_TEXT, Treat.KEEP, why=_LIMITS),
    Field(DATA / ini("student_data/time_limit_action"), Kind.FREE_TEXT, Treat.KEEP, why=_LIMITS),
    Field(DATA / ini("student_data/tries_during_lesson"), Kind.FREE_TEXT, Treat.KEEP, why=_LIMITS),
    Field(DATA / ini("student_data/tries"), Kind.FREE_TEXT, Treat.KEEP, why=_LIMITS),
    Field(DATA / ini("student_data/lesson_status.n"), Kind.FREE_TEXT, Treat.KEEP, why=_LIMITS),
    Field(DATA / ini("student_data/score.n"), Kind.FREE_TEXT, Treat.KEEP, why=_LIMITS),
    Field(DATA / ini("student_data/try_score.n"), Kind.FREE_TEXT, Treat.KEEP, why=_LIMITS),
    Field(DATA / ini("student_data/try_status.n"), Kind.FREE_TEXT, Treat.KEEP, why=_LIMITS),
    Field(DATA / ini("student_data/try_time.n"), Kind.FREE_TEXT, Treat.KEEP, why=_LIMITS),
    Field(DATA / ini("student_preferences/audio"), Kind.FREE_TEXT, Treat.KEEP, why=_LOOK),
    Field(DATA / ini("student_preferences/language"), Kind.FREE_TEXT, Treat.KEEP, why=_LOOK),
    Field(DATA / ini("student_preferences/lesson_type"), Kind.FREE_TEXT, Treat.KEEP, why=_LOOK),
    Field(DATA / ini("student_preferences/speed"), Kind.FREE_TEXT, Treat.KEEP, why=_LOOK),
    Field(DATA / ini("student_preferences/text"), Kind.FREE_TEXT, Treat.KEEP, why=_LOOK),
    Field(DATA / ini("student_preferences/text_color"), Kind.FREE_TEXT, Treat.KEEP, why=_LOOK),
    Field(DATA / ini("student_preferences/text_location"), Kind.FREE_TEXT, Treat.KEEP, why=_LOOK),
    Field(DATA / ini("student_preferences/text_size"), Kind.FREE_TEXT, Treat.KEEP, why=_LOOK),
    Field(DATA / ini("student_preferences/video"), Kind.FREE_TEXT, Treat.KEEP, why=_LOOK),
    Field(DATA / ini("student_preferences/window.n"), Kind.FREE_TEXT, Treat.KEEP, why=_LOOK),
    Field(DATA / ini("objectives_status/*"), Kind.FREE_TEXT, Treat.TEXT, why="ids, scores and words"),
    Field(DATA / ini("student_demographics"), Kind.FREE_TEXT, Treat.DROP, why="who she is in eighteen ways"),
    Field(lines("error"), Kind.FREE_TEXT, Treat.KEEP, why=_WORD),
    Field(lines("error_text"), Kind.FREE_TEXT, Treat.TEXT, why=_WROTE),
    Field(lines("version"), Kind.FREE_TEXT, Treat.KEEP, why=_WORD),
)

ADAPTER = Adapter(
    name="aicc",
    faces=Direction.INWARD,
    summary="HACP of the LMS, for courses at another host: requests come in, answers go out.",
    crowd=True,
    withholds_addresses=True,
    routes=(
        Route(
            "aicc.hacp",
            ("POST", "GET"),
            "/{any:**}",
            request=Shape(body=Body.READ, media=FORM, keys=Keys(others="pass"), fields=(*COMMAND, *ROWS)),
            answer=Shape(body=Body.READ, media=TEXT, fields=TOLD),
            session=Session.NONE,
            why="GetParam, PutParam, PutComments, PutInteractions, PutObjectives, PutPath, PutPerformance, ExitAU.",
        ),
    ),
)

WROTE = (
    Field(form("aicc_data") / ini("core/lesson_location"), Kind.FREE_TEXT, Treat.TEXT, why="bookmark"),
    Field(form("aicc_data") / ini("core_lesson"), Kind.FREE_TEXT, Treat.OPAQUE, why=_STATE),
    Field(form("aicc_data") / ini("comments"), Kind.FREE_TEXT, Treat.TEXT, why=_WROTE),
    Field(form("aicc_data") / table("comment"), Kind.FREE_TEXT, Treat.TEXT, why=_WROTE),
    Field(form("aicc_data") / table("student_response"), Kind.FREE_TEXT, Treat.TEXT, why="what she answered"),
    Field(query("aicc_data") / ini("core/lesson_location"), Kind.FREE_TEXT, Treat.TEXT, why="bookmark"),
    Field(query("aicc_data") / ini("core_lesson"), Kind.FREE_TEXT, Treat.OPAQUE, why=_STATE),
    Field(query("aicc_data") / ini("comments"), Kind.FREE_TEXT, Treat.TEXT, why=_WROTE),
    Field(query("aicc_data") / table("comment"), Kind.FREE_TEXT, Treat.TEXT, why=_WROTE),
    Field(query("aicc_data") / table("student_response"), Kind.FREE_TEXT, Treat.TEXT, why="what she answered"),
)

RESULTS = Route(
    "runtime.aicc-results",
    ("POST", "GET"),
    "/{engine}/RecordAICCResults.jsp",
    request=Shape(
        body=Body.READ,
        media=FORM,
        keys=Keys(others="pass"),
        fields=(
            *COMMAND,
            *ROWS,
            *WROTE,
        ),
    ),
    answer=Shape(body=Body.READ, media=TEXT),
    session=Session.NEEDS,
    why="The same where the cloud is the LMS: its answer names the learner as the cloud knows her, by pseudonym.",
)

CONTENT = Adapter(
    name="aicc_content",
    faces=Direction.OUTWARD,
    summary="The host of an AICC course that the LMS launches: its pages, and the launch that says where the LMS is.",
    request_headers=("x-requested-with",),
    crowd=True,
    routes=(
        Route(
            "aicc.content",
            ("GET",),
            "/{file:**}",
            request=Shape(
                keys=Keys(others="pass"),
                fields=(
                    Field(query("aicc_url"), Kind.URL, Treat.HACP, why="where the course asks: at us"),
                    Field(query("aicc_sid"), Kind.FREE_TEXT, Treat.KEEP, why=_SECRET),
                ),
            ),
            session=Session.NONE,
            wash=True,
            why="The launch, and every page and file after it.",
        ),
    ),
)
