"""The resources of a record store that no package has: states, agent profiles, agents; and statements kept as they came.

Written to xAPI 1.0.3 part 3: document resources 2.2 (with 3.1 on concurrency), state 2.3, agents 2.4, agent profile 2.6,
statements 2.1. Where 2.0 differs (IEEE 9274.1.1: a state needs a precondition, too) the version header decides. Of a
statement it understands its id and, for the filter, the identifier of its actor; its text it gives back byte for byte.
"""

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

_DECODER = json.JSONDecoder()
_IFI = ("mbox", "mbox_sha1sum", "openid", "account")
_JSON = "application/json"
_AUTHORITY = '{"objectType":"Agent","mbox":"mailto:store@records.example"}'
_GAP = re.compile(r"[\s,]*")


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Document:
    body: bytes
    media: str
    stored: str = field(default_factory=now)

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha1(self.body, usedforsecurity=False).hexdigest()}"'


def identifier(agent: dict[str, Any]) -> str:
    """The identifier of an agent as text; 400 for what has none or two (1.0.3 part 2, 2.4.2.1)."""
    found = [key for key in _IFI if key in agent]
    if len(found) != 1 or not set(agent) <= {*_IFI, "objectType", "name", "member"}:
        raise web.HTTPBadRequest(text="agent")
    return json.dumps({found[0]: agent[found[0]]}, sort_keys=True)


