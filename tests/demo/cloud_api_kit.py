"""Calling the sandbox cloud's v2 API by hand."""

from aiohttp import encode_basic_auth
from cloud_kit import ZOE
from test_cloud_launch import ORIGIN, configured, opened

KEY = {"Authorization": encode_basic_auth("SANDBOX", "sandbox-secret")}
MANAGER = {"Authorization": encode_basic_auth("SANDBOX-MANAGEMENT", "sandbox-management-secret")}
COURSE = "lighthouses-scorm2004"


async def ask(client, method, path, headers=KEY, status=200, **more):
    answer = await client.request(method, "/api/v2" + path, headers=headers, **more)
    assert answer.status == status, await answer.text()
    return (
        await answer.json() if answer.content_type == "application/json" and method != "HEAD" else await answer.read()
    )


async def register(client, registration, who=ZOE["id"], **more):
    body = {"courseId": COURSE, "registrationId": registration, "learner": {"id": who, "firstName": "Zoë"}, **more}
    await ask(client, "POST", "/registrations", json=body, status=204)


async def launched(client, registration="r1"):
    """Open a launch link and give the player's configuration."""
    body = {"redirectOnExitUrl": "https://lms.example.org/back", "expiry": 60}
    link = (await ask(client, "POST", f"/registrations/{registration}/launchLink", json=body))["launchLink"]
    player, _ = await opened(client, link.removeprefix(ORIGIN))
    return await configured(client, player)
