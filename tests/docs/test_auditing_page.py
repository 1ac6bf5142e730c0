"""docs/auditing.md: its commands run from first to last, as an auditor would, and its words those of the program."""

import asyncio
import re
import shlex
import subprocess
import sys

import pytest

from proxy.assemble import unix_ms
from proxy.audit import Event
from proxy.audit.walk import WORDS
from proxy.config import load
from proxy.config.audit import Audit
from proxy.founding import found
from proxy.store.reasons import REASONS
from tests.audit.test_keeping import sql
from tests.cli.kit import Clock, House, config_text
from tests.docs.pages import ROOT, commands, text_of

PAGE = ROOT / "docs" / "auditing.md"
TOOL = "python3 tools/verify_audit.py "


@pytest.fixture
def house(tmp_path, monkeypatch, capsys):
    config_file = tmp_path / "scormveil.toml"
    config_file.write_text(config_text(), "utf-8")
    found(load(config_file), config_file)
    monkeypatch.setenv("SCORMVEIL_CONFIG", str(config_file))
    monkeypatch.chdir(tmp_path)
    house = House(tmp_path, monkeypatch, capsys, Clock(unix_ms))
    house.mint()
    return house


def test_every_command_does_what_the_page_says(house):
    said = {}
    for line in commands(PAGE):
        if line.startswith(TOOL):
            tool = [sys.executable, str(ROOT / "tools" / "verify_audit.py"), *shlex.split(line.removeprefix(TOOL))]
            done = subprocess.run(tool, capture_output=True, text=True, cwd=house.folder, check=False)
            assert done.returncode == 0, (line, done.stdout, done.stderr)
            said[line] = done.stdout
            continue
        words = shlex.split(line.removeprefix("scormveil "))
        said[line] = house.done(*words, *(["--yes"] if words[1] == "close" else [])).out
        if words[:2] == ["audit", "key"]:
            (house.folder / "keys.txt").write_text(said[line], "utf-8")
    assert "The log is whole." in said["scormveil audit verify"]
    assert "minted" in said[f"{TOOL}proof entry.proof --key keys.txt"]
    house.mint(["somebody new"])
    assert [entry.reason for entry in house.events() if entry.event == Event.LOG_CLOSED] == ["1"]
    assert "2 logs" in house.done("audit", "verify").out


def test_an_altered_log_is_told_with_its_place(house):
    house.done("audit", "verify")
    asyncio.run(sql(f"sqlite:///{house.folder / 'mapping.db'}", "UPDATE audit SET actor = 'nobody' WHERE pos = 1"))
    said = house.run("audit", "verify")
    assert said.code == 1
    assert f"NOT WHOLE: log 1, position 1, entry 2: {WORDS['changed']}" in said.words
    told = house.run("audit", "verify", "--json")
    assert told.code == 1
    assert '"whole":false' in told.out
    assert "log-broken" in house.refused("people", "erase", "--tenant", "uni", "--yes", stdin="o'brien\n")


def test_the_questions_are_commands_that_work(house):
    lines = re.findall(r"`scormveil (audit list [^`]*|keys plan)`", text_of(PAGE))
    assert len(lines) >= 6
    for line in lines:
        house.done(*shlex.split(line))


def test_every_word_of_verify_is_explained():
    assert [word for word in WORDS if f"`{word}`" not in text_of(PAGE)] == []


def test_reasons_and_settings_are_those_of_the_program():
    page = text_of(PAGE)
    for reason in re.findall(r"`(log-[a-z]+)`", page):
        assert reason in REASONS or reason in set(Event), reason
    for setting in re.findall(r"`audit\.([a-z_]+)`", page):
        assert setting in Audit.model_fields, setting
