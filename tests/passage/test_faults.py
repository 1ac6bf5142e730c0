"""Faults of our own and altered records: refused like everything else, recorded, and told without their text."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from proxy.edge import outlet
from tests.passage.corridor import CALLER, LAUNCH, LI, OBRIEN, ZOE, corridor_in
from tests.passage.wire import http

ZIP = "/api/v2/dispatch/dispatches/D1/zip"


class TestAFaultOfOurOwn:
    @pytest.mark.parametrize("place", ["find", "put", "inspect"])
    async def test_is_refused_and_recorded_and_its_text_cut_off(self, corridor, monkeypatch, place):
        def fail(*_: object, **__: object) -> None:
            message = f"cannot digest {ZOE.last}"
            raise RuntimeError(message)

        monkeypatch.setattr(f"proxy.passage.carry.{place}", fail)
        async with corridor.refuses("internal", 500, ZOE.last, "digest", "RuntimeError") as refusal:
            refusal.answer = await corridor.get(LAUNCH + ZOE.query())
        assert refusal.entry.reason == "internal"

    async def test_while_an_answer_is_read_is_refused_too(self, corridor, monkeypatch):
        def fail(*_: object) -> None:
            raise KeyError(ZOE.last)

        monkeypatch.setattr("proxy.passage.inward.keep_only", fail)
        corridor.cloud.say(http(200, {"Content-Type": "application/json"}, b'{"id":"r1"}'))
        answer = await corridor.get("/api/v2/registrations/r1", {"Authorization": CALLER})
        assert (answer.status, answer.header("X-Scormveil-Code")) == (500, "internal")
        assert ZOE.last not in answer.raw.decode() + corridor.log.getvalue()


class TestAnAlteredMapping:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE people SET sealed = randomblob(length(sealed))",
            "UPDATE people SET sealed = x''",
            "UPDATE people SET sealed = (SELECT sealed FROM people AS other WHERE other.person != people.person)",
            "UPDATE people SET kind = 'account' || rowid",
            "UPDATE people SET pseudonym = (SELECT pseudonym FROM people AS other WHERE other.person != people.person)",
            "UPDATE people SET seal_key = 'aaaa'",
        ],
        ids=["noise", "emptied", "exchanged", "another kind", "another pseudonym", "said to be of the old form"],
    )
    async def test_gives_nobody_another_ones_pseudonym(self, tmp_path, installation, statement):
        async with corridor_in(tmp_path / "before", installation) as corridor:
            await corridor.launch(ZOE)
            await corridor.launch(OBRIEN)
        with closing(sqlite3.connect(tmp_path / "before" / "scormveil.sqlite3", isolation_level=None)) as database:
            database.execute(statement)
        async with corridor_in(tmp_path / "after", tmp_path / "before") as corridor:
            answer = await corridor.get(LAUNCH + ZOE.query())
            assert answer.status == 503, answer.raw
            assert answer.header("X-Scormveil-Code") in {"seal-failed", "store-failed"}
            assert corridor.cloud.requests == []
            await corridor.launch(LI)

    async def test_with_indexes_exchanged_is_noticed(self, tmp_path, installation):
        """Whoever writes to the database could else make one person launch as the other."""
        async with corridor_in(tmp_path / "before", installation) as corridor:
            await corridor.launch(ZOE)
            await corridor.launch(OBRIEN)
        with closing(sqlite3.connect(tmp_path / "before" / "scormveil.sqlite3", isolation_level=None)) as database:
            (one, mine), (other, theirs) = database.execute("SELECT rowid, person FROM lookups").fetchall()
            for row, person in ((one, theirs), (other, mine)):
                database.execute("UPDATE lookups SET person = ? WHERE rowid = ?", (person, row))
        async with corridor_in(tmp_path / "after", tmp_path / "before") as corridor:
            for who in (ZOE, OBRIEN):
                async with corridor.refuses("seal-failed", 503, *who.texts) as refusal:
                    refusal.answer = await corridor.get(LAUNCH + who.query())


class TestADownloadedPackage:
    @pytest.mark.parametrize("body", [b"", b"PK", b"not a zip", b"PK\x05\x06" + bytes(18)])
    async def test_that_is_none_is_refused(self, corridor, body):
        corridor.cloud.say(http(200, {"Content-Type": "application/zip"}, body))
        answer = await corridor.get(ZIP, {"Authorization": CALLER})
        assert (answer.status, answer.header("X-Scormveil-Code")) == (502, "package-refused")
        assert (await corridor.audit())[-1].reason == "package-refused"


def test_every_code_of_the_table_is_shown_somewhere():
    """A refusal that no test provokes may have stopped refusing."""
    tests = "".join(file.read_text("utf-8") for file in Path(__file__).parents[1].rglob("*.py"))
    assert [code for code in outlet._STATUS if f'"{code}"' not in tests] == []
