"""`scormveil audit export`: files, standard output, syslog; what leaves is what is there, and the log says so first."""

import asyncio
import json
import os
import re
import signal
import socket
import sqlite3
import ssl
import stat
import sys
import threading
import time

import pytest

from keys import KeyRoom
from proxy.audit.checkpoints import Checkpoints, name_of, prefix_of, signer
from proxy.audit.export import parse_csv, parse_json, parse_ocsf
from proxy.audit.notebook import Notebook
from proxy.cli import audit_sinks
from proxy.store import AuditQuery, Span
from tests.contracts.upstream_peer import certificate
from tools import verify_audit

NOT_REACHED, LOOK = "The syslog cannot be reached", "Look at its address, its port and the network."

PRIORITY_TO_EVENT = re.compile(r"<(\d+)>1 (\S+) (\S+) scormveil - (\S+) - (.*)", re.DOTALL)


@pytest.fixture
def house(full):
    return full


def rows(house):
    """What stands in the log, by number."""

    async def read():
        async with house.opened() as stores:
            return await stores.mapping.ledger.page(AuditQuery(), Span(0, 10_000), 10_000)

    return asyncio.run(read())


def parsed(message):
    """The parts of a message of RFC 5424."""
    priority, moment, host, event, body = PRIORITY_TO_EVENT.fullmatch(message.decode("ascii")).groups()
    return int(priority), moment, host, event, json.loads(body)


def framed(stream):
    """The messages of a stream with octet counting."""
    messages = []
    while stream:
        length, _, rest = stream.partition(b" ")
        messages.append(rest[: int(length)])
        stream = rest[int(length) :]
    return messages


def read_all(way):
    got = b""
    while piece := way.recv(65536):
        got += piece
    return got


class TestForms:
    def test_each_holds_every_entry(self, house):
        there = rows(house)
        for form, parse in (
            ("jsonl", lambda text: [parse_json(line) for line in text.splitlines()]),
            ("ocsf", lambda text: [parse_ocsf(line) for line in text.splitlines()]),
            ("csv", lambda text: list(parse_csv(text))),
        ):
            out = house.done("audit", "export", "--format", form).out
            assert parse(out)[: len(there)] == there

    def test_a_part_is_exported_and_the_log_has_that_before(self, house):
        before = len(house.events())
        said = house.done("audit", "export", "--event", "minted", "--tenant", "uni")
        minted = list(map(parse_json, said.out.splitlines()))
        assert {row.entry.event for row in minted} == {"minted"}
        assert said.err.strip() == f"{len(minted)} entries."
        (entry,) = house.events()[before:]
        assert (entry.event, entry.actor, entry.kind, entry.route) == ("log-exported", "operator", "jsonl", "stdout")
        assert entry.count == len(minted) == 3

    def test_an_export_that_cannot_be_recorded_shows_nothing(self, house):
        with sqlite3.connect(house.folder / "mapping.db") as database:
            database.execute("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END")
        database.close()
        said = house.run("audit", "export", "--to", "log.jsonl")
        assert said.code != 0
        assert not (house.folder / "log.jsonl").exists()
        assert house.run("audit", "export").out == ""


class TestFile:
    def test_is_private_whole_and_never_written_over(self, house):
        there = rows(house)
        house.done("audit", "export", "--to", "log.jsonl")
        file = house.folder / "log.jsonl"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert [parse_json(line) for line in file.read_text("ascii").splitlines()] == there
        content, entries = file.read_bytes(), len(house.events())
        assert "nothing is written over" in house.refused("audit", "export", "--to", "log.jsonl")
        assert file.read_bytes() == content
        assert len(house.events()) == entries
        assert list(house.folder.glob(".*.tmp")) == []

    def test_that_cannot_be_written_is_not_there_and_not_claimed(self, house):
        entries = len(house.events())
        assert "cannot be written: No such file" in house.refused("audit", "export", "--to", "nowhere/log.jsonl")
        assert len(house.events()) == entries

    def test_is_not_there_if_the_disk_is_full_in_the_middle(self, house, monkeypatch):
        def full(_self, _messages):
            raise audit_sinks.SinkFailed("log.jsonl cannot be written: No space left on device.")

        monkeypatch.setattr(audit_sinks.NewFile, "write", full)
        assert "No space left" in house.refused("audit", "export", "--to", "log.jsonl")
        assert list(house.folder.glob("*log.jsonl*")) == []


