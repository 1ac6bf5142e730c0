"""The sandbox SCORM Cloud: put together here, served by `serving.serve`."""

import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any

from aiohttp import web

from proxy.demo.cloud import settings
from proxy.demo.cloud.chores import Chores
from proxy.demo.cloud.client import DispatchDesk
from proxy.demo.cloud.content import CourseFiles
from proxy.demo.cloud.habits import Habits
from proxy.demo.cloud.handles import Handles
from proxy.demo.cloud.launching import LaunchDesk
from proxy.demo.cloud.learners import Renames
from proxy.demo.cloud.lrs.desk import RecordDesk
from proxy.demo.cloud.media import MediaDesk
from proxy.demo.cloud.model import Content, Dispatch, Generation, LaunchAuth, Learner, Standard
from proxy.demo.cloud.packages import dispatch_zip
from proxy.demo.cloud.pages import Pages
from proxy.demo.cloud.player import PlayerDesk
from proxy.demo.cloud.postbacks import Backoff, Postbacks
from proxy.demo.cloud.progress import known
from proxy.demo.cloud.realm import Mail, Realm, Written
from proxy.demo.cloud.recorder import Recorder
from proxy.demo.cloud.seal import Seals
from proxy.demo.cloud.site import Site
from proxy.demo.cloud.v1 import V1Desk
from proxy.demo.cloud.v2 import ApiDesk
from proxy.demo.cloud.waiting import DrivenClock

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_SHOWN = (
    "Host", "User-Agent", "Accept-Language", "Referer", "Origin", "X-Forwarded-For", "Forwarded", "Via", "X-Real-IP",
    "Content-Type", "Cookie",
)  # fmt: skip
_REMEMBERED = 50
_UPLOAD_LIMIT = 64 * 1024 * 1024


