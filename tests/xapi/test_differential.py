"""The same sequence of requests to a record store directly and through the proxy gives the same answers.

Status, the header fields that say something, and bodies but for who is behind a pseudonym in a running text. Each
sequence has statements, documents and people of its own, so that one pair of stores serves all of them; what fails is
shrunk by hypothesis to the shortest sequence that does.
"""

import itertools
import json
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.xapi.people import LI, RTL, SEAN, WORD, ZOE, Human
from tests.xapi.same import aliases, differences, plain

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.real]

NUMBERS = itertools.count(1)
VERBS = "http://adlnet.gov/expapi/verbs"
FILTERS = (
    {},
    {"agent": "mine"},
    {"agent": "mine", "related_agents": "true"},
    {"agent": "teacher", "related_agents": "true"},
    {"verb": f"{VERBS}/answered"},
    {"verb": f"{VERBS}/voided"},
    {"activity": "mine"},
    {"activity": "mine", "related_activities": "true"},
    {"since": "2026-01-01T00:00:00Z", "until": "2999-01-01T00:00:00Z"},
    {"ascending": "true"},
    {"limit": "1"},
    {"limit": "2", "ascending": "true"},
    {"format": "ids"},
    {"format": "canonical"},
    {"attachments": "true"},
    {"since": "yesterday"},
    {"limit": "-1"},
    {"unknown": "x"},
    {"format": "none"},
)
BODIES = (b'{"a": 1.0}', b'{"b": {"c": [1, 2]}}', b"[1]", b"plain text", b"")
MEDIA = ("application/json", "text/plain")
CONDITIONS = ("", "seen", "wrong", "new")
OTHERS = (SEAN, LI, RTL, WORD)


class Sequence:
    """What one sequence has of its own, and what each side has been told."""

    def __init__(self, number):
        self.number = number
        self.learner = Human("own", f"Learner Number{number} Ötzi", "mbox", f"mailto:own.{number}@uni.example")
        self.activity = f"https://courses.example.org/{number}"
        self.registration = f"6a1c1d5e-0a47-4ae5-9a51-{number:012d}"
        self.tags = ({}, {})

    def uuid(self, which):
        return f"00000000-0000-4000-8000-{self.number:08d}{which:04d}"

    def statement(self, which, shape):
        other = OTHERS[shape % 4]
        things = (
            {"id": self.activity},
            {"objectType": "Agent", **other.nameless, "name": other.name},
            {"objectType": "Group", "member": [other.agent, self.learner.agent]},
            {"objectType": "StatementRef", "id": self.uuid(which - 1)},
        )
        return {
            "id": self.uuid(which),
            "actor": self.learner.agent if shape % 3 else other.agent,
            "verb": {"id": f"{VERBS}/answered", "display": {"en": "answered"}},
            "object": things[shape % 4],
            "result": {"response": f"I, {(self.learner if shape % 3 else other).name}", "score": {"raw": shape}},
            "context": {"registration": self.registration, "instructor": ZOE.agent}
            | ({"contextActivities": {"parent": [{"id": self.activity}]}} if shape % 2 else {}),
            "timestamp": "2026-05-04T10:11:12.125Z",
        }

    def request(self, step, side):
        """Method, target, header fields and body of a step; the tag is what this side was told."""
        sort, *rest = step
        return getattr(self, f"_{sort}")(side, *rest)

    def _post(self, _side, which, shape, count):
        made = [self.statement(one, shape + one) for one in range(which, which + count)]
        return "POST", "/statements", {}, json.dumps(made if count > 1 else made[0]).encode()

    def _put(self, _side, which, shape, asked):
        body = json.dumps(self.statement(which, shape)).encode()
        return "PUT", f"/statements?statementId={self.uuid(which + asked)}", {}, body

    def _void(self, _side, which):
        made = self.statement(which + 100, 0) | {"verb": {"id": f"{VERBS}/voided"}}
        made |= {"object": {"objectType": "StatementRef", "id": self.uuid(which)}}
        return "POST", "/statements", {}, json.dumps(made).encode()

    def _get(self, _side, which, key, method):
        return method, f"/statements?{key}={self.uuid(which)}", {}, b""

    def _find(self, _side, which):
        query = dict(FILTERS[which])
        agents = {"mine": self.learner.nameless, "teacher": ZOE.nameless}
        if "agent" in query:
            query["agent"] = json.dumps(agents[query["agent"]])
        if "activity" in query:
            query["activity"] = self.activity
        query["registration"] = self.registration
        return "GET", "/statements?" + "&".join(f"{key}={quote(one, safe='')}" for key, one in query.items()), {}, b""

    def _document(self, side, resource, method, ident, body, media, condition):
        where = {"activityId": self.activity, "agent": json.dumps(self.learner.nameless)}
        kept = {"state": ("activityId", "agent"), "agent": ("agent",), "activity": ("activityId",)}[resource]
        path, key = {
            "state": ("/activities/state", "stateId"),
            "agent": ("/agents/profile", "profileId"),
            "activity": ("/activities/profile", "profileId"),
        }[resource]
        query = {one: where[one] for one in kept} | ({key: ident} if ident else {})
        headers = {"Content-Type": MEDIA[media]} if method in {"PUT", "POST"} else {}
        tag = self.tags[side].get((resource, ident), '"nothing"')
        headers |= {
            "": {},
            "seen": {"If-Match": tag},
            "wrong": {"If-Match": f'"{"0" * 40}"'},
            "new": {"If-None-Match": "*"},
        }[condition if method != "GET" else ""]
        target = f"{path}?" + "&".join(f"{key}={quote(one, safe='')}" for key, one in query.items())
        return method, target, headers, BODIES[body] if method in {"PUT", "POST"} else b""

    def _other(self, _side, which):
        agent = quote(json.dumps(self.learner.nameless), safe="")
        targets = (
            f"/agents?agent={agent}",
            "/agents",
            f"/activities?activityId={quote(self.activity, safe='')}",
            "/about",
        )
        return "GET", targets[which], {}, b""


