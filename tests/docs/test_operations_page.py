"""docs/operations.md: every command of the audit log on it is run; what a SIEM gets arrives there."""

import shlex
import socket
import threading

import pytest

from tests.cli.conftest import copied, founded, peopled
from tests.docs.pages import ROOT, commands

__all__ = ["founded", "peopled"]
PAGE = ROOT / "docs" / "operations.md"
SIEM = "127.0.0.1:601"


@pytest.fixture
def house(peopled, tmp_path, monkeypatch, capsys):
    template, tokens, _ = peopled
    house = copied(template, tmp_path, monkeypatch, capsys)
    house.tokens = tokens
    return house


@pytest.fixture
def siem():
    """A server that takes one connection, reads its first message, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        got = []

        def take():
            line, _ = server.accept()
            with line:
                got.append(line.recv(65536))

        taking = threading.Thread(target=take)
        taking.start()
        yield f"127.0.0.1:{server.getsockname()[1]}", got
        taking.join(20)


def test_every_command_of_the_audit_log_runs(house, siem):
    address, got = siem
    lines = [
        line for line in commands(PAGE) if line.startswith(("scormveil audit", "scormveil config", "scormveil store"))
    ]
    assert len(lines) > 8
    for line in lines:
        words = shlex.split(line.replace("PSEUDONYM", house.tokens[0]).replace(SIEM, address))[1:]
        words = [one for one in words if one != "--follow"]  # it ends with a signal only
        words = ["3" if one == "17" else one for one in words]
        assert house.run(*words).code == 0, line
    assert b'"class_uid"' in got[0]
    assert (house.folder / "year.csv").stat().st_size > 0
