"""Requests that the proxy answers itself: preflights of the LMS's pages, and return addresses."""

from proxy.errors import NotPermitted, UnknownRoute
from proxy.fields import Adapter, Route
from proxy.passage.mounts import Mount
from proxy.passage.ports import Reply, Request

_METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD")
_MAX_AGE = "600"


def check_origin(request: Request, mount: Mount, route: Route) -> str:
    """Return the Origin that may read the answer across origins, or ""; `NotPermitted` for a stranger's.

    Browsers send Origin with every cross-origin fetch and with every POST (Fetch standard, section 3.1). A page of a
    third site could otherwise use the session of a learner who is in mid-course.
    """
    origin = request.headers.get("origin")
    if not origin or origin.lower() == mount.public.origin:
        return ""
    if origin.lower() in mount.lms_origins:
        return origin if route.cors else ""
    if origin == "null" and (request.method in {"GET", "HEAD"} or route.signed):
        # A page with a strict Referrer-Policy posts its form like that; the signature says who made it.
        return ""
    raise NotPermitted("origin", route=route.name)


def allowed_headers(adapter: Adapter) -> str:
    """Return the value of Access-Control-Allow-Headers for an adapter's pages."""
    return ", ".join((*adapter.request_headers, "content-type"))


def cors_fields(origin: str, adapter: Adapter) -> list[tuple[str, str]]:
    """Return the fields that let a page of `origin` read an answer (Fetch standard, section 3.2)."""
    fields = [("Access-Control-Allow-Origin", origin), ("Vary", "Origin")]
    if adapter.answer_headers:
        fields.append(("Access-Control-Expose-Headers", ", ".join(adapter.answer_headers)))
    return fields


def preflight(request: Request, mount: Mount, route: Route) -> Reply:
    """Answer an OPTIONS request of an LMS page (Fetch standard, section 4.8); the cloud never sees it."""
    origin = check_origin(request, mount, route)
    if not origin:
        raise UnknownRoute("preflight", route=route.name)
    return Reply(
        204,
        [
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Methods", ", ".join(route.methods)),
            ("Access-Control-Allow-Headers", allowed_headers(mount.adapter)),
            ("Access-Control-Max-Age", _MAX_AGE),
            ("Vary", "Origin"),
        ],
    )


def wanted_method(request: Request) -> str:
    """Return the method a preflight asks for; `UnknownRoute` if it is no preflight."""
    method = request.headers.get("access-control-request-method").upper()
    if method not in _METHODS or "origin" not in request.headers:
        raise UnknownRoute("options-without-preflight")
    return method
