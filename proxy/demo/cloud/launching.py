"""Addresses that a learner's browser opens: launch links, previews, invitations, LTI 1.1 launches.

All of them end at the launch page of the player. A launch link is nothing but a random id that holds for two minutes,
as observed; the other paths are inferences. An LTI 1.1 launch is a form that the platform signed with OAuth 1.
"""

import uuid

from aiohttp import web

from proxy.demo.cloud import statements
from proxy.demo.cloud.invitations import accept, link
from proxy.demo.cloud.model import Dispatch, Launch, Learner, Registration
from proxy.demo.cloud.oauth1 import signed_rightly
from proxy.demo.cloud.outcomes import consumer_key
from proxy.demo.cloud.pages import as_html
from proxy.demo.cloud.realm import App
from proxy.demo.cloud.site import Site, denied, page

_LTI_SECONDS = 300


class LaunchDesk:
    """Handlers below `/api/cloud` and `/lti`."""

    def __init__(self, site: Site) -> None:
        """Serve this site."""
        self._site = site
        self._nonces: set[str] = set()

    def routes(self) -> list[web.RouteDef]:
        """All addresses for browsers that are not of dispatch packages."""
        return [
            web.get("/api/cloud/registration/launch/{handle}", self._registration, allow_head=False),
            web.get("/api/cloud/course/preview/{token}", self._preview, allow_head=False),
            web.get("/api/cloud/invitation/launch/{token}", self._invited, allow_head=False),
            web.get("/api/cloud/invitation/public/{invitation}", self._public, allow_head=False),
            web.post("/api/cloud/invitation/public/{invitation}", self._public_named),
            web.post("/lti/launch/{secret}", self._lti),
            web.get("/Reportage/{file}", self._reportage),
        ]

    def _go(self, app: App, registration: Registration, request: web.Request, redirect: str) -> web.Response:
        browser = request.headers.get("User-Agent", "")
        address = self._site.opened(app, registration, browser, redirect)
        return web.Response(status=302, headers={"Location": address})

    async def _registration(self, request: web.Request) -> web.StreamResponse:
        meant = self._site.handles.read("launch", request.match_info["handle"])
        app = self._site.realm.apps.get(meant["app"]) if meant else None
        registration = app.books.registration(meant["registration"]) if app and meant else None
        if app is None or meant is None or registration is None:
            return denied("The launch link has expired")
        return self._go(app, registration, request, meant["redirect"])

    async def _preview(self, request: web.Request) -> web.StreamResponse:
        """A preview is an attempt of nobody: it is kept nowhere."""
        claims = self._site.seals.check("preview", request.match_info["token"])
        app = self._site.realm.apps.get(claims["app"]) if claims else None
        course = app.books.courses.version(claims["course"], claims["version"]) if app and claims else None
        if course is None:
            return denied("The preview link has expired")
        return page(f"<!DOCTYPE html><title>{as_html(course.title)}</title><p>Preview of {as_html(course.title)}</p>")

    async def _invited(self, request: web.Request) -> web.StreamResponse:
        token = request.match_info["token"]
        for app, invitation, guest in self._site.realm.guests():
            registration = app.books.registration(guest.registration)
            if guest.token == token and registration is not None and invitation.allow_launch:
                guest.started, guest.updated = True, self._site.clock()
                return self._go(app, registration, request, "")
        return denied("The invitation is not valid")

    async def _public(self, _request: web.Request) -> web.StreamResponse:
        fields = "".join(f"<label>{name}<input name={name}></label>" for name in ("email", "firstName", "lastName"))
        return page(f"<!DOCTYPE html><title>Invitation</title><form method=post>{fields}<button>Start</button></form>")

    async def _public_named(self, request: web.Request) -> web.StreamResponse:
        given = {name: str(value) for name, value in (await request.post()).items()}
        for app in self._site.realm.children():
            invitation = app.invitations.get(request.match_info["invitation"])
            if invitation is not None and invitation.public and given.get("email"):
                first, last = given.get("firstName", ""), given.get("lastName", "")
                guest = accept(self._site, app, invitation, given["email"], first=first, last=last)
                if guest is not None:
                    return web.Response(status=303, headers={"Location": link(self._site, guest)})
        return denied("The invitation is not valid")

    async def _lti(self, request: web.Request) -> web.StreamResponse:
        fields = [(name, str(value)) for name, value in (await request.post()).items()]
        found = self._dispatch_of(request.match_info["secret"])
        given = dict(fields)
        if found is None or not given.get("user_id"):
            return denied()
        app, dispatch = found
        address = f"{self._site.origin}{request.rel_url.raw_path}"
        now, nonce = self._site.clock(), given.get("oauth_nonce", "")
        key = consumer_key(app.id, dispatch)
        stamp = given.get("oauth_timestamp", "")
        fresh = stamp.isdecimal() and abs(now - int(stamp)) <= _LTI_SECONDS and nonce not in self._nonces
        if given.get("oauth_consumer_key") != key or not fresh or not signed_rightly(address, fields, dispatch.secret):
            return denied("The signature is not valid")
        self._nonces.add(nonce)
        learner = Learner(
            given["user_id"],
            given.get("lis_person_name_given", ""),
            given.get("lis_person_name_family", ""),
            given.get("lis_person_contact_email_primary", ""),
        )
        launch = Launch(learner, "", "", "", "", request.headers.get("User-Agent", ""))
        registration = app.books.launch(dispatch, launch)
        if registration is None:
            return denied("No more registrations are allowed")
        registration.outcome = given.get("lis_outcome_service_url", ""), given.get("lis_result_sourcedid", "")
        statements.write(app, registration, "launched", now)
        redirect = given.get("launch_presentation_return_url", "")
        location = self._site.launch_page(app, registration, redirect)
        return web.Response(status=302, headers={"Location": location})

    def _dispatch_of(self, secret: str) -> tuple[App, Dispatch] | None:
        return next(
            (
                (app, one)
                for app in self._site.realm.children()
                for one in app.books.dispatches()
                if one.secret[:20] == secret
            ),
            None,
        )

    async def _reportage(self, _request: web.Request) -> web.StreamResponse:
        return page(f"<!DOCTYPE html><title>Reportage</title><p>Reports ({uuid.uuid4().hex[:8]})</p>")
