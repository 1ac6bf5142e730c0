"""A cloud, a platform that takes postbacks, and a scene between them: for runs of the table, direct or through a proxy."""

import urllib.error
import urllib.request
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from proxy.demo.cloud import Backoff, SandboxCloud, serve
from tests.clients.planted import LI, SEAN, ZOE, Planting
from tests.clients.scene import Account, Scene
from tests.clients.statements import statements

OWNER = "owner@cloud.example"
APP = ("SANDBOX", "sandbox-secret")
MANAGEMENT = ("SANDBOX-MANAGEMENT", "sandbox-management-secret")


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args, **kwargs):
        return None


def _status(request):
    try:
        with urllib.request.build_opener(_Stay, urllib.request.ProxyHandler({})).open(request) as answer:
            return answer.status
    except urllib.error.HTTPError as other:
        with other:
            return other.code


def open_link(link):
    """What a browser sends first; where it is led to is not our matter."""
    assert _status(urllib.request.Request(link, headers={"User-Agent": "Mozilla/5.0"})) == 302


def accept(link, email):
    body = f"email={email}&firstName=Invited&lastName=Guest".encode()
    assert _status(urllib.request.Request(link, body)) == 303


@asynccontextmanager
async def hook():
    """A platform that takes every postback."""
    got = []

    async def take(request):
        got.append((request.path_qs, dict(request.headers), await request.text()))
        return web.Response()

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", take)
    async with TestServer(app) as server:
        yield f"http://127.0.0.1:{server.port}/hook", got


@asynccontextmanager
async def running_cloud():
    """A listening cloud that acts at once."""
    port, content_port = unused_port(), unused_port()
    cloud = SandboxCloud(
        origin=f"http://127.0.0.1:{port}",
        content_origin=f"http://127.0.0.1:{content_port}",
        backoff=Backoff(first=0.001, longest=0.002, attempts=3, patience=5.0),
        owner=OWNER,
    )
    cloud.habits.statement_object = "both"
    cloud.renames.seconds = 3600.0
    runner = await serve(cloud, "127.0.0.1", port, content_port)
    try:
        yield cloud
    finally:
        await runner.close()


def scene(cloud, host, address, folder, *, planting=None, normal=APP, manager=MANAGEMENT):
    """A scene of the official client against `host` (the base of the API), which may be the cloud's or a proxy's.

    Statements are planted into the cloud as it knows the registration: by her id in a direct run; through a proxy give
    the scene a `write_statements` of your own.
    """

    def write(made):
        registration = made.planting.registration_id(ZOE)
        for one in statements(ZOE, (SEAN, LI), made.planting.uuid(ZOE.id)):
            cloud.write_statement(registration, one)

    return Scene(
        normal=Account(host, *normal),
        manager=Account(host, *manager),
        owner=OWNER,
        planting=planting or Planting(hook=address),
        folder=folder,
        write_statements=write,
        open_link=open_link,
        accept=lambda one: accept(f"{cloud.origin}/api/cloud/invitation/public/{one}", "guest@uni.example"),
    )
