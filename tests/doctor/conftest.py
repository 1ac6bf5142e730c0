"""An installation with people in it, and an account behind it that a test lays out."""

import shutil

import pytest

from proxy.assemble import unix_ms
from proxy.config import load
from proxy.founding import found
from tests.cli.kit import Clock, House
from tests.doctor.stub import Account

PUBLIC = "https://learning.example.org"
CONFIG = """
[store]
url = "sqlite:///mapping.db"
[keystore]
url = "sqlite:///keys.db"
[audiences.lms]
reveal = true
[[mounts]]
name = "api"
adapter = "cloud_v2"
tenant = "uni"
public = "{public}/api/v2"
upstream = "{cloud}/api/v2"
caller = {{ user = "lms", password = "file:caller.key" }}
credential = {{ user = "APPID", password = "file:cloud.key" }}
{more}
[[mounts]]
name = "results"
adapter = "postback"
tenant = "uni"
public = "{public}/in/postback-3f9d1c7a5b2e48d6"
upstream = "https://lms.example.org/results"
"""


@pytest.fixture
def account():
    """An account in which nothing is wrong."""
    one = Account()
    server = one.serve()
    yield one
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def founded_api(tmp_path_factory):
    """An installation with an API mount that nobody has used yet."""
    folder = tmp_path_factory.mktemp("founded-api")
    for name in ("caller.key", "cloud.key"):
        (folder / name).write_text("an invented secret")
    config_file = folder / "scormveil.toml"
    config_file.write_text(CONFIG.format(public=PUBLIC, cloud="http://127.0.0.1:9", more=""), "utf-8")
    found(load(config_file), config_file)
    return folder


@pytest.fixture
def house(founded_api, account, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "house"
    shutil.copytree(founded_api, folder)
    clock = Clock(unix_ms)
    monkeypatch.setattr("proxy.cli.desk.unix_ms", clock)
    monkeypatch.setenv("SCORMVEIL_CONFIG", str(folder / "scormveil.toml"))
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.chdir(folder)
    one = House(folder, monkeypatch, capsys, clock)
    configure(one, account)
    return one


def configure(house, account, more=""):
    house.config_file.write_text(CONFIG.format(public=PUBLIC, cloud=account.origin, more=more), "utf-8")
