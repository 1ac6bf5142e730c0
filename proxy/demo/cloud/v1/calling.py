"""One call of the V1 API as its handlers see it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from proxy.demo.cloud.model import Course, Registration
from proxy.demo.cloud.realm import App
from proxy.demo.cloud.site import Site

UNKNOWN = 1
BAD_SIGNATURE = 102
STALE = 103
MISSING = 201


class Failed(Exception):
    """`<rsp stat="fail">` with a code and a text, which may quote ids."""

    def __init__(self, code: int, message: str) -> None:
        """The code of the error and its text."""
        super().__init__(code)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class V1Call:
    """A call whose signature is right. `browser` is the User-Agent, for what a browser opens."""

    site: Site
    app: App
    given: Mapping[str, str]
    browser: str

    def need(self, name: str) -> str:
        """A parameter that must be there (it may be empty)."""
        if name not in self.given:
            raise Failed(MISSING, f"Parameter {name} is missing")
        return self.given[name]

    def either(self, *names: str) -> str:
        """The first of several spellings that is there."""
        return next((self.given[name] for name in names if name in self.given), "")

    def registration(self) -> Registration:
        """The registration that `regid` names."""
        asked = self.need("regid")
        found = self.app.books.registration(asked)
        if found is None:
            raise Failed(UNKNOWN, f"No registration found for regid {asked}")
        return found

    def course(self) -> Course:
        """The course that `courseid` names."""
        asked = self.need("courseid")
        found = self.app.books.courses.latest(asked)
        if found is None:
            raise Failed(UNKNOWN, f"No course found for courseid {asked}")
        return found


Method = Callable[[V1Call], str | web.Response] | Callable[[V1Call], Awaitable[str]]
