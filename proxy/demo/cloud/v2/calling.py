"""One call of the v2 API as its handlers see it, and what they may answer.

A handler is a plain function of a `Call`. It returns a mapping (200), None (204 without a body), or an `Answer`; what
it does not like it raises as `Refused`, which becomes the status and `{"message": …}`.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from proxy.demo.cloud.model import Course, Dispatch, Registration
from proxy.demo.cloud.realm import App, Destination, Invitation, Realm
from proxy.demo.cloud.site import Site


class Refused(Exception):
    """The cloud says no. Its text may quote what was asked for, as the real one's does."""

    def __init__(self, status: int, message: str) -> None:
        """HTTP status and the text of `{"message": …}`."""
        super().__init__(status)
        self.status = status
        self.message = message


@dataclass(frozen=True)
class Answer:
    """An answer that is more than JSON with status 200: `body` is JSON-able, or bytes together with `media`."""

    body: Any = None
    status: int = 200
    media: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """A request that was let in. `body` is the JSON object, `fields` a form's texts, `file` the uploaded file."""

    site: Site
    app: App
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    fields: Mapping[str, str]
    file: tuple[str, bytes]

    @property
    def realm(self) -> Realm:
        """The account."""
        return self.site.realm

    @property
    def now(self) -> float:
        """The time, in seconds since the epoch."""
        return self.site.clock()

    def flag(self, name: str) -> bool:
        """A boolean of the query: `true`, as well as the stock client's `True`."""
        return self.query.get(name, "").casefold() == "true"

    def need(self, name: str) -> Any:
        """A member the body must have; refuses with 400."""
        value = self.body.get(name)
        if value is None:
            raise Refused(400, f"{name} is required.")
        return value

    def asked(self, name: str) -> str:
        """A parameter of the query that must be there; refuses with 400."""
        if not self.query.get(name):
            raise Refused(400, f"The parameter {name} is required.")
        return self.query[name]

    def registration(self) -> Registration:
        """The registration the path names; refuses with 404."""
        asked = self.path["registrationId"]
        found = self.app.books.registration(asked)
        if found is None:
            raise Refused(404, f"Registration [{asked}] was not found.")
        return found

    def course(self) -> Course:
        """The course, or the version of it, that the path names; refuses with 404."""
        asked, version = self.path["courseId"], self.path.get("versionId")
        courses = self.app.books.courses
        if version is None:
            found = courses.latest(asked)
        else:
            found = courses.version(asked, int(version)) if version.isdecimal() else None
        if found is None:
            raise Refused(404, f"Course [{asked}] was not found.")
        return found

    def dispatch(self) -> Dispatch:
        """The dispatch the path names; refuses with 404."""
        asked = self.path["dispatchId"]
        found = self.app.books.dispatch(asked)
        if found is None or not found.listed:
            raise Refused(404, f"Dispatch [{asked}] was not found.")
        return found

    def destination(self) -> Destination:
        """The destination the path names; refuses with 404."""
        asked = self.path["destinationId"]
        if asked not in self.app.destinations:
            raise Refused(404, f"Destination [{asked}] was not found.")
        return self.app.destinations[asked]

    def invitation(self, *, public: bool | None = None) -> Invitation:
        """The invitation the path names; refuses with 404."""
        asked = self.path["invitationId"]
        found = self.app.invitations.get(asked)
        if found is None or public not in {None, found.public}:
            raise Refused(404, f"Invitation [{asked}] was not found.")
        return found

    def deletion(self) -> None:
        """Refuse with 403 where the application does not allow to delete (off by default for new ones)."""
        if not self.app.allow_delete:
            raise Refused(403, f"Deleting is not enabled for application [{self.app.id}].")


Handler = Callable[[Call], Any]
Slow = Callable[[Call], Awaitable[Any]]


@dataclass(frozen=True)
class Row:
    """One operation: method, path template, handler; `scope` is the OAuth scope beyond what the path says.

    `manages` needs a key of the application management application; `open` needs none at all.
    """

    method: str
    path: str
    handler: Handler | Slow
    scope: str = ""
    manages: bool = False
    open: bool = False


def moment(text: str) -> float:
    """An ISO 8601 timestamp as seconds since the epoch, UTC unless it says otherwise; refuses with 400."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(400, f"[{text}] is not an ISO 8601 timestamp.") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
