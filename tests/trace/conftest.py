"""A desk for each test; founding an installation takes most of a second, so that it is done once and copied."""

import shutil

import pytest

from proxy import tracing
from proxy.config import parse
from proxy.founding import found
from tests.trace.kit import CONFIG, Desk


@pytest.fixture(scope="session")
def founded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("founded")
    found(parse(CONFIG), folder / "scormveil.toml")
    return folder


@pytest.fixture
def desk(tmp_path, founded, monkeypatch):
    monkeypatch.setattr(tracing, "found", lambda _, file: shutil.copytree(founded, file.parent, dirs_exist_ok=True))
    return Desk(tmp_path)
