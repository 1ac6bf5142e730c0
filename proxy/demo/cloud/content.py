"""Course files: behind signed cookies (`/content/courses/…`) or behind an unguessable path (`/vault/{uuid}/…`).

The vault binds its path to what the launch came with: Engine's fingerprint check is on by default and probably covers
the User-Agent, so a middle-man must keep one User-Agent for a launch and all files of it.
"""

import base64
import hashlib
import json
import uuid
from urllib.parse import quote

from aiohttp import web

from proxy.demo.cloud.model import Dispatch, Registration
from proxy.demo.cloud.site import Site, denied, page

COOKIE_SECONDS = 43_200
_TO_COOKIE = str.maketrans("+=/", "-_~")
_FROM_COOKIE = str.maketrans("-_~", "+=/")
_STARTS = {"cmi5": "cmi5.html", "tincan": "tincan.html", "aicc": "aicc.html"}
_TYPES = {".html": "text/html", ".js": "application/javascript", ".css": "text/css"}


class CourseFiles:
    """Decides who may fetch course files, and serves them."""

    def __init__(self, site: Site) -> None:
        """Serve this site's course."""
        self._site = site
        self._vault: dict[str, str] = {}
        self._host = site.origin.partition("://")[2].partition(":")[0]

    def routes(self) -> list[web.RouteDef]:
        """Both kinds of course addresses."""
        return [
            web.get("/content/courses/{app}/{course}/{version}/{file}", self._by_cookie),
            web.get("/vault/{vault}/{course}/{version}/{file}", self._by_vault),
        ]

    def address(self, dispatch: Dispatch, registration: Registration, request: web.Request) -> str:
        """Where the player finds the course for this launch."""
        course, start = (
            quote(dispatch.course_id, safe=""),
            dispatch.start or _STARTS.get(dispatch.content, "index.html"),
        )
        if dispatch.launch_auth == "cookies":
            return f"{self._site.origin}/content/courses/{self._site.app_id}/{course}/0/{start}"
        path = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{registration.id} {registration.launches}"))
        self._vault[path] = _fingerprint(request)
        return f"{self._site.origin}/vault/{path}/{course}/0/{start}"

    def admit(self, answer: web.Response, dispatch: Dispatch, registration: Registration) -> None:
        """Set the cookies that let a browser fetch the files of one course."""
        resource = f"{self._site.origin}/content/courses/{self._site.app_id}/{dispatch.course_id}/0/*"
        ends = int(self._site.clock()) + COOKIE_SECONDS
        statement = {"Resource": resource, "Condition": {"DateLessThan": {"AWS:EpochTime": ends}}}
        policy = base64.b64encode(json.dumps({"Statement": [statement]}).encode()).decode().translate(_TO_COOKIE)
        for name, value in {
            "CloudFront-Policy": policy,
            "CloudFront-Signature": self._site.seals.signature(policy),
            "CloudFront-Key-Pair-Id": self._site.seals.static("key pair", 20).upper(),
            "ContentAuth": self._site.seals.hide({"course": dispatch.course_id, "registration": registration.id}),
        }.items():
            # By hand: the standard library knows `Partitioned` from Python 3.14 on.
            attributes = f"Domain={self._host}; Path=/content; Secure; HttpOnly; SameSite=None"
            chips = "; Partitioned" if self._site.partitioned else ""
            answer.headers.add("Set-Cookie", f"{name}={value}; {attributes}{chips}")

    async def _by_cookie(self, request: web.Request) -> web.StreamResponse:
        policy = request.cookies.get("CloudFront-Policy", "")
        genuine = request.cookies.get("CloudFront-Signature") == self._site.seals.signature(policy)
        if not genuine or "ContentAuth" not in request.cookies or not self._covers(policy, request):
            return denied()
        return self._file(request)

    def _covers(self, policy: str, request: web.Request) -> bool:
        """The signed policy names the cloud's own host and this course, and is still valid."""
        statement = json.loads(base64.b64decode(policy.translate(_FROM_COOKIE)))["Statement"][0]
        prefix = statement["Resource"].removesuffix("*")
        ends = statement["Condition"]["DateLessThan"]["AWS:EpochTime"]
        return f"{self._site.origin}{request.path}".startswith(prefix) and bool(ends >= self._site.clock())

    async def _by_vault(self, request: web.Request) -> web.StreamResponse:
        if self._vault.get(request.match_info["vault"]) != _fingerprint(request):
            return denied()
        return self._file(request)

    def _file(self, request: web.Request) -> web.Response:
        """A file of the course that every dispatch of the sandbox has, or one that was added to it."""
        name = request.match_info["file"]
        suffix = name[name.rfind(".") :]
        if suffix in _TYPES and name in self._site.pages.names("course"):
            return page(self._site.pages.text(f"course/{name}"), _TYPES[suffix])
        course = self._site.books.courses.latest(request.match_info["course"])
        if suffix in _TYPES and course is not None and name in course.files:
            return page(course.files[name].decode(), _TYPES[suffix])
        return denied("Not Found", 404)


def _fingerprint(request: web.Request) -> str:
    return hashlib.sha256(request.headers.get("User-Agent", "").encode()).hexdigest()
