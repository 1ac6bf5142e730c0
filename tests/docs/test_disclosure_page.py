"""docs/disclosure.md: its commands exist and are run by tests, its settings and words are those of the program."""

import ast
import re
from datetime import time
from zoneinfo import ZoneInfo

import pytest

from proxy.cli.disclosure_rules import REFUSALS, rules_of
from proxy.config.disclosure import Disclosure, Minting, Reason, Showing
from proxy.config.load import parse
from proxy.errors import ConfigInvalid
from tests.docs.pages import ROOT, text_of

PAGE = text_of(ROOT / "docs" / "disclosure.md")
COMMANDS = re.findall(r"^\$ scormveil (.+)$", PAGE, re.MULTILINE)
MOUNT = """
[[mounts]]
name = "dispatch"
adapter = "dispatch"
tenant = "uni"
public = "https://learning.example.org"
upstream = "https://cloud.scorm.com"
lms_origins = ["https://lms.example.org"]
"""


def samples():
    return re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


def test_the_samples_are_configurations():
    by_hand, showing, minting = samples()
    config = parse(by_hand + showing + minting)
    assert config.mounts[0].disclosure.per_hour == 2000
    assert config.mounts[1].minting == Minting()
    rules = rules_of(config)
    assert (rules.begins, rules.ends, rules.zone) == (time(7), time(19), ZoneInfo("Europe/Berlin"))
    assert rules.days == frozenset(range(5))
    assert rules.reasons["exam-dispute"].approvers == {"privacy"}
    assert rules.reasons["subject-access"].approvers == {"privacy"}


@pytest.mark.parametrize("model", [Disclosure, Reason, Minting, Showing])
def test_every_setting_is_on_the_page(model):
    assert [name for name in model.model_fields if name not in PAGE] == []


def test_the_numbers_of_minting_are_the_defaults():
    for name in Minting.model_fields:
        assert f"{name} = {getattr(Minting(), name)}" in PAGE, name


def test_every_command_is_run_by_a_test():
    source = text_of(ROOT / "tests" / "cli" / "test_disclosure.py")
    for command in COMMANDS:
        group, name = command.split()[:2]
        assert f'"{group}", "{name}"' in source, command
    assert {command.split()[1] for command in COMMANDS if command.startswith("disclosure")} == {
        "show",
        "ask",
        "requests",
        "approve",
        "budgets",
    }


def test_every_reason_and_every_alarm_is_on_the_page():
    words = set()
    for file in (ROOT / "proxy" / "disclosure").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words |= set(re.findall(r"^(?:no|needs|over|many|other|out|nobody)-[a-z-]+$", node.value))
    assert {"no-role", "many-refusals", "nobody-named", "other-rules"} <= words
    assert [word for word in sorted(words) if f"| `{word}` |" not in PAGE] == []
    refusals = PAGE.partition("| refused with | because |")[2].partition("\n\n")[0]
    assert set(re.findall(r"\| `([a-z-]+)` \|", refusals)) == REFUSALS.keys(), (
        "each has a sentence that says what to do"
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (('["anna", "ben"]', '["anna", "zoe"]'), "disclosure.roles.privacy: zoe is not one of [keys.officers]"),
        (('roles = ["support"]', 'roles = ["suport"]'), "disclosure.reasons[1].roles: there is no role suport"),
        (('"D-[0-9]+"', '"D-[0-9"'), "disclosure.reasons[1].case: is not a regular expression"),
        (('"Europe/Berlin"', '"Europe/Atlantis"'), "disclosure.time_zone: Europe/Atlantis is not known here"),
        (('"07:00-19:00"', '"19:00-07:00"'), "disclosure.office_hours: must end on the day"),
        (('"exam-dispute"', '"subject-access"'), "the name subject-access is used 2 times"),
        (('approvers = ["privacy"]', 'approvers = ["support"]'), "second_person: needs two officers"),
        (('"D-[0-9]+"', '"[a-z.]+"'), "disclosure.reasons[1].case: fits anna, and so names"),
        (('"D-[0-9]+"', '"[A-Za-z][A-Za-z._/-]{0,19}[0-9]{1,12}"'), "case: fits anna.schmidt2, and so names"),
        (("ben = ", "operator = "), "keys.officers.operator: the audit log calls others so"),
    ],
)
def test_what_cannot_be_meant_is_a_problem_of_the_configuration(change, problem):
    by_hand = samples()[0]
    assert change[0] in by_hand
    with pytest.raises(ConfigInvalid) as refused:
        parse(by_hand.replace(*change) + MOUNT)
    assert any(problem in one for one in refused.value.problems), refused.value.problems


def test_networks_and_names_of_headers_are_looked_at():
    with pytest.raises(ConfigInvalid) as refused:
        parse('[server]\ntrusted_proxies = ["10.0.0.1/8"]\nclient_address_header = "X Forwarded"\n' + MOUNT)
    assert len(refused.value.problems) == 2
