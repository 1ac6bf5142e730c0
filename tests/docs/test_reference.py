"""Pages that describe the program completely are held to it: codes, events, settings, log fields, metrics, adapters."""

from types import SimpleNamespace

import pytest
from pydantic import BaseModel
from typer.testing import CliRunner

from proxy.cli.main import application
from proxy.config import Config
from proxy.config.model import Audience, MountSettings, Policy
from proxy.edge.outlet import status_of
from proxy.edge.server import Server
from proxy.errors import ConfigInvalid, InternalFault
from proxy.observe import Metrics
from proxy.passage import Exchange
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
