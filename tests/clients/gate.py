"""A real proxy between the official client and a sandbox cloud: brokered logins, a player mount, strict policies."""

import asyncio
import io
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp.test_utils import unused_port

from proxy.assemble import build
from proxy.config import load
from proxy.edge.listening import Listening
from proxy.founding import found
from proxy.observe import configure
from tests.clients.kit import APP, MANAGEMENT

LMS = ("lms", "key-of-the-lms")
REALM = ("realm", "key-of-the-realm")

CONFIG = """\
[server]
listen = "127.0.0.1:0"
[audiences.lms]
reveal = true
[audiences.analyst]
details = true

[[mounts]]
name = "player"
adapter = "dispatch"
tenant = "uni"
public = "{public}"
upstream = "{cloud}"
lms_origins = ["https://lms.example.org"]
[mounts.origins]
content = "{content}"

[[mounts]]
name = "api"
adapter = "cloud_v2"
tenant = "uni"
public = "{public}/api/v2"
upstream = "{cloud}/api/v2"
audience = "{audience}"
lms_origins = ["https://lms.example.org", "{lms}"]
caller = {{ user = "lms", password = "file:lms.key" }}
credential = {{ user = "{app}", password = "file:app.key" }}
management_caller = {{ user = "realm", password = "file:realm.key" }}
management_credential = {{ user = "{management}", password = "file:management.key" }}
[mounts.policy]
{policy}
"""


@dataclass(frozen=True)
class Gate:
    """The running proxy: where it listens, what it wrote down."""

    origin: str
    house: object
    log: io.StringIO


@asynccontextmanager
async def gate(folder, cloud, lms, *, policy="", audience="lms"):
    """Found a proxy in `folder` and serve it in front of `cloud`; `lms` is the origin that takes postbacks."""
    folder.mkdir(parents=True, exist_ok=True)
    port = unused_port()
    public = f"http://127.0.0.1:{port}"
    names = {"lms": LMS, "realm": REALM, "app": APP, "management": MANAGEMENT}
    for name, (_, secret) in names.items():
        (folder / f"{name}.key").write_text(secret, "utf-8")
    file = folder / "scormveil.toml"
    text = CONFIG.format(
        public=public,
        cloud=cloud.origin,
        content=cloud.content_origin,
        lms=lms,
        app=APP[0],
        management=MANAGEMENT[0],
        policy=policy,
        audience=audience,
    )
    file.write_text(text, "utf-8")
    config = load(file)
    await asyncio.to_thread(found, config, file)
    log = io.StringIO()
    configure("json", "info", log)
    house = build(config, file)
    await house.open()
    listening = Listening()
    try:
        await listening.serve(house.server.door(), "127.0.0.1", port)
        yield Gate(public, house, log)
    finally:
        await listening.close()
        await house.close()
