"""What stands behind every promise is taken away while people learn: store, keys, audit log. Nothing goes on without."""

import asyncio
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest

from keys import Purpose, rotate
from proxy.assemble import unix_ms
from proxy.config import load
from proxy.founding import found
from proxy.upkeep import Office
from tests.passage.corridor import CALLER, COMMIT, LAUNCH, OBRIEN, TOKEN, ZOE, founded
from tests.passage.wire import send_raw

DATABASE = "scormveil.sqlite3"
KEYS_DATABASE = "scormveil-keys.sqlite3"
PAGE = "/content/c/index.html"
API = "/api/v2/registrations/r1"


async def everything_is_refused(corridor, code: str, cookie: str) -> None:
    """A launch of a known and of a new person, a page, a commit, a result, a postback: none of them goes anywhere."""
    before = [len(stub.requests) for stub in (corridor.cloud, corridor.content, corridor.lms)]
    answers = [
        await corridor.get(LAUNCH + ZOE.query(), {"Cookie": cookie}),
        await corridor.get(LAUNCH + OBRIEN.query()),
        await corridor.get(PAGE, {"Cookie": cookie}),
        await corridor.get("/~content/vault/1/x.js"),
        await corridor.ask("POST", COMMIT, {"Cookie": cookie, "Content-Type": "text/xml"}, b"<RTD/>"),
        await corridor.get(API, {"Authorization": CALLER}),
        await corridor.ask("POST", f"/in/{TOKEN}", {"Content-Type": "application/json"}, b"{}"),
        await corridor.get("/.scormveil/return/abc"),
        await corridor.get("/nothing"),
    ]
    for answer in answers:
        assert (answer.status, json.loads(answer.body)["code"]) == (503, code), answer.raw
        told = answer.raw.decode() + corridor.log.getvalue()
        for text in (*ZOE.texts, *OBRIEN.texts, str(corridor.folder)):
            assert text not in told
    assert [len(stub.requests) for stub in (corridor.cloud, corridor.content, corridor.lms)] == before


