"""A real proxy between a client and recording stubs, founded in a folder of its own, started from a real config file."""

import asyncio
import base64
import io
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from keys import FileKek, open_keyring
from keys.pseudonym import PseudonymScheme
from proxy.assemble import House, build
from proxy.config import load
from proxy.edge.listening import Listening
from proxy.errors import AuditFailed, StoreFailed
from proxy.founding import found
from proxy.identity.normalize import identify
from proxy.observe import configure
from proxy.people import Cleartext, Kind
from proxy.store.port import AuditRecord
from tests.passage.wire import Received, Stub, request, send_raw

PROXY = "https://proxy.example.org"
PROXY_HOST = "proxy.example.org"
LMS = "https://lms.example.edu"
TOKEN = "postback-3f9d1c7a5b2e48d6"
CALLER = "Basic " + base64.b64encode(b"lms:key-of-the-lms").decode()
V1_APP, V1_SECRET = "lms-app", "secret-of-ours-that-the-lms-has"
CLOUD_APP, CLOUD_SECRET = "APPID", "key-of-the-cloud"
CREDENTIAL = "Basic " + base64.b64encode(b"APPID:key-of-the-cloud").decode()
BODY_LIMIT = 65_536
LAUNCH = "/dispatch/DispatchRequest.jsp?methodName=Launch&tenant=t1&dispatchid=D1&launchsecret=X"
COMMIT = "/RusticiEngine/RecordResults.jsp?configuration=c1"

CONFIG = """\
[audiences.lms]
reveal = true
[audiences.analyst]
details = true
[audiences.browsers]
[server]
listen = "127.0.0.1:0"
user_agent = "one user agent for all"
{server}
[limits]
body_bytes = {limit}
connect_seconds = 5
idle_seconds = {idle}

[[mounts]]
name = "dispatch"
adapter = "dispatch"
tenant = "uni"
public = "https://proxy.example.org"
upstream = "{cloud}"
lms_origins = ["https://lms.example.edu"]
[mounts.origins]
content = "{content}"
[mounts.policy]
{policy}

[[mounts]]
name = "api"
adapter = "cloud_v2"
tenant = "uni"
public = "https://proxy.example.org/api/v2"
upstream = "{cloud}/api/v2"
lms_origins = ["https://lms.example.edu", "{lms}"]
caller = {{ user = "lms", password = "file:caller.key" }}
credential = {{ user = "APPID", password = "file:cloud.key" }}
[mounts.policy]
{api_policy}

[[mounts]]
name = "v1"
adapter = "cloud_v1"
tenant = "uni"
public = "https://proxy.example.org/api"
upstream = "{cloud}/api"
lms_origins = ["https://lms.example.edu"]
audience = "{audience}"
[mounts.v1]
app_id = "lms-app"
secret = "file:v1.key"
cloud_app_id = "APPID"
cloud_secret = "file:cloud.key"
[mounts.policy]
{v1_policy}

[[mounts]]
name = "lrs"
adapter = "xapi"
tenant = "uni"
public = "https://proxy.example.org/lrs"
upstream = "{cloud}/lrs"
lms_origins = ["https://lms.example.edu"]
caller = {{ user = "lms", password = "file:caller.key" }}
credential = {{ user = "APPID", password = "file:cloud.key" }}
[mounts.xapi]
learner_home_pages = ["https://lms.example.edu"]
{xapi}

[[mounts]]
name = "runtimes"
adapter = "scorm"
tenant = "uni"
public = "https://runtime.example.org"
upstream = "{cloud}"
lms_origins = ["https://lms.example.edu"]
audience = "browsers"
[mounts.routes]
"scorm.commit" = ["/attempts/{{attempt}}/commit", "/learners/{{learner_id}}/commit"]
"scorm.commit-extras" = ["/extras/commit"]
"scorm.load" = ["/attempts/{{attempt}}/state", "/learners/{{learner_id}}/state"]
[mounts.policy]
{runtimes_policy}

[[mounts]]
name = "platform"
adapter = "scorm"
tenant = "uni"
public = "https://platform.example.org"
upstream = "{cloud}"
caller = {{ user = "lms", password = "file:caller.key" }}
[mounts.routes]
"scorm.commit" = ["/attempts/{{attempt}}/commit"]
"scorm.load" = ["/attempts/{{attempt}}/state"]

[[mounts]]
name = "results"
adapter = "postback"
tenant = "uni"
public = "https://proxy.example.org/in/{token}"
upstream = "{lms}/results"
{results}

[[mounts]]
name = "other"
adapter = "dispatch"
tenant = "college"
public = "https://other.example.org"
upstream = "{cloud}"
lms_origins = ["https://lms.example.edu"]
"""


