"""The whole scene on one machine: sandbox LMS, scormveil, sandbox cloud. For `make run` and for the tests.

Everything is real but the two ends: the proxy is started from a configuration file like any other, and the courses are
installed from dispatch packages that were downloaded through the proxy's API mount.
"""

import base64
import hashlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from proxy.assemble import House, build
from proxy.audit import Entry, Event
from proxy.config import load
from proxy.demo.cloud import CloudRunner, SandboxCloud, serve
from proxy.demo.lms import DEFAULT_PEOPLE, LmsPerson, NameOrder, SandboxLms
from proxy.demo.offers import Offer as Offer
from proxy.demo.offers import offers
from proxy.demo.start import StartPage
from proxy.edge.listening import Listening, port_errors
from proxy.edge.upstream import Upstream
from proxy.errors import UpstreamFailed
from proxy.founding import found
from proxy.observe import configure
from proxy.passage import Exchange
from proxy.store import PinRecord

_EVENTS = 200
_PACKAGE_LIMIT = 10_000_000


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the four listen, on loopback."""

    lms: int
    proxy: int
    cloud: int
    content: int


CONFIG = """\
# The sandbox's configuration: written by `scormveil demo`, read like any other.
[server]
listen = "127.0.0.1:{proxy}"
[logging]
format = "json"
level = "{level}"
[audiences.lms]
reveal = true

[[mounts]]
name = "dispatch"
adapter = "dispatch"
tenant = "sandbox"
public = "http://proxy.localhost:{proxy}"
upstream = "http://cloud.localhost:{cloud}"
lms_origins = ["http://lms.localhost:{lms}"]
[mounts.origins]
content = "http://content.localhost:{content}"
[mounts.policy]
{policy}

[[mounts]]
name = "api"
adapter = "cloud_v2"
tenant = "sandbox"
public = "http://proxy.localhost:{proxy}/api/v2"
upstream = "http://cloud.localhost:{cloud}/api/v2"
lms_origins = ["http://lms.localhost:{lms}"]
[mounts.caller]
user = "lms"
password = "file:lms-password"
[mounts.credential]
user = "{app_id}"
password = "file:cloud-secret"

[[mounts]]
name = "lrs"
adapter = "xapi"
tenant = "sandbox"
public = "http://proxy.localhost:{proxy}/lrs/{app_id}"
upstream = "http://cloud.localhost:{cloud}/lrs/{app_id}"
lms_origins = ["http://lms.localhost:{lms}"]
[mounts.caller]
user = "lms"
password = "file:lms-password"
[mounts.credential]
user = "{app_id}"
password = "file:cloud-secret"
[mounts.xapi]
learner_home_pages = ["http://lms.localhost:{lms}"]

