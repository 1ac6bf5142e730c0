"""The dispatch side of the cloud: what the package in the LMS asks for, up to the launch (notes: sequences 1.1 to 1.3).

Two families of addresses. Packages of generation v1 and of a 2020 Engine talk to
`/dispatch/DispatchRequest.jsp` with a `methodName`; packages of the cloud itself (v2) to
`/api/cloud/dispatch/{id}/…` with secrets in headers, and their launch address uses other query keys, as the keys of the
real one are not published and may differ per package.
"""

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from proxy.demo.cloud import statements
from proxy.demo.cloud.model import Dispatch, Launch, Learner
from proxy.demo.cloud.progress import poll_answer
from proxy.demo.cloud.site import Site, denied, open_to_all, page, preflight, raw_pairs

LAUNCH_TOKEN_SECONDS = 300


@dataclass(frozen=True)
class Keys:
    """How the launch address calls the learner's fields and the two addresses."""

    learner: str
    first: str
    last: str
    pipe: str
    redirect: str
    referring: str


ENGINE_KEYS = Keys("learnerid", "fname", "lname", "pipeurl", "redirecturl", "referringurl")
CLOUD_KEYS = Keys("learnerId", "learnerFirst", "learnerLast", "pipeUrl", "returnUrl", "referrer")