def asked(request: web.Request, *names: str, known: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The parameters that say where a document belongs; 400 for a missing or an unknown one."""
    if set(request.query) - {*names, *known} or any(name not in request.query for name in names):
        raise web.HTTPBadRequest(text="parameters")
    return tuple(identifier(json.loads(request.query[one])) if one == "agent" else request.query[one] for one in names)


class Peer:
    """All of it, in memory."""

    def __init__(self) -> None:
        self.documents: dict[tuple[str, ...], dict[str, Document]] = {}
        self.statements: dict[str, str] = {}
        self.app = web.Application(client_max_size=1 << 26, middlewares=[versioned])
        self.app.router.add_get("/xAPI/about", self.about)
        self.app.router.add_route("*", "/xAPI/activities/state", self.state)
        self.app.router.add_route("*", "/xAPI/agents/profile", self.profile)
        self.app.router.add_get("/xAPI/agents", self.agents)
        self.app.router.add_get("/xAPI/statements", self.find)
        self.app.router.add_post("/xAPI/statements", self.post)
        self.app.router.add_put("/xAPI/statements", self.put)

    async def about(self, _request: web.Request) -> web.Response:
        return web.json_response({"version": ["1.0.3"], "extensions": {}})

    async def state(self, request: web.Request) -> web.Response:
        needs = request.headers["X-Experience-API-Version"].startswith("2.")
        where = asked(request, "activityId", "agent", known=("stateId", "registration", "since"))
        shelf = ("state", *where, request.query.get("registration", ""))
        return await self._document(request, shelf, "stateId", needs_precondition=needs)

    async def profile(self, request: web.Request) -> web.Response:
        where = asked(request, "agent", known=("profileId", "since"))
        return await self._document(request, ("profile", *where), "profileId", needs_precondition=True)

    async def agents(self, request: web.Request) -> web.Response:
        """A Person with everything known of the agent: what was asked (2.4); names of statements are not merged."""
        asked(request, "agent")
        agent = json.loads(request.query["agent"])
        person = {key: [agent[key]] for key in (*_IFI, "name") if key in agent}
        return web.json_response({"objectType": "Person"} | person)

    async def _document(self, request: web.Request, shelf, key: str, *, needs_precondition: bool) -> web.Response:
        documents = self.documents.setdefault(shelf, {})
        name = request.query.get(key)
        if name is None:
            if request.method == "DELETE" and key == "stateId":
                documents.clear()
                return web.Response(status=204)
            if request.method not in {"GET", "HEAD"}:
                raise web.HTTPBadRequest(text=key)
            since = request.query.get("since", "")
            return web.json_response([one for one, document in documents.items() if document.stored > since])
        document = documents.get(name)
        if request.method in {"GET", "HEAD"}:
            if document is None:
                raise web.HTTPNotFound
            headers = {"ETag": document.etag, "Last-Modified": document.stored, "Content-Type": document.media}
            return web.Response(body=document.body, headers=headers)
        self._check(request, document, needs_precondition=needs_precondition and request.method == "PUT")
        if request.method == "DELETE":
            documents.pop(name, None)
        else:
            documents[name] = await self._stored(request, document)
        return web.Response(status=204)

    @staticmethod
    def _check(request: web.Request, document: Document | None, *, needs_precondition: bool) -> None:
        match, none = request.headers.get("If-Match"), request.headers.get("If-None-Match")
        if match is not None and (document is None or match not in {document.etag, "*"}):
            raise web.HTTPPreconditionFailed(text="If-Match")
        if none is not None and document is not None and none in {document.etag, "*"}:
            raise web.HTTPPreconditionFailed(text="If-None-Match")
        if needs_precondition and match is None and none is None and document is not None:
            raise web.HTTPConflict(text="a document is there; say which you have seen")

    @staticmethod
    async def _stored(request: web.Request, document: Document | None) -> Document:
        body, media = await request.read(), request.headers.get("Content-Type", "application/octet-stream")
        if request.method == "POST" and document is not None:
            try:
                old, new = json.loads(document.body), json.loads(body)
            except ValueError:
                raise web.HTTPBadRequest(text="merge") from None
            if not (isinstance(old, dict) and isinstance(new, dict) and _JSON in media and _JSON in document.media):
                raise web.HTTPBadRequest(text="merge")
            body = json.dumps(old | new).encode()
        return Document(body, media)

    async def post(self, request: web.Request) -> web.Response:
        text = (await request.read()).decode()
        pieces = list(_elements(text)) if text.lstrip().startswith("[") else [text]
        return web.json_response([self._keep(piece) for piece in pieces])

    async def put(self, request: web.Request) -> web.Response:
        if self._keep((await request.read()).decode()) != request.query["statementId"]:
            raise web.HTTPBadRequest(text="statementId")
        return web.Response(status=204)

    def _keep(self, text: str) -> str:
        """Keep one statement; a repeated id with other bytes is a conflict, whatever the difference."""
        name = json.loads(text)["id"]
        if self.statements.setdefault(name, text) != text:
            raise web.HTTPConflict(text="another statement has this id")
        return name

    async def find(self, request: web.Request) -> web.Response:
        query = request.query
        if "statementId" in query:
            if query["statementId"] not in self.statements:
                raise web.HTTPNotFound
            return self._said(self._whole(self.statements[query["statementId"]]))
        texts = [
            text
            for text in reversed(self.statements.values())
            if "agent" not in query or identifier(json.loads(query["agent"])) == _actor(text)
        ]
        start, limit = int(query.get("from", "0")), int(query.get("limit", "0")) or 100
        rest = start + limit < len(texts)
        more = f"/xAPI/statements?from={start + limit}&limit={limit}" if rest and "agent" not in query else ""
        page = ",".join(map(self._whole, texts[start : start + limit]))
        return self._said(f'{{"statements":[{page}],"more":"{more}"}}')

    @staticmethod
    def _whole(text: str) -> str:
        return f'{text.rstrip()[:-1]},"stored":"{now()}","authority":{_AUTHORITY},"version":"1.0.0"}}'

    @staticmethod
    def _said(text: str) -> web.Response:
        headers = {"X-Experience-API-Consistent-Through": now()}
        return web.Response(text=text, content_type=_JSON, headers=headers)


@web.middleware
async def versioned(request: web.Request, handler) -> web.StreamResponse:
    """Every request says which version it speaks, and so does every answer (1.0.3 part 3, 3.3)."""
    version = request.headers.get("X-Experience-API-Version", "")
    if not version.startswith(("1.0", "2.0")) and not request.path.endswith("/about"):
        raise web.HTTPBadRequest(text="version", headers={"X-Experience-API-Version": "1.0.3"})
    spoken = "2.0.0" if version.startswith("2.") else "1.0.3"
    try:
        answer = await handler(request)
    except web.HTTPException as refused:
        refused.headers["X-Experience-API-Version"] = spoken
        raise
    answer.headers["X-Experience-API-Version"] = spoken
    return answer


def _elements(text: str):
    """The texts of the elements of a JSON list."""
    at = _GAP.match(text, text.index("[") + 1).end()
    while text[at] != "]":
        _, end = _DECODER.raw_decode(text, at)
        yield text[at:end]
        at = _GAP.match(text, end).end()


def _actor(text: str) -> str:
    actor = json.loads(text)["actor"]
    return identifier(actor) if any(key in actor for key in _IFI) else ""
