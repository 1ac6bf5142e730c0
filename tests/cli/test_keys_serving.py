"""Keys changed under running workers: every one of them uses the new keyring before the command has ended."""

import os
import signal
import subprocess
import sys

import pytest

from tests.cli.kit import PEOPLE, ROOT
from tests.kill.program import free_ports

NEXT = '[keys.new_kek]\nprovider = "file"\npath = "next.key"\n'


@pytest.fixture
def serving(full):
    """Two workers on one port."""
    more = f'[server]\nlisten = "127.0.0.1:{free_ports(1)}"\nadmin_listen = "127.0.0.1:{free_ports(2)}"\nworkers = 2\n'
    full.configure(keys=NEXT, more=more)
    process = subprocess.Popen(
        [sys.executable, "-m", "proxy.cli", "serve"],
        cwd=full.folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    serve = 0
    while serve < 2:
        line = process.stderr.readline()
        assert line, "it ended"
        serve += b'"serving"' in line
    yield full
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    process.stderr.close()


def test_every_worker_has_heard_of_each_change_when_the_command_ends(serving):
    for purpose in ("pseudonym", "seal", "lookup", "audit"):
        assert "2 of 2 workers use it." in serving.done("keys", "rotate", purpose, "--yes").words
    serving.done("keys", "make-kek")
    assert "2 of 2 workers use it." in serving.done("keys", "rewrap", "--yes").words
    assert {one["generation"] for one in serving.listed()["workers"]} == {6}
    serving.keyring.unlink()
    assert "2 of 2 workers use it." in serving.done("keys", "import", "--from-key-store", "--yes").words
    assert "2 of 2 workers use it." in serving.done("keys", "rotate", "audit", "--yes").words
    serving.done("keys", "reseal")
    assert serving.recalled(serving.tokens) == list(PEOPLE)