class DispatchDesk:
    """Handlers for `DispatchRoot`, pre-launch, customConfig, launch and poll."""

    def __init__(self, site: Site) -> None:
        """Serve this site."""
        self._site = site

    def routes(self) -> list[web.RouteDef]:
        """All routes of the dispatch side."""
        cloud = "/api/cloud/dispatch/{dispatch}"
        return [
            web.get("/dispatch/DispatchRequest.jsp", self._by_method),
            web.options("/dispatch/DispatchRequest.jsp", preflight),
            web.get(cloud + "/customConfig", self._custom_config),
            web.options(cloud + "/customConfig", preflight),
            web.get(cloud + "/preLaunchConfiguration", self._cloud_pre_launch),
            web.options(cloud + "/preLaunchConfiguration", preflight),
            web.get(cloud + "/launch", self._cloud_launch),
            web.get("/dispatch/{file}", self._root_file),
        ]

    async def _root_file(self, request: web.Request) -> web.StreamResponse:
        """Scripts and pages below `DispatchRoot`; the generation's suffix is the only difference between them."""
        name = request.match_info["file"]
        suffix = ".v2" if ".v2." in name else ""
        plain = name.replace(".v2.", ".")
        source = f"dispatch/{plain}"
        if plain not in self._site.pages.names("dispatch") or (suffix and plain in {"scormdriver.js", "loading.html"}):
            return denied("Not Found", 404)
        media = "application/javascript" if plain.endswith(".js") else "text/html"
        return page(self._site.pages.text(source, SUFFIX=suffix), media)

    async def _by_method(self, request: web.Request) -> web.StreamResponse:
        methods: dict[str, Callable[[web.Request], web.StreamResponse]] = {
            "PreLaunchConfiguration": self._engine_pre_launch,
            "Launch": self._engine_launch,
            "GetRegistration": self._poll,
        }
        method = methods.get(raw_pairs(request).get("methodName", ""))
        return denied("Unknown method", 400) if method is None else method(request)

    # -- before the launch: no learner data may be asked for here

    async def _custom_config(self, request: web.Request) -> web.StreamResponse:
        dispatch = self._dispatch(request.match_info["dispatch"])
        wrong = dispatch is None or request.headers.get("launchtoken") != dispatch.launch_token
        if wrong or raw_pairs(request).get("appId") != self._site.app_id:
            return open_to_all(web.json_response({"message": "Not permitted."}, status=403), request)
        if dispatch is None or dispatch.custom_config is None:
            return open_to_all(web.json_response({"message": "No custom configuration."}, status=404), request)
        return open_to_all(web.json_response(dispatch.custom_config), request)

    def _engine_pre_launch(self, request: web.Request) -> web.StreamResponse:
        pairs = raw_pairs(request)
        dispatch = self._dispatch(pairs.get("dispatchid", ""))
        if dispatch is None or pairs.get("launchsecret") != dispatch.secret:
            return open_to_all(web.json_response({"message": "Not permitted."}, status=403), request)
        return open_to_all(web.json_response(self._pre_launch(dispatch)), request)

    async def _cloud_pre_launch(self, request: web.Request) -> web.StreamResponse:
        """Dispatch id and token come as headers: the loader takes them out of the query."""
        dispatch = self._dispatch(request.headers.get("DispatchId", ""))
        named = dispatch is not None and dispatch.id == request.match_info["dispatch"]
        if dispatch is None or not named or request.headers.get("DispatchToken") != dispatch.launch_token:
            return open_to_all(web.json_response({"message": "Not permitted."}, status=403), request)
        return open_to_all(web.json_response(self._pre_launch(dispatch)), request)

    def _pre_launch(self, dispatch: Dispatch) -> dict[str, str]:
        hashed = "Hash" if dispatch.hash_names else ""
        return {
            "learnerIdTemplate": "{{learnerId" + hashed + "}}",
            "learnerFirstNameTemplate": "{{learnerFirstName" + hashed + "}}",
            "learnerLastNameTemplate": "{{learnerLastName" + hashed + "}}",
            "launchToken": self._site.seals.sign("launch", {"dispatch": dispatch.id}, LAUNCH_TOKEN_SECONDS),
        }

    # -- the launch: here the learner's fields arrive

    def _engine_launch(self, request: web.Request) -> web.StreamResponse:
        pairs = raw_pairs(request)
        dispatch = self._dispatch(pairs.get("dispatchid", ""))
        if dispatch is None or pairs.get("launchsecret") != dispatch.secret:
            return denied()
        if "launchtoken" in pairs and not self._fresh(dispatch, pairs["launchtoken"]):
            return denied("The launch token has expired")
        return self._launch(dispatch, _read(request, pairs, ENGINE_KEYS))

    async def _cloud_launch(self, request: web.Request) -> web.StreamResponse:
        pairs = raw_pairs(request)
        dispatch = self._dispatch(request.match_info["dispatch"])
        if dispatch is None or not self._fresh(dispatch, pairs.get("launchtoken", "")):
            return denied("The launch token has expired")
        return self._launch(dispatch, _read(request, pairs, CLOUD_KEYS))

    def _fresh(self, dispatch: Dispatch, token: str) -> bool:
        claims = self._site.seals.check("launch", token)
        return claims is not None and claims["dispatch"] == dispatch.id

    def _launch(self, dispatch: Dispatch, launch: Launch | None) -> web.StreamResponse:
        if launch is None:
            return denied("The launch names no learner", 400)
        found = self._site.realm.dispatch(dispatch.id)
        if found is None or not dispatch.enabled:
            return denied()
        app = found[0]
        registration = app.books.launch(dispatch, launch)
        if registration is None:
            return denied("No more registrations are allowed")
        statements.write(app, registration, "launched", self._site.clock())
        address = self._site.launch_page(app, registration, launch.redirect_url, launch.pipe_url)
        return web.Response(status=302, headers={"Location": address})

    def _dispatch(self, dispatch_id: str) -> Dispatch | None:
        """A dispatch of any application: the package does not say which."""
        found = self._site.realm.dispatch(dispatch_id)
        return None if found is None or not found[1].listed else found[1]

    def _poll(self, request: web.Request) -> web.StreamResponse:
        """The LMS page asks for results of non-SCORM content; no learner is named either way."""
        registration = self._site.books.registration(raw_pairs(request).get("registrationId", ""))
        if registration is None:
            return open_to_all(web.json_response({"message": "No such registration."}, status=404), request)
        return open_to_all(web.json_response(poll_answer(registration)), request)


def _read(request: web.Request, pairs: dict[str, str], keys: Keys) -> Launch | None:
    """The launch by its keys; None without a learner id."""
    if not pairs.get(keys.learner):
        return None
    learner = Learner(pairs[keys.learner], pairs.get(keys.first, ""), pairs.get(keys.last, ""))
    return Launch(
        learner=learner,
        regid=pairs.get("regid", ""),
        pipe_url=pairs.get(keys.pipe, ""),
        redirect_url=pairs.get(keys.redirect, ""),
        referring_url=pairs.get(keys.referring, ""),
        browser=request.headers.get("User-Agent", ""),
    )
