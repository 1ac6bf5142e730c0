"""Tags of six kinds of resources, all alike: PUT adds, DELETE takes away, also what is not there; there are batches.

A learner is no object: any learner id may be tagged, and its tags hang on the id.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from proxy.demo.cloud.v2.calling import Call, Refused, Row

_Find = Callable[[Call, str], list[str]]


def merge(kept: list[str], given: Iterable[str]) -> None:
    """Add what is not there yet."""
    kept.extend(one for one in dict.fromkeys(given) if one not in kept)


def rows() -> tuple[Row, ...]:
    """The three operations of each resource, and its batch."""
    return tuple(
        row
        for base, name, find in (
            ("/courses", "courseId", _of_course),
            ("/registrations", "registrationId", _of_registration),
            ("/learner", "learnerId", _of_learner),
            ("/dispatch/destinations", "destinationId", _of_destination),
            ("/dispatch/dispatches", "dispatchId", _of_dispatch),
            ("/invitations", "invitationId", _of_invitation),
        )
        for row in (
            Row("PUT", f"{base}/tags", partial(_batch, find=find)),
            Row("GET", f"{base}/{{{name}}}/tags", partial(_get, name=name, find=find)),
            Row("PUT", f"{base}/{{{name}}}/tags", partial(_put, name=name, find=find)),
            Row("DELETE", f"{base}/{{{name}}}/tags", partial(_delete, name=name, find=find)),
        )
    )


def _get(call: Call, *, name: str, find: _Find) -> dict[str, Any]:
    return {"tags": list(find(call, call.path[name]))}


def _put(call: Call, *, name: str, find: _Find) -> None:
    merge(find(call, call.path[name]), call.body.get("tags") or [])


def _delete(call: Call, *, name: str, find: _Find) -> None:
    kept, gone = find(call, call.path[name]), set(call.body.get("tags") or [])
    kept[:] = [one for one in kept if one not in gone]


def _batch(call: Call, *, find: _Find) -> None:
    found = [find(call, str(one)) for one in call.need("ids")]
    for kept in found:
        merge(kept, call.need("tags"))


def _missing(kind: str, asked: str) -> Refused:
    return Refused(404, f"{kind} [{asked}] was not found.")


def _of_course(call: Call, asked: str) -> list[str]:
    found = call.app.books.courses.latest(asked)
    if found is None:
        raise _missing("Course", asked)
    return found.tags


def _of_registration(call: Call, asked: str) -> list[str]:
    found = call.app.books.registration(asked)
    if found is None:
        raise _missing("Registration", asked)
    return found.tags


def _of_learner(call: Call, asked: str) -> list[str]:
    return call.app.learner_tags.setdefault(asked, [])


def _of_destination(call: Call, asked: str) -> list[str]:
    if asked not in call.app.destinations:
        raise _missing("Destination", asked)
    return call.app.destinations[asked].tags


def _of_dispatch(call: Call, asked: str) -> list[str]:
    found = call.app.books.dispatch(asked)
    if found is None or not found.listed:
        raise _missing("Dispatch", asked)
    return found.tags


def _of_invitation(call: Call, asked: str) -> list[str]:
    if asked not in call.app.invitations:
        raise _missing("Invitation", asked)
    return call.app.invitations[asked].tags
