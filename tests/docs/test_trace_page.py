"""docs/trace.md: every command that it shows runs, and its tables are those of the program."""

import re
import shlex
import shutil

import pytest
from typer.testing import CliRunner

from proxy.cli.main import application
from proxy.trace.lines import Verdict
from proxy.trace.report import CODES
from tests.docs.pages import ROOT, commands, text_of
from tests.trace.golden import CONFIG_FILE
from tests.trace.record import LAUNCHES

PAGE = ROOT / "docs" / "trace.md"
LAUNCH = next(one for one in LAUNCHES if one.name == "direct-v2-scorm2004")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """What an operator has: the configuration without its secrets, a recording, a package of the cloud."""
    shutil.copy(CONFIG_FILE, tmp_path / "scormveil.toml")
    shutil.copy(LAUNCH.har, tmp_path / "launch.har")
    shutil.copy(LAUNCH.package, tmp_path / "course.zip")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_commands_of_the_page_run_in_their_order(folder):
    """The first finds a launch that nobody knows; with the package the course is ready."""
    codes = []
    for line in commands(PAGE):
        result = CliRunner(env={"COLUMNS": "150"}).invoke(application(), shlex.split(line)[1:])
        assert result.exception is None or isinstance(result.exception, SystemExit), (line, result.exception)
        codes.append(result.exit_code)
        if "course.zip" not in line:
            assert "--package" in result.output
        assert ("VALUES" in result.output) == ("--values" in line)
    assert codes == [1, 0, 0, 0]
    assert (folder / "trace.html").read_text("utf-8").startswith("<!doctype html>")
    assert '"state": "ready"' in (folder / "trace.json").read_text("utf-8")
    assert {one.name for one in folder.iterdir()} == {
        "scormveil.toml",
        "launch.har",
        "course.zip",
        "trace.html",
        "trace.json",
    }


def test_its_tables_are_those_of_the_program():
    page = text_of(PAGE)
    assert re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE) == [verdict.value for verdict in Verdict]
    shown = dict(re.findall(r"^\| (\d) \| ([a-z ]*) ?\|", page, re.MULTILINE))
    assert {state.strip(): int(code) for code, state in shown.items() if state.strip()} == {
        state.value: code for state, code in CODES.items()
    }
    assert "2" in shown
