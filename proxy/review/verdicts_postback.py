"""The verdict on a row about what the cloud sends: results in four forms, and two messages that never come to us."""

from proxy.adapters import postback
from proxy.fields import Field, Shape
from proxy.review.inventory import Row
from proxy.review.verdicts_v1 import covers, leads
from proxy.review.words import DROPPED, KEPT, REFUSED, TRANSLATED, Verdict, of_field
from proxy.rewrite import Selector

_LOGIN = "a login of ours, which the LMS's own takes the place of"
_ADDRESS = "an address of ours with an unguessable token stands for the LMS's"
_WHOLE = "opened, and closed again in the form in which it came"
_OTHERS = {
    "CourseImportPostback": (KEPT, "goes to an address of the LMS's, about a course; no learner is in it"),
    "StatementForwarding": (REFUSED, "pipes are not set up through us: the cloud would push around the proxy"),
    "*": (TRANSLATED, _ADDRESS),
}
_HIGH_LEVEL = "a high-level result"


def verdict_postback(row: Row) -> Verdict:
    """Return what becomes of a place in a result that the cloud posts."""
    if row.operation in _OTHERS:
        return Verdict(*_OTHERS[row.operation])
    if row.location == "header" or row.pointer in {"userName", "username", "password"}:
        return Verdict(TRANSLATED, _LOGIN)
    pointer = row.pointer.removeprefix("data#")
    if pointer == "data":
        return Verdict(TRANSLATED, _WHOLE)
    if pointer.startswith("//"):
        return _in_xml(pointer, postback.REPORT)
    return _in_json(pointer, postback.RESULT)


def _in_xml(pointer: str, shape: Shape) -> Verdict:
    plain = pointer.removeprefix("/")
    if not covers(shape.keep, plain):
        return Verdict(DROPPED, "detail")
    return _named([one for one in shape.fields if leads(one.place.steps[-1].selector, plain)])


def _in_json(pointer: str, shape: Shape) -> Verdict:
    keys = pointer.replace("**/", "").replace("*", "0").split("/")[1:]
    if not any(Selector(one).reaches(keys, inside=True) for one in shape.keep):
        return Verdict(DROPPED, "detail, or not a member that is declared")
    return _named([one for one in shape.fields if Selector(one.place.steps[-1].selector).reaches(keys, inside=False)])


def _named(fields: list[Field]) -> Verdict:
    route = postback.ADAPTER.routes[0]
    return of_field(fields[0], route) if fields else Verdict(KEPT, _HIGH_LEVEL)
