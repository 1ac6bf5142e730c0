"""The verdict on one row of the inventory: what the declarations say happens to the value there."""

from collections.abc import Iterable, Sequence

from proxy.errors import UnknownRoute
from proxy.fields import Adapter, Field, Route, Treat
from proxy.message import Headers
from proxy.passage import Router, leaving
from proxy.review.inventory import Row
from proxy.review.verdicts_lrs import verdict_lrs
from proxy.review.verdicts_postback import verdict_postback
from proxy.review.verdicts_v1 import verdict_v1
from proxy.review.words import DROPPED, KEPT, REFUSED, TRANSLATED, Verdict, of_field
from proxy.rewrite import Selector

_WHOLE = frozenset({Treat.REFUSE, Treat.POSTBACK, Treat.SETTINGS, Treat.KEEP})
_LOGIN = "the caller's credential is one of ours; the cloud's own is put in its place"
_INWARD = "is at the cloud already and names no learner of ours; on its way to the operator's side"
_ERROR = "ids of ours that an error quotes are put back in place, as far as the audience may see people"


def verdict_of(row: Row, adapter: Adapter) -> Verdict:
    """Return what `adapter` does at the place of `row`, by what it declares and by what holds for every route."""
    if row.api == "v1":
        return verdict_v1(row, adapter)
    if row.api == "postback":
        return verdict_postback(row)
    if row.api == "lrs":
        return verdict_lrs(row)
    if row.path == "*":
        return _everywhere(row, adapter)
    router = Router(adapter.routes, exceptions=_Every())
    path = "/".join("x" if part.startswith("{") else part for part in row.path.split("/"))
    try:
        route = router.match(row.method, path, "").route
    except UnknownRoute:
        return Verdict(REFUSED, "no such route")
    if route.refuse:
        return Verdict(REFUSED, route.why or route.refuse, route.name)
    if row.location == "header":
        return Verdict(TRANSLATED, _LOGIN, route.name) if row.pointer == "Authorization" else _everywhere(row, adapter)
    if row.direction == "response":
        return _answered(row, route)
    return _asked(row, route)


class _Every:
    """Every reason for refusing, so that the route is found; its refusal is the verdict."""

    def __contains__(self, _reason: object) -> bool:
        return True


def _everywhere(row: Row, adapter: Adapter) -> Verdict:
    if row.location == "body-json":
        return Verdict(TRANSLATED, _ERROR)
    sent = leaving(Headers([(row.pointer, "x")]), also=adapter.request_headers, user_agent="ours", path="/")
    if any(name.lower() == row.pointer.lower() and value == "x" for name, value in sent):
        return Verdict(KEPT, "")
    return Verdict(DROPPED, "only named header fields leave")


def _asked(row: Row, route: Route) -> Verdict:
    shape = route.request
    if row.location == "body-form" and shape.parts:
        known = row.pointer in shape.parts
        return Verdict(KEPT if known else REFUSED, "read by the guard; course content" if known else "", route.name)
    carrier = {"query": "query", "path": "path", "body-json": "json", "body-form": "form"}[row.location]
    field = _field_at(row.pointer, carrier, shape.fields)
    if field is not None:
        return of_field(field, route)
    if carrier == "json" and not _named(row.pointer, shape.members or ()):
        return Verdict(REFUSED, "not a member that is declared", route.name)
    if carrier == "query" and row.pointer not in shape.keys.named:
        return Verdict(REFUSED, "not a key that is declared", route.name)
    return Verdict(KEPT, route.why, route.name)


def _answered(row: Row, route: Route) -> Verdict:
    shape = route.answer
    if row.notes.startswith("on 4xx/5xx"):
        return Verdict(TRANSLATED, _ERROR, route.name)
    if route.details:
        return Verdict(DROPPED, "detail: only an audience for details may ask", route.name)
    if not _named(row.pointer, shape.keep):
        detail = _named(row.pointer, shape.details)
        return Verdict(DROPPED, "detail" if detail else "not a member that is declared", route.name)
    field = _field_at(row.pointer, "json", shape.fields)
    return of_field(field, route) if field is not None else Verdict(KEPT, _INWARD, route.name)


def _field_at(pointer: str, carrier: str, fields: Iterable[Field]) -> Field | None:
    """The declaration for a place; one of a whole object counts for everything in it, a nearer one before it."""
    found: list[Field] = []
    for field in fields:
        step = field.place.steps[0]
        if step.carrier != carrier:
            continue
        if carrier != "json":
            if step.selector.lower() == pointer.partition("#")[0].lower():
                return field
        elif all(Selector(step.selector).reaches(path, inside=field.treat in _WHOLE) for path in _paths(pointer)):
            found.append(field)
    return min(found, key=lambda one: one.treat in _WHOLE and one.treat is not Treat.REFUSE, default=None)


def _named(pointer: str, pointers: Sequence[str]) -> bool:
    return all(any(Selector(one).reaches(path, inside=True) for one in pointers) for path in _paths(pointer))


def _paths(pointer: str) -> list[list[str]]:
    """What a pointer of the inventory stands for: `*` any element or key, `**` any number of `children/*`."""
    parts = pointer.split("/")[1:]
    plain = ["0" if part == "*" else part for part in parts if part != "**"]
    if "**" not in parts:
        return [plain]
    deep = [word for part in parts for word in (("children", "0") if part == "**" else ("0" if part == "*" else part,))]
    return [plain, deep]