@dataclass(frozen=True)
class Learner:
    """An invented person, and every text that would give her away."""

    id: str
    first: str
    last: str

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(text for text in (self.id, self.first, self.last) if len(text) > 1)

    def query(self, *, regid: str = "_new_") -> str:
        named = "".join(
            f"&{key}={quote(value)}" for key, value in (("fname", self.first), ("lname", self.last)) if value
        )
        return f"&learnerid={quote(self.id, safe='')}{named}&regid={regid}"


ZOE = Learner("s1234567", "Zoë", "Müller-Østergård")
OBRIEN = Learner("obrien.4711", "Seán", "O'Brien")
LI = Learner("li.xiaolong@uni.example", "小龙", "李")
RTL = Learner("محمد.بن", "محمد", "بن علي")
WORD = Learner("teller-9", "", "Teller")
LONG = Learner("l" * 120, "Ann" * 66, "Wolfeschlegelstein" * 11)
PEOPLE = (ZOE, OBRIEN, LI, RTL, WORD, LONG)


@dataclass
class Corridor:
    """The running proxy, its neighbours, and what it wrote down."""

    folder: Path
    cloud: Stub
    content: Stub
    lms: Stub
    house: House
    port: int
    log: io.StringIO
    scheme: PseudonymScheme
    listening: Listening = field(default_factory=Listening)

    def pseudonym(self, learner_id: str, tenant: str = "uni") -> str:
        identifier = identify(Cleartext(Kind.SUBJECT, learner_id))
        return self.scheme.mint(tenant, identifier.kind, identifier.parts).token

    def alias(self, learner_id: str) -> str:
        return self.scheme.alias(self.pseudonym(learner_id))

    async def send(self, data: bytes, *, hang_up: bool = False) -> Received | None:
        return await send_raw(self.port, data, hang_up=hang_up)

    async def ask(
        self,
        method: str,
        target: str,
        headers: dict[str, str] | list[tuple[str, str]] | None = None,
        body: bytes = b"",
        *,
        host: str = PROXY_HOST,
    ) -> Received:
        pairs = list(headers.items()) if isinstance(headers, dict) else list(headers or [])
        answer = await self.send(request(method, target, [("Host", host), *pairs], body))
        assert answer is not None, "the proxy closed the connection without a word"
        return answer

    async def get(self, target: str, headers=None, **more) -> Received:
        return await self.ask("GET", target, headers, **more)

    async def launch(self, who: Learner, cookie: str = "", *, more: str = "") -> str:
        """Launch for `who` and return the Cookie value that her browser has afterwards."""
        answer = await self.get(LAUNCH + who.query() + more, {"Cookie": cookie} if cookie else None)
        assert answer.status == 200, answer.raw
        return cookies_of(answer)

    async def commit(self, body: str | bytes, cookie: str, headers: dict[str, str] | None = None) -> Received:
        data = body if isinstance(body, bytes) else body.encode()
        sent = {"Content-Type": "text/xml"} | (headers or {})
        return await self.ask("POST", COMMIT, sent | ({"Cookie": cookie} if cookie else {}), data)

    def forget(self) -> None:
        """Begin a new page, also of the log, which another house may have taken; who was seen stays known."""
        for stub in (self.cloud, self.content, self.lms):
            stub.forget()
        self.log.seek(0)
        self.log.truncate()
        configure("json", "info", self.log)

    async def audit(self) -> list[AuditRecord]:
        return [entry for _, entry in await self.house.store.read_audit(0, 10_000)]

    @asynccontextmanager
    async def refuses(self, code: str, status: int, *secrets: str, recorded: bool = True) -> AsyncIterator["Refusal"]:
        """What is asked within is refused with `code`, recorded under its incident, and nothing goes anywhere."""
        before = [(stub, len(stub.requests)) for stub in (self.cloud, self.content, self.lms)]
        refusal = Refusal()
        yield refusal
        answer = refusal.answer
        assert answer is not None, "no answer was noted"
        assert (answer.status, answer.header("X-Scormveil-Code")) == (status, code), answer.raw
        told = json.loads(answer.body)
        assert told["code"] == code
        assert set(told) == {"code", "incident", "message"}
        for stub, count in before:
            assert len(stub.requests) == count, f"{stub.name} received {stub.requests[count:]}"
        if recorded:
            entries = await self.audit()
            mine = [one for one in entries if one.exchange == told["incident"] and one.event in REFUSALS]
            assert len(mine) == 1, f"the audit log has {len(mine)} entries for the incident"
            assert f'"exchange": "{told["incident"]}"' in self.log.getvalue()
            refusal.entry = mine[0]
        written = answer.raw.decode("utf-8", "replace") + self.log.getvalue()
        written += repr(await self.audit()) if recorded else ""
        for secret in secrets:
            for spelling in {secret, quote(secret), quote(secret, safe=""), json.dumps(secret)[1:-1]}:
                assert spelling not in written, f"{spelling!r} was told"


