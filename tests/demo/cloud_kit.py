"""A cloud on free ports, and a stub of a learning platform that hosts a package and has a SCORM run-time."""

import io
import json
import zipfile
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.test_utils import unused_port

from proxy.demo.cloud import Backoff, SandboxCloud, serve

CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
FAST = Backoff(first=0.001, longest=0.002, attempts=5, patience=5.0)

ZOE = {"id": "zoe.m/2026", "name": "Müller-Østergård, Zoë Ann"}
OBRIEN = {"id": "s1234567", "name": "O'Brien, Seán"}
LI = {"id": "li+xl@example.org", "name": "李小龙"}
LONG = {"id": "u-1", "name": "Wolfeschlegelsteinhausen" * 8 + ", Hubert"}
RTL = {"id": "42", "name": "כהן, נועה"}


@asynccontextmanager
async def running_cloud(**options):
    """A listening cloud."""
    port, content_port = unused_port(), unused_port()
    cloud = SandboxCloud(
        origin=f"http://cloud.localhost:{port}",
        content_origin=f"http://media.localhost:{content_port}",
        backoff=FAST,
        **options,
    )
    runner = await serve(cloud, "127.0.0.1", port, content_port)
    try:
        yield cloud
    finally:
        await runner.close()


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


_PLAY = """<!DOCTYPE html><meta charset="utf-8"><title>Stub LMS</title>
<style>html,body{margin:0;height:100%}iframe{width:100%;height:100%;border:0}</style>
<script>
const kept = KEPT, set = {};
let error = '0', phase = 'new';
function get(name) {
  if (phase !== 'running') { error = '122'; return ''; }
  error = '0';
  return name in kept ? kept[name] : '';
}
function put(name, value) {
  if (phase !== 'running') { error = '132'; return 'false'; }
  kept[name] = value; set[name] = value; error = '0';
  return 'true';
}
function begin() { phase = 'running'; return 'true'; }
function end() {
  if (phase !== 'running') { return 'false'; }
  phase = 'over';
  try {
    const request = new XMLHttpRequest();
    request.open('POST', '/saved', false);
    request.send(JSON.stringify(set));
  } catch (leaving) { navigator.sendBeacon('/saved', JSON.stringify(set)); }
  window.left = true;
  return 'true';
}
const commit = () => 'true', last = () => error, say = (code) => 'error ' + code;
window.RUNTIME_NAME = RUNTIME_FUNCTIONS;
</script><iframe id="sco" src="/pkg/dispatch.html?session=lms-session-77"></iframe>"""
_NAMES = {
    "SCORM12": "API",
    "SCORM2004": "API_1484_11",
}
_FUNCTIONS = {
    "SCORM12": """{LMSInitialize: begin, LMSFinish: end, LMSGetValue: get, LMSSetValue: put, LMSCommit: commit,
        LMSGetLastError: last, LMSGetErrorString: say, LMSGetDiagnostic: say}""",
    "SCORM2004": """{Initialize: begin, Terminate: end, GetValue: get, SetValue: put, Commit: commit,
        GetLastError: last, GetErrorString: say, GetDiagnostic: say}""",
}


class StubLms:
    """One learner, one package, attempts in a row: what it was told last is in `saved`."""

    def __init__(self, standard, learner, package):
        self.standard = standard
        self.learner = learner
        self.files = unpacked(package)
        self.saved: dict[str, str] = {}
        self.origin = ""

    def _kept(self):
        resumed = self.saved.get("cmi.core.exit", self.saved.get("cmi.exit")) == "suspend"
        entry = "resume" if resumed else "ab-initio"
        who = {
            "cmi.learner_id": self.learner["id"],
            "cmi.core.student_id": self.learner["id"],
            "cmi.learner_name": self.learner["name"],
            "cmi.core.student_name": self.learner["name"],
            "cmi.entry": entry,
            "cmi.core.entry": entry,
        }
        return who | ({"cmi.suspend_data": self.saved["cmi.suspend_data"]} if resumed else {})

    async def _play(self, _request):
        text = _PLAY.replace("KEPT", json.dumps(self._kept())).replace("RUNTIME_NAME", _NAMES[self.standard])
        text = text.replace("RUNTIME_FUNCTIONS", _FUNCTIONS[self.standard])
        return web.Response(text=text, content_type="text/html")

    async def _saved(self, request):
        self.saved = await request.json()
        return web.Response()

    async def _file(self, request):
        name = request.match_info["name"]
        kind = "text/html" if name.endswith(".html") else "application/javascript"
        return web.Response(body=self.files[name], content_type=kind, charset="utf-8")

    @asynccontextmanager
    async def running(self):
        app = web.Application()
        app.add_routes(
            [web.get("/play", self._play), web.post("/saved", self._saved), web.get("/pkg/{name}", self._file)]
        )
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        port = unused_port()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        self.origin = f"http://lms.localhost:{port}"
        try:
            yield self
        finally:
            await runner.cleanup()