class TestSyslog:
    def test_over_udp_a_message_is_a_datagram(self, house):
        there = rows(house)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as collector:
            collector.bind(("127.0.0.1", 0))
            collector.settimeout(5)
            house.done("audit", "export", "--to", f"syslog://127.0.0.1:{collector.getsockname()[1]}")
            got = [parsed(collector.recv(65536)) for _ in there]
        for (priority, moment, host, event, body), row in zip(got, there, strict=True):
            assert parse_json(json.dumps(body)) == row
            assert (priority, moment, event) == (13 * 8 + 6, body["at"], row.entry.event)
            assert host

    def test_over_tcp_each_has_its_length_before_it(self, house):
        there = rows(house)
        with socket.create_server(("127.0.0.1", 0)) as collector:
            collector.settimeout(5)
            address = f"syslog+tcp://127.0.0.1:{collector.getsockname()[1]}"
            house.done("audit", "export", "--to", address, "--format", "ocsf")
            way, _ = collector.accept()
            with way:
                got = [parsed(one)[-1] for one in framed(read_all(way))]
        assert [parse_ocsf(json.dumps(one)) for one in got] == there
        assert house.events()[-1].route == "syslog"

    def test_over_tls_the_collector_is_who_it_says(self, house, monkeypatch):
        there = rows(house)
        context, trusted = certificate(house.folder)
        got = []

        def collect():
            with collector.accept()[0] as way:
                try:
                    with context.wrap_socket(way, server_side=True) as secure:
                        got.append(read_all(secure))
                except ssl.SSLError as refused:
                    got.append(refused.reason)

        with socket.create_server(("127.0.0.1", 0)) as collector:
            collector.settimeout(5)
            words = ("audit", "export", "--to", f"syslog+tls://127.0.0.1:{collector.getsockname()[1]}")
            for believed in (False, True):
                if believed:
                    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
                somebody = threading.Thread(target=collect)
                somebody.start()
                said = house.run(*words)
                somebody.join()
                assert (said.code == 0) is believed
                assert believed or said.words == f"{NOT_REACHED}: CERTIFICATE_VERIFY_FAILED. {LOOK}"
        assert len(there) == len(house.events()) - 1
        assert [parse_json(json.dumps(parsed(one)[-1])) for one in framed(got[1])] == there

    def test_to_a_socket_of_this_machine(self, house):
        there = rows(house)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as collector:
            collector.bind("log.sock")
            collector.settimeout(5)
            house.done("audit", "export", "--to", f"syslog+unix://{house.folder}/log.sock")
            assert [parse_json(json.dumps(parsed(collector.recv(65536))[-1])) for _ in there] == there

    def test_that_is_not_there_is_refused_and_not_claimed(self, house):
        with socket.create_server(("127.0.0.1", 0)) as gone:
            port = gone.getsockname()[1]
        entries = len(house.events())
        said = house.refused("audit", "export", "--to", f"syslog+tcp://127.0.0.1:{port}")
        assert said == f"{NOT_REACHED}: Connection refused. {LOOK}"
        assert len(house.events()) == entries

    @pytest.mark.parametrize("address", ["http://127.0.0.1", "syslog://", "syslog+unix://"])
    def test_what_is_no_address_is_refused(self, house, address):
        assert house.refused("audit", "export", "--to", address).startswith("--to: ")

    def test_takes_no_csv(self, house):
        assert "jsonl or ocsf" in house.refused("audit", "export", "--to", "syslog://127.0.0.1", "--format", "csv")


def seqs(text):
    return [json.loads(line)["seq"] for line in text.splitlines()]


