"""Record stores of other makers, each a process of its own, whose record can be searched.

Learning Locker's (npm, Node.js, in memory): statements with attachments, activities, activity profiles; xAPI 1.0.3.
Ralph (PyPI, Python, one file): statements; keeps numbers and members it does not know, so 2.0 too; compares repeated
statements by plain equality. Neither package holds states, agent profiles and agents: those are `peer.py`.
"""

import asyncio
import json
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp.test_utils import unused_port

from tests import parts

HERE = Path(__file__).parent
LOGIN = ("store-user", "store-secret")
AUTHORITY = "mailto:store@records.example"
_PATIENCE = 60


@dataclass
class Process:
    """A running store."""

    port: int
    folder: Path
    """Where it runs and writes."""

    def written(self) -> bytes:
        """Everything that it wrote: data, attachments, logs."""
        files = sorted(one for one in self.folder.rglob("*") if one.is_file())
        return b"\n".join(str(one.relative_to(self.folder)).encode() + b"\n" + one.read_bytes() for one in files)


@asynccontextmanager
async def _running(
    command: list[str], folder: Path, env: dict[str, str], port: int, word: str
) -> AsyncIterator[Process]:
    """A process in `folder` that listens once its log says `word`."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "log.txt"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"} | env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        async with asyncio.timeout(_PATIENCE):
            while word not in log.read_text("utf-8", "replace"):
                assert process.poll() is None, log.read_text("utf-8", "replace")
                await asyncio.sleep(0.02)  # another program's log: there is no event to wait for
        yield Process(port, folder)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        await asyncio.to_thread(process.wait)


@asynccontextmanager
async def learning_locker(folder: Path, part: str) -> AsyncIterator[Process]:
    """One of `xapi-statements` and `xapi-activities`."""
    node = shutil.which("node") or parts.need("node", "install Node.js; Learning Locker's record store runs on it")
    package = await asyncio.to_thread(parts.npm_package, HERE / "lrs", f"@learninglocker/{part}")
    port = unused_port()
    settings = {
        "AUTH_REPO": "test",
        "EVENTS_REPO": "test",
        "MODELS_REPO": "memory",
        "STORAGE_REPO": "local",
        "SERVICE_AWAIT_UPDATES": "true",
        "EXPRESS_PORT": str(port),
    }
    command = [node, str(package / "dist" / "server.js")]
    async with _running(command, folder, settings, port, "Listening on port") as process:
        yield process


@asynccontextmanager
async def ralph(folder: Path, tenants: tuple[str, ...] = ("one",)) -> AsyncIterator[Process]:
    """Ralph; each tenant is a login of that name with the password of LOGIN, and has statements of its own."""
    python = await asyncio.to_thread(parts.packages, HERE / "ralph")
    port = unused_port()
    folder.mkdir(parents=True, exist_ok=True)
    said = "import bcrypt,sys;print(bcrypt.hashpw(sys.argv[1].encode(),bcrypt.gensalt(4)).decode())"
    done = await asyncio.to_thread(subprocess.run, [python, "-c", said, LOGIN[1]], capture_output=True, check=True)
    users = [
        {
            "agent": {"mbox": AUTHORITY, "objectType": "Agent"},
            "scopes": ["all"],
            "target": tenant,
            "hash": done.stdout.decode().strip(),
            "username": tenant,
        }
        for tenant in tenants
    ]
    for tenant in tenants:
        (folder / "data" / tenant).mkdir(parents=True, exist_ok=True)
    (folder / "auth.json").write_text(json.dumps(users), "utf-8")
    settings = {
        "RALPH_APP_DIR": str(folder),
        "RALPH_AUTH_FILE": str(folder / "auth.json"),
        "RALPH_RUNSERVER_BACKEND": "fs",
        "RALPH_BACKENDS__LRS__FS__DEFAULT_DIRECTORY_PATH": str(folder / "data"),
    }
    command = [str(python), str(HERE / "ralph" / "serve.py"), str(port)]
    async with _running(command, folder, settings, port, "Uvicorn running on") as process:
        yield process
