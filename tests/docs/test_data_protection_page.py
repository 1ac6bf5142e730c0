"""docs/data-protection.md: every command there exists and is run by a test; every setting it names is one."""

import re

import pytest
import typer

from proxy.cli.main import application
from proxy.config.model import Config
from tests.docs.pages import ROOT, commands, text_of

PAGE = ROOT / "docs" / "data-protection.md"
NAMED = [*commands(PAGE), *re.findall(r"`scormveil ([a-z][^`]*)`", text_of(PAGE))]


def known():
    """Every command, as its words."""
    root = typer.main.get_command(application())
    for name, one in root.commands.items():
        inner = getattr(one, "commands", None)
        if inner is None:
            yield (name,)
        else:
            yield from ((name, second) for second in inner)
            yield (name,)


@pytest.fixture(scope="module")
def sources():
    return "\n".join(
        file.read_text("utf-8")
        for file in (ROOT / "tests").rglob("*.py")
        if file.name != "test_data_protection_page.py"
    )


@pytest.mark.parametrize("line", sorted(set(NAMED)))
def test_the_command_exists_and_is_run_by_a_test(line, sources):
    words = line.removeprefix("scormveil ").split()
    command = next(size for size in (words[:2], words[:1]) if tuple(size) in set(known()))
    run = " ".join(command)
    ways = (", ".join(f'"{word}"' for word in command), f"scormveil {run}", f'"{run}', f'run("{command[-1]}"')
    assert any(way in sources for way in ways), line


def test_settings_are_those_of_the_program():
    for table, name in re.findall(r"`(upkeep|keys|audit|store|keystore)\.([a-z_]+)`", text_of(PAGE)):
        assert name in Config.model_fields[table].annotation.model_fields, (table, name)
