"""xAPI statements the cloud writes about launches and results, as its v2 lists tell them.

The learner is `actor.account` = `{homePage: "http://cloud.scorm.com", name: "APPID|learnerId"}` and `actor.name`; the
authority is the application. How the object is spelt on the wire is not verified: see `Habits.statement_object`.
"""

import uuid
from collections.abc import Mapping
from typing import Any

from proxy.demo.cloud.habits import Habits
from proxy.demo.cloud.lrs.holders import Holder
from proxy.demo.cloud.model import Registration
from proxy.demo.cloud.progress import iso
from proxy.demo.cloud.realm import App, Written

HOME_PAGE = "http://cloud.scorm.com"
_VERBS = "http://adlnet.gov/expapi/verbs/"
_ADL = "https://w3id.org/xapi/adl/verbs/"
_CMI5 = "https://w3id.org/xapi/cmi5"
_OF_CMI5 = frozenset({"abandoned", "satisfied", "waived"})
_SPLIT = {
    "Agent": "objectAgentGroup",
    "Group": "objectAgentGroup",
    "StatementRef": "objectStatementReference",
    "SubStatement": "objectSubStatement",
}


def agent(app_id: str, registration: Registration) -> dict[str, Any]:
    """The learner as an xAPI agent."""
    learner = registration.learner
    name = " ".join(one for one in (learner.first, learner.last) if one)
    account = {"homePage": HOME_PAGE, "name": f"{app_id}|{learner.id}"}
    return {"objectType": "Agent", "account": account} | ({"name": name} if name else {})


def write(app: App, registration: Registration, verb: str, at: float, result: Mapping[str, Any] | None = None) -> None:
    """Store a statement about an attempt."""
    course = registration.course
    statement: dict[str, Any] = {
        **_frame(app, registration, at),
        "verb": {"id": _VERBS + verb, "display": {"en-US": verb}},
        "object": {
            "objectType": "Activity",
            "id": course.activity_id,
            "definition": {"name": {"en-US": course.title}, "type": "http://adlnet.gov/expapi/activities/course"},
        },
        "context": {"registration": registration.xapi_id, "platform": "SCORM Cloud"},
    }
    if result:
        statement["result"] = dict(result)
    app.statements.append(Written(registration.id, registration.instance, at, statement))


def about_result(app: App, registration: Registration, at: float) -> None:
    """Statements about what a commit changed: the result, and the latest comment, which is free text of the learner."""
    state = registration.runtime
    result: dict[str, Any] = {"completion": state.completion == "completed", "success": state.success == "passed"}
    if state.score is not None:
        result["score"] = {"scaled": state.score / 100}
    write(app, registration, "completed" if state.completion == "completed" else "attempted", at, result)
    if state.comments:
        write(app, registration, "commented", at, {"response": state.comments[-1].text})


def write_cmi5(
    app: App, registration: Registration, verb: str, at: float, holder: Holder, *, launch_url: str = ""
) -> None:
    """Store a statement of the launcher's (cmi5 9.3): the launch it belongs to is in its context."""
    extensions: dict[str, Any] = {f"{_CMI5}/context/extensions/sessionid": holder.session}
    if launch_url:
        extensions[f"{_CMI5}/context/extensions/launchurl"] = launch_url
        extensions[f"{_CMI5}/context/extensions/launchmode"] = "Normal"
        extensions[f"{_CMI5}/context/extensions/moveon"] = "CompletedOrPassed"
    statement = {
        **_frame(app, registration, at),
        "actor": {key: value for key, value in agent(app.id, registration).items() if key != "name"},
        "verb": {"id": (_ADL if verb in _OF_CMI5 else _VERBS) + verb, "display": {"en-US": verb}},
        "object": {"objectType": "Activity", "id": holder.activity},
        "context": {
            "registration": registration.xapi_id,
            "contextActivities": {
                "category": [{"objectType": "Activity", "id": f"{_CMI5}/context/categories/cmi5"}],
                "grouping": [{"objectType": "Activity", "id": registration.course.activity_id}],
            },
            "extensions": extensions,
        },
    }
    app.statements.append(Written(registration.id, registration.instance, at, statement))


def _frame(app: App, registration: Registration, at: float) -> dict[str, Any]:
    """What every statement of the cloud's own has."""
    return {
        "id": str(uuid.uuid4()),
        "actor": agent(app.id, registration),
        "timestamp": iso(at),
        "stored": iso(at),
        "version": "1.0.0",
        "authority": {"objectType": "Agent", "account": {"homePage": HOME_PAGE, "name": app.id}, "name": app.name},
    }


def told(statement: Mapping[str, Any], habits: Habits) -> dict[str, Any]:
    """A statement as a v2 list tells it."""
    made = dict(statement)
    found = made.get("object")
    if found is None or habits.statement_object == "standard":
        return made
    kind = _SPLIT.get(found.get("objectType", "Activity"), "objectActivity")
    made[kind] = told(found, habits) if kind == "objectSubStatement" else found
    if habits.statement_object == "split":
        del made["object"]
    return made