class TestGoingOn:
    """With a state file."""

    def test_every_entry_leaves_once(self, house):
        first = house.done("audit", "export", "--state", "siem.state").out
        house.done("audit", "export", "--to", "between.jsonl")
        second = house.done("audit", "export", "--state", "siem.state").out
        assert seqs(first) + seqs(second) == [row.number for row in rows(house)]
        entry = house.events()[-1]
        assert (entry.event, entry.reason, entry.count) == ("log-exported", "continued", 1)
        assert stat.S_IMODE((house.folder / "siem.state").stat().st_mode) == 0o600

    def test_what_was_written_and_not_noted_does_not_come_twice(self, house):
        """As after a kill between the two: the file has more than the state knows of."""
        words = ("audit", "export", "--state", "siem.state", "--to", "siem.csv", "--format", "csv")
        house.done(*words)
        file, state = house.folder / "siem.csv", house.folder / "siem.state"
        whole, noted = file.read_bytes(), state.read_bytes()
        house.done(*words)
        state.write_bytes(noted)
        file.write_bytes(file.read_bytes() + b'"half a line')
        house.done(*words)
        assert file.read_bytes().startswith(whole)
        numbers = [row.number for row in parse_csv(file.read_text("ascii"))]
        assert numbers == list(range(1, len(house.events()) + 1))

    def test_a_file_that_was_rotated_away_is_begun_anew(self, house):
        words = ("audit", "export", "--state", "siem.state", "--to", "siem.jsonl")
        house.done(*words)
        (house.folder / "siem.jsonl").rename(house.folder / "siem.jsonl.1")
        house.done(*words)
        both = "".join((house.folder / name).read_text("ascii") for name in ("siem.jsonl.1", "siem.jsonl"))
        assert seqs(both) == [row.number for row in rows(house)]

    def test_a_file_of_somebody_else_is_not_written_over(self, house):
        (house.folder / "siem.jsonl").write_text("mine", "utf-8")
        assert "nothing is written over" in house.refused(
            "audit", "export", "--state", "siem.state", "--to", "siem.jsonl"
        )
        assert (house.folder / "siem.jsonl").read_text("utf-8") == "mine"

    def test_a_state_that_cannot_be_kept_leaves_nothing_behind(self, house):
        before = house.content()
        assert "nowhere/s cannot be written: No such file" in house.refused(
            "audit", "export", "--state", "nowhere/s", "--to", "log.jsonl"
        )
        assert "is no state of an export" in house.refused(
            "audit", "export", "--state", house.config_file, "--to", "log.jsonl"
        )
        assert house.content() == before

    def test_another_question_another_state(self, house):
        house.done("audit", "export", "--state", "siem.state", "--event", "minted")
        said = house.refused("audit", "export", "--state", "siem.state", "--event", "refused")
        assert "belongs to an export of something else (jsonl: events minted). Begin with another" in said
        (house.folder / "siem.state").write_text('{"version": 2}', "ascii")
        assert "is no state of an export" in house.refused("audit", "export", "--state", "siem.state")

    @pytest.mark.parametrize("change", ["UPDATE audit SET leaf = zeroblob(32)", "DELETE FROM audit"])
    def test_another_past_than_the_one_exported_is_noticed(self, house, change):
        house.done("audit", "export", "--state", "siem.state")
        with sqlite3.connect(house.folder / "mapping.db") as database:
            database.execute(change)
        database.close()
        said = house.refused("audit", "export", "--state", "siem.state")
        assert "is not as it was when entry" in said
        assert "scormveil audit verify" in said

    def test_filters_hold_and_nothing_is_looked_at_twice(self, house):
        words = ("audit", "export", "--state", "siem.state", "--event", "log-exported")
        numbers = [*seqs(house.done(*words).out), *seqs(house.done(*words).out), *seqs(house.done(*words).out)]
        assert numbers == [row.number for row in rows(house) if row.entry.event == "log-exported"]

    def test_follow_ships_what_comes_until_it_is_asked_to_end(self, house):
        """Somebody writes meanwhile; SIGTERM ends it in an orderly way, and the next one goes on."""
        words = ("audit", "export", "--state", "siem.state", "--to", "siem.jsonl", "--follow", "--every", 0.05)
        file = house.folder / "siem.jsonl"
        before = len(house.events())

        def meanwhile():
            shipped(before + 1)
            house.mint(["newcomer"])
            shipped(before + 3)
            os.kill(os.getpid(), signal.SIGTERM)

        def shipped(count):
            until = time.monotonic() + 20
            while (not file.exists() or len(file.read_text("ascii").splitlines()) < count) and time.monotonic() < until:
                time.sleep(0.02)

        somebody = threading.Thread(target=meanwhile)
        somebody.start()
        said = house.done(*words)
        somebody.join()
        there = rows(house)
        assert sorted(seqs(file.read_text("ascii"))) == [row.number for row in there]
        assert said.err.strip() == f"{len(there)} entries."
        assert house.done(*words[:-3]).err.strip() == "1 entries."
        assert house.refused("audit", "export", "--follow").startswith("--follow needs --state")


