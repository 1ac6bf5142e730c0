"""xAPI statements in v2 answers, by course and by registration."""

from collections.abc import Callable

from proxy.demo.cloud.realm import Written
from proxy.demo.cloud.statements import told
from proxy.demo.cloud.v2.calling import Answer, Call, Row
from proxy.demo.cloud.v2.instances import instance
from proxy.demo.cloud.v2.lists import Kind, page

_KIND = Kind(
    "statements",
    fields={"registration_id": lambda one: one.registration},
    stamps={"stored": lambda one: one.at},
    exact={"learnerId": lambda one: one.statement["actor"].get("account", {}).get("name", "").partition("|")[2]},
)


def rows() -> tuple[Row, ...]:
    """All operations that list statements."""
    registration = "/registrations/{registrationId}"
    return (
        Row("GET", "/courses/{courseId}/xAPIStatements", _of_course),
        Row("GET", "/courses/{courseId}/versions/{versionId}/xAPIStatements", _of_course),
        Row("GET", registration + "/xAPIStatements", _of_registration),
        Row("GET", registration + "/instances/{instanceId}/xAPIStatements", _of_instance),
    )


def _page(call: Call, wanted: Callable[[Written], bool]) -> Answer:
    found = [one for one in call.app.statements if wanted(one)]
    return page(call, _KIND, found, lambda one: told(one.statement, call.site.habits))


def _of_course(call: Call) -> Answer:
    course = call.course()
    attempts = {
        (one.id, attempt.instance)
        for one in call.app.books.registrations()
        for attempt in (one, *one.past)
        if attempt.course.id == course.id and ("versionId" not in call.path or attempt.course.version == course.version)
    }
    return _page(call, lambda one: (one.registration, one.instance) in attempts)


def _of_registration(call: Call) -> Answer:
    registration = call.registration()
    return _page(call, lambda one: one.registration == registration.id)


def _of_instance(call: Call) -> Answer:
    attempt = instance(call)
    return _page(call, lambda one: (one.registration, one.instance) == (attempt.id, attempt.instance))
