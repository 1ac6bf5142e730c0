"""What every client of the round trips sends: the same people in the same places, so that runs can be compared."""

import json

from tests.xapi.people import CLOUD, LI, LONG, RTL, SEAN, WORD, ZOE

VERBS = "http://adlnet.gov/expapi/verbs"
COURSE = "https://courses.example.org/safety"
REGISTRATION = "6a1c1d5e-0a47-4ae5-9a51-9e0e9d1f4a10"
GROUP = {"objectType": "Group", "name": "Tellerowna's group", "member": [WORD.agent, LONG.agent]}
CREW = {
    "objectType": "Group",
    "mbox": "mailto:crew@uni.example",
    "name": "Crew of O'Brienne Seán",
    "member": [LI.agent, RTL.agent],
}


def uuid(client: int, number: int) -> str:
    """The id of a statement; each client has its own."""
    return f"00000000-0000-4000-8000-{client:04d}{number:08d}"


def statements(client: int) -> list[dict[str, object]]:
    """One statement for each sort of actor and object."""
    objects = [
        {"objectType": "Activity", "id": COURSE, "definition": {"name": {"en": "Safety"}, "type": f"{COURSE}/type"}},
        {"objectType": "Agent", "name": WORD.name, **WORD.nameless},
        GROUP,
        {"objectType": "StatementRef", "id": uuid(client, 0)},
        {
            "objectType": "SubStatement",
            "actor": LI.agent,
            "verb": {"id": f"{VERBS}/mentored"},
            "object": {"objectType": "Agent", **RTL.nameless, "name": RTL.name},
            "context": {"instructor": CLOUD.agent, "team": GROUP},
        },
    ]
    return [
        {
            "id": uuid(client, number),
            "actor": actor.agent,
            "verb": {"id": f"{VERBS}/experienced", "display": {"en-US": "experienced"}},
            "object": objects[number % len(objects)],
            "result": {"score": {"scaled": 0.5, "raw": 12}, "success": True, "response": f"I am {actor.name}"},
            "context": {
                "registration": REGISTRATION,
                "instructor": CREW,
                "team": GROUP,
                "contextActivities": {"parent": [{"objectType": "Activity", "id": f"{COURSE}/all"}]},
            },
            "timestamp": f"2026-05-04T10:00:{number:02d}.125Z",
        }
        for number, actor in enumerate((ZOE, SEAN, LI, RTL, WORD, LONG, CLOUD))
    ]


ATTACHED = ("an essay, in two parts", "the second part: Größe, 大小")


def told(client: int, address: str, login: tuple[str, str], **more: object) -> str:
    """The story as the clients of Node read it from standard input."""
    story = {
        "endpoint": address + "/",
        "login": login,
        "statements": statements(client),
        "ids": {"attached": uuid(client, 80), "voiding": uuid(client, 90)},
        "texts": ATTACHED,
        "learner": ZOE.agent,
        "filter": SEAN.nameless,
        "course": COURSE,
        "registration": REGISTRATION,
    }
    return json.dumps(story | more)