class TestTransparency:
    def test_needs_whole_logs_and_a_place_for_the_checkpoints(self, house):
        assert "whole logs" in house.refused("audit", "export", "--format", "transparency", "--event", "minted")
        assert "--notes" in house.refused("audit", "export", "--format", "transparency")

    def test_two_things_do_not_go_to_one_place(self, house):
        before = house.content()
        for words in (("--to", "x", "--notes", "./x"), ("--to", "-", "--notes", "-")):
            assert "--to and --notes are one place" in house.refused(
                "audit", "export", "--format", "transparency", *words
            )
        assert "--notes is for --format transparency" in house.refused("audit", "export", "--notes", "x")
        assert house.content() == before

    def test_checkpoints_go_to_standard_output_as_they_are(self, house):
        said = house.done("audit", "export", "--format", "transparency", "--to", "whole.jsonl", "--notes", "-")
        assert "\N{EM DASH} scormveil/" in said.out

    def test_the_independent_verifier_follows_it(self, house):
        """Every leaf, what it was made from, and the notes; and it hears of an entry that somebody changed."""
        key = signed(house)
        house.done("audit", "export", "--to", "another.jsonl")
        there = house.events()
        house.done("audit", "export", "--format", "transparency", "--to", "whole.jsonl")
        entries, notes = house.folder / "whole.jsonl", house.folder / "whole.jsonl.notes"
        assert stat.S_IMODE(entries.stat().st_mode) == stat.S_IMODE(notes.stat().st_mode) == 0o600
        told = [json.loads(line) for line in entries.read_text("ascii").splitlines()]
        assert [one["entry"]["event"] for one in told] == [entry.event for entry in there]
        code, said = verified(house, entries, notes, key)
        assert (code, said[-1]) == (0, "OK")
        assert any(f"{len(told)} of {len(told)} entries are as they were signed" in line for line in said)

        told[1]["entry"]["actor"] = "nobody"
        entries.write_text("".join(json.dumps(one) + "\n" for one in told), "ascii")
        code, said = verified(house, entries, notes, key)
        assert code == 1
        assert "line 2, entry 1 of log" in said[-1]

    def test_show_says_which_checkpoint_vouches_for_an_entry(self, house):
        assert "signed not yet: no checkpoint covers it" in house.done("audit", "show", 1).words
        signed(house)
        count = len(house.events())
        assert f"signed by the checkpoint over {count} entries of 20" in house.done("audit", "show", 1).words


def signed(house):
    """Sign the log as a running node does; the public key."""

    async def sign():
        async with house.opened() as stores:

            async def lineage():
                return (await stores.mapping.pulse()).lineage

            room = KeyRoom(house.ring())
            checkpoints = Checkpoints(stores.mapping.logs, room, lineage, Notebook(house.folder / "notes"), house.clock)
            assert await checkpoints.make() == 1
            (log,) = await stores.mapping.logs.all()
            origin = prefix_of(await lineage()) + name_of(log)
            return str(signer(room, origin, room.audit.active).key)

    return asyncio.run(sign())


def verified(house, entries, notes, key):
    """Exit code and lines of `tools/verify_audit.py`."""
    words = ["verify_audit.py", "export", str(entries), "--notes", str(notes), "--key", key]
    house.monkeypatch.setattr(sys, "argv", words)
    house.capsys.readouterr()
    code = verify_audit.main()
    return code, house.capsys.readouterr().out.splitlines()
