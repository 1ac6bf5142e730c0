"""The door of the record store, at `/lrs/{application}/…` and, under its older name, `/tc/{application}/…`.

HTTP Basic: the application's key, one of its xAPI credentials, or what a course got at its launch.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from proxy.demo.cloud.lrs import resources, statements
from proxy.demo.cloud.lrs.calls import Answer, Call
from proxy.demo.cloud.lrs.holders import Holder
from proxy.demo.cloud.lrs.refused import Refused
from proxy.demo.cloud.realm import App
from proxy.demo.cloud.results import take
from proxy.demo.cloud.site import Site
from proxy.demo.cloud.statements import HOME_PAGE

_VERSION = "1.0.3"
_LIMIT = 4 * 1024 * 1024
_RESOURCES = {
    "/activities/state": (resources.state, ("GET", "PUT", "POST", "DELETE")),
    "/agents/profile": (resources.agent_profile, ("GET", "PUT", "POST", "DELETE")),
    "/activities/profile": (resources.activity_profile, ("GET", "PUT", "POST", "DELETE")),
    "/agents": (resources.agents, ("GET",)),
    "/activities": (resources.activities, ("GET",)),
    "/about": (resources.about, ("GET",)),
}


class RecordDesk:
    """All resources of the store."""

    def __init__(self, site: Site) -> None:
        """Serve this site."""
        self._site = site

    def routes(self) -> list[web.RouteDef]:
        """Both names of the store."""
        return [web.route("*", base + "/{app}{tail:/.*}", self._answer) for base in ("/lrs", "/tc")]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        try:
            call = await self._call(request)
            answer = self._done(call, request.path.removesuffix(call.path))
        except Refused as refused:
            answer = Answer(refused.message, refused.status, "text/plain")
        headers = {"X-Experience-API-Version": _VERSION, **answer.headers}
        if answer.status == 401:  # noqa: PLR2004  RFC 9110 section 15.5.2
            headers["WWW-Authenticate"] = 'Basic realm="LRS"'
        if isinstance(answer.body, bytes):
            return web.Response(
                body=answer.body, status=answer.status, headers={**headers, "Content-Type": answer.media}
            )
        if answer.media == "text/plain":
            return web.Response(text=answer.body, status=answer.status, headers=headers)
        if answer.body is None:
            return web.Response(status=answer.status, headers=headers)
        return web.json_response(answer.body, status=answer.status, headers=headers)

    async def _call(self, request: web.Request) -> Call:
        app = self._site.realm.apps.get(request.match_info["app"])
        path = request.match_info["tail"]
        if app is None:
            raise Refused(404, "no such store")
        holder = None if path == "/about" else _admitted(app, request.headers.get("Authorization", ""))
        if path != "/about" and not _is_version(request.headers.get("X-Experience-API-Version", "")):
            raise Refused(400, "version")
        pairs = list(request.query.items())
        if len(dict(pairs)) < len(pairs):
            raise Refused(400, "a parameter twice")
        body = await request.content.read(_LIMIT)
        headers = {name.lower(): value for name, value in request.headers.items()}
        method = "GET" if request.method == "HEAD" else request.method
        return Call(app, method, path, dict(pairs), headers, body, self._site.clock(), holder)

    def _done(self, call: Call, base: str) -> Answer:
        if call.path == "/statements" and call.method in {"PUT", "POST"}:
            answer, fresh = statements.send(call, _authority(call))
            for one in fresh:
                take(self._site, call.app, one)
            return answer
        if call.path == "/statements" and call.method == "GET":
            return statements.find(call, base)
        if call.path.startswith("/more/") and call.method == "GET":
            return statements.find_more(call, call.path.removeprefix("/more/"), base)
        resource, methods = _RESOURCES.get(call.path, (None, ()))
        if resource is None:
            raise Refused(404, "no such resource")
        if call.method not in methods:
            raise Refused(405, "method")
        return resource(call)


def _is_version(text: str) -> bool:
    return text == "1.0" or (text.startswith("1.0.") and text[4:].isdecimal())


def _admitted(app: App, given: str) -> Holder | None:
    """The launch a credential is of, None for the application's own; 401 for any other."""
    scheme, _, value = given.partition(" ")
    try:
        user, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        user = secret = ""
    if scheme.lower() == "basic" and user:
        if user == app.id and app.admits(secret.encode()):
            return None
        key = app.xapi_keys.get(user)
        if key is not None and key["isEnabled"] and _equal(str(key["secret"]), secret):
            return None
        holder = app.holders.get(user)
        if holder is not None and _equal(holder.secret, secret):
            return holder
    raise Refused(401, "who is that?")


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _authority(call: Call) -> Mapping[str, Any]:
    """Made of the credential, never of what the client says (part 2, 2.4.9)."""
    name = call.app.id if call.holder is None else call.holder.session
    return {"objectType": "Agent", "account": {"homePage": HOME_PAGE, "name": name}, "name": call.app.name}
