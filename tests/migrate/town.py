"""A town of learners: the real proxy as processes, the sandbox cloud, an LMS that takes results, and the command line."""

import asyncio
import base64
import json
import re
import signal
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

from keys import Keyring, Purpose, rotate
from proxy.assemble import stores_of, unix_ms
from proxy.config import load
from proxy.demo.cloud import Backoff, SandboxCloud, serve
from proxy.demo.cloud.serving import CloudRunner
from proxy.founding import found
from proxy.keepers import RingFile
from proxy.upkeep import Office
from tests.kill.program import drained, free_ports
from tests.oracle import Oracle
from tests.passage.wire import PATIENCE, Received, Stub, request, send_raw
from tests.processes import Attended, attended, scormveil

TOKEN = "postback-3f9d1c7a5b2e48d6"
APP, SECRET = "TOWNAPP", "key-of-the-cloud"
CALLER = "Basic " + base64.b64encode(b"lms:key-of-the-lms").decode()
COMMIT = (
    '<RTD RI="{id}"><ART L="p2" SD="{text}" Ex="suspend"/>'
    '<RS SS="{success}" CS="{completion}" MS="1" NM="{score}" ED="75400"/></RTD>'
)
CONFIG = """\
[server]
listen = "127.0.0.1:{port}"
admin_listen = "127.0.0.1:{admin}"
workers = {workers}
[store]
url = "{store}"
[keystore]
url = "{keystore}"

[[mounts]]
name = "dispatch"
adapter = "dispatch"
tenant = "uni"
public = "{public}"
upstream = "{cloud}"
lms_origins = ["https://lms.example.edu"]

[[mounts]]
name = "api"
adapter = "cloud_v2"
tenant = "uni"
public = "{public}/api/v2"
upstream = "{cloud}/api/v2"
caller = {{ user = "lms", password = "file:caller.key" }}
credential = {{ user = "{app}", password = "file:cloud.key" }}
{rename}

[[mounts]]
name = "results"
adapter = "postback"
tenant = "uni"
public = "{public}/in/{token}"
upstream = "{lms}/results"
"""


@dataclass(frozen=True)
class Learner:
    """An invented person."""

    id: str
    first: str
    last: str


PEOPLE = (
    Learner("s1234567", "Zoë", "Müller-Østergård"),
    Learner("obrien.4711", "Seán", "O'Brien"),
    Learner("li.xiaolong@uni.example", "小龙", "李小龙"),
    Learner("محمد.بن.علي", "محمد", "بن علي"),
    Learner("dept/emp-4711", "Jean-Luc", "D'Arcy-Smythe"),
)


def crowd(count: int) -> tuple[Learner, ...]:
    return tuple(Learner(f"learner-{n}-of-the-town", f"Given{n}x", f"Familyname{n}x") for n in range(count))


@dataclass
class Player:
    """A course that is open in a browser."""

    settings: dict
    cookie: str

    @property
    def registration(self) -> str:
        return self.settings["registrationId"]

    @property
    def learner(self) -> str:
        return self.settings["learnerId"]

    @property
    def suspended(self) -> str:
        return self.settings["runtime"]["suspend_data"]


@dataclass
class Node:
    """`scormveil serve` as a process of its own."""

    folder: Path
    port: int
    process: Attended
    reading: asyncio.Future

    @property
    def config(self) -> Path:
        return self.folder / "scormveil.toml"

    async def stop(self, how: int = signal.SIGTERM) -> None:
        self.process.send_signal(how)
        async with asyncio.timeout(PATIENCE):
            await self.process.wait()
        await self.reading


