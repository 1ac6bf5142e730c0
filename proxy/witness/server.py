"""The listening side of a witness: one address, one answer. Nothing but signed checkpoints comes in or goes out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from aiohttp import web

from proxy.errors import ListenFailed
from proxy.witness.wire import MOST_BYTES, PATH
from proxy.witness.witness import Witness


@asynccontextmanager
async def serving(witness: Witness, listen: str, log: Any) -> AsyncIterator[int]:
    """Answer at `listen` (`host:port`) while the block runs; gives the port. ListenFailed."""

    async def add_checkpoint(request: web.Request) -> web.Response:
        body = await request.read()
        # Files are written and synchronised: not on the loop. What a thread began, it ends, whoever hangs up.
        answer = await asyncio.to_thread(witness.answer, body)
        tell = log.info if answer.status == HTTPStatus.OK else log.warning
        tell("checkpoint", status=int(answer.status), reason=answer.reason, place=answer.origin, count=answer.size)
        return web.Response(
            status=answer.status,
            body=answer.body.encode(),
            headers={"Content-Type": answer.kind, "Server": "scormveil-witness"},
        )

    app = web.Application(client_max_size=MOST_BYTES)
    app.add_routes([web.post(PATH, add_checkpoint)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    host, _, port = listen.rpartition(":")
    try:
        try:
            await web.TCPSite(runner, host.strip("[]"), int(port)).start()
        except (OSError, ValueError):
            raise ListenFailed from None
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()
