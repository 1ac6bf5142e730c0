"""Pages that describe the program completely are held to it: codes, events, settings, log fields, metrics, adapters."""

import ast
import sqlite3
from types import SimpleNamespace

import pytest
from pydantic import BaseModel
from typer.testing import CliRunner

from proxy.backup import files as backup_files
from proxy.backup.reasons import REASONS as BACKUP_REASONS
from proxy.cli.findings import FINDINGS
from proxy.cli.main import application
from proxy.config import Config
from proxy.config.model import Audience, MountSettings, Policy
from proxy.edge.outlet import status_of
from proxy.edge.server import Server
from proxy.errors import ConfigInvalid, InternalFault
from proxy.observe import Metrics
from proxy.passage import Exchange
from proxy.store import faults
from proxy.store.reasons import REASONS as STORE_REASONS
from proxy.store.reasons import advice
from tests.docs.pages import ROOT, text_of
from tests.docs.tables import NO_STATUS, OPERATIONS, TABLES, error_classes, named, renewed

PAGE = text_of(OPERATIONS)


def test_tables_are_those_of_the_code():
    assert named(PAGE) == set(TABLES)
    assert renewed(PAGE) == PAGE, "run: .venv/bin/python -m tests.docs.tables"


@pytest.mark.parametrize("one", error_classes(), ids=lambda one: one.code)
def test_only_what_no_caller_can_meet_has_no_status_of_its_own(one):
    error = one(()) if one is ConfigInvalid else one()
    assert (status_of(error) == 500) == (one is InternalFault or one in NO_STATUS)


def reasons_in_the_source() -> dict[str, set[str]]:
    """The words that errors are raised with, by the name of the error."""
    found: dict[str, set[str]] = {}
    for file in (ROOT / "proxy").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                words = {one.value for one in ast.walk(node.args[0]) if isinstance(one, ast.Constant)}
                found.setdefault(node.func.id, set()).update(word for word in words if isinstance(word, str))
    return found


def test_every_reason_has_its_sentence_and_every_sentence_its_reason():
    raised = reasons_in_the_source()
    of_stores = raised["StoreFailed"] | {word for _, word in faults._REFUSALS}
    of_stores |= {*faults._STATES.values(), *faults._CLASSES.values()}
    of_stores |= {
        "connection",
        "no-driver",
        "system",
        "database",
        "statement",
        "no-answer",
        "not-recorded",
        "notebook",
        "log-unwatched",
    }
    assert of_stores | raised["AuditFailed"] <= {*STORE_REASONS}
    assert {word for word in STORE_REASONS if not word.startswith("sqlite-")} <= of_stores | raised["AuditFailed"]
    assert raised["BackupFailed"] | {word for _, word in backup_files._REASONS} == {*BACKUP_REASONS}
    for one in (*STORE_REASONS.values(), *BACKUP_REASONS.values(), *FINDINGS.values()):
        assert one.endswith(".")
    assert advice("sqlite-ioerr-short-read") == STORE_REASONS["sqlite-ioerr"]
    assert advice("nonsense") == ""
    names = {name for name in dir(sqlite3) if name.startswith("SQLITE_") and name.count("_") == 1}
    primary = {"BUSY", "LOCKED", "FULL", "READONLY", "CANTOPEN", "PERM", "IOERR", "NOMEM", "CORRUPT", "NOTADB", "ERROR"}
    assert {f"SQLITE_{name}" for name in primary} <= names
    assert [name for name in primary if not advice(f"sqlite-{name.lower()}")] == []


def settings(model: type[BaseModel]) -> set[str]:
    """The names of all settings of a table and of the tables in it."""
    names = set(model.model_fields)
    for info in model.model_fields.values():
        if isinstance(info.default, BaseModel):
            names |= settings(type(info.default))
    return names


def test_every_setting_is_explained():
    tables = {"server", "limits", "keys", "kek", "store", "logging", "audiences", "mounts", "policy"} | {
        "keystore",
        "pseudonyms",
        "upkeep",
        "rotate_every",
    }
    names = (settings(Config) | settings(Audience) | settings(MountSettings) | settings(Policy)) - tables
    names -= {"name", "user", "password"}
    assert [name for name in sorted(names) if f"`{name}`" not in PAGE] == []


class Lines:
    """A logger that remembers the fields of a line."""

    def __init__(self):
        self.fields = {}

    def info(self, event, **fields):
        self.fields = {"event": event, **fields}

    debug = warning = info


def test_every_field_of_an_exchange_line_is_explained():
    lines = Lines()
    Server._report(SimpleNamespace(_log=lines, _metrics=Metrics(), _tell=None), Exchange("4f1c"), 0.01)
    rows = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `")]
    explained = {word.strip(" `") for row in rows for word in row.split(",")}
    assert set(lines.fields) | {"timestamp", "level"} <= explained


def test_every_metric_is_explained():
    metrics = Metrics()
    collected = {family.name for family in metrics.registry.collect()}
    assert [name for name in collected if f"`{name}" not in PAGE] == []


def test_the_page_of_adapters_is_what_the_program_prints():
    printed = CliRunner().invoke(application(), ["adapters", "--markdown"])
    assert printed.exit_code == 0
    assert text_of(ROOT / "docs" / "adapters.md") == printed.output, (
        "run: scormveil adapters --markdown > docs/adapters.md"
    )
