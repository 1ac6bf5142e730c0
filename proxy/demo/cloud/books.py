"""The cloud's books: which dispatches and registrations exist, and which registration a launch continues."""

import copy
import re
import uuid
from collections.abc import Callable, Mapping

from proxy.demo.cloud.catalogue import Catalogue
from proxy.demo.cloud.model import (
    Content,
    Course,
    Dispatch,
    Generation,
    Launch,
    LaunchAuth,
    LaunchRecord,
    Learner,
    Registration,
    Runtime,
    Standard,
)
from proxy.demo.cloud.seal import Seals

_OLD = frozenset({"SCORM11", "SCORM12", "AICC"})
_STANDARDS: Mapping[Standard, str] = {"SCORM12": "SCORM12", "SCORM2004": "SCORM20043RDEDITION"}
_REGID = re.compile(r"[A-Za-z0-9_.-]{1,255}")


class Books:
    """What one application holds, in memory. `clock` gives seconds since the epoch."""

    def __init__(self, app_id: str, seals: Seals, clock: Callable[[], float]) -> None:
        """Open empty books."""
        self._app_id = app_id
        self._seals = seals
        self._clock = clock
        self._dispatches: dict[str, Dispatch] = {}
        self._registrations: dict[str, Registration] = {}
        self.courses = Catalogue(clock)

    def dispatches(self) -> list[Dispatch]:
        """All dispatches that somebody created, oldest first."""
        return [one for one in self._dispatches.values() if one.listed]

    def registrations(self) -> list[Registration]:
        """All registrations, oldest first."""
        return list(self._registrations.values())

    def dispatch(self, dispatch_id: str) -> Dispatch | None:
        """The dispatch with that id."""
        return self._dispatches.get(dispatch_id)

    def registration(self, registration_id: str) -> Registration | None:
        """The registration with that id."""
        return self._registrations.get(registration_id)

    def open_dispatch(
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
        """Create the dispatch on first use; later calls return the one that is there, unchanged."""
        known = self._dispatches.get(dispatch_id)
        if known is not None:
            return known
        made = Dispatch(
            id=dispatch_id,
            generation=generation,
            standard=standard,
            content=content,
            launch_auth=launch_auth,
            instanced=instanced,
            hash_names=hash_names,
            title=title or "Lighthouses: a short course",
            tenant=f"{self._app_id.lower()}-tenant",
            course_id=f"lighthouses-{standard.lower()}",
            secret=self._seals.static(f"secret {dispatch_id}"),
            launch_token=self._seals.static(f"launch token {dispatch_id}"),
            created=self._clock(),
            updated=self._clock(),
        )
        self._dispatches[dispatch_id] = made
        if self.courses.latest(made.course_id) is None:
            self.courses.add(made.course_id, made.title, _STANDARDS[standard])
        return made

    def forget_dispatch(self, dispatch: Dispatch) -> None:
        """Remove a dispatch; its registrations stay."""
        self._dispatches.pop(dispatch.id, None)

    def register(self, registration_id: str, course: Course, learner: Learner, xapi_id: str = "") -> Registration:
        """Create a registration that no dispatch stands behind; its launch goes through a hidden one of the course."""
        standard: Standard = "SCORM12" if course.standard in _OLD else "SCORM2004"
        hidden = self.open_dispatch(f"course {course.id}", generation="v2", standard=standard, title=course.title)
        hidden.listed = False
        hidden.course_id = course.id
        return self._create(hidden, learner, registration_id=registration_id, course=course, xapi_id=xapi_id)

    def forget(self, registration: Registration) -> None:
        """Remove a registration with all its instances."""
        self._registrations.pop(registration.id, None)

    def next_instance(self, registration: Registration) -> None:
        """Put the attempt aside and begin another one of the latest version of the course."""
        kept = copy.copy(registration)
        kept.past = []
        registration.past.append(kept)
        registration.instance = max(one.instance for one in registration.past) + 1
        registration.course = self.courses.latest(registration.course.id) or registration.course
        self.reset(registration)

    def reset(self, registration: Registration) -> None:
        """Forget progress and launch history; the registration stays."""
        registration.runtime = Runtime()
        registration.launches = registration.session = registration.earlier = 0
        registration.finished, registration.imported = False, None
        registration.history, registration.log, registration.shared = [], [], {}
        self.touch(registration)

    def launch(self, dispatch: Dispatch, launch: Launch) -> Registration | None:
        """Find or create the registration of a launch and count the launch; None if no new one may be made.

        A registration that the LMS names is resumed as it is, under the learner it was created for: that is why
        registrations made before a proxy came in stay identified.
        """
        found = self._named(dispatch, launch.regid)
        if found is None and not (launch.regid == "_new_" and dispatch.instanced):
            found = self._latest(dispatch, launch.learner)
        if found is None and (not dispatch.allow_new or 0 < dispatch.cap <= dispatch.counted):
            return None
        if found is None:
            found = self._create(dispatch, launch.learner)
        self.begin(found, launch.browser)
        return found

    def begin(self, registration: Registration, browser: str) -> None:
        """Count a launch of a registration."""
        registration.launches += 1
        registration.earlier += registration.session
        registration.session = 0
        registration.finished = False
        registration.log.append(LaunchRecord(id=str(uuid.uuid4()), started=self._clock(), browser=browser))

    def touch(self, registration: Registration) -> None:
        """Note that the registration changed now."""
        registration.updated = self._clock()
        if registration.log:
            latest = registration.log[-1]
            latest.updated, latest.result = registration.updated, registration.result()
            latest.hundredths = registration.session
            latest.ended = registration.updated if registration.finished else None

    def _named(self, dispatch: Dispatch, regid: str) -> Registration | None:
        if not _REGID.fullmatch(regid):
            return None
        found = self._registrations.get(regid)
        return found if found is not None and found.dispatch == dispatch.id else None

    def _latest(self, dispatch: Dispatch, learner: Learner) -> Registration | None:
        mine = (r for r in self._registrations.values() if r.dispatch == dispatch.id and r.learner.id == learner.id)
        return max(mine, key=lambda registration: registration.created, default=None)

    def _create(
        self,
        dispatch: Dispatch,
        learner: Learner,
        *,
        registration_id: str = "",
        course: Course | None = None,
        xapi_id: str = "",
    ) -> Registration:
        now = self._clock()
        known = course or self.courses.latest(dispatch.course_id)
        made = Registration(
            id=registration_id or str(uuid.uuid4()),
            dispatch=dispatch.id,
            learner=learner,
            created=now,
            updated=now,
            xapi_id=xapi_id or str(uuid.uuid4()),
            course=known or Course(dispatch.course_id, dispatch.title),
        )
        dispatch.counted += 1
        self._registrations[made.id] = made
        return made
