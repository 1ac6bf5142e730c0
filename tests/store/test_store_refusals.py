"""What the command line says when a store refuses: a sentence, a word, a status that says whether waiting helps."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.backup.installation import found_in

ROOT = Path(__file__).parents[2]


@pytest.fixture
def one(tmp_path, postgres):
    return found_in(tmp_path / "house", postgres.empty(), postgres.empty())


def serve(one):
    """The refusal of a start: status, and what is said."""
    command = [sys.executable, "-c", "from proxy.cli import main; main()", "serve", "--config", str(one.config)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PGPASSFILE": "/nonexistent", "COLUMNS": "60"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)
    assert "Traceback" not in done.stderr
    assert one.mapping not in done.stderr
    return done.returncode, done.stderr


def test_a_server_that_is_away_may_come_back(one, postgres):
    one.moved(one.mapping.replace(f":{postgres.port}/", ":1/"), one.keystore)
    status, said = serve(one)
    assert status == 75
    assert said.startswith("store-failed: ")
    assert "  reason: connection. The database server cannot be reached, or broke off." in said


@pytest.mark.parametrize(
    ("change", "word", "sentence"),
    [
        (("//postgres@", "//nobody@"), "login", "The database server refuses user or password."),
        (("/test_", "/nowhere_"), "no-database", "The server has no database of that name."),
    ],
)
def test_what_an_operator_has_to_correct_stays_a_refusal(one, change, word, sentence):
    one.moved(one.mapping.replace(*change), one.keystore)
    status, said = serve(one)
    assert status == 2
    assert f"  reason: {word}. {sentence}" in said


def test_tables_of_a_configuration_are_named_in_full(one):
    """Brackets are text, not markup."""
    one.moved(one.keystore, one.mapping)
    status, said = serve(one)
    assert status == 2
    assert "which address stands under [store] and which under [keystore]" in " ".join(said.split())
