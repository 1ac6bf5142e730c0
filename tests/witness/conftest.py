"""A witness that is being served, and the way to it."""

import asyncio
import contextlib

import pytest

from proxy.edge.upstream import Upstream
from proxy.witness import Witness, WitnessPlace, WitnessPost, serving
from tests.witness.kit import LOG, NOW


class Lines(list):
    """A logger that remembers."""

    def info(self, event, **fields):
        self.append((event, fields))

    warning = info


class Scene:
    """One witness in one folder, and posts to it."""

    def __init__(self, folder, key, upstream):
        self.folder, self.key, self.upstream = folder, key, upstream
        self.now = NOW
        self.lines = Lines()
        self.base = ""

    @contextlib.asynccontextmanager
    async def serving(self):
        witness = Witness(WitnessPlace(self.folder), lambda: self.now)
        await asyncio.to_thread(witness.open)
        try:
            async with serving(witness, "127.0.0.1:0", self.lines) as port:
                self.base = f"http://127.0.0.1:{port}"
                yield witness
        finally:
            witness.close()

    def remembered(self):
        """What is on disk, by file."""
        return {path.name: path.read_bytes() for path in (self.folder / "logs").iterdir()}

    def post(self):
        return WitnessPost(self.upstream, f"{self.base}/", self.key)

    async def ask(self, body, path="/add-checkpoint", method="POST"):
        """Status, content type and body of one answer."""
        answer = await self.upstream.send(self.base, method, path, [], body)
        return answer.status, dict(answer.headers)["Content-Type"].split(";")[0], await answer.read(1 << 20)


@pytest.fixture
async def scene(tmp_path):
    folder = tmp_path / "witness"
    key = await asyncio.to_thread(WitnessPlace(folder).create, "witness.example/w1", "127.0.0.1:0", (str(LOG.key),))
    upstream = Upstream(connections_per_host=2, connect_timeout=5.0, read_timeout=10.0)
    yield Scene(folder, key, upstream)
    await upstream.close()