@dataclass
class Town:
    """See the module. `node` is the first node; others share its databases if these are on a server."""

    folder: Path
    cloud: SandboxCloud
    runner: CloudRunner
    lms: Stub
    store: str
    keystore: str
    rename: str = ""
    public: str = ""
    """Address of the first node; others stand behind the same name, as behind a load balancer."""
    nodes: list[Node] = field(default_factory=list)

    @property
    def node(self) -> Node:
        return self.nodes[0]

    @property
    def config(self) -> Path:
        return self.folder / "node-0" / "scormveil.toml"

    def write(self, number: int = 0, *, workers: int = 1) -> int:
        """Write a node's configuration; found the installation with the first."""
        folder = self.folder / f"node-{number}"
        folder.mkdir(exist_ok=True)
        port, admin = free_ports(1), free_ports(workers)
        self.public = self.public or f"http://proxy.localhost:{port}"
        text = CONFIG.format(
            port=port, admin=admin, workers=workers, store=self.store, keystore=self.keystore, public=self.public,
            cloud=self.cloud.origin, app=APP, rename=self.rename, token=TOKEN, lms=self.lms.origin,
        )  # fmt: skip
        (folder / "caller.key").write_text("key-of-the-lms")
        (folder / "cloud.key").write_text(SECRET)
        (folder / "scormveil.toml").write_text(text)
        first = self.folder / "node-0"
        if number:
            for name in ("keyring.json", "keyring.json.seen", "kek.key"):
                (folder / name).write_bytes((first / name).read_bytes())
                (folder / name).chmod(0o600)
        else:
            found(load(folder / "scormveil.toml"), folder / "scormveil.toml")
        return port

    async def serve(self, *, workers: int = 1) -> Node:
        """Start a node and wait until all its workers serve."""
        number = len(self.nodes)
        port = await asyncio.to_thread(self.write, number, workers=workers)
        node = await started(self.folder / f"node-{number}", port, workers)
        self.nodes.append(node)
        return node

    async def close(self) -> None:
        for node in self.nodes:
            await node.stop()
        await self.runner.close()
        await self.lms.stop()

    # -- what learners do

    async def ask(
        self, method: str, address: str, cookie: str = "", body: bytes = b"", *, node: int = 0, **fields: str
    ) -> Received:
        target = address.removeprefix(self.public)
        pairs = [("Host", urlsplit(self.public).netloc), *([("Cookie", cookie)] if cookie else []), *fields.items()]
        answer = await send_raw(self.nodes[node].port, request(method, target, pairs, body))
        assert answer is not None, "closed without a word"
        return answer

    async def launched(self, who: Learner, *, regid: str = "_new_", node: int = 0) -> Received:
        """The answer to a launch. `regid` is what the LMS remembers; any other word: it remembers nothing."""
        dispatch = self.cloud.dispatches()[0]
        target = (
            f"/dispatch/DispatchRequest.jsp?methodName=Launch&tenant={dispatch.tenant}&dispatchid={dispatch.id}"
            f"&launchsecret={dispatch.secret}&learnerid={quote(who.id, safe='')}&fname={quote(who.first, safe='')}"
            f"&lname={quote(who.last, safe='')}&regid={regid}"
        )
        return await self.ask("GET", target, node=node)

    async def launch(self, who: Learner, *, regid: str = "_new_", node: int = 0) -> Player:
        """Launch, follow to the player, and read what it is told."""
        answer = await self.launched(who, regid=regid, node=node)
        cookies: dict[str, str] = {}
        for _ in range(2):
            assert answer.status == 302, answer.raw
            keep(cookies, answer)
            answer = await self.ask("GET", answer.header("Location"), spelled(cookies), node=node)
        assert answer.status == 200, answer.raw
        where = urlsplit(self._last(node)).query
        told = await self.ask(
            "GET", f"/ScormEngineInterface/PlayerConfiguration.jsp?{where}", spelled(cookies), node=node
        )
        assert told.status == 200, told.raw
        return Player(json.loads(told.opened), spelled(cookies))

    def _last(self, _node: int) -> str:
        """The player's address as the cloud saw it asked for."""
        return next(one["target"] for one in self.cloud.state()["requests"] if "/player/modern.html?" in one["target"])

    async def commit(
        self, player: Player, text: str, *, success="unknown", completion="incomplete", score=0.5, node: int = 0
    ) -> Received:
        body = COMMIT.format(id=player.registration, text=text, success=success, completion=completion, score=score)
        address = (
            player.settings["recordResultsUrl"].replace(self.cloud.origin, self.public) + "&isExitScormPlayer=true"
        )
        return await self.ask("POST", address, player.cookie, body.encode(), node=node, **{"Content-Type": "text/xml"})

    async def result(self, registration: str, *, node: int = 0) -> dict:
        """What the LMS reads of a registration through the API mount."""
        answer = await self.ask("GET", f"/api/v2/registrations/{registration}", Authorization=CALLER, node=node)
        assert answer.status == 200, answer.raw
        return json.loads(answer.opened)

    def results(self) -> list[dict]:
        """What was posted to the LMS."""
        return [json.loads(one.opened) for one in self.lms.requests]

    def known(self) -> dict[str, dict]:
        """The cloud's registrations by id."""
        return {one["id"]: one for one in self.cloud.state()["registrations"]}

    # -- what officers do

    async def rotated(self, purpose: Purpose = Purpose.PSEUDONYM) -> Keyring:
        """Rotate a key, as `keys rotate` does, and wait until the node has heard of it."""
        async with self.stores() as (store, keystore):
            desk = await asyncio.to_thread(lambda: RingFile(load(self.config), self.config))
            office = Office(desk, store.upkeep, keystore, unix_ms)
            ring = await office.enact(lambda old: rotate.rotate(old, purpose, datetime.now(UTC)), "operator")

            async def everywhere() -> bool:
                return {one.generation for one in await store.upkeep.nodes(0)} <= {ring.generation}

            await until(everywhere)
        return ring

    @asynccontextmanager
    async def stores(self):
        """Both stores, opened beside the processes that use them."""
        both = await asyncio.to_thread(lambda: stores_of(load(self.config), self.config))
        store, keystore = both.mapping, both.keystore
        await store.open()
        await keystore.open()
        try:
            yield store, keystore
        finally:
            await store.close()
            await keystore.close()

    async def command(self, *words: str) -> Attended:
        """`scormveil …`, begun."""
        return await attended(scormveil, *words, "--config", str(self.config), COLUMNS="400")

    async def run(self, *words: str) -> tuple[int, str, str]:
        """`scormveil …`, to its end: exit code, output, errors."""
        process = await self.command(*words)
        async with asyncio.timeout(120):
            out, err = await process.communicate()
        return process.returncode, out.decode(), err.decode()

    async def migrated(self, *words: str) -> tuple[int, str]:
        code, out, err = await self.run("keys", "migrate", "--yes", "--pace", "50", *words)
        assert "Traceback" not in err, err
        return code, out + err

    # -- what must hold

    async def pseudonyms(self) -> dict[str, dict[str, list[str]]]:
        """The pseudonyms of each person (by the name of her row), by state."""
        found: dict[str, dict[str, list[str]]] = {}
        async with self.stores() as (store, _):
            for record in await store.upkeep.people("", 10_000):
                mine = found.setdefault(record.person, {"current": [], "coming": [], "former": []})
                for one in await store.upkeep.pseudonyms(record.person):
                    mine[one.state].append(one.pseudonym)
                if mine["current"] != [record.pseudonym]:  # a node finished her move between our two questions
                    again = dict(await store.by_pseudonym("uni", mine["current"]))
                    assert mine["current"] == [again[mine["current"][0]].pseudonym]
        return found

    def leaks(self, people) -> list[str]:
        """Where anybody can be found in what the cloud received."""
        assert not self.cloud.record.truncated
        words = {f"{who.id}": [who.id, f"{who.first} {who.last}", *long(who)] for who in people}
        return Oracle(words).search(self.cloud.record.bytes())


