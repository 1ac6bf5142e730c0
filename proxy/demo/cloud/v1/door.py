"""The door of the V1 API: signature, time, method.

Parameters come in the query or in a form. Which codes the errors have is an inference, but for 1 (unknown id).
"""

import inspect

from aiohttp import web

from proxy.demo.cloud.site import Site, page
from proxy.demo.cloud.v1.calling import BAD_SIGNATURE, MISSING, STALE, Failed, V1Call
from proxy.demo.cloud.v1.signing import fresh, signed
from proxy.demo.cloud.v1.table import methods
from proxy.demo.cloud.xmlreport import DECLARATION, attributes, wrapped

_FORMS = {"multipart/form-data", "application/x-www-form-urlencoded"}


class V1Desk:
    """Handlers at `/api` and at the older address."""

    def __init__(self, site: Site) -> None:
        """Serve this site."""
        self._site = site
        self._methods = methods()

    def routes(self) -> list[web.RouteDef]:
        """Both addresses, GET and POST."""
        return [
            route
            for path in ("/api", "/EngineWebServices/api")
            for route in (web.get(path, self._answer), web.post(path, self._answer))
        ]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        try:
            told = await self._do(request)
        except Failed as failed:
            error = f"<err{attributes(code=failed.code, msg=failed.message)}/>"
            return page(f'{DECLARATION}<rsp stat="fail">{error}</rsp>', "text/xml")
        return told if isinstance(told, web.StreamResponse) else page(wrapped(told), "text/xml")

    async def _do(self, request: web.Request) -> str | web.StreamResponse:
        pairs = list(request.query.items())
        if request.method == "POST" and request.content_type in _FORMS:
            pairs += [(name, value) for name, value in (await request.post()).items() if isinstance(value, str)]
        given = dict(pairs)
        app = self._site.realm.apps.get(given.get("appid", ""))
        keys = [] if app is None else [one.secret for one in app.keys.values() if one.active]
        if app is None or len(given) != len(pairs) or not any(signed(given, one) for one in keys):
            raise Failed(BAD_SIGNATURE, "The signature is not valid")
        if not fresh(given, self._site.clock()):
            raise Failed(STALE, "The timestamp is out of range")
        method = self._methods.get(given.get("method", ""))
        if method is None:
            raise Failed(MISSING, f"Method {given.get('method', '')} is not known")
        answer = method(V1Call(self._site, app, given, request.headers.get("User-Agent", "")))
        return await answer if inspect.isawaitable(answer) else answer
