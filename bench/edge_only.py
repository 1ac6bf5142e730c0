"""The way in and the way out without anything between: aiohttp's server and our upstream, nothing rewritten.

What scormveil costs beyond this row is what it does for privacy.
"""

import asyncio
import gc
import sys

from aiohttp import web
from multidict import CIMultiDict

from proxy.edge.upstream import Upstream, parser_kind

LEFT_OUT = {"connection", "content-length", "transfer-encoding"}
READ_BELOW = 256 * 1024


async def serve(origin: str, port: int) -> None:
    upstream = Upstream(connections_per_host=128, connect_timeout=5, read_timeout=30)

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read() if request.can_read_body else b""
        answer = await upstream.send(origin, request.method, request.raw_path, tuple(request.headers.items()), body)
        headers: CIMultiDict[str] = CIMultiDict()
        size = -1
        for name, value in answer.headers:
            if name.lower() not in LEFT_OUT:
                headers.add(name, value)
            elif name.lower() == "content-length":
                size = int(value)
        if 0 <= size < READ_BELOW:
            return web.Response(status=answer.status, headers=headers, body=await answer.read(READ_BELOW))
        response = web.StreamResponse(status=answer.status, headers=headers)
        if size >= 0:
            response.content_length = size
        await response.prepare(request)
        async for chunk in answer.chunks():
            await response.write(chunk)
        await response.write_eof()
        return response

    runner = web.ServerRunner(web.Server(handle, access_log=None), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print("parser:", parser_kind(), flush=True)
    gc.freeze()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
