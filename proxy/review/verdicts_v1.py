"""The verdict on a row about the V1 API: one address, a route for each method, XML answers."""

from collections.abc import Sequence

from proxy.fields import Adapter, Field, Route
from proxy.review.inventory import Row
from proxy.review.words import DROPPED, KEPT, REFUSED, TRANSLATED, Verdict, of_field
from proxy.rewrite.selectors import automaton, parse_xml_selector

_SIGNED = "verified with the secret of ours that the LMS has, made anew with the cloud's"
_APP = "the application: the LMS calls by a name of ours, the cloud's own is put in its place"
_ERROR = "ids of ours that an error quotes are put back in place, as far as the audience may see people"
_FORM = "query and form are one set of parameters: each has the verdict of its name"


def verdict_v1(row: Row, adapter: Adapter) -> Verdict:
    """Return what `adapter` does at the place of `row`."""
    if row.operation == "*":
        return Verdict(TRANSLATED, _ERROR if row.direction == "response" else _FORM)
    route = next((one for one in adapter.routes if ("method", row.operation) in one.when), None)
    if route is None:
        return Verdict(REFUSED, "no such method")
    if route.refuse:
        return Verdict(REFUSED, route.why or route.refuse, route.name)
    return _asked(row, route) if row.direction == "request" else _answered(row, route)


def _asked(row: Row, route: Route) -> Verdict:
    if row.pointer in {"sig", "appid"} and route.signed:
        return Verdict(TRANSLATED, _SIGNED if row.pointer == "sig" else _APP, route.name)
    wanted = row.pointer.casefold()
    fields = [one for one in route.request.fields if one.place.steps[0].selector.casefold() == wanted]
    if fields:
        return of_field(fields[0], route)
    if row.pointer not in route.request.keys.named:
        return Verdict(REFUSED, "not a parameter that is declared", route.name)
    return Verdict(KEPT, "names no learner", route.name)


def _answered(row: Row, route: Route) -> Verdict:
    shape = route.answer
    if covers(shape.keep, row.pointer):
        field = _field_at(row.pointer, shape.fields)
        return of_field(field, route) if field is not None else Verdict(KEPT, "", route.name)
    detail = covers(shape.details, row.pointer)
    return Verdict(DROPPED, "detail" if detail else "not an element that is declared", route.name)


def _field_at(pointer: str, fields: Sequence[Field]) -> Field | None:
    return next((one for one in fields if leads(one.place.steps[-1].selector, pointer)), None)


def covers(selectors: Sequence[str], pointer: str) -> bool:
    """Whether an allow-list lets a value through: itself, or an element around it."""
    plain = pointer.replace("//", "/")
    return any(leads(one, plain) or ("@" not in one and plain.startswith(one + "/")) for one in selectors)


def leads(selector: str, pointer: str) -> bool:
    """Whether a selector names what a pointer of the inventory points at (there `//` is any way down)."""
    elements, attribute = parse_xml_selector(selector)
    path, _, wanted = pointer.partition("/@")
    state = automaton([elements])
    for name in path.replace("//", "/").strip("/").split("/"):
        below = state.next(name)
        if below is None:
            return False
        state = below
    return bool(state.hits) and attribute == wanted
