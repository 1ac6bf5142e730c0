"""Run-times of others that commit to a host behind the proxy: SCORM 1.2 and 2004 in JSON, dotted JSON, or pairs.

Sources: the data models of SCORM 1.2 and 2004 (`scorm12`, `scorm2004`), and npm's scorm-again 3.4.3, whose three formats
(`json`, `flattened`, `params`), common fields, asynchronous, offline and beacon commits are what is tested. All notations
are read as one (`proxy.rewrite.carriers.cmi`). Where a host takes commits is said in the mount's `routes`; the path may
name the learner as `{learner_id}`. There is no session: each commit names its learner, or is refused.
"""

from proxy.adapters.scorm import scorm12, scorm2004
from proxy.fields import Adapter, Body, Direction, Field, Keys, Kind, Route, Shape, Treat, below, cmi, path, query

JSON = ("application/json", "text/json", "text/plain")
MEDIA = (*JSON, "application/x-www-form-urlencoded")
"""A beacon says text/plain whatever it carries, because a browser asks nobody's leave for that."""

KEYS = Keys(
    named=(
        "attempt",
        "attemptId",
        "attempt_id",
        "course",
        "courseId",
        "course_id",
        "sco",
        "scoId",
        "sco_id",
        "activity",
        "activityId",
        "activity_id",
        "registration",
        "registrationId",
        "terminate",
        "sequence",
        "_",
    )
)

COMMON = (
    "/completionStatus",
    "/successStatus",
    "/totalTimeSeconds",
    "/score/raw",
    "/score/min",
    "/score/max",
    "/score/scaled",
    "/courseId",
    "/scoId",
    "/activityId",
    "/learnerId",
    "/learnerName",
    "/sharedData",
    "/globalObjectives",
    "/commitSequence",
)
"""What scorm-again puts beside the data model (`renderCommonCommitFields`, `autoPopulateCommitMetadata` and others)."""

MODEL = (*scorm12.ELEMENTS, *scorm2004.ELEMENTS)

WHO = (
    Field(path("learner_id"), Kind.SUBJECT, why="where the address names the learner"),
    Field(query("learner_id"), Kind.SUBJECT, why="where the address names the learner"),
    Field(query("learnerId"), Kind.SUBJECT, why="where the address names the learner"),
    Field(query("student_id"), Kind.SUBJECT, why="where the address names the learner"),
)

LEARNER = (*scorm12.LEARNER, *scorm2004.LEARNER)

ELEMENTS = (
    *LEARNER,
    *scorm12.TEXTS,
    *scorm2004.TEXTS,
    *scorm2004.STATE,
    Field(cmi("/**/suspend_data"), Kind.FREE_TEXT, Treat.OPAQUE, why="often packed; only the course reads it"),
    Field(cmi("/**/shared_data"), Kind.FREE_TEXT, Treat.OPAQUE, why="the stores of adl.data by their ids"),
    Field(cmi("/**/objectives/*/id"), Kind.FREE_TEXT, Treat.OPAQUE, why="altered it would be another objective"),
    Field(cmi("/**/interactions/*/id"), Kind.FREE_TEXT, Treat.OPAQUE, why="altered it would be another interaction"),
    Field(cmi("/**"), Kind.FREE_TEXT, Treat.OTHER, why="words, numbers, times, languages, patterns"),
)

STRICT = Shape(
    body=Body.READ,
    media=MEDIA,
    keys=KEYS,
    fields=(*WHO, *ELEMENTS),
    members=(*MODEL, *below("/runtimeData", MODEL), *COMMON),
    whose="learner",
)

LENIENT = Shape(body=Body.READ, media=MEDIA, keys=Keys(others="pass"), fields=(*WHO, *ELEMENTS), whose="learner")

ADAPTER = Adapter(
    name="scorm",
    faces=Direction.OUTWARD,
    summary="Commits of other run-times than the Engine's, to a host that is told pseudonyms.",
    request_headers=("x-requested-with", "x-csrf-token", "authorization"),
    crowd=True,
    withholds_addresses=True,
    routes=(
        Route(
            "scorm.commit",
            ("POST", "PUT"),
            "",
            request=STRICT,
            cors=True,
            why="What the run-time saves. Only elements of the data models and scorm-again's own members pass.",
        ),
        Route(
            "scorm.commit-extras",
            ("POST", "PUT"),
            "",
            request=LENIENT,
            cors=True,
            refuse="commit-extras",
            why="The same with members and query keys of the host's own, which are looked through: whoever is named in "
            "them by an identifier that is not her learner id is not known.",
        ),
        Route(
            "scorm.load",
            ("GET",),
            "",
            request=Shape(keys=KEYS, fields=WHO),
            answer=Shape(body=Body.READ, media=JSON, fields=ELEMENTS),
            cors=True,
            why="What the run-time goes on with. Its learner is a pseudonym, unless the platform asks with a key of ours.",
        ),
    ),
)
