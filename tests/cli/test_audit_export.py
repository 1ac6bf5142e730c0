"""`scormveil audit export`: files, standard output, syslog; what leaves is what is there, and the log says so first."""

import json
import re
import socket
import sqlite3
import stat

import pytest

from proxy.audit.export import parse_csv, parse_json, parse_ocsf
from proxy.cli import audit_sinks
from proxy.store import AuditRow

PRIORITY_TO_EVENT = re.compile(r"<(\d+)>1 (\S+) (\S+) scormveil - (\S+) - (.*)", re.DOTALL)


@pytest.fixture
def house(full):
    return full


def rows(house):
    return [AuditRow(number, entry) for number, entry in enumerate(house.events(), 1)]


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
        assert said == "The syslog cannot be reached: Connection refused."
        assert len(house.events()) == entries

    @pytest.mark.parametrize("address", ["http://127.0.0.1", "syslog://", "syslog+unix://"])
    def test_what_is_no_address_is_refused(self, house, address):
        assert house.refused("audit", "export", "--to", address).startswith("--to: ")

    def test_takes_no_csv(self, house):
        assert "jsonl or ocsf" in house.refused("audit", "export", "--to", "syslog://127.0.0.1", "--format", "csv")