class TestTheStore:
    @pytest.mark.parametrize("suffix", ["", "-wal"])
    async def test_gone_refuses_everything_and_come_back_serves_again(self, corridor, suffix):
        cookie = await corridor.launch(ZOE)
        file = corridor.folder / (DATABASE + suffix)
        away = file.rename(corridor.folder / "elsewhere")
        await everything_is_refused(corridor, "store-failed", cookie)
        assert '"reason": "not-recorded"' in corridor.log.getvalue()
        away.rename(file)
        assert (await corridor.get(PAGE, {"Cookie": cookie})).status == 200
        await corridor.launch(ZOE)
        await corridor.launch(OBRIEN)
        assert corridor.pseudonym(ZOE.id) in corridor.cloud.requests[-2].target

    async def test_deleted_refuses_everything(self, corridor):
        cookie = await corridor.launch(ZOE)
        (corridor.folder / DATABASE).unlink()
        await everything_is_refused(corridor, "store-failed", cookie)

    async def test_replaced_by_an_empty_one_refuses_everything(self, corridor, installation):
        """A fresh file would mint as if nobody had ever been here; the mapping of the old one would be lost."""
        cookie = await corridor.launch(ZOE)
        (corridor.folder / DATABASE).rename(corridor.folder / "elsewhere")
        (corridor.folder / DATABASE).write_bytes((installation / DATABASE).read_bytes())
        await everything_is_refused(corridor, "store-failed", cookie)

    async def test_locked_by_another_program_refuses_who_is_new_and_serves_who_is_known(self, corridor):
        cookie = await corridor.launch(ZOE)
        with corridor.house.store._database._parts.writing.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=1")
        with closing(sqlite3.connect(corridor.folder / DATABASE, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert (await corridor.get(PAGE, {"Cookie": cookie})).status == 200
            count = len(corridor.cloud.requests)
            answer = await corridor.get(LAUNCH + OBRIEN.query())
            assert (answer.status, answer.header("X-Scormveil-Code")) == (503, "store-failed")
            assert len(corridor.cloud.requests) == count
            other.execute("ROLLBACK")
        await corridor.launch(OBRIEN)

    async def test_health_says_so(self, corridor):
        port = await admin_port(corridor)
        assert b'"status": "ok"' in (await send_admin(port)).raw
        (corridor.folder / DATABASE).rename(corridor.folder / "elsewhere")
        told = await send_admin(port)
        assert (told.status, json.loads(told.body)["code"]) == (503, "store-failed")


async def admin_port(corridor) -> int:
    await corridor.listening.admin(corridor.house.metrics, corridor.house.ready, "127.0.0.1", 0)
    runner = corridor.listening._runners[-1]
    return runner.addresses[0][1]


async def send_admin(port: int):
    answer = await send_raw(port, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer is not None
    return answer


def replace_file(file, content, mode):
    """In one step, as everybody should: there is no moment without a file."""
    beside = file.with_name("beside")
    beside.write_bytes(content)
    beside.chmod(mode)
    beside.rename(file)


class TestTheKeyStore:
    @pytest.mark.parametrize("suffix", ["", "-wal"])
    async def test_gone_refuses_who_must_be_read_or_minted_and_come_back_serves_again(self, corridor, suffix):
        cookie = await corridor.launch(ZOE)
        file = corridor.folder / (KEYS_DATABASE + suffix)
        away = file.rename(corridor.folder / "elsewhere")
        count = len(corridor.cloud.requests)
        for target, headers in ((LAUNCH + ZOE.query(), {}), (LAUNCH + OBRIEN.query(), {}), (PAGE, {"Cookie": cookie})):
            answer = await corridor.get(target, headers)
            assert (answer.status, answer.header("X-Scormveil-Code")) == (503, "store-failed"), answer.raw
        assert len(corridor.cloud.requests) == count
        away.rename(file)
        assert (await corridor.get(PAGE, {"Cookie": cookie})).status == 200
        await corridor.launch(OBRIEN)

    async def test_that_does_not_answer_is_noticed_beside_whatever_else_takes_long(self, corridor, monkeypatch):
        """Learners who are known from memory are refused too; the news of it are told once, and once when it is over."""
        told = []
        monkeypatch.setattr(
            corridor.house.housekeeping, "_tell", lambda event, facts: told.append((event, *facts.values()))
        )
        file = corridor.folder / KEYS_DATABASE
        away = file.rename(corridor.folder / "elsewhere")
        for _ in range(3):
            await corridor.house.housekeeping.feel()
        away.rename(file)
        for _ in range(3):
            await corridor.house.housekeeping.feel()
        assert told == [("upkeep-trouble", "keystore", "gone"), ("upkeep-well", "keystore", "")]


class TestTheKeyring:
    async def test_gone_refuses_everything_and_the_same_file_back_serves_again(self, corridor):
        """Taking the keyring away is the emergency brake."""
        cookie = await corridor.launch(ZOE)
        file = corridor.folder / "keyring.json"
        away = file.rename(corridor.folder / "elsewhere")
        await everything_is_refused(corridor, "keys-unavailable", cookie)
        reasons = [entry.reason for entry in await corridor.audit() if entry.event == "refused"]
        assert reasons == ["keys-unavailable"] * 9
        away.rename(file)
        assert (await corridor.get(PAGE, {"Cookie": cookie})).status == 200

    @pytest.mark.parametrize("how", ["another installation's", "open to others", "truncated", "no keyring at all"])
    async def test_that_cannot_be_read_serves_who_is_known_and_mints_nobody(self, corridor, tmp_path, monkeypatch, how):
        """A node that cannot read the newer keyring says so and does not guess; nobody in mid-course is hurt."""
        monkeypatch.setattr("proxy.upkeep.renewal.GRACE_SECONDS", 0.0)
        cookie = await corridor.launch(ZOE)
        other = await asyncio.to_thread(founded, tmp_path / "other")
        file = corridor.folder / "keyring.json"
        whole, mode = file.read_bytes(), file.stat().st_mode
        put = {
            "another installation's": (other / "keyring.json").read_bytes(),
            "open to others": whole,
            "truncated": whole[:200],
            "no keyring at all": b"{}",
        }
        replace_file(file, put[how], 0o644 if how == "open to others" else 0o600)

        assert (await corridor.get(PAGE, {"Cookie": cookie})).status == 200
        await corridor.launch(ZOE)
        count = len(corridor.cloud.requests)
        answer = await corridor.get(LAUNCH + OBRIEN.query())
        assert (answer.status, answer.header("X-Scormveil-Code")) == (503, "keys-unavailable")
        assert len(corridor.cloud.requests) == count
        assert corridor.house.renewal.trouble.startswith(("keyring-", "kek-"))
        port = await admin_port(corridor)
        told = await send_admin(port)
        assert (told.status, json.loads(told.body)["code"]) == (503, "keys-unavailable")

        replace_file(file, whole, mode & 0o777)
        await corridor.house.housekeeping.listen()
        await corridor.launch(OBRIEN)
        assert (await send_admin(port)).status == 200

    async def test_rotated_is_in_force_with_the_next_message(self, corridor):
        """Without a restart and without a pause: the first exchange after the file was replaced has the new keys."""
        cookie = await corridor.launch(ZOE)
        desk = corridor.house.renewal._source
        office = Office(desk, corridor.house.store.upkeep, corridor.house.keystore, unix_ms)
        before = corridor.pseudonym(ZOE.id)
        ring = await office.enact(lambda old: rotate.rotate(old, Purpose.PSEUDONYM, datetime.now(UTC)), "operator")

        assert (await corridor.get(PAGE, {"Cookie": cookie})).status == 200
        await corridor.launch(ZOE)
        assert before in corridor.cloud.requests[-1].target
        await corridor.launch(OBRIEN)
        assert f"sv1{ring.active(Purpose.PSEUDONYM).id}" in corridor.cloud.requests[-1].target
        acts = [(entry.event, entry.actor) for entry in await corridor.audit() if entry.event.startswith("key-")]
        assert acts == [("key-deactivated", "operator"), ("key-activated", "operator")]

    async def test_exchanged_for_a_new_one_does_not_start(self, corridor):
        """An existing keyring is never overwritten: `init` on a living installation changes nothing."""
        file, ring = corridor.folder / "scormveil.toml", corridor.folder / "keyring.json"
        before = ring.read_bytes()
        founded = await asyncio.to_thread(lambda: found(load(file), file))
        assert not founded.created
        assert ring.read_bytes() == before
        await corridor.launch(ZOE)


class TestTheAuditLog:
    """The log is a table of the store; here it refuses entries while all else works."""

    @pytest.fixture
    async def closed_log(self, corridor):
        def forbid() -> None:
            with closing(sqlite3.connect(corridor.folder / DATABASE, isolation_level=None)) as other:
                other.execute("CREATE TRIGGER closed BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END")

        return forbid

    async def test_not_writable_nobody_new_is_minted(self, corridor, closed_log):
        closed_log()
        answer = await corridor.get(LAUNCH + ZOE.query())
        assert (answer.status, answer.header("X-Scormveil-Code")) == (503, "store-failed")
        assert corridor.cloud.requests == []
        assert await corridor.house.store.by_pseudonym("uni", [corridor.pseudonym(ZOE.id)]) == []

    async def test_not_writable_nobody_is_reidentified(self, corridor, closed_log):
        await corridor.launch(ZOE)
        closed_log()
        body = json.dumps({"learner": {"id": corridor.pseudonym(ZOE.id)}}).encode()
        answer = await corridor.ask("POST", f"/in/{TOKEN}", {"Content-Type": "application/json"}, body)
        assert (answer.status, answer.header("X-Scormveil-Code")) == (503, "audit-failed")
        assert corridor.lms.requests == []

    async def test_not_writable_a_launch_opens_no_session(self, corridor, closed_log):
        await corridor.launch(ZOE)
        closed_log()
        answer = await corridor.get(LAUNCH + ZOE.query())
        assert (answer.status, answer.header("X-Scormveil-Code")) == (503, "audit-failed")
        assert answer.all("Set-Cookie") == []

    async def test_not_writable_a_leak_is_still_refused(self, corridor, closed_log):
        cookie = await corridor.launch(ZOE)
        closed_log()
        answer = await corridor.commit(f"<RTD><NEW>{ZOE.last}</NEW></RTD>", cookie)
        assert (answer.status, answer.header("X-Scormveil-Code")) == (503, "audit-failed")
        assert len(corridor.cloud.requests) == 1

    async def test_not_writable_a_refusal_is_still_refused_and_the_log_line_says_that_it_is_unrecorded(
        self, corridor, closed_log
    ):
        closed_log()
        answer = await corridor.get("/nothing")
        assert (answer.status, answer.header("X-Scormveil-Code")) == (404, "unknown-route")
        assert '"reason": "not-recorded"' in corridor.log.getvalue()
