"""The cloud's books: which dispatches and registrations exist, and which registration a launch continues."""

import re
import uuid
from collections.abc import Callable

from proxy.demo.cloud.model import Content, Dispatch, Generation, Launch, LaunchAuth, Learner, Registration, Standard
from proxy.demo.cloud.seal import Seals

_REGID = re.compile(r"[A-Za-z0-9_.-]{1,255}")


class Books:
    """Everything the cloud knows, in memory. `clock` gives seconds since the epoch."""

    def __init__(self, app_id: str, seals: Seals, clock: Callable[[], float]) -> None:
        """Open empty books."""
        self._app_id = app_id
        self._seals = seals
        self._clock = clock
        self._dispatches: dict[str, Dispatch] = {}
        self._registrations: dict[str, Registration] = {}

    def dispatches(self) -> list[Dispatch]:
        """All dispatches, oldest first."""
        return list(self._dispatches.values())

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
        )
        self._dispatches[dispatch_id] = made
        return made

    def launch(self, dispatch: Dispatch, launch: Launch) -> Registration:
        """Find or create the registration of a launch and count the launch.

        A registration that the LMS names is resumed as it is, under the learner it was created for: that is why
        registrations made before a proxy came in stay identified.
        """
        found = self._named(dispatch, launch.regid)
        if found is None and not (launch.regid == "_new_" and dispatch.instanced):
            found = self._latest(dispatch, launch.learner)
        if found is None:
            found = self._create(dispatch, launch.learner)
        found.launches += 1
        found.earlier += found.session
        found.session = 0
        found.finished = False
        return found

    def touch(self, registration: Registration) -> None:
        """Note that the registration changed now."""
        registration.updated = self._clock()

    def _named(self, dispatch: Dispatch, regid: str) -> Registration | None:
        if not _REGID.fullmatch(regid):
            return None
        found = self._registrations.get(regid)
        return found if found is not None and found.dispatch == dispatch.id else None

    def _latest(self, dispatch: Dispatch, learner: Learner) -> Registration | None:
        mine = (r for r in self._registrations.values() if r.dispatch == dispatch.id and r.learner.id == learner.id)
        return max(mine, key=lambda registration: registration.created, default=None)

    def _create(self, dispatch: Dispatch, learner: Learner) -> Registration:
        now = self._clock()
        made = Registration(
            id=str(uuid.uuid4()),
            dispatch=dispatch.id,
            learner=learner,
            created=now,
            updated=now,
            xapi_id=str(uuid.uuid4()),
        )
        self._registrations[made.id] = made
        return made