REFUSALS = {"refused", "leak-suspected"}


@dataclass
class Refusal:
    """What `Corridor.refuses` looks at."""

    answer: Received | None = None
    entry: AuditRecord | None = None


def cookies_of(answer: Received) -> str:
    return "; ".join(line.partition(";")[0] for line in answer.all("Set-Cookie"))


def config_text(
    cloud: Stub,
    content: Stub,
    lms: Stub,
    *,
    policy: str = "",
    api_policy: str = "",
    extra: str = "",
    idle: float = 5,
    audience: str = "lms",
    v1_policy: str = "",
    runtimes_policy: str = "",
    xapi: str = "",
    server: str = "",
    results: str = "",
) -> str:
    text = CONFIG.format(
        limit=BODY_LIMIT,
        idle=idle,
        cloud=cloud.origin,
        content=content.origin,
        lms=lms.origin,
        policy=policy,
        api_policy=api_policy,
        token=TOKEN,
        audience=audience,
        v1_policy=v1_policy,
        runtimes_policy=runtimes_policy,
        xapi=xapi,
        server=server,
        results=results,
    )
    for name, stub in (("cloud", cloud), ("content", content), ("lms", lms)):
        extra = extra.replace(f"{{{name}}}", stub.origin)
    return text + extra


def founded(folder: Path) -> Path:
    """Found an installation to copy from: keys and an empty store do not depend on the configuration's addresses."""
    folder.mkdir(parents=True, exist_ok=True)
    stub = Stub("cloud.localhost")
    stub.port = 1
    file = folder / "scormveil.toml"
    file.write_text(config_text(stub, stub, stub), "utf-8")
    (folder / "caller.key").write_text("key-of-the-lms", "utf-8")
    (folder / "v1.key").write_text(V1_SECRET, "utf-8")
    (folder / "cloud.key").write_text("key-of-the-cloud", "utf-8")
    found(load(file), file)
    return folder


def scheme_of(folder: Path) -> PseudonymScheme:
    return PseudonymScheme(open_keyring(folder / "keyring.json", FileKek(folder / "kek.key")))


@asynccontextmanager
async def corridor_in(
    folder: Path,
    template: Path,
    *,
    policy: str = "",
    api_policy: str = "",
    extra: str = "",
    idle: float = 5,
    audience: str = "lms",
    v1_policy: str = "",
    runtimes_policy: str = "",
    xapi: str = "",
    server: str = "",
    results: str = "",
) -> AsyncIterator[Corridor]:
    """Start everything in `folder`, which becomes a copy of `template`."""
    # In a thread: the watcher over the loop looks through the whole stack at every call that touches a file.
    await asyncio.to_thread(shutil.copytree, template, folder, dirs_exist_ok=True)
    cloud, content, lms = Stub("cloud.localhost"), Stub("content.localhost"), Stub("lms.localhost")
    async with AsyncExitStack() as ending:
        for stub in (cloud, content, lms):
            await stub.start()
            ending.push_async_callback(stub.stop)
        file = folder / "scormveil.toml"
        text = config_text(
            cloud,
            content,
            lms,
            policy=policy,
            api_policy=api_policy,
            extra=extra,
            idle=idle,
            audience=audience,
            v1_policy=v1_policy,
            runtimes_policy=runtimes_policy,
            xapi=xapi,
            server=server,
            results=results,
        )
        file.write_text(text, "utf-8")
        log = io.StringIO()
        configure("json", "info", log)
        house = build(load(file), file)
        await house.open()
        ending.push_async_callback(closed, house)
        corridor = Corridor(folder, cloud, content, lms, house, 0, log, await asyncio.to_thread(scheme_of, folder))
        corridor.port = await corridor.listening.serve(house.server.door(), "127.0.0.1", 0)
        ending.push_async_callback(corridor.listening.close)
        yield corridor


async def closed(house: House) -> None:
    """Close a house whose store a test may have taken away."""
    with suppress(AuditFailed, StoreFailed):
        await house.close()
