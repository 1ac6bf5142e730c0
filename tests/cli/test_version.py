"""Which version runs: what many sentences of ours ask for, and every report of an error needs."""

import tomllib

from typer.testing import CliRunner

from proxy.cli.main import application
from tests.cli.kit import ROOT


def test_the_program_says_which_version_it_is():
    told = CliRunner().invoke(application(), ["--version"])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert (told.exit_code, told.output) == (0, f"{project['version']}\n")


def test_it_needs_no_command_and_no_configuration(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(application(), ["--version", "serve"]).exit_code == 0
    assert list(tmp_path.iterdir()) == []
