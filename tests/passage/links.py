"""What the LMS's server does to get a launch link, and what the cloud answers it."""

import json

from tests.passage.corridor import CALLER, LMS, PROXY, ZOE
from tests.passage.wire import http

ASK = "/api/v2/registrations/r-1/launchLink"
LEAD = f"{PROXY}/api/v2/.scormveil/launch/"
GUID = "/api/cloud/registration/launch/5f0c7f0a-8d8e-4b66-9c1f-0a2d5f8f5f10"
EXIT = f"{LMS}/mod/scorm/return.php?attempt=7&user={ZOE.id}"
SHARED = {"Authorization": CALLER, "Content-Type": "application/json"}


def the_registration(learner: str, **more) -> bytes:
    told = {"id": "r-1", "learner": {"id": learner, "firstName": "Learner"}} | more
    return http(200, {"Content-Type": "application/json"}, json.dumps(told).encode())


def the_link(corridor, path: str = GUID) -> bytes:
    told = {"launchLink": corridor.cloud.origin + path}
    return http(200, {"Content-Type": "application/json"}, json.dumps(told).encode())


async def ask(corridor, who=ZOE, *, path: str = ASK, link: bytes = b"", **body):
    """What the LMS's server gets that asks for a link of `who`, who has launched before."""
    if path == ASK:
        corridor.cloud.say(the_registration(corridor.pseudonym(who.id)))
    corridor.cloud.say(link or the_link(corridor))
    return await corridor.ask("POST", path, SHARED, json.dumps(body or {"redirectOnExitUrl": EXIT}).encode())


async def link_of(corridor, who=ZOE, **body) -> str:
    """The path of a fresh link."""
    answer = await ask(corridor, who, **body)
    assert answer.status == 200, answer.raw
    return json.loads(answer.body)["launchLink"].removeprefix(PROXY)
