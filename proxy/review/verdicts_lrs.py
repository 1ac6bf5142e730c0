"""The verdict on a row about the record store: statements, documents, agents, and the launch that leads to them."""

from collections.abc import Iterable

from proxy.adapters import cmi5, xapi
from proxy.adapters.xapi.statement import AGENT
from proxy.errors import UnknownRoute
from proxy.fields import Body, Field, Route, Shape, Treat
from proxy.passage import Router
from proxy.review.inventory import Row
from proxy.review.words import KEPT, REFUSED, TRANSLATED, Verdict, of_field
from proxy.rewrite import Selector

_LOGIN = "the caller's key is one of ours; the store's own is put in its place"
_FORM = "the alternate syntax is turned into the request that it means, which walks like any other"
_PART = "the statements of a multipart body walk like any others; its attachments are read or refused"
_DOCUMENT = "not altered, for its ETag is made of its bytes; refused where the guard sees somebody, or cannot read it"
_SEARCHED = "names no learner by its form; the guard reads it with the rest of the message"
_INSIDE = frozenset({Treat.AGENT, Treat.EXTENSIONS, Treat.DROP, Treat.MORE})
AGENT_MEMBERS = frozenset(member.split("/")[1] for member in AGENT)
_LAUNCH = "<xAPI content launch URL>"


def verdict_lrs(row: Row) -> Verdict:
    """Return what becomes of a place in traffic with a record store."""
    if row.location == "header" or row.pointer == "Authorization":
        return Verdict(TRANSLATED, _LOGIN)
    if row.location == "body-form":
        return Verdict(TRANSLATED, _FORM)
    if row.path == _LAUNCH:
        return _in_query(row, cmi5.ADAPTER.route("cmi5.tincan-launch"))
    path = row.path.removeprefix("/lrs/{appId}")
    try:
        route = Router(xapi.ADAPTER.routes).match(row.method, path, "").route
    except UnknownRoute:
        return Verdict(REFUSED, "no such route")
    if row.location == "query":
        return _in_query(row, route)
    if row.pointer == "multipart part 1":
        return Verdict(TRANSLATED, _PART, route.name)
    shape = route.request if row.direction == "request" else _answer(row, route)
    return _in_body(row, shape, route)


def _answer(row: Row, route: Route) -> Shape:
    """A document is what comes where its id is asked for; without, a list of ids does."""
    return Shape(body=Body.DOCUMENT) if not row.pointer and route.name.endswith(".list") else route.answer


def _in_query(row: Row, route: Route) -> Verdict:
    field = next((one for one in route.request.fields if one.place.steps[0].selector == row.pointer), None)
    return of_field(field, route) if field is not None else Verdict(KEPT, _SEARCHED, route.name)


def _in_body(row: Row, shape: Shape, route: Route) -> Verdict:
    if shape.body is Body.DOCUMENT:
        return Verdict(KEPT, _DOCUMENT, route.name)
    if shape.body is Body.NONE:
        return Verdict(REFUSED, "there is no body", route.name)
    if row.pointer.startswith("/*") and shape.many is not None:
        shape = shape.many
    field = _field_at(row.pointer, shape.fields)
    if field is not None:
        return of_field(field, route)
    keys = _keys(row.pointer)
    if shape.members is not None and not any(Selector(one).reaches(keys, inside=True) for one in shape.members):
        return Verdict(REFUSED, "not a member that is declared", route.name)
    return Verdict(KEPT, _SEARCHED, route.name)


def _field_at(pointer: str, fields: Iterable[Field]) -> Field | None:
    keys = _keys(pointer)
    for field in fields:
        selector, inside = Selector(field.place.steps[-1].selector), field.treat in _INSIDE
        if field.reading and len(keys) > selector.pointer.count("/"):
            inside = keys[selector.pointer.count("/")] in AGENT_MEMBERS
        if selector.reaches(keys, inside=inside):
            return field
    return None


def _keys(pointer: str) -> list[str]:
    return ["0" if key == "*" else key for key in pointer.split("/")[1:]]
