"""The door of the v2 API: who calls, what for, and the shapes of its errors.

HTTP Basic with `appId:secretKey`, or a bearer token. The stock Python client sends `/api/v2//registrations/…`, so runs
of slashes after the base count as one; segments are decoded once, after the path was split. Unknown paths are 404.
"""

import base64
import inspect
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from proxy.demo.cloud.learners import Renames
from proxy.demo.cloud.realm import App
from proxy.demo.cloud.site import Site
from proxy.demo.cloud.v2.calling import Answer, Call, Refused, Row
from proxy.demo.cloud.v2.table import rows
from proxy.demo.cloud.v2.tokens import permits

_BASE = "/api/v2"
_FORMS = {"multipart/form-data", "application/x-www-form-urlencoded"}


class _Node:
    """One step of all paths: literal segments come before a template's placeholder."""

    def __init__(self) -> None:
        self.literals: dict[str, _Node] = {}
        self.any: _Node | None = None
        self.row: dict[str, Row] = {}


class ApiDesk:
    """Everything below `/api/v2`."""

    def __init__(self, site: Site, renames: Renames) -> None:
        """Serve this site."""
        self._site = site
        self._renames = renames
        self._root = _Node()
        for row in rows():
            node = self._root
            for part in row.path.strip("/").split("/"):
                if part.startswith("{"):
                    node.any = node = node.any or _Node()
                else:
                    node = node.literals.setdefault(part, _Node())
            node.row[row.method] = row

    def routes(self) -> list[web.RouteDef]:
        """The one route."""
        return [web.route("*", _BASE + "{tail:/.*}", self._answer)]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if self._renames.busy > 0:
            self._renames.busy -= 1
            return web.json_response({"message": "Too many requests."}, status=429, headers={"Retry-After": "0"})
        try:
            answer = await self._do(request)
        except Refused as refused:
            answer = Answer({"message": refused.message}, refused.status)
        if isinstance(answer, web.StreamResponse):
            return answer
        if answer is None:
            return web.Response(status=204)
        if not isinstance(answer, Answer):
            answer = Answer(answer)
        body = answer.body if isinstance(answer.body, bytes) else self._site.habits.dumps(answer.body).encode()
        headers = {"Content-Type": answer.media, **answer.headers}
        return web.Response(body=body, status=answer.status, headers=headers)

    async def _do(self, request: web.Request) -> Any:
        parts = request.rel_url.raw_path.removeprefix(_BASE).lstrip("/").split("/")
        found = next(_walk(self._root, [unquote(one) for one in parts], request.method), None)
        app, scopes = self._caller(request)
        if app is None and not (found and found.open):
            return web.json_response({"error": "Authorization Required."}, status=401)
        if found is None:
            raise Refused(404, "There is no such resource.")
        if app is None:
            app = self._site.app
        elif app.manages != found.manages and not found.path.endswith("/token"):
            raise Refused(403, "These credentials may not be used for this operation.")
        elif not permits(scopes, found):
            raise Refused(403, "The token does not have the scope for this operation.")
        call = await self._call(request, app, _named(found.path, parts))
        answer = found.handler(call)
        return await answer if inspect.isawaitable(answer) else answer

    def _caller(self, request: web.Request) -> tuple[App | None, frozenset[str] | None]:
        """The application, and the scopes of a token (None: a key, which may do everything)."""
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.casefold() == "bearer":
            claims = self._site.seals.check("oauth", given)
            app = self._site.realm.apps.get(claims["app"]) if claims else None
            return app, frozenset(claims["scopes"]) if claims else None
        try:
            name, _, secret = base64.b64decode(given, validate=True).partition(b":")
            app = self._site.realm.apps.get(name.decode())
        except ValueError:
            return None, None
        right = scheme.casefold() == "basic" and app is not None and app.admits(secret)
        return (app if right else None), None

    async def _call(self, request: web.Request, app: App, path: Mapping[str, str]) -> Call:
        body: Any = {}
        fields: dict[str, str] = {}
        file = ("", b"")
        if request.content_type in _FORMS:
            for name, value in (await request.post()).items():
                if isinstance(value, web.FileField):
                    file = (value.filename, value.file.read())
                elif isinstance(value, str):
                    fields[name] = value
        elif raw := await request.read():
            try:
                body = json.loads(raw)
            except ValueError:
                raise Refused(400, "The body is not JSON.") from None
            if not isinstance(body, dict):
                raise Refused(400, "The body must be an object.")
        return Call(self._site, app, path, dict(request.query), request.headers, body, fields, file)


def _walk(node: _Node, parts: list[str], method: str) -> Iterator[Row]:
    """The rows a path may mean, literal segments first."""
    if not parts:
        if method in node.row:
            yield node.row[method]
        return
    if parts[0] in node.literals:
        yield from _walk(node.literals[parts[0]], parts[1:], method)
    if node.any is not None and parts[0]:
        yield from _walk(node.any, parts[1:], method)


def _named(template: str, parts: list[str]) -> dict[str, str]:
    names = template.strip("/").split("/")
    return {name[1:-1]: unquote(part) for name, part in zip(names, parts, strict=True) if name.startswith("{")}
