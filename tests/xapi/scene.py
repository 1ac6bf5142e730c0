"""A record store, and scormveil before it: one mount for those who may see people, one for those who may not."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import encode_basic_auth
from aiohttp.test_utils import TestServer, unused_port

from keys.pseudonym import PseudonymScheme
from proxy.assemble import House, build
from proxy.config import load
from proxy.edge.listening import Listening
from proxy.founding import found
from proxy.observe import configure
from tests.passage.corridor import scheme_of
from tests.passage.wire import Received, request, send_raw
from tests.xapi.front import Front
from tests.xapi.peer import Peer
from tests.xapi.stores import LOGIN, Process, learning_locker, ralph

LMS_HOME = "https://lms.example.edu"
CLOUD_HOME = "http://cloud.scorm.com"
CALLER = ("lms", "key-of-the-lms")
ANALYST = ("analyst", "key-of-the-analyst")

CONFIG = """\
[server]
listen = "127.0.0.1:0"
[limits]
body_bytes = 1048576
[audiences.lms]
reveal = true
[audiences.analyst]

[[mounts]]
name = "lrs"
adapter = "xapi"
tenant = "uni"
public = "{public}/xAPI"
upstream = "{store}/xAPI"
lms_origins = ["https://lms.example.edu"]
caller = {{ user = "lms", password = "file:lms.key" }}
credential = {{ user = "{user}", password = "file:store.key" }}
[mounts.xapi]
learner_home_pages = ["https://lms.example.edu"]
{xapi}
[mounts.policy]
{policy}

[[mounts]]
name = "pipe"
adapter = "xapi"
tenant = "uni"
audience = "analyst"
public = "{pipe}/xAPI"
upstream = "{store}/xAPI"
caller = {{ user = "analyst", password = "file:analyst.key" }}
credential = {{ user = "{user}", password = "file:store.key" }}
[mounts.xapi]
learner_home_pages = ["https://lms.example.edu"]
"""


def basic(login: tuple[str, str]) -> str:
    return encode_basic_auth(*login)


@dataclass(frozen=True)
class Way:
    """An address at which a store can be spoken to, and the login for it."""

    port: int
    login: tuple[str, str]
    host: str = "127.0.0.1"

    @property
    def address(self) -> str:
        return f"http://{self.host}:{self.port}/xAPI"

    async def ask(self, method: str, target: str, headers=(), body: bytes = b"", *, version: str = "1.0.3") -> Received:
        """Send one request; header fields given replace those that every client sends."""
        given = list(headers.items() if isinstance(headers, dict) else headers)
        names = {name.lower() for name, _ in given}
        usual = [
            ("Host", f"{self.host}:{self.port}"),
            ("Authorization", basic(self.login)),
            ("X-Experience-API-Version", version),
        ]
        if body:
            usual.append(("Content-Type", "application/json"))
        pairs = [*(one for one in usual if one[0].lower() not in names), *given]
        path = target if target.startswith("/xAPI/") else "/xAPI" + target
        answer = await send_raw(self.port, request(method, path, pairs, body))
        assert answer is not None, "closed without a word"
        return answer


@dataclass
class Store:
    """A record store: what it received, and what it wrote."""

    front: Front
    processes: tuple[Process, ...] = ()
    login: tuple[str, str] = LOGIN

    @property
    def direct(self) -> Way:
        return Way(self.front.port, self.login)

    def pieces(self) -> set[bytes]:
        """Everything it received, request by request, and everything it wrote, line by line in its logs and data."""
        written = (line for one in self.processes for line in one.written().splitlines())
        return {*(one.raw for one in self.front.requests), *written}


@asynccontextmanager
async def whole_store(folder: Path) -> AsyncIterator[Store]:
    """Learning Locker's, and ours for what it lacks: every resource of xAPI 1.0.3."""
    async with AsyncExitStack() as ending:
        statements = await ending.enter_async_context(learning_locker(folder / "statements", "xapi-statements"))
        activities = await ending.enter_async_context(learning_locker(folder / "activities", "xapi-activities"))
        peer = await ending.enter_async_context(TestServer(Peer().app))
        parts = {
            "/xAPI/": statements.port,
            "/xAPI/activities/profile": activities.port,
            "/xAPI/activities/state": peer.port,
            "/xAPI/agents": peer.port,
            "/xAPI/about": peer.port,  # Learning Locker's says more than TinCan for Python understands
        }
        front = await ending.enter_async_context(Front(parts))
        yield Store(front, (statements, activities))


@asynccontextmanager
async def ralph_store(folder: Path) -> AsyncIterator[Store]:
    """Ralph's: statements only."""
    async with ralph(folder, (LOGIN[0],)) as process, Front({"/xAPI/": process.port}) as front:
        yield Store(front, (process,))


@asynccontextmanager
async def peer_store() -> AsyncIterator[Store]:
    """Ours: keeps every byte of a statement."""
    async with TestServer(Peer().app) as peer, Front({"/xAPI/": peer.port}) as front:
        yield Store(front)


@dataclass
class Gate:
    """The running proxy."""

    folder: Path
    house: House
    log: io.StringIO
    port: int
    scheme: PseudonymScheme

    @property
    def lms(self) -> Way:
        """For whoever may see people."""
        return Way(self.port, CALLER)

    @property
    def pipe(self) -> Way:
        """For whoever may not."""
        return Way(self.port, ANALYST, "pipe.localhost")


@asynccontextmanager
async def gate(
    folder: Path, store: str, *, user: str = LOGIN[0], xapi: str = "", policy: str = ""
) -> AsyncIterator[Gate]:
    """Found a proxy in `folder`, if there is none yet, and serve it before the store at the origin `store`."""
    folder.mkdir(parents=True, exist_ok=True)
    port = unused_port()
    for name, secret in (("lms", CALLER[1]), ("analyst", ANALYST[1]), ("store", LOGIN[1])):
        (folder / f"{name}.key").write_text(secret, "utf-8")
    file = folder / "scormveil.toml"
    public, pipe = f"http://127.0.0.1:{port}", f"http://pipe.localhost:{port}"
    text = CONFIG.format(public=public, pipe=pipe, store=store, user=user, xapi=xapi, policy=policy)
    file.write_text(text, "utf-8")
    config = load(file)
    if not (folder / "keyring.json").exists():
        await asyncio.to_thread(found, config, file)
    log = io.StringIO()
    configure("json", "info", log)
    house = build(config, file)
    await house.open()
    listening = Listening()
    try:
        await listening.serve(house.server.door(), "127.0.0.1", port)
        yield Gate(folder, house, log, port, await asyncio.to_thread(scheme_of, folder))
    finally:
        await listening.close()
        await house.close()
