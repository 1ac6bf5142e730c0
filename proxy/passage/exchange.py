"""One exchange from end to end: the seven steps in the order in which an auditor may tick them off.

1 recognise · 2 find · 3 translate · 4 put · 5 guard · 6 record · 7 send; then 2 to 6 for the answer.
Any exception on the way is a refusal: nothing that was not completely processed is ever sent.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from proxy.audit import AuditLog, Entry, Event
from proxy.errors import AuditFailed, InternalFault, LeakSuspected, NotPermitted, ProxyError, ScriptChanged, StoreFailed
from proxy.fields import Body, Session
from proxy.message import Direction
from proxy.passage import cookies, fetching
from proxy.passage.alternate import check_once, is_alternate, plain
from proxy.passage.answers import Answers, own_fields
from proxy.passage.callers import Callers
from proxy.passage.carry import Carrier, Walk
from proxy.passage.flights import Flights
from proxy.passage.hacp import Hacp
from proxy.passage.launches import SignedLaunches
from proxy.passage.launchlinks import PATH as LAUNCH_PATH
from proxy.passage.launchlinks import LaunchLinks
from proxy.passage.learner_tokens import LearnerTokens
from proxy.passage.local import check_origin, cors_fields, preflight, wanted_method
from proxy.passage.more import Mores
from proxy.passage.mounts import Mount, Mounts
from proxy.passage.packages import Packages
from proxy.passage.ports import Answer, Exchange, Outlet, Reply, Request
from proxy.passage.postbacks import PATH as POSTBACK_PATH
from proxy.passage.relay import Relay
from proxy.passage.requests import Destination, Outgoing, Washed, destination, prepare, with_form
from proxy.passage.returns import PATH as RETURN_PATH
from proxy.passage.returns import Returns
from proxy.passage.router import check_target
from proxy.passage.session import Sessions
from proxy.passage.signatures import Signatures
from proxy.store.port import Store

_ALREADY_RECORDED = (LeakSuspected, ScriptChanged)


class Passage:
    """The house's corridor: every request walks through `handle`."""

    def __init__(
        self,
        *,
        mounts: Mounts,
        carrier: Carrier,
        answers: Answers,
        relay: Relay,
        hacp: Hacp,
        sessions: Sessions,
        returns: Returns,
        links: LaunchLinks,
        packages: Packages,
        flights: Flights,
        callers: Callers,
        signatures: Signatures,
        launches: SignedLaunches,
        mores: Mores,
        tokens: LearnerTokens,
        outlet: Outlet,
        audit: AuditLog,
        store: Store,
        keys_ready: Callable[[], Awaitable[None]],
        body_limit: int,
        upload_limit: int,
        user_agent: str,
    ) -> None:
        """Remember the rooms. `keys_ready` returns with the newest keyring in force; `KeysUnavailable` without any."""
        self._mounts = mounts
        self._carrier = carrier
        self._answers = answers
        self._relay = relay
        self._hacp = hacp
        self._sessions = sessions
        self._returns = returns
        self._links = links
        self._packages = packages
        self._flights = flights
        self._callers = callers
        self._signatures = signatures
        self._launches = launches
        self._mores = mores
        self._tokens = tokens
        self._outlet = outlet
        self._audit = audit
        self._store = store
        self._keys_ready = keys_ready
        self._body_limit = body_limit
        self._upload_limit = upload_limit
        self._user_agent = user_agent

    async def handle(self, request: Request, exchange: Exchange) -> Reply:
        """Carry one request and its answer. Raises `ProxyError` for every refusal, after it has been recorded."""
        try:
            return await self._handle(request, exchange)
        except ProxyError as refusal:
            await self.refuse(refusal, exchange)
            raise

    async def refuse(self, refusal: ProxyError, exchange: Exchange) -> None:
        """Note and record a refusal; also for those the rim makes itself."""
        exchange.verdict = "refused"
        exchange.code = refusal.code
        exchange.reason = exchange.reason or refusal.reason
        exchange.route = exchange.route or refusal.route
        await self._record_refusal(refusal, exchange)

    async def _handle(self, request: Request, exchange: Exchange) -> Reply:
        await self._keys_ready()
        await self._store.check()
        check_target(request.target)
        path, _, query = request.target.partition("?")
        mount, below = self._mounts.find(request.host, path)
        exchange.mount, exchange.adapter = mount.name, mount.adapter.name
        exchange.direction = mount.adapter.faces.value
        if below.startswith(POSTBACK_PATH):
            return await self._relay.receive(request, mount, below, exchange)
        if below.startswith(RETURN_PATH) and request.method in {"GET", "HEAD"}:
            return await self._lead_back(request, mount, below, exchange)
        if below.startswith(LAUNCH_PATH) and request.method == "GET":
            return await self._links.arrive(request, mount, below, exchange)
        if mount.adapter.alternate_syntax and is_alternate(request):
            request = await plain(request, self._body_limit)
            query = request.target.partition("?")[2]
        if mount.adapter.alternate_syntax:
            check_once(request, mount.adapter.request_headers)
        to = destination(mount, below)
        method = wanted_method(request) if request.method == "OPTIONS" else request.method
        if mount.router.reads_forms and method == "POST":
            request, fields = await with_form(request, self._body_limit)
            query = f"{query}&{fields}"
        known = await self._packages.known(mount.tenant) if not mount.inward else ()
        match = mount.router.match(method, ("~" if to.alias else "") + to.path, query, known)
        exchange.route = match.route.name
        if request.method == "OPTIONS":
            return preflight(request, mount, match.route)
        walk = Walk(
            mount, match, exchange, to.alias, actor="cloud" if mount.inward else "browser", source=request.source
        )
        await self._callers.admit(request, walk)
        if match.route.continues:
            request, to = await self._continued(request, to, walk)
        if mount.inward and match.route.answer.body is Body.READ:
            return await self._hacp.exchange(request, walk, to.path + ("?" + query if query else ""))
        if mount.inward:
            return await self._relay.deliver(request, walk)
        return await self._forward(request, to, walk)

    async def _continued(self, request: Request, to: Destination, walk: Walk) -> tuple[Request, Destination]:
        """Ask where a sealed address leads: at the store for what it called `more`, at the LMS for a course's key."""
        sealed = walk.match.captures["sealed"]
        if walk.match.route.continues == "more":
            target = await self._mores.open(walk.mount, sealed)
            return replace(request, target=target), replace(to, base="", path=target.partition("?")[0])
        fetch = await self._tokens.open_fetch(walk.mount, sealed)
        walk.store = fetch.store
        await self._tokens.recall(fetch.people, walk)
        return request, fetching.where(fetch)

    async def _lead_back(self, request: Request, mount: Mount, below: str, exchange: Exchange) -> Reply:
        """Open a return address in the browser of the learner it was made for."""
        exchange.route = "return"
        jar = cookies.pairs_of(request.headers.all("cookie"))
        session = await self._sessions.read(jar, mount.tenant, mount.policy.session_seconds)
        owners = (*(token for person in session.people for token in person.tokens), "")
        await self._returns.catch_up(below)
        location = self._returns.open(mount, below, owners)
        return Reply(302, [("Location", location), ("Referrer-Policy", "no-referrer"), ("Cache-Control", "no-store")])

    async def _forward(self, request: Request, to: Destination, walk: Walk) -> Reply:
        route, mount = walk.match.route, walk.mount
        if "service-worker" in request.headers:
            # It would be handed the next launch, names and all, before we are (Service Workers, section 4.3).
            raise NotPermitted("service-worker", route=route.name)
        if request.headers.get("upgrade").strip().lower() == "websocket":
            # Nobody could read what goes through it (RFC 6455); as a plain request it would be none that is meant.
            raise NotPermitted("websocket", route=route.name)
        readers = check_origin(request, mount, route)
        seconds = mount.policy.session_seconds
        if route.session is not Session.NONE:
            jar = cookies.pairs_of(request.headers.all("cookie"))
            walk.session = await self._sessions.read(jar, mount.tenant, seconds)
            if route.session is not Session.OPENS:
                walk.refuse_restricted()
        answer = await self._told(request, to, walk)
        if isinstance(answer, Washed):
            base = mount.public.origin + mount.public.path + (f"/~{to.alias}" if to.alias else "")
            reply = Reply(302, [("Location", base + answer.target), ("Referrer-Policy", "no-referrer")])
        else:
            reply = await self._answers.receive(answer, to, walk, head=request.method == "HEAD")
        if readers:
            reply = own_fields(reply, *cors_fields(readers, mount.adapter))
        return await self._with_session(reply, walk)

    async def _told(self, request: Request, to: Destination, walk: Walk) -> Answer | Washed:
        """Steps 2 to 7: the head of the cloud's answer, or where the browser must ask instead."""
        try:
            if walk.match.route.continues == "fetch":
                return await fetching.ask(self._outlet, to, self._user_agent)
            await self._links.learn(request, to, walk, self._ask)
            outgoing = await self._prepare(request, to, walk)
            walk.refuse_restricted()
            if walk.match.route.session is Session.OPENS and walk.seen:
                await self._record_session(walk)  # before the cloud hears of it, like everything that is recorded
            if isinstance(outgoing, Washed):
                return outgoing
            walk.sent = outgoing.body
            return await self._outlet.send(
                outgoing.origin, outgoing.method, outgoing.target, outgoing.headers, outgoing.body
            )
        finally:
            self._flights.end(walk.flight)

    async def _prepare(self, request: Request, to: Destination, walk: Walk) -> Outgoing | Washed:
        upload = walk.match.route.request.body is Body.UPLOAD
        return await prepare(
            request,
            to,
            walk,
            self._carrier,
            self._signatures,
            limit=self._upload_limit if upload else self._body_limit,
            user_agent=self._user_agent,
            learn=partial(self._launches.learn, send=self._ask),
        )

    async def _ask(self, request: Request, to: Destination, walk: Walk) -> Answer:
        """Carry a question of ours to the cloud."""
        outgoing = await self._prepare(request, to, walk)
        if isinstance(outgoing, Washed):
            raise InternalFault("washed-question")
        return await self._outlet.send(
            outgoing.origin, outgoing.method, outgoing.target, outgoing.headers, outgoing.body
        )

    async def _with_session(self, reply: Reply, walk: Walk) -> Reply:
        """Give the browser its session: a new one after a launch, a fresh one before the old one ends."""
        session, mount = walk.session, walk.mount
        seconds = mount.policy.session_seconds
        if walk.match.route.session is Session.OPENS and walk.seen:
            for person in walk.seen:
                session = self._sessions.with_person(session, person)
        elif not self._sessions.is_aging(session, seconds):
            return reply
        cookie = self._sessions.cookie(session, mount.tenant, seconds)
        return own_fields(reply, ("Set-Cookie", cookie), ("Cache-Control", "no-store"))

    async def _record_session(self, walk: Walk) -> None:
        person = walk.seen[0].pseudonym
        await self._audit.append(
            Entry(
                Event.SESSION_OPENED,
                actor=walk.actor,
                tenant=walk.mount.tenant,
                mount=walk.mount.name,
                route=walk.match.route.name,
                kind="subject",
                pseudonym=person.token,
                key_id=person.key_id,
                exchange=walk.exchange.id,
                count=1,
            )
        )

    async def _record_refusal(self, refusal: ProxyError, exchange: Exchange) -> None:
        """A refusal is an audit entry too; where that cannot be written, the refusal stands and the log says so."""
        if isinstance(refusal, _ALREADY_RECORDED) and refusal.reason not in {
            "opaque-value",
            "free-text",
            "address-like",
        }:
            return
        mount = self._mount_named(exchange.mount)
        try:
            await self._audit.append(
                Entry(
                    Event.LEAK_SUSPECTED if isinstance(refusal, LeakSuspected) else Event.REFUSED,
                    actor="cloud" if exchange.direction == Direction.INWARD.value else "browser",
                    tenant=mount.tenant if mount is not None else "",
                    mount=exchange.mount,
                    route=exchange.route,
                    kind=refusal.kind,
                    exchange=exchange.id,
                    reason=refusal.code,
                    count=1,
                )
            )
        except (StoreFailed, AuditFailed):
            exchange.reason = "not-recorded"

    def _mount_named(self, name: str) -> Mount | None:
        return next((mount for mount in self._mounts.all if mount.name == name), None)
