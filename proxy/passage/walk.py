"""One exchange on its way, as every room of the corridor sees it."""

from dataclasses import dataclass, field

from proxy.errors import Restricted
from proxy.identity import Context
from proxy.passage.mounts import Mount
from proxy.passage.ports import Exchange
from proxy.passage.router import Match
from proxy.passage.session import Session
from proxy.people import Kind, Person
from proxy.rewrite import Replacing


@dataclass(slots=True)
class Walk:
    """One exchange on its way: where, which route, whose session, what may be told of it."""

    mount: Mount
    match: Match
    exchange: Exchange
    alias: str = ""
    """The further host of the cloud that the message is for, "" for the mount's own upstream."""
    session: Session = field(default_factory=lambda: Session(()))
    seen: tuple[Person, ...] = ()
    """People named by this very message."""
    launched: tuple[Person, ...] = ()
    """Whom a launch or a launch link that is asked for will launch; the message does not name her."""
    vouched: tuple[Person, ...] = ()
    """Whom a learner's key to a record store names, instead of a cookie."""
    actor: str = "browser"
    delivers: bool = False
    """Whether a result is handed over that the sender will take for done: then nobody in it may be left out."""
    source: str = ""
    """Where the request came from, as the rim tells sources apart."""
    login: str = ""
    """The Authorization that leaves instead of the caller's, "" if the caller's own does."""
    store: str = ""
    """The mount at which a key will be good that is being asked for."""
    sent: bytes = field(default=b"", repr=False)
    """The body that the cloud was sent."""
    replacing: tuple[tuple[Person, ...], Replacing] | None = field(default=None, repr=False)
    """What stands for whom in its texts, and of whom that was read."""
    flight: int = 0
    """Its number among the messages under way that name a person; 0 if it names nobody."""

    @property
    def reveals(self) -> bool:
        """Whether people are shown to who asks: the mount's readers, with our key in hand where courses ask, too."""
        return self.mount.audience.reveal and (self.actor == "caller" or not self.mount.adapter.callers_only)

    def refuse_restricted(self) -> None:
        """Raise `Restricted` if the session is that of somebody whose data are kept and not used.

        The first is who launched last. Others of a shared browser are guarded, and keep nobody from learning.
        """
        if not self.seen and any(person.restricted for person in self.session.people[:1]):
            raise Restricted("session", route=self.match.route.name, kind=Kind.SUBJECT)

    def context(self) -> Context:
        """Who asks, for the identity service's own audit entries."""
        return Context(
            self.mount.tenant, self.mount.name, self.match.route.name, self.exchange.id, self.actor, self.source
        )

    def people(self) -> tuple[Person, ...]:
        """Everyone whose identity must not leave with this exchange: those it names and those of the session."""
        others = (*self.launched, *self.vouched, *self.session.people)
        named = {person.pseudonym.token for person in self.seen}
        return (*self.seen, *(person for person in others if person.pseudonym.token not in named))