class SandboxCloud:
    """A cloud that behaves as the protocol notes say, keeps everything in memory, and shows what it knows.

    `origin` and `content_origin` are its two public addresses without a trailing slash, e.g.
    `http://cloud.localhost:8021` and `http://media.localhost:8022`; they stand in packages, redirects and scripts,
    whatever host a request came for. `clock` gives seconds since the epoch. `record` holds every byte received, if the
    cloud is served by `serve`. `renames` and `habits` say how it behaves where that may differ. Besides the application
    `app_id` there is the application management application `management_id`; `owner` is the address of the account's
    owner, the only member of staff.

    Like the real one it sets its cookies without `Partitioned`, which today's browsers refuse inside the frame of
    another site: course files are then denied unless a proxy adds the attribute. `partitioned=True` adds it here, for a
    launch without a proxy; `launch_auth="vault"` needs no cookies at all.
    """

    def __init__(
        self,
        *,
        origin: str,
        content_origin: str,
        app_id: str = "SANDBOX",
        secret: str = "sandbox-secret",  # noqa: S107 - a sandbox that only talks to itself
        clock: Callable[[], float] = time.time,
        commit_every_ms: int = 5_000,
        polling_ms: int = 1_500,
        backoff: Backoff | None = None,
        partitioned: bool = False,
        management_id: str = "SANDBOX-MANAGEMENT",
        management_secret: str = "sandbox-management-secret",  # noqa: S107 - as above
        owner: str = "owner@cloud.example",
    ) -> None:
        """Read the static files and open empty books; nothing is started."""
        self.record = Recorder()
        self.renames = Renames()
        self.habits = Habits()
        self.owner = owner
        seals = Seals(secret, clock)
        realm = Realm(clock, seals, owner)
        realm.found(app_id, "Sandbox", secret, allow_delete=True)
        realm.found(management_id, "Management", management_secret, allow_delete=False, manages=True)
        self._chores = Chores()
        self._site = Site(
            origin=origin,
            content_origin=content_origin,
            app_id=app_id,
            secret=secret,
            clock=clock,
            realm=realm,
            habits=self.habits,
            renames=self.renames,
            chores=self._chores,
            handles=Handles(clock),
            seals=seals,
            pages=Pages(origin=origin, media=content_origin, app_id=app_id),
            postbacks=Postbacks(backoff or Backoff()),
            commit_every_ms=commit_every_ms,
            polling_ms=polling_ms,
            partitioned=partitioned,
        )
        self._requests: deque[dict[str, Any]] = deque(maxlen=_REMEMBERED)

    @property
    def origin(self) -> str:
        """The cloud's main address."""
        return self._site.origin

    @property
    def content_origin(self) -> str:
        """The address of its media host."""
        return self._site.content_origin

    def application(self) -> web.Application:
        """What listens at `origin`."""
        app = web.Application(middlewares=[self._note], client_max_size=_UPLOAD_LIMIT)
        site, files = self._site, CourseFiles(self._site)
        player, api = PlayerDesk(site, files), ApiDesk(site, self.renames)
        for desk in (DispatchDesk(site), player, files, LaunchDesk(site), V1Desk(site), api, RecordDesk(site)):
            app.add_routes(desk.routes())

        async def close(_app: web.Application) -> None:
            self._chores.close()
            await self._site.postbacks.close()

        app.on_cleanup.append(close)
        return app

    def content_application(self) -> web.Application:
        """What listens at `content_origin`."""
        app = web.Application(middlewares=[self._note])
        app.add_routes(MediaDesk(self._site.pages).routes())
        return app

    def create_dispatch(
        self,
        dispatch_id: str,
        *,
        generation: Generation,
        standard: Standard,
        content: Content = "scorm",
        launch_auth: LaunchAuth = "cookies",
        instanced: bool = True,
        hash_names: bool = False,
        title: str = "",
    ) -> Dispatch:
        """Create a dispatch, or return the one of that id unchanged.

        `content="xapi"` makes the LMS page poll; `launch_auth="vault"` serves course files from an unguessable path;
        `instanced=False` looks the learner up even when the LMS says it is her first time; `hash_names` is the cloud's
        own privacy option (unsalted SHA-256 in the browser).
        """
        return self._site.books.open_dispatch(
            dispatch_id,
            generation=generation,
            standard=standard,
            content=content,
            launch_auth=launch_auth,
            instanced=instanced,
            hash_names=hash_names,
            title=title,
        )

    def dispatch_zip(
        self,
        dispatch_id: str,
        *,
        generation: Generation,
        standard: Standard,
        content: Content = "scorm",
        launch_auth: LaunchAuth = "cookies",
        instanced: bool = True,
        hash_names: bool = False,
        title: str = "",
    ) -> bytes:
        """The package of a dispatch, which is created on first use (see `create_dispatch`)."""
        dispatch = self.create_dispatch(
            dispatch_id,
            generation=generation,
            standard=standard,
            content=content,
            launch_auth=launch_auth,
            instanced=instanced,
            hash_names=hash_names,
            title=title,
        )
        return dispatch_zip(self._site, dispatch)

    def dispatches(self) -> list[Dispatch]:
        """All dispatches, oldest first."""
        return self._site.books.dispatches()

    def set_postback(self, dispatch_id: str, url: str, user: str, password: str, results_format: str = "FULL") -> None:
        """Post every result of a dispatch to `url` from now on (JSON, HTTP Basic). KeyError for an unknown dispatch."""
        given: dict[str, Any] = {"url": url, "userName": user, "password": password}
        given |= {"resultsFormat": results_format, "authType": "HTTPBASIC", "legacy": False}
        self._known(dispatch_id).settings |= settings.from_postback(given)

    def add_files(self, dispatch_id: str, files: Mapping[str, bytes], start: str) -> None:
        """Put more files into a dispatch's course, and let it begin with another page. KeyError if it is unknown."""
        dispatch = self._known(dispatch_id)
        dispatch.start = start
        self._site.books.courses.versions(dispatch.course_id)[-1].files.update(files)

    def set_custom_config(self, dispatch_id: str, answer: Mapping[str, str] | None) -> None:
        """What customConfig answers; None is the usual 404. KeyError for an unknown dispatch."""
        self._known(dispatch_id).custom_config = None if answer is None else dict(answer)

    def _known(self, dispatch_id: str) -> Dispatch:
        found = self._site.books.dispatch(dispatch_id)
        if found is None:
            raise KeyError(dispatch_id)
        return found

    def state(self) -> dict[str, Any]:
        """What the cloud knows, JSON-able: dispatches, registrations, the last requests (newest first), postbacks."""
        return {
            "origin": self._site.origin,
            "dispatches": [
                {"id": one.id, "title": one.title, "generation": one.generation, "standard": one.standard}
                for one in self.dispatches()
            ],
            "registrations": [known(one) for one in self._site.books.registrations()],
            "requests": list(reversed(self._requests)),
            "postbacks": [asdict(one) for one in self._site.postbacks.deliveries[-_REMEMBERED:]],
        }

    def mails(self) -> list[Mail]:
        """What the cloud mailed to people, oldest first."""
        return list(self._site.realm.mails)

    def users(self) -> set[str]:
        """Addresses of learners it made website users of."""
        return set(self._site.realm.users)

    def open_application(self, app_id: str, secret: str, *, allow_delete: bool = True) -> None:
        """Another application of the account, with courses, registrations and keys of its own."""
        self._site.realm.found(app_id, app_id, secret, allow_delete=allow_delete)

    def register(self, registration_id: str, course_id: str, learner: Learner, app_id: str = "") -> None:
        """Create a registration without a call of the API, for thousands of them. KeyError for an unknown course."""
        books = self._site.realm.apps[app_id or self._site.app_id].books
        course = books.courses.latest(course_id)
        if course is None:
            raise KeyError(course_id)
        books.register(registration_id, course, learner)

    def finish(self, registration_id: str, *, passed: bool = True, score: float = 87.5, app_id: str = "") -> None:
        """Give a registration a result as a player's commit would, and tell about it. On the loop; KeyError if unknown.

        Every call makes a postback, if an address is configured at any level.
        """
        app = self._site.realm.apps[app_id or self._site.app_id]
        found = app.books.registration(registration_id)
        if found is None:
            raise KeyError(registration_id)
        found.runtime.completion, found.runtime.success = "completed", "passed" if passed else "failed"
        found.runtime.score = score
        app.books.touch(found)
        self._site.report(app, found)

    def write_statement(self, registration_id: str, statement: Mapping[str, Any], app_id: str = "") -> None:
        """Store a statement of a course about a registration, as an xAPI course would. KeyError for an unknown one."""
        app = self._site.realm.apps[app_id or self._site.app_id]
        found = app.books.registration(registration_id)
        if found is None:
            raise KeyError(registration_id)
        app.statements.append(Written(found.id, found.instance, self._site.clock(), dict(statement)))

    def statements(self) -> list[Written]:
        """All statements of the application, oldest first."""
        return list(self._site.app.statements)

    async def settle(self) -> None:
        """Wait until queued postbacks are delivered or given up."""
        await self._site.postbacks.settle()

    async def quiet(self) -> None:
        """Wait until no postback is under way: each is delivered, given up, or waits for its next attempt."""
        await self._site.postbacks.quiet()

    async def pass_time(self, clock: DrivenClock, seconds: float) -> None:
        """Let time pass on the clock this cloud was made with, repeating postbacks when their moment comes."""
        await clock.advance(seconds, self._site.postbacks.quiet)

    def hurry(self) -> None:
        """Do now what the cloud would do a little later: renames and deletions."""
        self._chores.hurry()

    @web.middleware
    async def _note(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Remember the request as it was received, before anything is understood of it."""
        headers = {name: request.headers[name] for name in _SHOWN if name in request.headers}
        entry = {"at": self._site.clock(), "method": request.method, "target": request.raw_path, "headers": headers}
        self._requests.append(entry)
        return await handler(request)
