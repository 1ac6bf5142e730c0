"""The whole program beside a witness, each a process of its own: what an operator configures comes to an auditor."""

import asyncio
import json
import signal
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from proxy.assemble import stores_of
from proxy.cli.main import application
from proxy.config import load
from proxy.founding import found
from tests.cli.kit import config_text
from tests.docs.pages import ROOT
from tests.processes import attended, scormveil


def run(*words):
    done = CliRunner().invoke(application(), list(map(str, words)), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


async def lines_until(process, event):
    """What a process logs, up to a line of that event."""
    lines = []
    while not lines or lines[-1]["event"] != event:
        line = await asyncio.wait_for(process.stderr.readline(), 60)
        assert line, lines
        lines.append(json.loads(line))
    return lines


async def ended(process):
    process.send_signal(signal.SIGTERM)
    _, rest = await process.communicate()
    assert process.returncode == 0, rest
    return [json.loads(line) for line in rest.splitlines()]


@pytest.fixture
def installed(tmp_path):
    """An installation whose log has begun, and a witness that knows it."""

    def configure(audit=""):
        server = '[server]\nlisten = "127.0.0.1:0"\nadmin_listen = "127.0.0.1:0"\n'
        (tmp_path / "scormveil.toml").write_text(config_text(more=server + audit), "utf-8")

    configure()
    config = tmp_path / "scormveil.toml"
    found(load(config), config)
    asyncio.run(begun(config))
    log_key = run("audit", "key", "-c", config).split()[-1]
    key = run(
        "witness", "init", tmp_path / "witness", "--name", "w.example", "--log", log_key, "--listen", "127.0.0.1:0"
    )
    return tmp_path, config, configure, log_key, key.strip()


async def begun(config):
    stores = stores_of(load(config), config)
    await stores.mapping.open()
    await stores.mapping.logs.claim()
    await stores.mapping.logs.release()
    await stores.mapping.close()


async def served(config):
    """The program, from its start to its orderly end; what it logged."""
    process = await attended(scormveil, "serve", "-c", str(config))
    lines = await lines_until(process, "serving")
    return lines + await ended(process)


async def witnessed(folder, config, configure, key):
    """The same beside a witness, with one more folder for checkpoints."""
    witness = await attended(scormveil, "witness", "serve", str(folder / "witness"))
    (first,) = await lines_until(witness, "witnessing")
    (folder / "mount").mkdir()
    configure(
        f'[audit]\nfiles = ["{folder}/mount"]\n[[audit.witnesses]]\nurl = "http://{first["listen"]}"\nkey = "{key}"\n'
    )
    said = await served(config)
    return said, await ended(witness)


def test_what_an_operator_configures_comes_to_an_auditor(installed):
    folder, config, configure, log_key, key = installed
    said, seen = asyncio.run(witnessed(folder, config, configure, key))
    assert [line for line in said if line["level"] == "error"] == []
    assert {line["status"] for line in seen if line["event"] == "checkpoint"} == {200}
    assert "signed    2 entries" in run("witness", "show", folder / "witness")
    assert len(list((folder / "mount").iterdir())) == 1

    run("audit", "verify", "-c", config)
    proof = folder / "entry.tlog-proof"
    run("audit", "prove", 2, "-c", config, "--to", proof)
    command = [sys.executable, ROOT / "tools/verify_audit.py", "proof", proof, "--key", log_key, "--witness", key]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "  event      stopped" in done.stdout, "seen by    w.example" in done.stdout) == (
        0,
        True,
        True,
    )