[[mounts]]
name = "results"
adapter = "postback"
tenant = "sandbox"
public = "http://proxy.localhost:{proxy}/postback/{token}"
upstream = "http://lms.localhost:{lms}/results/from-the-cloud"
"""

APP_ID = "SANDBOX"
SECRET = "sandbox-secret"  # noqa: S105  as the token below
LMS_PASSWORD = "sandbox-lms-password"  # noqa: S105  as the token below
TOKEN = "sandbox-results-7f3a91c29d4be8"  # noqa: S105  a path of a sandbox that listens on loopback only


@dataclass(slots=True)
class Sandbox:
    """The running scene."""

    lms: SandboxLms
    cloud: SandboxCloud
    house: House
    config_file: Path
    proxy_origin: str
    events: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=_EVENTS))
    _listening: Listening = field(default_factory=Listening)
    _runners: list[web.AppRunner] = field(default_factory=list)
    _cloud_runner: CloudRunner | None = None

    @classmethod
    async def start(
        cls,
        folder: Path,
        ports: Ports,
        *,
        people: Sequence[LmsPerson] = DEFAULT_PEOPLE,
        courses: Sequence[Offer] | None = None,
        name_order: NameOrder = "First Last",
        scorm_again: Path | None = None,
        policy: str = "",
        mounts: str = "",
        log_level: str = "warning",
        tell: Callable[[Exchange], None] | None = None,
    ) -> "Sandbox":
        """Write the configuration, found the installation if there is none, and start all three.

        `policy` goes into the dispatch mount; `mounts` are further ones, in which `{proxy}` and `{cloud}` are ports.
        """
        config_file = _founded(folder, ports, policy, mounts, log_level)
        config = load(config_file)
        configure(config.logging.format, config.logging.level)
        events: deque[dict[str, Any]] = deque(maxlen=_EVENTS)

        def note(exchange: Exchange, seconds: float) -> None:
            events.append(_event(exchange, seconds))
            if tell is not None:
                tell(exchange)

        house = build(config, config_file, tell=note)
        await house.open()
        cloud = SandboxCloud(
            origin=f"http://cloud.localhost:{ports.cloud}",
            content_origin=f"http://content.localhost:{ports.content}",
            app_id=APP_ID,
            secret=SECRET,
        )
        lms = SandboxLms(
            origin=f"http://lms.localhost:{ports.lms}",
            people=people,
            name_order=name_order,
            scorm_again_dir=scorm_again,
        )
        sandbox = cls(lms, cloud, house, config_file, f"http://proxy.localhost:{ports.proxy}", events)
        with port_errors():
            sandbox._cloud_runner = await serve(cloud, "127.0.0.1", ports.cloud, ports.content)
        await house.enlist()
        await sandbox._listening.serve(house.server.door(), "127.0.0.1", ports.proxy)
        await house.began()
        await sandbox._approve_scripts()
        await sandbox._serve_lms(ports.lms)
        for offer in offers() if courses is None else courses:
            await sandbox.install(offer)
        return sandbox

    async def _approve_scripts(self) -> None:
        """Approve what this version's cloud serves in place of what an earlier version's did, as an operator would."""
        client = Upstream(connections_per_host=1, connect_timeout=5.0, read_timeout=30.0)
        try:
            for pin in await self.house.store.pins():
                answer = await client.send(self.cloud.origin, "GET", pin.path, [])
                digest = hashlib.sha256(await answer.read(_PACKAGE_LIMIT)).hexdigest()
                if pin.state == "approved" and answer.status == 200 and digest != pin.digest:  # noqa: PLR2004  OK
                    await self.house.store.pin(PinRecord(pin.mount, pin.path, digest, "pending", pin.first_seen))
                    await self.house.store.approve(pin.mount, pin.path, digest)
                    await self.house.audit.append(
                        Entry(Event.SCRIPT_APPROVED, actor="sandbox", mount=pin.mount, count=1)
                    )
        finally:
            await client.close()

    async def _serve_lms(self, port: int) -> None:
        info = {"LMS": self.lms.origin, "scormveil": self.proxy_origin, "SCORM Cloud (sandbox)": self.cloud.origin}
        start = StartPage(self.lms.state, self.cloud.state, lambda: list(self.events), info)
        runner = web.AppRunner(self.lms.application(start), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        with port_errors():
            await web.TCPSite(runner, "127.0.0.1", port).start()
        self._runners.append(runner)

    async def install(self, offer: Offer) -> None:
        """Create the dispatch in the cloud, download its zip through the proxy, install it in the LMS."""
        self.cloud.create_dispatch(
            offer.course_id,
            generation=offer.generation,
            standard=offer.standard,
            content=offer.content,
            title=offer.title,
        )
        user, password = self.lms.results_login
        self.cloud.set_postback(offer.course_id, f"{self.proxy_origin}/postback/{TOKEN}", user, password)
        package = await self.download(offer.course_id)
        self.lms.install(offer.course_id, offer.title, offer.standard, package, offer.note)

    async def download(self, dispatch_id: str) -> bytes:
        """Fetch a dispatch package through the proxy, as an administrator of the LMS would."""
        client = Upstream(connections_per_host=1, connect_timeout=5.0, read_timeout=30.0)
        login = base64.b64encode(f"lms:{LMS_PASSWORD}".encode()).decode()
        try:
            answer = await client.send(
                self.proxy_origin,
                "GET",
                f"/api/v2/dispatch/dispatches/{dispatch_id}/zip",
                [("Authorization", f"Basic {login}")],
            )
            package = await answer.read(_PACKAGE_LIMIT)
        finally:
            await client.close()
        if answer.status != 200:  # noqa: PLR2004  OK
            raise UpstreamFailed("sandbox-package")
        return package

    async def close(self) -> None:
        """Stop all three in order."""
        for runner in self._runners:
            await runner.cleanup()
        await self._listening.close()
        if self._cloud_runner is not None:
            await self._cloud_runner.close()
        await self.house.close()


def _founded(folder: Path, ports: Ports, policy: str, mounts: str, log_level: str) -> Path:
    """Write the configuration; found the installation if there is none in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    config_file = folder / "scormveil.toml"
    text = (CONFIG + mounts).format(
        lms=ports.lms,
        proxy=ports.proxy,
        cloud=ports.cloud,
        content=ports.content,
        token=TOKEN,
        policy=policy,
        level=log_level,
        app_id=APP_ID,
    )
    (folder / "lms-password").write_text(LMS_PASSWORD, "utf-8")
    (folder / "cloud-secret").write_text(SECRET, "utf-8")
    config_file.write_text(text, "utf-8")
    config = load(config_file)
    if not (folder / config.keys.keyring).exists():
        found(config, config_file)
    return config_file


def _event(exchange: Exchange, seconds: float) -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "exchange": exchange.id,
        "mount": exchange.mount,
        "route": exchange.route,
        "direction": exchange.direction,
        "verdict": exchange.verdict,
        "code": exchange.code,
        "found": exchange.veiled or exchange.reidentified,
        "ms": round(seconds * 1000, 1),
    }
