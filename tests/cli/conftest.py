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


@pytest.fixture(scope="session")
def peopled(founded, tmp_path_factory):
    """The same with three people of one tenant and one of another, in mid-course; and their pseudonyms."""
    folder = tmp_path_factory.mktemp("peopled") / "house"
    shutil.copytree(founded, folder)
    house = House(folder, None, None, Clock(unix_ms))
    return folder, house.mint(), house.mint(["plato"], tenant="staff")


def copied(template, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "house"
    shutil.copytree(template, folder)
    clock = Clock(unix_ms)
    monkeypatch.setattr("proxy.cli.desk.unix_ms", clock)
    monkeypatch.setenv("TEST_PASSPHRASE", SECRET)
    monkeypatch.setenv("SCORMVEIL_CONFIG", str(folder / "scormveil.toml"))
    monkeypatch.chdir(folder)
    return House(folder, monkeypatch, capsys, clock)


@pytest.fixture
def house(founded, tmp_path, monkeypatch, capsys):
    return copied(founded, tmp_path, monkeypatch, capsys)


@pytest.fixture
def full(peopled, tmp_path, monkeypatch, capsys):
    template, tokens, staff = peopled
    house = copied(template, tmp_path, monkeypatch, capsys)
    house.tokens, house.staff = tokens, staff
    return house