def long(who: Learner) -> list[str]:
    return [part for part in (who.first, who.last) if len(part.encode()) >= 6]


def keep(cookies: dict[str, str], answer: Received) -> None:
    for line in answer.all("Set-Cookie"):
        name, _, value = line.partition(";")[0].partition("=")
        cookies[name] = value


def spelled(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


async def started(folder: Path, port: int, workers: int) -> Node:
    process = await attended(scormveil, "serve", "-c", str(folder / "scormveil.toml"))
    said = b""
    async with asyncio.timeout(60):
        for _ in range(workers):
            while b'"serving"' not in (line := await process.stderr.readline()):
                said += line
                assert line, f"it ended: {said.decode()}"
    return Node(folder, port, process, asyncio.ensure_future(drained(process.stdout, process.stderr)))


@asynccontextmanager
async def town_in(
    folder: Path, *, stores=("sqlite:///scormveil.sqlite3", "sqlite:///keys.sqlite3"), rename="", workers=1
):
    """A town with one node that serves; a dispatch in the cloud, whose results go to the LMS through the proxy."""
    port, content = free_ports(1), free_ports(1)
    cloud = SandboxCloud(
        origin=f"http://cloud.localhost:{port}",
        content_origin=f"http://content.localhost:{content}",
        app_id=APP,
        secret=SECRET,
        backoff=Backoff(first=0.05, longest=0.5),
    )
    runner = await serve(cloud, "127.0.0.1", port, content)
    lms = Stub("lms.localhost")
    await lms.start()
    town = Town(folder, cloud, runner, lms, *stores, rename=rename.format(cloud=cloud.origin))
    try:
        await town.serve(workers=workers)
        cloud.create_dispatch("D1", generation="engine2020", standard="SCORM2004", instanced=False)
        cloud.set_postback("D1", f"{town.public}/in/{TOKEN}", "hook", "pw")
        yield town
    finally:
        await town.close()


async def until(is_so) -> None:
    """Wait until something in other processes is so."""
    async with asyncio.timeout(60):
        while True:
            if await is_so():
                return
            await asyncio.sleep(0.02)


def ids_of(text: str) -> list[str]:
    return re.findall(r"sv1[0-9a-z]{37}", text)
