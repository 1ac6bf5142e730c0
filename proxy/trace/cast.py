"""Who is not in a recording: the learner of a launch link or of a signed launch, whom only the LMS's server names."""

from proxy.identity import Context, IdentityService, Sighting
from proxy.passage import Mount, Mounts, Sessions
from proxy.people import Cleartext, Kind, Person

STAND_IN = "stand-in of scormveil trace"
"""Her id; she has no name, so that nothing of the recording can be taken for hers."""
_LINKS = frozenset({"runtime.launch-link"})
_APIS = frozenset({"cloud_v2", "cloud_v1"})


class Cast:
    """Gives a learner where the recording has none."""

    def __init__(self, names: IdentityService, sessions: Sessions, mounts: Mounts) -> None:
        """Remember who gives pseudonyms and sessions."""
        self._names = names
        self._sessions = sessions
        self._mounts = mounts

    async def stand_in(self, mount: Mount) -> Person:
        """The learner that is assumed where the recording does not say who it is."""
        context = Context(mount.tenant, mount.name, "trace", "", "operator")
        [person] = await self._names.pseudonymize((Sighting(Cleartext(Kind.SUBJECT, STAND_IN)),), context)
        return person

    async def session(self, mount: Mount) -> str:
        """A `Set-Cookie` line that opens her session at a mount."""
        seconds = mount.policy.session_seconds
        session = self._sessions.with_person(
            await self._sessions.read((), mount.tenant, seconds), await self.stand_in(mount)
        )
        return self._sessions.cookie(session, mount.tenant, seconds)

    def may_ask_links(self, mount: Mount, route: str) -> bool:
        """Whether `route` is where launch links lead, and the LMS can ask for them through a mount of this tenant."""
        apis = (one for one in self._mounts.all if one.adapter.name in _APIS)
        return route in _LINKS and any(one.tenant == mount.tenant for one in apis)

    def text_for(self, person: Person, known: Cleartext) -> str:
        """What the cloud is told in place of something that is known of a person."""
        return self._names.texts_for(person, known.kind, known)
