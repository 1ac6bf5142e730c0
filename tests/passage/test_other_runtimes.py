"""Commits of run-times that are not the Engine's: who may commit what, and who reads whom."""

import json
from urllib.parse import quote, quote_plus

import pytest

from tests.oracle import Oracle
from tests.passage.corridor import CALLER, LI, LMS, LONG, OBRIEN, RTL, WORD, ZOE, corridor_in
from tests.passage.wire import http

pytestmark = pytest.mark.asyncio(loop_scope="module")

RUNTIME, PLATFORM = "runtime.example.org", "platform.example.org"
COMMIT, EXTRAS, LOAD = "/attempts/7/commit", "/extras/commit", "/attempts/7/state"
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def corridor(corridor_again):
    return corridor_again


def name_of(who) -> str:
    return ", ".join(part for part in (who.last, who.first) if part)


def model12(who, **more):
    core = {"student_id": who.id, "student_name": name_of(who), "lesson_location": "p7"}
    return {"cmi": {"core": core, "suspend_data": "v1|7", "comments": f"I am {name_of(who)}", **more}}


def model2004(who, **more):
    learner = {"learner_id": who.id, "learner_name": name_of(who), "location": "p7"}
    comments = [{"comment": f"I am {name_of(who)}", "location": "end"}]
    return {"cmi": {**learner, "suspend_data": "v1|7", "comments_from_learner": comments, **more}}


def dotted(tree, path=""):
    if isinstance(tree, dict):
        return {k: v for name, one in tree.items() for k, v in dotted(one, f"{path}.{name}" if path else name).items()}
    if isinstance(tree, list):
        return {k: v for at, one in enumerate(tree) for k, v in dotted(one, f"{path}.{at}").items()}
    return {path: tree}


FORMATS = {
    "nested": (JSON, json.dumps),
    "nested, not ASCII": (JSON, lambda tree: json.dumps(tree, ensure_ascii=False)),
    "dotted": (JSON, lambda tree: json.dumps(dotted(tree))),
    "a beacon": ({"Content-Type": "text/plain;charset=UTF-8"}, json.dumps),
    "list of pairs": (JSON, lambda t: json.dumps({"runtimeData": [f"{k}={v}" for k, v in dotted(t).items()]})),
    "pairs": (FORM, lambda tree: "&".join(f"{k}={quote_plus(str(v))}" for k, v in dotted(tree).items())),
    "pairs, encoded differently": (
        FORM,
        lambda t: "&".join(f"{quote(k)}={quote(str(v))}" for k, v in dotted(t).items()),
    ),
    "pairs, not encoded": (FORM, lambda tree: "&".join(f"{k}={v}" for k, v in dotted(tree).items())),
}


async def committed(corridor, body, headers=JSON, *, target=COMMIT, host=RUNTIME):
    return await corridor.ask("POST", target, headers, body.encode(), host=host)


PEOPLE = (ZOE, OBRIEN, LI, RTL, WORD, LONG)
PLANTED = {one.id: [text for text in (one.id, name_of(one), one.last) if len(text.encode()) > 5] for one in PEOPLE}


