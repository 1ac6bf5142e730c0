"""Which key-encryption key guards the keyring is configuration; every keeper starts the same house."""

import base64
import os
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from proxy.assemble import open_keys
from proxy.cli.main import application
from proxy.config import parse
from proxy.errors import ConfigInvalid
from proxy.founding import found
from proxy.keepers import kek_of

KEEPER = Path(__file__).parent / "keys" / "keeper.py"


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A configuration file's place, with what the keepers need beside it."""
    monkeypatch.setenv("TEST_KEK", base64.b64encode(os.urandom(32)).decode())
    (tmp_path / "passphrase").write_text("eleven invented lighthouses")
    (tmp_path / "keeper.key").write_text(os.urandom(32).hex())
    return tmp_path / "scormveil.toml"


def config_text():
    return """
[[mounts]]
name = "dispatch"
adapter = "dispatch"
tenant = "example"
public = "https://learning.example.org"
upstream = "https://cloud.scorm.com"
lms_origins = ["https://lms.example.org"]
"""


def config_of(kek):
    return parse(f"[keys.kek]\n{kek}\n{config_text()}")


KEEPERS = {
    "file": 'provider = "file"',
    "env": 'provider = "env"\nvariable = "TEST_KEK"',
    "passphrase": 'provider = "passphrase"\npassphrase = "file:passphrase"',
    "command": 'provider = "command"\ncommand = ["{python}", "{keeper}", "{folder}/keeper.key"]',
}


@pytest.mark.parametrize("name", KEEPERS)
def test_an_installation_is_founded_and_opened_under_every_keeper(house, name):
    """What `init` seals, `serve` opens."""
    words = KEEPERS[name].format(python=sys.executable, keeper=KEEPER, folder=house.parent)
    config = config_of(words)
    founded = found(config, house)
    assert founded.created
    assert kek_of(config, house).name == name
    assert {key.id for key in open_keys(config, house).opened.ring.keys} == {key.id for key in founded.ring.keys}
    assert (house.parent / "kek.key").exists() is (name == "file")


@pytest.mark.parametrize("name", ["env", "passphrase", "command", "pkcs11"])
def test_a_keeper_without_its_settings_is_named_with_what_it_lacks(house, name):
    """All that is missing is told at once, with its TOML path."""
    with pytest.raises(ConfigInvalid) as refused:
        kek_of(config_of(f'provider = "{name}"'), house)
    assert all(problem.startswith("keys.kek.") for problem in refused.value.problems)
    assert len(refused.value.problems) == (4 if name == "pkcs11" else 1)


def test_the_keys_are_listed_without_their_material(house):
    """Purpose, state, dates, generation and keeper; nothing that opens anything."""
    house.write_text(
        '[keys.kek]\nprovider = "passphrase"\npassphrase = "file:passphrase"\n' + config_text(), encoding="utf-8"
    )
    found(parse(house.read_text("utf-8")), house)
    shown = CliRunner().invoke(application(), ["keys", "list", "--config", str(house)])
    assert shown.exit_code == 0
    assert "generation 1, guarded by: passphrase" in shown.output
    ring = open_keys(parse(house.read_text("utf-8")), house).opened.ring
    for key in ring.keys:
        assert f"{key.id}  {key.purpose.value}" in shown.output
        assert key.secret.reveal().hex() not in shown.output
