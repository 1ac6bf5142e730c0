"""xAPI statements with a person in every place that the inventory names; as courses write them into the cloud."""

import uuid

GROUP = 4


def agent(person, kind):
    """One identifier each: an xAPI agent has exactly one."""
    made = {"objectType": "Agent", "name": person.full}
    if kind == "account":
        return made | {"account": {"homePage": "http://cloud.scorm.com", "name": f"APP|{person.id}"}}
    if kind == "mbox":
        return made | {"mbox": f"mailto:{person.email}"}
    if kind == "sha1":
        return made | {"mbox_sha1sum": person.sha1}
    return made | {"openid": f"https://uni.example/people/{person.email}"}


def group(people):
    """A group of people with a name."""
    members = [agent(person, kind) for person in people for kind in ("account", "mbox")]
    return {"objectType": "Group", "name": f"The class of {people[0].full}", "member": members}


def activity(person, number):
    """An activity whose definition speaks of somebody."""
    return {
        "objectType": "Activity",
        "id": f"https://lms.example.org/activities/{number}?author={person.email}",
        "definition": {
            "name": {"en": f"Essay of {person.full}"},
            "description": {"en": f"What {person.full} wrote"},
            "moreInfo": f"https://lms.example.org/people/{person.email}",
            "extensions": {"https://lms.example.org/ext/author": person.full},
        },
    }


def statements(subject, others, registration):
    """Statements about `subject`; together they have a person in every place there is."""
    one, two = others
    made = []
    places = [
        (agent(subject, "account"), activity(one, 1), agent(one, "account")),
        (agent(subject, "mbox"), agent(two, "mbox"), agent(two, "mbox")),
        (agent(subject, "sha1"), group([one, two]), agent(one, "sha1")),
        (agent(subject, "openid"), agent(two, "openid"), agent(two, "openid")),
        (group([subject, one]), agent(two, "account"), group([one, two])),
        (agent(subject, "account"), agent(two, "sha1"), agent(one, "account")),
        (
            agent(subject, "account"),
            {
                "objectType": "SubStatement",
                "actor": agent(one, "mbox"),
                "verb": {"id": "http://adlnet.gov/expapi/verbs/helped"},
                "object": activity(two, 2),
            },
            agent(one, "account"),
        ),
    ]
    for number, (actor, thing, other) in enumerate(places):
        made.append(
            {
                "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{registration} {number}")),
                "actor": actor,
                "verb": {"id": "http://adlnet.gov/expapi/verbs/answered", "display": {"en": "answered"}},
                "object": thing,
                "result": {"response": f"I am {subject.full}", "extensions": {"https://e.example/by": subject.full}},
                "context": {
                    "registration": registration,
                    "instructor": other,
                    "team": group([one, two]) if number == GROUP else other,
                    "platform": f"desk of {subject.full}",
                    "contextActivities": {
                        name: [activity(subject, name)] for name in ("parent", "grouping", "category", "other")
                    },
                    "extensions": {"https://e.example/room": subject.full},
                },
                "timestamp": "2026-05-04T10:15:30.123Z",
                "stored": "2026-05-04T10:15:31.000Z",
                "authority": other,
                "attachments": [
                    {
                        "usageType": "https://e.example/essay",
                        "display": {"en": f"Essay of {subject.full}"},
                        "description": {"en": f"by {subject.full}"},
                        "contentType": "text/plain",
                        "length": 3,
                        "sha2": "ab" * 32,
                        "fileUrl": f"https://lms.example.org/files/{subject.email}",
                    }
                ],
            }
        )
    return made