WHICH, SHAPE = st.integers(1, 4), st.integers(0, 11)
DOCUMENTS = st.tuples(
    st.just("document"),
    st.sampled_from(("state", "agent", "activity")),
    st.sampled_from(("GET", "GET", "PUT", "PUT", "POST", "DELETE", "HEAD")),
    st.sampled_from(("one", "two", "")),
    st.integers(0, len(BODIES) - 1),
    st.integers(0, 1),
    st.sampled_from(CONDITIONS),
)
STEPS = st.one_of(
    st.tuples(st.just("post"), WHICH, SHAPE, st.integers(1, 3)),
    st.tuples(st.just("put"), WHICH, SHAPE, st.sampled_from((0, 0, 0, 1))),
    st.tuples(st.just("void"), WHICH),
    st.tuples(
        st.just("get"), WHICH, st.sampled_from(("statementId", "voidedStatementId")), st.sampled_from(("GET", "HEAD"))
    ),
    st.tuples(st.just("find"), st.integers(0, len(FILTERS) - 1)),
    DOCUMENTS,
    st.tuples(st.just("other"), st.integers(0, 3)),
)


def body_of(answer):
    """What an answer says: JSON, the parts of a multipart answer, or text."""
    raw = answer.body
    if answer.header("Content-Type").startswith("multipart/"):
        return [json.loads(raw.partition(b"{")[1] + raw.partition(b"{")[2].rpartition(b"}")[0] + b"}")]
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode("utf-8", "replace")


def told(answer):
    """The header fields that say something to a client."""
    media = answer.header("Content-Type").partition(";")[0]
    names = ("X-Experience-API-Consistent-Through", "Last-Modified", "ETag")
    given = {name: bool(answer.header(name)) for name in names}
    return {"version": answer.header("X-Experience-API-Version"), "media": media} | given


async def compare(one, other, method, named):
    """Both answers say the same; of a refusal the status, for its words are the refuser's."""
    assert other.status == one.status, other.raw
    if one.status >= 400:
        return
    if one.body or method == "HEAD":
        assert told(other) == told(one)
    if method != "HEAD":
        assert differences(plain(body_of(one)), plain(body_of(other), named)) == []


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEPS, min_size=3, max_size=12))
async def test_the_same_requests_get_the_same_answers(direct, store, gate, steps):
    sequence = Sequence(next(NUMBERS))
    named = aliases(gate.scheme, (*OTHERS, ZOE, sequence.learner))
    for step in steps:
        asked = [sequence.request(step, side) for side in (0, 1)]
        answers = [await way.ask(*request) for way, request in zip((direct.direct, gate.lms), asked, strict=True)]
        await compare(*answers, asked[0][0], named)
        if step[0] == "document":
            for side, answer in enumerate(answers):
                if answer.header("ETag"):
                    sequence.tags[side][step[1], step[3]] = answer.header("ETag")
        if step[0] == "find" and answers[0].status == 200:
            ids = [
                await every_id(way, body_of(one)) for way, one in zip((direct.direct, gate.lms), answers, strict=True)
            ]
            assert ids[0] == ids[1]


async def every_id(way, page):
    """The ids on all pages, whatever their order: stores sort by a clock."""
    page = page[0] if isinstance(page, list) else page
    found = [one.get("id", "") for one in page["statements"]]
    while page.get("more"):
        answer = await way.ask("GET", page["more"])
        assert answer.status == 200, answer.raw
        page = json.loads(answer.body)
        found += [one.get("id", "") for one in page["statements"]]
    return sorted(found)
