"""A cloud that posts results: what it was told, what it sends, and what the LMS finds in its hands."""

import base64
import json
from dataclasses import dataclass
from types import SimpleNamespace
from urllib.parse import parse_qsl, quote, urlsplit

from proxy.identity import Context, Sighting
from proxy.passage import Level, PostbackSpec
from proxy.people import Cleartext, Kind
from tests.passage.corridor import Corridor, Learner
from tests.passage.wire import Received

UPDATED = "2026-05-04T10:15:30.123Z"
JSON, FORM, XML = "application/json", "application/x-www-form-urlencoded", "text/xml"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def mount_of(corridor: Corridor, name: str = "api"):
    return next(one for one in corridor.house.mounts.all if one.name == name)


async def seen(corridor: Corridor, who: Learner) -> str:
    """Let the proxy meet a learner, as an LMS that registers her does; returns her pseudonym."""
    told = (Cleartext(Kind.GIVEN, who.first), Cleartext(Kind.FAMILY, who.last))
    sighting = Sighting(Cleartext(Kind.SUBJECT, who.id), tuple(one for one in told if one.reveal()))
    [person] = await corridor.house.names.pseudonymize((sighting,), Context("uni", "api", "test", "x", "caller"))
    return person.pseudonym.token


async def told(corridor: Corridor, *, level: Level | None = None, hook: str = "/hook", **asked) -> PostbackSpec:
    """What the cloud is told when the LMS asks for results at its `hook`."""
    way = SimpleNamespace(mount=mount_of(corridor), seen=())
    spec = PostbackSpec(corridor.lms.origin + hook, **({"user": "hook", "password": "geheim:ß"} | asked))
    return await corridor.house.postbacks.outward(way, level or Level("registration", "r-1"), spec)


def result(learner: str = "", *, ident: str = "r-1", updated: str = UPDATED, score: float = 87.5, **more) -> str:
    """A result as API v2 writes it, with details that nobody may see."""
    body = {
        "id": ident,
        "instance": 0,
        "updated": updated,
        "registrationCompletion": "COMPLETED",
        "registrationSuccess": "PASSED",
        "score": {"scaled": score},
        "totalSecondsTracked": 754.0,
        "course": {"id": "course-demo", "title": "Demo", "version": 0},
        "learner": {"id": learner, "firstName": "Learner", "lastName": "x"},
        "activityDetails": {"runtime": {"suspendData": "bm=3", "learnerComments": [{"value": "secret comment"}]}},
    }
    return json.dumps(body | more, separators=(",", ":"))


def report(ident: str = "r-1", *, wrapped: bool = True, declared: bool = False, body: str = "") -> str:
    """The same as V1 writes it."""
    inside = (
        body or "<complete>complete</complete><success>passed</success><totaltime>754</totaltime><score>87.5</score>"
    )
    text = f'<registrationreport format="course" regid="{ident}" instanceid="0">{inside}</registrationreport>'
    text = f'<rsp stat="ok">{text}</rsp>' if wrapped else text
    return (DECLARATION if declared else "") + text


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@dataclass
class Posting:
    """One POST of the cloud to the address that it was told."""

    corridor: Corridor
    spec: PostbackSpec

    @property
    def target(self) -> str:
        return urlsplit(self.spec.url).path

    async def send(self, media: str, body: str | bytes, **headers: str) -> Received:
        fields = {"Content-Type": media} | {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, bytes) else body.encode()
        return await self.corridor.ask("POST", self.target, fields, data)

    async def as_body(self, text: str, media: str = f"{JSON}; charset=UTF-8") -> Received:
        return await self.send(media, text, Authorization=basic(self.spec.user, self.spec.password))

    async def as_form(self, text: str, *, user: str = "userName") -> Received:
        form = f"data={quote(text)}&{user}={quote(self.spec.user)}&password={quote(self.spec.password)}"
        return await self.send(f"{FORM}; charset=UTF-8", form)


def fields_of(message: Received) -> list[tuple[str, str]]:
    """The fields of a form."""
    return parse_qsl(message.body.decode("ascii"), keep_blank_values=True, strict_parsing=True)
