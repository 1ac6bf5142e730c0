"""Sockets: the public listener, and the admin listener with /healthz and /metrics."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from aiohttp import web

from proxy.errors import ListenFailed, ProxyError
from proxy.observe import Metrics

_BACKLOG = 1024
_GRACE_SECONDS = 5.0
_SERVER = {"Server": "scormveil"}


@contextmanager
def port_errors() -> Iterator[None]:
    """A port that is taken is the operator's business: say so instead of showing a traceback."""
    try:
        yield
    except OSError:
        raise ListenFailed from None


class Listening:
    """Holds what listens and lets it go in order."""

    def __init__(self) -> None:
        """Listen to nothing yet."""
        self._servers: list[asyncio.Server] = []
        self._doors: list[web.Server] = []
        self._runners: list[web.AppRunner] = []

    async def serve(self, door: web.Server, host: str, port: int, *, shared: bool = False) -> int:
        """Accept connections for `door`; returns the port. `shared` lets other processes listen on it as well."""
        with port_errors():
            server = await asyncio.get_running_loop().create_server(
                door, host.strip("[]"), port, backlog=_BACKLOG, reuse_port=shared or None
            )
        self._servers.append(server)
        self._doors.append(door)
        bound: int = server.sockets[0].getsockname()[1]
        return bound

    async def admin(self, metrics: Metrics, ready: Callable[[], Awaitable[None]], host: str, port: int) -> None:
        """Serve /healthz (503 while the store is away) and /metrics. Counts and names only; still, never expose it."""

        async def health(_request: web.Request) -> web.Response:
            try:
                await ready()
            except ProxyError as trouble:
                return web.json_response({"status": "failing", "code": trouble.code}, status=503, headers=_SERVER)
            return web.json_response({"status": "ok"}, headers=_SERVER)

        async def exposition(_request: web.Request) -> web.Response:
            return web.Response(body=metrics.render(), headers=_SERVER | {"Content-Type": "text/plain; version=0.0.4"})

        app = web.Application()
        app.add_routes([web.get("/healthz", health), web.get("/metrics", exposition)])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        with port_errors():
            await web.TCPSite(runner, host.strip("[]"), port).start()
        self._runners.append(runner)

    async def close(self) -> None:
        """Stop accepting, let running exchanges finish for a moment, drop the rest."""
        for server in self._servers:
            server.close()
        for door in self._doors:
            door.pre_shutdown()
            await door.shutdown(_GRACE_SECONDS)
        for runner in self._runners:
            await runner.cleanup()
