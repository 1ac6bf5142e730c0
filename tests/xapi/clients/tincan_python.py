"""TinCan for Python (PyPI `tincan`), unmodified: every call that it has. Blocking: run it in a thread."""

import json
from datetime import UTC, datetime
from functools import partial

import tincan
from tincan.documents import ActivityProfileDocument, AgentProfileDocument, StateDocument

from tests.xapi.clients.story import COURSE, REGISTRATION, VERBS, statements, uuid
from tests.xapi.people import SEAN, ZOE

ME = 1


def run(endpoint, login):
    """Return what every call said: (name, status, answer)."""
    lrs = tincan.RemoteLRS(version="1.0.3", endpoint=endpoint, username=login[0], password=login[1])
    told = []

    def note(name, call, answer=None):
        try:
            response = call()
        except (AttributeError, TypeError, ValueError) as unreadable:  # the client's own complaint about an answer
            told.append((name, 0, type(unreadable).__name__))
            return None
        body = response.data.decode() if isinstance(response.data, bytes) else response.data
        if answer is not None and response.success:
            body = answer(response)
        told.append((name, response.response.status, body))
        return response

    note("about", lrs.about, lambda got: list(got.content.version))
    _statements(lrs, note)
    _documents(lrs, note)
    return told


def _statements(lrs, note):
    one, *others = (tincan.Statement.from_json(json.dumps(given)) for given in statements(ME))
    note("put one", lambda: lrs.save_statement(one), lambda _got: "")
    note("put it again", lambda: lrs.save_statement(one), lambda _got: "")
    note("post many", lambda: lrs.save_statements(tincan.StatementList(others)), lambda got: json.loads(got.data))
    note("another with its id", lambda: lrs.save_statement(_other(one)))
    nameless = tincan.Statement.from_json(json.dumps({k: v for k, v in statements(ME)[1].items() if k != "id"}))
    note("post without an id", lambda: lrs.save_statement(nameless), lambda _got: "")
    note("get one", lambda: lrs.retrieve_statement(uuid(ME, 4)), said)
    void = tincan.Statement(
        actor=tincan.Agent(mbox="mailto:sean.obrienne@uni.example", name=SEAN.name),
        verb=tincan.Verb(id=f"{VERBS}/voided"),
        object=tincan.StatementRef(id=uuid(ME, 3)),
        id=uuid(ME, 90),
    )
    note("void", lambda: lrs.save_statement(void), lambda _got: "")
    note("get voided", lambda: lrs.retrieve_voided_statement(uuid(ME, 3)), said)
    note("get it as if not", lambda: lrs.retrieve_statement(uuid(ME, 3)))
    found = {
        "agent": {"agent": tincan.Agent(SEAN.nameless), "related_agents": "true"},
        "verb": {"verb": tincan.Verb(id=f"{VERBS}/voided")},
        "activity": {"activity": tincan.Activity(id=f"{COURSE}/all"), "related_activities": "true"},
        "registration": {"registration": REGISTRATION, "ascending": "true"},
        "period": {"since": "2026-01-01T00:00:00Z", "until": "2999-01-01T00:00:00Z", "limit": 2},
        "ids": {"format": "ids", "limit": 3},
        "canonical": {"format": "canonical", "limit": 1},
    }
    for name, query in found.items():
        note(f"find by {name}", partial(lrs.query_statements, query), said)
    page = note("two of them", lambda: lrs.query_statements({"registration": REGISTRATION, "limit": 2}), said)
    note("more of them", lambda: lrs.more_statements(page.content), said)


def _documents(lrs, note):
    activity, agent = tincan.Activity(id=COURSE), tincan.Agent(ZOE.agent)
    state = StateDocument(activity=activity, agent=agent, id="bookmark", content='{"page": 7}')
    state.content_type = "application/json"
    note("save state", lambda: lrs.save_state(state))
    got = note("get state", lambda: lrs.retrieve_state(activity, agent, "bookmark"), document)
    state.etag, state.content = got.content.etag, '{"page": 8}'
    note(
        "save state if it matches", lambda: lrs.save_state(state)
    )  # the client sends it twice: the second does not match
    note("state ids", lambda: lrs.retrieve_state_ids(activity, agent, since=datetime(2026, 1, 1, tzinfo=UTC)), listed)
    note("no such state", lambda: lrs.retrieve_state(activity, agent, "nothing"), document)
    note("delete state", lambda: lrs.delete_state(lrs.retrieve_state(activity, agent, "bookmark").content))
    note("clear state", lambda: lrs.clear_state(activity, agent))

    profile = AgentProfileDocument(agent=agent, id="settings", content="large letters")
    profile.content_type = "text/plain"
    note("save agent profile", lambda: lrs.save_agent_profile(profile))
    note("save it unseen", lambda: lrs.save_agent_profile(profile))
    got = note("get agent profile", lambda: lrs.retrieve_agent_profile(agent, "settings"), document)
    profile.etag, profile.content = got.content.etag, "small letters"
    note("save it seen", lambda: lrs.save_agent_profile(profile))
    note("agent profile ids", lambda: lrs.retrieve_agent_profile_ids(agent), listed)
    note(
        "delete agent profile", lambda: lrs.delete_agent_profile(lrs.retrieve_agent_profile(agent, "settings").content)
    )

    shared = ActivityProfileDocument(activity=activity, id="levels", content='{"levels": [1.0, 2]}')
    shared.content_type = "application/json"
    note("save activity profile", lambda: lrs.save_activity_profile(shared))
    got = note("get activity profile", lambda: lrs.retrieve_activity_profile(activity, "levels"), document)
    shared.etag = got.content.etag
    note("save it seen", lambda: lrs.save_activity_profile(shared))
    note("activity profile ids", lambda: lrs.retrieve_activity_profile_ids(activity), listed)
    note(
        "delete activity profile",
        lambda: lrs.delete_activity_profile(lrs.retrieve_activity_profile(activity, "levels").content),
    )


def _other(one):
    return tincan.Statement.from_json(one.to_json().replace("experienced", "failed"))


def said(got):
    """The answer itself: what the client makes of it, it has read without complaint."""
    assert got.content is not None
    return json.loads(got.data)


def document(got):
    content = got.content.content
    return (
        content.decode() if isinstance(content, bytes | bytearray) else content,
        got.content.etag,
        got.content.content_type,
    )


def listed(got):
    return sorted(got.content)