@pytest.mark.parametrize("name", FORMATS)
async def test_the_host_meets_the_same_strangers_in_every_format(corridor, name):
    """SCORM 1.2 and 2004: one pseudonym for each, the one that the cloud would see as well."""
    headers, write = FORMATS[name]
    for who in PEOPLE:
        for model in (model12, model2004):
            assert (await committed(corridor, write(model(who)), headers)).status == 200
            sent = corridor.cloud.requests[-1]
            assert corridor.pseudonym(who.id).encode() in sent.body
            assert corridor.alias(who.id).encode() in sent.body
    latest = b"\n".join(one.raw for one in corridor.cloud.requests[-2 * len(PEOPLE) :])
    assert Oracle(PLANTED).search(latest) == []


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        "extra",
        [
            {"email": "zoe@example.org"},
            {"user": {"id": 4711}},
            {"cmi.core.student_email": "zoe@example.org"},
            {"runtimeData": {"cmi": {"learner_photo": "x"}}},
            {"sesskey": "abc"},
            {"commits": ["cmi.email=x"]},
        ],
    )
    async def test_a_member_that_no_model_names(self, corridor, extra):
        async with corridor.refuses("unknown-field", 400) as refusal:
            refusal.answer = await committed(corridor, json.dumps(model2004(ZOE) | extra))

    async def test_a_key_that_no_model_names(self, corridor):
        async with corridor.refuses("unknown-field", 400) as refusal:
            refusal.answer = await committed(corridor, "cmi.learner_id=s1234567&email=zoe%40example.org", FORM)
        async with corridor.refuses("unknown-field", 400) as refusal:
            refusal.answer = await committed(corridor, json.dumps(model12(ZOE)), target=f"{COMMIT}?user=zoe")

    @pytest.mark.parametrize(
        "tree",
        [
            {"cmi": {"location": "p7"}},
            {"cmi": {"learner_id": "", "learner_name": ""}},
            {"cmi": {"learner_id": None}},
            {"cmi": {"core": {"student_id": "  "}}},
            {},
        ],
    )
    async def test_a_commit_of_nobody(self, corridor, tree):
        """Nobody could tell whose name must not be in it."""
        async with corridor.refuses("field-missing", 400) as refusal:
            refusal.answer = await committed(corridor, json.dumps(tree))

    async def test_a_name_without_an_id(self, corridor):
        async with corridor.refuses("field-missing", 400, ZOE.last) as refusal:
            refusal.answer = await committed(corridor, json.dumps({"cmi": {"learner_name": name_of(ZOE)}}))

    async def test_two_learners_at_once(self, corridor):
        both = model2004(ZOE) | {"learnerId": OBRIEN.id}
        async with corridor.refuses("field-invalid", 400, ZOE.id, OBRIEN.id) as refusal:
            refusal.answer = await committed(corridor, json.dumps(both))

    @pytest.mark.parametrize(
        "more",
        [
            {"suspend_data": f"user={ZOE.last}"},
            {"suspend_data": "Wm/DqyBNw7xsbGVyLcOYc3RlcmfDpXJk"},
            {"objectives": {"0": {"id": f"{ZOE.id}-o1"}}},
            {"interactions": {"0": {"id": f"{ZOE.id}-q1"}}},
        ],
    )
    async def test_her_in_what_cannot_be_altered(self, corridor, more):
        async with corridor.refuses("leak-suspected", 403, ZOE.last) as refusal:
            refusal.answer = await committed(corridor, json.dumps(model2004(ZOE, **more)))

    async def test_her_in_shared_data(self, corridor):
        tree = model2004(ZOE) | {"sharedData": {"urn:s": f"by {name_of(ZOE)}"}}
        async with corridor.refuses("leak-suspected", 403, ZOE.last) as refusal:
            refusal.answer = await committed(corridor, json.dumps(tree))

    async def test_somebody_else_who_was_met_before(self, corridor):
        """There is no session that would say whom to look for, so everybody is looked for."""
        assert (await committed(corridor, json.dumps(model2004(OBRIEN)))).status == 200
        async with corridor.refuses("leak-suspected", 403, OBRIEN.id) as refusal:
            refusal.answer = await committed(corridor, json.dumps(model2004(ZOE, location=f"with {OBRIEN.id}")))

    @pytest.mark.parametrize("media", ["text/xml", "text/html", "multipart/form-data; boundary=x", ""])
    async def test_another_media_type(self, corridor, media):
        async with corridor.refuses("unsupported-media", 415) as refusal:
            refusal.answer = await committed(
                corridor, json.dumps(model12(ZOE)), {"Content-Type": media} if media else {}
            )

    @pytest.mark.parametrize("body", ["{", '{"cmi":{},"cmi":{}}', '{"cmi":"\\ud800"}', "a=\x00"])
    async def test_what_cannot_be_read(self, corridor, body):
        async with corridor.refuses("unreadable-body", 400) as refusal:
            refusal.answer = await committed(corridor, body)

    async def test_a_page_of_a_third_site(self, corridor):
        async with corridor.refuses("not-permitted", 403) as refusal:
            refusal.answer = await committed(
                corridor, json.dumps(model12(ZOE)), JSON | {"Origin": "https://evil.example"}
            )

    async def test_an_address_that_the_mount_does_not_name(self, corridor):
        async with corridor.refuses("unknown-route", 404) as refusal:
            refusal.answer = await committed(corridor, json.dumps(model12(ZOE)), target="/elsewhere/commit")


