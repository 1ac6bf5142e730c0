"""Learners: `updateInfo` and `delete-information`. Both answer 204 at once and act a little later."""

from functools import partial

from proxy.demo.cloud.learners import Renames, erase, known_in, rename
from proxy.demo.cloud.v2.calling import Call, Refused, Row


def rows() -> tuple[Row, ...]:
    """All operations of learners but tags."""
    return (
        Row("POST", "/learner/{learnerId}/updateInfo", _update),
        Row("POST", "/learner/{learnerId}/delete-information", _delete, scope="admin"),
    )


def _update(call: Call) -> None:
    renames: Renames = call.site.renames
    if renames.by_v2 == "forbidden":
        raise Refused(403, "The scope write:learner is missing.")
    learner, given = call.path["learnerId"], dict(call.body)
    if not isinstance(given.get("id"), str):
        raise Refused(400, "id is required.")
    renames.asked.append((learner, given["id"]))
    if renames.by_v2 != "renames":
        given["id"] = learner
    call.site.chores.later(renames.seconds, partial(rename, call.app, learner, given))


def _delete(call: Call) -> None:
    """403 if the address is not an owner's, 404 if nobody here has that id."""
    learner, user = call.path["learnerId"], call.asked("userEmail")
    if user.casefold() != call.realm.owner.casefold():
        raise Refused(403, f"[{user}] is not an Owner or Administrator of this realm.")
    if not known_in(call.app, learner):
        raise Refused(404, f"Learner [{learner}] was not found.")
    call.site.chores.later(call.site.renames.seconds, partial(erase, call.realm, call.app, learner, user))
