"""A house for each test: made once, copied, with a clock that can be moved."""

import shutil

import pytest

from proxy.assemble import unix_ms
from proxy.config import load
from proxy.founding import found
from tests.cli.kit import SECRET, Clock, House, config_text


@pytest.fixture(scope="session")
def founded(tmp_path_factory):
    """An installation nobody has used yet."""
    folder = tmp_path_factory.mktemp("founded")
    config_file = folder / "scormveil.toml"
    config_file.write_text(config_text(), "utf-8")
    found(load(config_file), config_file)
    return folder


@pytest.fixture
def house(founded, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "house"
    shutil.copytree(founded, folder)
    clock = Clock(unix_ms)
    monkeypatch.setattr("proxy.cli.desk.unix_ms", clock)
    monkeypatch.setenv("TEST_PASSPHRASE", SECRET)
    monkeypatch.setenv("SCORMVEIL_CONFIG", str(folder / "scormveil.toml"))
    monkeypatch.chdir(folder)
    return House(folder, monkeypatch, capsys, clock)


@pytest.fixture
def full(house):
    """With three people of one tenant and one of another, in mid-course."""
    house.tokens = house.mint()
    house.staff = house.mint(["plato"], tenant="staff")
    return house
