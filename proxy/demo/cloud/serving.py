"""Listening: both hosts of the cloud, with every received byte recorded."""

import asyncio

from aiohttp import web

from proxy.demo.cloud.cloud import SandboxCloud
from proxy.demo.cloud.recorder import recording


class CloudRunner:
    """A cloud that listens. `port` and `content_port` are the real ones, also when 0 was asked for."""

    def __init__(self, runners: list[web.AppRunner], servers: list[asyncio.Server]) -> None:
        """Hold what has to be closed."""
        self._runners = runners
        self._servers = servers
        self.port, self.content_port = (server.sockets[0].getsockname()[1] for server in servers)

    async def close(self) -> None:
        """Stop listening and drop the connections."""
        for server in self._servers:
            server.close()
        for runner in self._runners:
            await runner.cleanup()


async def serve(cloud: SandboxCloud, host: str, port: int, content_port: int) -> CloudRunner:
    """Serve both applications of a cloud on `host` and record what arrives into `cloud.record`."""
    loop = asyncio.get_running_loop()
    runners: list[web.AppRunner] = []
    servers: list[asyncio.Server] = []
    for app, number in ((cloud.application(), port), (cloud.content_application(), content_port)):
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        runners.append(runner)
        server = runner.server
        if server is None:
            raise RuntimeError("setup() makes the server")
        servers.append(await loop.create_server(recording(server, cloud.record), host, number))
    return CloudRunner(runners, servers)
