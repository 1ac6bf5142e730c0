"""A small learning platform that launches cmi5 courses by itself, and the third party that hosts them."""

import asyncio
import base64
import json
import uuid
from collections.abc import Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

import aiohttp
from aiohttp import web
from yarl import URL

import proxy.demo.cloud
from proxy.demo.cloud import Recorder
from proxy.demo.cloud.recorder import recording
from proxy.demo.lms import LmsPerson

COURSE = Path(proxy.demo.cloud.__file__).parent / "static" / "course"
TYPES = {".html": "text/html", ".js": "text/javascript"}
W3ID = "https://w3id.org/xapi/cmi5/context"
ACTIVITY = "https://school.example/courses/foghorns/au/1"
TEACHER = {"objectType": "Agent", "name": "Ingeborg Sæther", "mbox": "mailto:ingeborg.saether@school.example"}
LAUNCH_PAGE = '<!DOCTYPE html><title>School</title><iframe id="au" style="width:100%;height:90vh" src="{src}"></iframe>'
BACK_PAGE = '<!DOCTYPE html><title>School</title><p id="back">{who}</p>'


class School:
    """Registers people, writes what a course needs, launches, gives the key out once, and reads the results."""

    def __init__(self, origin: str, people: Iterable[LmsPerson]) -> None:
        self.origin = origin
        self.people = {person.id: person for person in people}
        self.registrations = {person: str(uuid.uuid4()) for person in self.people}
        self.fetched: set[str] = set()
        self.page = self.store = self.login = self.key = ""

    def agent(self, person: LmsPerson) -> dict:
        return {
            "objectType": "Agent",
            "name": person.display_name(),
            "account": {"homePage": self.origin, "name": person.id},
        }

    def application(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [web.get("/launch", self._launch), web.get("/back", self._back), web.post("/fetch", self._fetch)]
        )
        return app

    async def ask(self, method: str, resource: str, parameters=None, body=None):
        """A request of the platform's to its record store: through the proxy, with the platform's key."""
        address = f"{self.store}/{resource}" + (f"?{urlencode(parameters)}" if parameters else "")
        status, text = await call(method, address, self.login, body)
        if status not in {200, 204}:
            raise web.HTTPBadGateway(text=f"{resource}: {status} {text}")  # for who looks at the page
        return json.loads(text) if text else None

    async def _launch(self, request: web.Request) -> web.Response:
        person = self.people[request.query["person"]]
        agent, registration = self.agent(person), self.registrations[person.id]
        session = str(uuid.uuid4())
        whose = {"activityId": ACTIVITY, "agent": json.dumps(agent), "registration": registration}
        template = {
            "instructor": TEACHER,
            "contextActivities": {"grouping": [{"id": "https://school.example/courses/foghorns"}]},
            "extensions": {f"{W3ID}/extensions/sessionid": session},
        }
        data = {
            "contextTemplate": template,
            "launchMode": "Normal",
            "masteryScore": 0.7,
            "moveOn": "CompletedOrPassed",
            "launchParameters": f"greeting for {person.display_name()}",
            "returnURL": f"{self.origin}/back?person={quote(person.id)}",
        }
        await self.ask("PUT", "activities/state", whose | {"stateId": "LMS.LaunchData"}, data)
        launched = {
            "actor": agent,
            "verb": {"id": "http://adlnet.gov/expapi/verbs/launched"},
            "object": {"id": ACTIVITY},
            "context": template
            | {"registration": registration}
            | {"extensions": template["extensions"] | {f"{W3ID}/extensions/launchurl": self.page}},
        }
        await self.ask("POST", "statements", None, launched)
        launch = {
            "endpoint": f"{self.store}/",
            "fetch": f"{self.origin}/fetch?person={quote(person.id)}&session={session}",
            "actor": json.dumps(agent, ensure_ascii=False),
            "registration": registration,
            "activityId": ACTIVITY,
        }
        src = f"{self.page}?{urlencode(launch, quote_via=quote)}".replace("&", "&amp;")
        return web.Response(text=LAUNCH_PAGE.format(src=src), content_type="text/html")

    async def _fetch(self, request: web.Request) -> web.Response:
        session = request.query["session"]
        if session in self.fetched:
            who = self.people[request.query["person"]].display_name()
            return web.json_response({"error-code": "1", "error-text": f"{who} has this key already"})
        self.fetched.add(session)
        answer = web.json_response({"auth-token": self.key})
        answer.set_cookie("SchoolSession", f"session of {request.query['person']}")
        return answer

    async def _back(self, request: web.Request) -> web.Response:
        return web.Response(text=BACK_PAGE.format(who=request.query["person"]), content_type="text/html")


class Vendor:
    """Hosts the course. `record` holds every byte it receives."""

    def __init__(self) -> None:
        self.record = Recorder()

    def application(self) -> web.Application:
        app = web.Application()
        app.add_routes([web.get("/au/{file}", self._file)])
        return app

    async def _file(self, request: web.Request) -> web.Response:
        name = request.match_info["file"]
        lines = (COURSE / name).read_text("utf-8").splitlines()
        text = "\n".join(line for line in lines if "@MEDIA@" not in line)
        return web.Response(
            text=text, content_type=TYPES[Path(name).suffix], headers={"Set-Cookie": "vendor=1; Path=/"}
        )


@asynccontextmanager
async def serving(application: web.Application, port: int, recorder: Recorder | None = None):
    """An application on a port of this machine."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    made = recording(runner.server, recorder) if recorder is not None else runner.server
    server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()
        await runner.cleanup()


def basic(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()


async def call(method: str, address: str, login: str, body=None) -> tuple[int, str]:
    """A request to a host of this machine, whatever its name: not every resolver knows names below `localhost`."""
    url = URL(address)
    headers = {"Host": url.authority, "Authorization": login, "X-Experience-API-Version": "1.0.3"}
    async with (
        aiohttp.ClientSession() as client,  # noqa: TID251  the rule is about the product
        client.request(method, url.with_host("127.0.0.1"), headers=headers, json=body) as told,
    ):
        return told.status, await told.text()
