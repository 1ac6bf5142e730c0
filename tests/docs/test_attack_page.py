"""docs/attack.md, every command of it, with a cloud that can be asked."""

import json
import re
import shlex

import pytest

from tests.access.conftest import account, founded_api, house
from tests.cli.kit import PEOPLE
from tests.docs.pages import ROOT
from tests.doctor.conftest import configure

__all__ = ["account", "founded_api", "house"]
PAGE = (ROOT / "docs" / "attack.md").read_text("utf-8")
_BLOCK = re.compile(r"^<!-- status ([01]) -->\n```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PARTS = re.compile(r"^\| `([a-z-]+)` \|", re.MULTILINE)


@pytest.fixture
def learners(house, account):
    tokens = house.mint()
    configure(house, account, "")
    rows = [{"id": f"r-{at}", "learner": {"id": token, "firstName": "Learner"}} for at, token in enumerate(tokens)]
    account.says("/registrations", {"registrations": rows[:2], "more": "x"})
    account.says("/registrations?more=x", {"registrations": rows[2:]})
    files = {
        "registrations.json": json.dumps({"registrations": rows}),
        "actors.csv": "name,at\n" + "".join(f"{token},2026-11-20T08:00:10Z\n" for token in tokens),
        "launches.csv": "".join(f"{learner},2026-11-20T08:00:08Z\n" for learner in PEOPLE),
        "ids.txt": "\n".join(PEOPLE),
        "old.csv": f"r-1,{PEOPLE[0]}@uni.example\n",
    }
    for name, text in files.items():
        (house.folder / name).write_text(text, "utf-8")
    return tokens


def test_every_command_ends_as_the_page_says(house, account, learners):
    blocks = _BLOCK.findall(PAGE)
    assert len(blocks) == PAGE.count("```console")
    done = []
    for status, block in blocks:
        for line in block.splitlines():
            said = house.run(*shlex.split(line)[2:])
            assert said.code == int(status), (line, said)
            assert not [one for one in (*PEOPLE, *learners) if one in said.out + said.err]
            done.append(line)
    assert len(done) == 7
    assert [one.event for one in house.events()].count("attack-run") == 7
    listed = [target for method, target, _ in account.asked if "/registrations" in target]
    assert [target.rpartition("/")[2] for target in listed] == ["registrations", "registrations?more=x"]
    assert {method for method, _, _ in account.asked} == {"GET"}


def test_every_part_of_the_report_is_on_the_page(house, learners):
    said = house.done("attack", "--json")
    parts = [one["attack"] for one in json.loads(said.out)["results"]]
    assert parts == [one for one in _PARTS.findall(PAGE) if one in parts]
    assert len(parts) == 11


def test_what_the_cloud_itself_says_is_attacked(house, account, learners):
    rows = [{"id": "r-9", "learner": {"id": learners[0], "firstName": "Ole", "lastName": "Nordmann"}}]
    account.says("/registrations?more=x", {"registrations": rows})
    assert house.run("attack", "--ask").code == 0  # her name is not known here
    rows[0]["learner"] |= {"firstName": "Name of", "lastName": PEOPLE[0]}
    said = house.run("attack", "--ask", "--show")
    assert (said.code, "cloud: found" in said.words) == (1, True)
    assert "records of the cloud with somebody in them: 3" in said.words
    account.says("/registrations", 403)
    assert "status-403" in house.refused("attack", "--ask")