@pytest.mark.parametrize("name", ["nested", "dotted", "pairs", "list of pairs"])
async def test_an_address_of_anybody_is_withheld_from_what_she_typed(corridor, name):
    """Nobody has told us of those to whom she writes."""
    headers, write = FORMATS[name]
    tree = model12(ZOE, comments="Ask anna.other@example.com about it", comments_from_lms="by tutor@example.com")
    assert (await committed(corridor, write(tree), headers)).status == 200
    sent = corridor.cloud.requests[-1].body
    assert Oracle({"others": ["anna.other@example.com", "tutor@example.com"]}).search(sent) == []
    assert b"withheld" in sent


async def test_a_page_of_the_lms_may_commit_and_read_the_answer(corridor):
    origin = {"Origin": LMS}
    wish = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    asked = await corridor.ask("OPTIONS", COMMIT, origin | wish, host=RUNTIME)
    assert (asked.status, asked.header("Access-Control-Allow-Origin")) == (204, LMS)
    corridor.cloud.say(http(200, JSON, b'{"result":true,"errorCode":0}'))
    answer = await committed(corridor, json.dumps(model12(ZOE)), JSON | origin)
    assert answer.header("Access-Control-Allow-Origin") == LMS
    assert json.loads(answer.body) == {"result": True, "errorCode": 0}


async def test_who_reads_people_shows_a_key_of_ours(corridor):
    """The same state, to the platform and to a browser."""
    kept = json.dumps(model2004(ZOE))
    assert (await committed(corridor, kept)).status == 200
    state = corridor.cloud.requests[-1].body
    for headers, host, sees_her in (({"Authorization": CALLER}, PLATFORM, True), ({}, RUNTIME, False)):
        corridor.cloud.say(http(200, JSON, state))
        answer = await corridor.get(LOAD, headers, host=host)
        told = json.loads(answer.body)["cmi"]
        wanted = (
            (ZOE.id, name_of(ZOE)) if sees_her else (corridor.pseudonym(ZOE.id), f"{corridor.alias(ZOE.id)}, Learner")
        )
        assert (told["learner_id"], told["learner_name"]) == wanted
        assert told["suspend_data"] == "v1|7"
    assert b"key-of-the-lms" not in corridor.cloud.everything
    for headers in ({}, {"Authorization": "Basic bG1zOndyb25n"}):
        async with corridor.refuses("not-permitted", 403) as refusal:
            refusal.answer = await corridor.get(LOAD, headers, host=PLATFORM)


async def test_a_pseudonym_is_nobody_to_strangers(corridor):
    """What a browser read it may not commit as: the host knows every pseudonym, and would ask us by trial whose it is."""
    assert (await committed(corridor, json.dumps(model2004(ZOE)))).status == 200
    told = {"cmi": {"learner_id": corridor.pseudonym(ZOE.id), "location": "p8"}}
    before = len(corridor.cloud.requests)
    answer = await committed(corridor, json.dumps(told))
    if answer.status == 200:  # then she is guarded like everybody, and named as before
        assert corridor.cloud.requests[-1].body == json.dumps(told).encode()
    else:
        assert len(corridor.cloud.requests) == before
    unknown = {"cmi": {"learner_id": corridor.pseudonym("nobody-at-all"), "location": "p8"}}
    assert (await committed(corridor, json.dumps(unknown))).status in {400, 403}


async def test_members_of_the_hosts_own_pass_only_by_exception(tmp_path, installation):
    """They are looked through: what is hers in plain words is replaced, what is packed refuses the commit."""
    async with corridor_in(tmp_path, installation, runtimes_policy='exceptions = ["commit-extras"]') as corridor:
        tree = model2004(ZOE) | {"sesskey": "k7", "note": f"by {ZOE.first} {ZOE.last}"}
        assert (await committed(corridor, json.dumps(tree), target=f"{EXTRAS}?module=7")).status == 200
        sent = json.loads(corridor.cloud.requests[-1].body)
        assert sent["sesskey"] == "k7"
        assert sent["note"] == f"by {corridor.alias(ZOE.id)}, Learner"
        async with corridor.refuses("leak-suspected", 403, ZOE.last) as refusal:
            hidden = model2004(ZOE) | {"packed": "Wm/DqyBNw7xsbGVyLcOYc3RlcmfDpXJk"}
            refusal.answer = await committed(corridor, json.dumps(hidden), target=EXTRAS)
        async with corridor.refuses("unknown-field", 400) as refusal:
            refusal.answer = await committed(corridor, json.dumps(tree))
