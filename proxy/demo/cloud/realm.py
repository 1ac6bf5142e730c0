"""The account: applications with their keys, staff, mails the cloud has sent, and people it made website users of.

A realm has one special application, the application management application: its keys act on all the other applications
and do nothing else (the client's own text).
"""

import hmac
import secrets
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from proxy.demo.cloud.books import Books
from proxy.demo.cloud.lrs.documents import Documents
from proxy.demo.cloud.lrs.holders import Holder
from proxy.demo.cloud.model import Course, Dispatch, Registration
from proxy.demo.cloud.seal import Seals
from proxy.demo.cloud.settings import Level


@dataclass
class Credential:
    """One secret key of an application."""

    id: str
    secret: str
    created: float
    updated: float
    name: str = ""
    active: bool = True


@dataclass
class Destination:
    """Somebody courses are dispatched to. `data` is what was sent, without tags and dates."""

    id: str
    created: float
    updated: float
    data: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    hashed: bool = False


@dataclass
class Guest:
    """One person an invitation reached. `token` is in her personal link."""

    email: str
    token: str
    registration: str
    updated: float
    started: bool = False


@dataclass
class Invitation:
    """A public or private invitation; `mail` is what the cloud sends."""

    id: str
    course: str
    public: bool
    created: float
    updated: float
    mail: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    expires: str = ""
    cap: int = 0
    allow_launch: bool = True
    allow_new: bool = True
    guests: list[Guest] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Mail:
    """A mail the cloud sent: it goes around every proxy."""

    to: str
    subject: str
    body: str


@dataclass(frozen=True)
class Written:
    """A stored xAPI statement and the attempt it belongs to."""

    registration: str
    instance: int
    at: float
    statement: dict[str, Any]


@dataclass
class App:
    """One application and everything in it."""

    id: str
    name: str
    created: float
    updated: float
    books: Books
    allow_delete: bool = False
    manages: bool = False
    keys: dict[str, Credential] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    standards: dict[tuple[str, bool], dict[str, str]] = field(default_factory=dict)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    destinations: dict[str, Destination] = field(default_factory=dict)
    invitations: dict[str, Invitation] = field(default_factory=dict)
    connectors: dict[str, dict[str, Any]] = field(default_factory=dict)
    xapi_keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    pipes: dict[str, dict[str, Any]] = field(default_factory=dict)
    learner_tags: dict[str, list[str]] = field(default_factory=dict)
    statements: list[Written] = field(default_factory=list)
    documents: Documents = field(default_factory=Documents)
    holders: dict[str, Holder] = field(default_factory=dict)
    """Running launches of courses that speak xAPI, by session."""
    more: dict[str, dict[str, str]] = field(default_factory=dict)
    """Where answers of the record store continue."""

    def admits(self, secret: bytes) -> bool:
        """Whether a secret is one of the application's active keys."""
        return any(hmac.compare_digest(one.secret.encode(), secret) for one in self.keys.values() if one.active)

    def application_levels(self, standard: str = "", *, single: bool = True) -> list[Level]:
        """The levels above a course, the most specific first."""
        named = self.standards.get((standard, single), {})
        return [Level("learningStandardForApplication", named), Level("application", self.settings)]

    def course_levels(self, course: Course) -> list[Level]:
        """The levels of one version of a course."""
        return [Level("course", course.settings), *self.application_levels(course.standard)]

    def levels(self, registration: Registration) -> list[Level]:
        """The levels of one registration."""
        dispatch = self.books.dispatch(registration.dispatch)
        settings = dispatch.settings if dispatch is not None and dispatch.listed else {}
        mine = Level("registration", registration.settings)
        return [mine, Level("dispatch", settings), *self.course_levels(registration.course)]


class Realm:
    """All applications of one account. `clock` gives seconds since the epoch; `owner` is the address of its owner."""

    def __init__(self, clock: Callable[[], float], seals: Seals, owner: str) -> None:
        """Found an account without applications."""
        self.apps: dict[str, App] = {}
        self.owner = owner
        self.mails: list[Mail] = []
        self.users: set[str] = set()
        """Addresses of learners the cloud made website users of; nothing in the API removes them."""
        self._clock = clock
        self._seals = seals

    def found(self, app_id: str, name: str, secret: str = "", *, allow_delete: bool, manages: bool = False) -> App:
        """Open an application with one key."""
        now = self._clock()
        made = App(app_id, name, now, now, Books(app_id, self._seals, self._clock), allow_delete, manages)
        self.apps[app_id] = made
        self.new_key(made, "First key", secret)
        return made

    def new_key(self, app: App, name: str, secret: str = "") -> Credential:
        """Give an application another key."""
        now = self._clock()
        key = Credential(str(uuid.uuid4()), secret or secrets.token_urlsafe(24), now, now, name)
        app.keys[key.id] = key
        return key

    def children(self) -> list[App]:
        """All applications but the managing one."""
        return [one for one in self.apps.values() if not one.manages]

    def dispatch(self, dispatch_id: str) -> tuple[App, Dispatch] | None:
        """A dispatch with its application: a package does not say which application it is of."""
        return next(((app, one) for app in self.apps.values() if (one := app.books.dispatch(dispatch_id))), None)

    def guests(self) -> Iterator[tuple[App, Invitation, Guest]]:
        """Everybody any invitation reached."""
        for app in self.apps.values():
            for invitation in app.invitations.values():
                yield from ((app, invitation, one) for one in invitation.guests)
