"""docs/people.md, done from its first command to its last, with a cloud behind it that holds something of hers."""

import json
import re
import shlex

import pytest

from tests.access.conftest import account, founded_api, house
from tests.cli.kit import PEOPLE
from tests.docs.pages import ROOT
from tests.doctor.conftest import configure

__all__ = ["account", "founded_api", "house"]
PAGE = (ROOT / "docs" / "people.md").read_text("utf-8")
ALLOWED = '[mounts.erase]\nallow = true\nuser_email = "anna@uni.example"\nsettle_seconds = 0'
_STEP = re.compile(r"<!-- ([^\n]*?) -->|^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ASKS = ("restrict", "unrestrict", "erase", "blank")
NOBODY_YET = {"--everywhere"}


@pytest.fixture
def learner(house, account):
    tokens = house.mint()
    account.held = {token: [f"r-{number}"] for number, token in enumerate(tokens)}
    configure(house, account, ALLOWED)
    return tokens[0]


def test_every_command_does_what_the_page_says(house, account, learner):
    typed, done = "", []
    for comment, block in _STEP.findall(PAGE):
        if comment.startswith("type "):
            typed = comment.removeprefix("type ").replace("ZOE", PEOPLE[0]) + "\n"
            continue
        for line in block.splitlines():
            words = shlex.split(line.replace("PSEUDONYM", learner).replace("FOLDER", str(house.folder / "hers")))
            sure = ["--yes"] if words[2] in _ASKS else []
            said = house.run(*words[1:], *sure, stdin="" if learner in words else typed)
            assert said.code == (1 if NOBODY_YET & set(words) else 0), (line, said)
            assert typed.strip() not in said.out + said.err or learner in words
            done += [words[2]] if words[1] == "people" else []
    assert set(done) == {"find", "access", "restrict", "restrictions", "unrestrict", "erase", "deletions", "blank"}
    events = [one.event for one in house.events()]
    assert [
        one
        for one in events
        if one in {"exported", "restricted", "released", "erased", "deletion-done", "entries-erased"}
    ] == [
        "exported",
        "restricted",
        "released",
        "erased",
        "deletion-done",
        "entries-erased",
    ]
    assert events.count("disclosed") == 6
    told = json.loads((house.folder / "hers" / "access.json").read_text("utf-8"))
    assert told["people"][0]["person"]["texts"]["subject"] == [PEOPLE[0]]
    assert house.recalled([learner]) == [None]
    assert learner not in account.held


def test_every_command_of_the_group_is_on_the_page_or_on_its_own(house):
    said = house.done("people", "--help").out
    commands = set(re.findall(r"^[│|]\s+([a-z]+)\s", said, re.MULTILINE))
    elsewhere = {"adopt", "retention", "scrub", "export"}
    assert {"find", "access", "restrict", "erase"} <= commands
    assert [one for one in sorted(commands - elsewhere) if f"scormveil people {one}" not in PAGE] == []
