"""Long lists and reports: in pieces, in batches, and never half of one for a whole one."""

import asyncio
import gzip
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.passage.listing import read
from proxy.rewrite import AddressBook, keep_only
from tests.passage.corridor import CALLER, LI, OBRIEN, ZOE
from tests.passage.wire import http

LIST = "/api/v2/registrations"
API = "/api/v2/registrations/r1"
JSON = {"Content-Type": "application/json"}


def registration(corridor, who, number: int, *, more: str = "") -> str:
    """What the cloud says of one registration: results, details, and what nobody knows yet."""
    learner = f'{{"id": "{corridor.pseudonym(who.id)}", "firstName": "Learner", "lastName": "x7"}}' if who else "null"
    return (
        f'{{"id": "r-{number}", "score": {{"scaled": 7.0000000000000009}}, "totalSecondsTracked": NaN,\n'
        f' "learner": {learner}, "runtime": {{"suspendData": "{"s" * 400}"}}, "unknown": [{number}]{more}}}'
    )


def listed(corridor, count: int, *, more: str = ', "more": "next-4"') -> bytes:
    people = (ZOE, None, OBRIEN, LI)
    inside = ",\n".join(registration(corridor, people[number % 4], number) for number in range(count))
    return f'{{"registrations": [{inside}]{more}, "extra": {{"a": [1]}}}}'.encode()


async def launch_everybody(corridor) -> None:
    for who in (ZOE, OBRIEN, LI):
        await corridor.launch(who)


async def ask(corridor, target: str = LIST):
    return await corridor.get(target, {"Authorization": CALLER})


