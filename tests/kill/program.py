"""`scormveil serve` as a real process, started and killed, with the cloud beside it."""

import asyncio
import shutil
import signal
import socket
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.passage.corridor import LAUNCH, PROXY_HOST, config_text
from tests.passage.wire import PATIENCE, Received, Stub, request, send_raw
from tests.processes import Attended, attended, scormveil

DATABASE = "scormveil.sqlite3"
READY = 60


def free_ports(count: int) -> int:
    """The first of `count` ports in a row that nobody uses."""
    while True:
        with socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
        with suppress(OSError):
            for number in range(port, port + count):
                with socket.socket() as one:
                    one.bind(("127.0.0.1", number))
            return port


@dataclass
class Program:
    """An installation and the process that serves it."""

    folder: Path
    cloud: Stub
    port: int
    admin: int
    workers: int
    process: Attended | None = None
    reading: asyncio.Future[list[bytes]] | None = None

    @classmethod
    def written(cls, folder: Path, template: Path, cloud: Stub, *, workers: int = 1, extra: str = "") -> "Program":
        shutil.copytree(template, folder, dirs_exist_ok=True)
        port = free_ports(1)
        admin = free_ports(workers)
        text = config_text(cloud, cloud, cloud, extra=extra).replace(
            'listen = "127.0.0.1:0"',
            f'listen = "127.0.0.1:{port}"\nadmin_listen = "127.0.0.1:{admin}"\nworkers = {workers}',
        )
        text = text.replace("[mounts.origins]\n", "").replace(f'content = "{cloud.origin}"\n', "")
        (folder / "scormveil.toml").write_text(text, "utf-8")
        return cls(folder, cloud, port, admin, workers)

    async def start(self) -> None:
        """Start it and wait until every worker says that it serves."""
        self.process = await attended(scormveil, "serve", "-c", str(self.folder / "scormveil.toml"))
        said = b""
        async with asyncio.timeout(READY):
            for _ in range(self.workers):
                while b'"serving"' not in (line := await self.process.stderr.readline()):
                    said += line
                    assert line, f"it ended: {said.decode()}"
        self.reading = asyncio.ensure_future(drained(self.process.stdout, self.process.stderr))

    def kill(self) -> None:
        """SIGKILL, to every process of it: no handler runs, nothing is flushed."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)

    async def ended(self) -> None:
        assert self.process is not None
        async with asyncio.timeout(PATIENCE):
            await self.process.wait()
        if self.reading is not None:
            await self.reading

    async def launch(self, number: int, learner: str) -> Received | None:
        """Launch; `dispatchid` tells the test which person a request was for, once her id is gone from it."""
        target = LAUNCH.replace("dispatchid=D1", f"dispatchid=P{number}") + f"&learnerid={learner}&lname=Person{number}"
        try:
            return await send_raw(self.port, request("GET", target, [("Host", PROXY_HOST)]))
        except ConnectionError:
            return None

    def rows(self, statement: str, scratch: Path) -> list[tuple]:
        """Ask a copy of the files: opening them ourselves would repair what the program must repair."""
        scratch.mkdir(exist_ok=True)
        for suffix in ("", "-wal"):
            with suppress(FileNotFoundError):
                shutil.copyfile(self.folder / (DATABASE + suffix), scratch / (DATABASE + suffix))
        with closing(sqlite3.connect(scratch / DATABASE)) as copy:
            found = copy.execute(statement).fetchall()
        shutil.rmtree(scratch)
        return found


async def drained(*streams: asyncio.StreamReader) -> list[bytes]:
    """Read to the end of all; what each of them said."""
    return await asyncio.gather(*(stream.read() for stream in streams))
