"""A small learning platform that speaks HACP, and the vendor who hosts a course: its server asks, its page shows."""

import asyncio
import secrets
from collections.abc import Iterable
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl, quote, urlencode

import aiohttp
from aiohttp import web
from yarl import URL

from proxy.demo.cloud import Recorder
from proxy.demo.cloud.recorder import recording
from proxy.demo.lms import LmsPerson

LAUNCH = '<!DOCTYPE html><title>School</title><iframe id="au" style="width:100%;height:90vh" src="{src}"></iframe>'
PAGE = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Foghorns</title>
<p id="who"></p><input id="answer"><button id="finish" disabled>Finish</button><p id="end"></p>
<script>
const ask = (what, more) => fetch(what + location.search + (more || '')).then(answer => answer.text());
ask('begin').then(who => {
  document.getElementById('who').textContent = who;
  document.getElementById('finish').disabled = false;
});
document.getElementById('finish').onclick = () =>
  ask('end', '&answer=' + encodeURIComponent(document.getElementById('answer').value))
    .then(said => { document.getElementById('end').textContent = said; });
</script>"""


class School:
    """Launches, answers GetParam as platforms do (with more than was asked for), and keeps what is put."""

    def __init__(self, origin: str, people: Iterable[LmsPerson]) -> None:
        self.origin = origin
        self.people = {person.id: person for person in people}
        self.sessions: dict[str, LmsPerson] = {}
        self.put: dict[str, dict[str, str]] = {}
        self.page = ""

    def application(self) -> web.Application:
        app = web.Application()
        app.add_routes([web.get("/launch", self._launch), web.post("/aicc", self._hacp)])
        return app

    async def _launch(self, request: web.Request) -> web.Response:
        session = secrets.token_urlsafe(12)
        self.sessions[session] = self.people[request.query["person"]]
        src = f"{self.page}?AICC_SID={session}&AICC_URL={quote(f'{self.origin}/aicc', safe='')}"
        return web.Response(text=LAUNCH.format(src=src.replace("&", "&amp;")), content_type="text/html")

    async def _hacp(self, request: web.Request) -> web.Response:
        asked = {
            name.lower(): value for name, value in parse_qsl((await request.read()).decode(), keep_blank_values=True)
        }
        person = self.sessions.get(asked.get("session_id", ""))
        if person is None:
            return web.Response(text="error=3\r\nerror_text=Invalid Session ID\r\n")
        command = asked["command"].lower()
        if command != "getparam":
            self.put.setdefault(person.id, {})[command] = asked.get("aicc_data", "")
            return web.Response(text="error=0\r\nerror_text=Successful\r\n")
        name = ", ".join(part for part in (person.last, person.first) if part)
        data = (
            f"[Core]\r\nStudent_ID={person.id}\r\nStudent_Name={name}\r\nLesson_Location=\r\nCredit=C\r\n"
            f"Lesson_Status=n,a\r\nLesson_Mode=Normal\r\nOutput_File=/var/{person.id}\r\n[Core_Lesson]\r\n"
            f"[Core_Vendor]\r\n[Student_Demographics]\r\nFamiliar_Name={person.first}\r\nCity=Bergen\r\n"
            f"[Platform_Extras]\r\nmail={person.email}\r\n"
        )
        return web.Response(text=f"error=0\r\nerror_text=Successful\r\nversion=4.0\r\naicc_data={data}")


class Vendor:
    """Hosts the course. `record` holds every byte that browsers send, `heard` every answer of the platform's."""

    def __init__(self) -> None:
        self.record = Recorder()
        self.heard: list[str] = []

    @property
    def everything(self) -> bytes:
        return self.record.bytes() + "\n".join(self.heard).encode()

    def application(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.get("/au/index.html", self._page),
                web.get("/au/begin", self._begin),
                web.get("/au/end", self._end),
            ]
        )
        return app

    async def _page(self, _request: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def _say(self, request: web.Request, command: str, data: str = "") -> str:
        form = {"command": command, "version": "4.0", "session_id": request.query["AICC_SID"], "AICC_Data": data}
        url = URL(request.query["AICC_URL"])  # not every resolver knows names below `localhost`
        headers = {"Host": url.authority, "Content-Type": "application/x-www-form-urlencoded"}
        async with (
            aiohttp.ClientSession() as client,  # noqa: TID251  the rule is about the product
            client.post(url.with_host("127.0.0.1"), data=urlencode(form), headers=headers) as told,
        ):
            self.heard.append(await told.text())
            return self.heard[-1]

    async def _begin(self, request: web.Request) -> web.Response:
        said = await self._say(request, "GetParam")
        core = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
        return web.Response(text=f"{core['Student_ID']} {core['Student_Name']}")

    async def _end(self, request: web.Request) -> web.Response:
        core = dict(line.split("=", 1) for line in self.heard[-1].splitlines() if "=" in line)
        await self._say(request, "PutParam", "[core]\r\nlesson_status=passed\r\nscore=90\r\ntime=00:05:00\r\n")
        rows = (
            f'"course_id","student_id","interaction_id","student_response"\r\n"foghorns","{core["Student_ID"]}","q1",'
        )
        answer = request.query["answer"].replace('"', '""')
        await self._say(request, "PutInteractions", f'{rows}"{answer}"\r\n')
        return web.Response(text=await self._say(request, "ExitAU"))


@asynccontextmanager
async def serving(application: web.Application, port: int, record: Recorder | None = None):
    """An application on a port of this machine."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    made = recording(runner.server, record) if record is not None else runner.server
    server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()
        await runner.cleanup()