class TestALongList:
    async def test_is_reidentified_while_it_comes(self, corridor):
        await launch_everybody(corridor)
        body = listed(corridor, 1_200)
        assert len(body) > 10 * 65_536  # far beyond what may be held
        corridor.cloud.say(http(200, JSON, body))
        answer = await ask(corridor)
        assert answer.status == 200
        assert answer.whole
        assert answer.header("Transfer-Encoding") == "chunked"
        assert answer.header("Content-Type") == "application/json; charset=utf-8"
        told = json.loads(answer.body, parse_float=str)
        assert (len(told["registrations"]), told["more"], set(told)) == (1_200, "next-4", {"registrations", "more"})
        for number, one in enumerate(told["registrations"]):
            who = (ZOE, None, OBRIEN, LI)[number % 4]
            assert one["id"] == f"r-{number}"
            assert one.get("learner") == (who and {"id": who.id, "firstName": who.first, "lastName": who.last})
            assert set(one) <= {"id", "score", "totalSecondsTracked", "learner"}
        assert answer.body.count(b"7.0000000000000009") == answer.body.count(b"NaN") == 1_200

    async def test_is_written_down_before_it_is_sent_and_counted_when_it_has_been(self, corridor):
        await launch_everybody(corridor)
        corridor.cloud.say(http(200, JSON, listed(corridor, 900)))
        await ask(corridor)
        entries = [one for one in await corridor.audit() if one.event == "reidentified"]
        assert {one.route for one in entries} == {"cloud.registrations"}
        batches = len(entries) // 3
        assert 3 <= batches <= 20
        assert f'"reidentified": {len(entries)}' in corridor.log.getvalue()

    async def test_is_the_same_compressed(self, corridor):
        await launch_everybody(corridor)
        body = listed(corridor, 700)
        corridor.cloud.say(http(200, JSON, body), http(200, JSON | {"Content-Encoding": "gzip"}, gzip.compress(body)))
        plain, opened = await ask(corridor), await ask(corridor)
        assert plain.status == opened.status == 200
        assert plain.body == opened.body
        assert not opened.header("Content-Encoding")

    async def test_a_short_one_has_a_length(self, corridor):
        await launch_everybody(corridor)
        corridor.cloud.say(http(200, JSON, listed(corridor, 3)))
        answer = await ask(corridor)
        assert answer.header("Content-Length") == str(len(answer.body))
        assert len(json.loads(answer.body)["registrations"]) == 3

    @pytest.mark.parametrize("where", ["at once", "later", "at the end"])
    async def test_what_is_wrong_in_it_never_makes_a_whole_answer(self, corridor, where):
        await launch_everybody(corridor)
        body = listed(corridor, 1_000)
        place = {"at once": 3_000, "later": len(body) // 2, "at the end": len(body) - 4}[where]
        corridor.cloud.say(http(200, JSON, body[:place] + b"\x01" + body[place:]))
        answer = await ask(corridor)
        if where == "at once":
            assert (answer.status, answer.header("X-Scormveil-Code")) == (502, "upstream-refused")
        else:
            assert answer.status == 200
            assert not answer.whole
        entry = (await corridor.audit())[-1]
        assert (entry.event, entry.reason) == ("refused", "upstream-refused")
        assert '"code": "upstream-refused"' in corridor.log.getvalue()

    async def test_a_list_that_breaks_off_breaks_off_for_the_caller(self, corridor):
        await launch_everybody(corridor)
        body = listed(corridor, 1_000)

        async def half(_reader, writer):
            writer.write(http(200, JSON, body)[: len(body) // 2])
            await writer.drain()
            writer.close()

        corridor.cloud.say(half)
        answer = await ask(corridor)
        assert not answer.whole
        assert '"code": "upstream-failed"' in corridor.log.getvalue()

    @pytest.mark.parametrize("later", [False, True])
    async def test_where_nothing_can_be_written_down_nobody_more_is_shown(self, corridor, later):
        await launch_everybody(corridor)
        body = http(200, JSON, listed(corridor, 1_000))
        half = len(body) // 2 if later else 0

        def forbid() -> None:
            with closing(sqlite3.connect(corridor.folder / "scormveil.sqlite3", isolation_level=None)) as other:
                other.execute("CREATE TRIGGER closed BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END")

        async def script(_reader, writer):
            writer.write(body[:half])
            await writer.drain()
            while later and "reidentified" not in {one.event for one in await corridor.audit()}:
                await asyncio.sleep(0.01)
            await asyncio.to_thread(forbid)
            writer.write(body[half:])
            await writer.drain()
            writer.close()

        corridor.cloud.say(script)
        answer = await ask(corridor)
        if later:
            assert not answer.whole
            assert 0 < answer.body.count(ZOE.id.encode()) < 250
        else:
            assert (answer.status, answer.header("X-Scormveil-Code")) == (503, "audit-failed")
        assert '"code": "audit-failed"' in corridor.log.getvalue()


class TestALongReport:
    async def test_costs_what_is_left_of_it(self, corridor):
        await launch_everybody(corridor)
        details = ', "activityDetails": {"children": [' + ",".join('{"x": "%s"}' % ("d" * 90) for _ in range(9_000))
        corridor.cloud.say(http(200, JSON, registration(corridor, ZOE, 1, more=details + "]}").encode()))
        answer = await ask(corridor, API)
        assert answer.status == 200
        assert len(answer.body) < 500
        told = json.loads(answer.body)
        assert told["learner"] == {"id": ZOE.id, "firstName": ZOE.first, "lastName": ZOE.last}
        assert "activityDetails" not in told

    async def test_of_which_too_much_would_stay_is_refused(self, corridor):
        await launch_everybody(corridor)
        body = json.dumps({"id": "r-1", "course": {"id": "c" * 40_000, "title": "t" * 40_000}}).encode()
        corridor.cloud.say(http(200, JSON, body))
        answer = await ask(corridor, API)
        assert (answer.status, answer.header("X-Scormveil-Code")) == (502, "upstream-refused")


async def test_a_report_that_nobody_is_put_into_flows_on() -> None:
    """An analyst's: 2 MB of details with pseudonyms, of which a few kB are held at a time."""
    body = json.dumps({"id": "r", "activityDetails": [{"title": f"t{number}"} for number in range(100_000)]}).encode()
    answer = Given(body, list(range(0, len(body), 10_000)))

    async def nobody(document: bytes) -> bytes:
        raise AssertionError(len(document))

    got, stream = await read(
        answer,
        "r",
        "",
        nobody,
        pointers=("/activityDetails",),
        member="",
        held=50_000,
        whole=10_000_000,
        turning=AddressBook([]).stream_in(),
    )
    assert got == b""
    assert stream is not None
    pieces = [piece async for piece in stream]
    assert max(map(len, pieces)) < 50_000
    assert b"".join(pieces) == keep_only(body, ("/activityDetails",))


class Given:
    """An answer that comes in the chunks of a test."""

    def __init__(self, body: bytes, cuts: list[int]) -> None:
        places = sorted({0, len(body), *(cut % (len(body) + 1) for cut in cuts)})
        self._chunks = [body[start:end] for start, end in pairwise(places)]
        self.closed = False
        self.status = 200
        self.headers = ()

    async def read(self, limit: int) -> bytes:
        return b"".join(self._chunks)[:limit]

    async def chunks(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            yield chunk

    def close(self) -> None:
        self.closed = True


ELEMENTS = st.lists(
    st.sampled_from(['{"id":"a","x":1}', ' {"x":2} ', "7.0000000000000009", "null", '{"id":NaN}', '"text"', "[1]"]),
    max_size=400,
)


@settings(max_examples=60, deadline=None)
@given(ELEMENTS, st.sampled_from(["", '"more":"t",']), st.sampled_from(["", ',"x":1', ',"more":2']), st.data())
def test_batches_are_what_the_whole_would_have_been(elements: list[str], before: str, after: str, data) -> None:
    if before and "more" in after:
        after = ""
    body = f'{{{before}"registrations" :[{",".join(elements)}]{after}}}\n'.encode()
    cuts = data.draw(st.lists(st.integers(0, 10_000), max_size=8))
    pointers = data.draw(st.sampled_from([("/registrations/*/id", "/more"), ("/more",), ("/registrations",)]))
    flows = data.draw(st.booleans())

    async def clean(document: bytes) -> bytes:
        return keep_only(document, pointers)

    async def work() -> bytes:
        answer = Given(body, cuts)
        name, turning = ("", AddressBook([]).stream_in()) if flows else ("registrations", None)
        got, stream = await read(
            answer, "r", "", clean, pointers=pointers, member=name, held=60, whole=1_000_000, turning=turning
        )
        if stream is None:
            return got
        whole = b"".join([piece async for piece in stream])
        assert answer.closed
        return whole

    assert asyncio.run(work()) == keep_only(body, pointers)
