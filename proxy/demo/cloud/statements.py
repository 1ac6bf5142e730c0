"""xAPI statements the cloud writes about launches and results, as its v2 lists tell them.

The learner is `actor.account` = `{homePage: "http://cloud.scorm.com", name: "APPID|learnerId"}` and `actor.name`; the
authority is the application. How the object is spelt on the wire is not verified: see `Habits.statement_object`.
"""

import uuid
from collections.abc import Mapping
from typing import Any

from proxy.demo.cloud.habits import Habits
from proxy.demo.cloud.model import Registration
from proxy.demo.cloud.progress import iso
from proxy.demo.cloud.realm import App, Written

HOME_PAGE = "http://cloud.scorm.com"
_VERBS = "http://adlnet.gov/expapi/verbs/"
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
        "id": str(uuid.uuid4()),
        "actor": agent(app.id, registration),
        "verb": {"id": _VERBS + verb, "display": {"en-US": verb}},
        "object": {
            "objectType": "Activity",
            "id": course.activity_id,
            "definition": {"name": {"en-US": course.title}, "type": "http://adlnet.gov/expapi/activities/course"},
        },
        "context": {"registration": registration.xapi_id, "platform": "SCORM Cloud"},
        "timestamp": iso(at),
        "stored": iso(at),
        "authority": {"objectType": "Agent", "account": {"homePage": HOME_PAGE, "name": app.id}, "name": app.name},
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
