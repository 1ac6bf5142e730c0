"""The v2 HTTP API, as far as an integration reads results and downloads packages.

Basic auth `appId:secret`. The stock Python client sends `/api/v2//registrations/…` (doubled slash) and booleans as
`True`: both are understood. Errors are `{"message": …}`, and `{"error": …}` without credentials.
"""

from aiohttp import web

from proxy.demo.cloud.learners import locked
from proxy.demo.cloud.packages import dispatch_zip
from proxy.demo.cloud.progress import progress
from proxy.demo.cloud.site import Site

_SLASHES = "{slashes:/+}"


class ApiDesk:
    """Handlers below `/api/v2`."""

    def __init__(self, site: Site) -> None:
        """Serve this site."""
        self._site = site

    def routes(self) -> list[web.RouteDef]:
        """All routes of the API."""
        return [
            web.get(f"/api/v2{_SLASHES}ping", self._ping),
            web.get(f"/api/v2{_SLASHES}registrations/{{registration}}", self._registration),
            web.get(f"/api/v2{_SLASHES}dispatch/dispatches/{{dispatch}}/zip", self._zip),
        ]

    async def _ping(self, request: web.Request) -> web.StreamResponse:
        moment = {"apiMessage": "API is alive", "currentTime": str(int(self._site.clock()))}
        return locked(self._site, request) or web.json_response(moment)

    async def _registration(self, request: web.Request) -> web.StreamResponse:
        refused = locked(self._site, request)
        if refused is not None:
            return refused
        asked = request.match_info["registration"]
        registration = self._site.books.registration(asked)
        dispatch = None if registration is None else self._site.books.dispatch(registration.dispatch)
        if registration is None or dispatch is None:
            return web.json_response({"message": f"Registration [{asked}] was not found."}, status=404)
        return web.json_response(
            progress(
                registration,
                dispatch,
                children=_flag(request, "includeChildResults"),
                interactions=_flag(request, "includeInteractionsAndObjectives"),
                runtime=_flag(request, "includeRuntime"),
            )
        )

    async def _zip(self, request: web.Request) -> web.StreamResponse:
        refused = locked(self._site, request)
        if refused is not None:
            return refused
        asked = request.match_info["dispatch"]
        dispatch = self._site.books.dispatch(asked)
        if dispatch is None:
            return web.json_response({"message": f"Dispatch [{asked}] was not found."}, status=404)
        return web.Response(
            body=dispatch_zip(self._site, dispatch),
            content_type="application/zip",
            headers={"Content-Disposition": f'attachment; filename="lighthouses_dispatch_{dispatch.id}.zip"'},
        )


def _flag(request: web.Request, name: str) -> bool:
    return request.query.get(name, "").casefold() == "true"
