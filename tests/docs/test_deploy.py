"""The files for installing agree with the tree, with one another and with the program."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

from typer.testing import CliRunner

from proxy.cli.main import application
from proxy.config.load import parse
from tests.docs.pages import ROOT, text_of

DOCKERFILE = text_of(ROOT / "Dockerfile")
COMPOSE = text_of(ROOT / "deploy" / "compose.yaml")
UNIT = text_of(ROOT / "deploy" / "scormveil.service")
CONFIG = text_of(ROOT / "deploy" / "scormveil.toml")


def copied() -> list[str]:
    lines = [line.split()[1:-1] for line in DOCKERFILE.splitlines() if re.match(r"COPY (?!--from)", line)]
    return [path for line in lines for path in line]


def test_the_image_copies_what_is_there_and_all_that_the_build_needs():
    assert [path for path in copied() if not (ROOT / path).exists()] == []
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))
    packages = [name.rstrip("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]]
    assert set(copied()) == {"pyproject.toml", project["project"]["readme"], *packages}
    let_in = {line.removeprefix("!") for line in text_of(ROOT / ".dockerignore").splitlines() if line.startswith("!")}
    assert let_in == set(copied())


def test_the_image_runs_a_supported_python_without_root():
    minimum = re.search(r">=(\d+\.\d+)", text_of(ROOT / "pyproject.toml"))[1]
    assert set(re.findall(r"^FROM python:(\S+)-slim", DOCKERFILE, re.MULTILINE)) == {minimum}
    last = DOCKERFILE.rindex("\nUSER ")
    assert DOCKERFILE[last:].split()[1] not in {"0", "root"}
    assert last < DOCKERFILE.index("\nENTRYPOINT")


def test_every_place_of_the_configuration_is_a_volume():
    config = parse(CONFIG)
    places = {
        str(Path(config.keys.keyring).parent),
        str(Path(config.keys.kek.path).parent),
        str(Path(config.store.url.removeprefix("sqlite:///")).parent),
        str(Path(config.keystore.url.removeprefix("sqlite:///")).parent),
        str(Path(config.keystore.journal).parent),
    }
    volumes = set(re.findall(r'"(/[^"]+)"', re.search(r"^VOLUME \[(.*)\]$", DOCKERFILE, re.MULTILINE)[1]))
    mounted = dict(re.findall(r"^      - (\S+?):(/\S+?)(?::ro)?$", COMPOSE, re.MULTILINE))
    assert places == volumes == {mounted["state"], mounted["keys"], mounted["kek"]}
    assert re.search(r"SCORMVEIL_CONFIG=(\S+)", DOCKERFILE)[1] == mounted["./config"] + "/scormveil.toml"


def test_ports_and_health_check_are_those_of_the_configuration():
    server = parse(CONFIG).server
    port, admin = server.listen.rpartition(":")[2], server.admin_listen
    assert f"EXPOSE {port}\n" in DOCKERFILE
    assert f'"127.0.0.1:{port}:{port}"' in COMPOSE
    assert f"http://{admin}/healthz" in DOCKERFILE
    assert f"proxy_pass         http://{server.listen};" in text_of(ROOT / "deploy" / "nginx.conf")
    assert f"reverse_proxy {server.listen}\n" in text_of(ROOT / "deploy" / "Caddyfile")


def test_commands_of_unit_and_image_exist():
    lines = re.findall(r"/opt/scormveil/bin/scormveil (.+)", UNIT)
    words = [line.split()[0] for line in lines] + re.findall(r'^CMD \["(\w+)"\]', DOCKERFILE, re.MULTILINE)
    words += re.findall(r"--rm scormveil (\w+)", DOCKERFILE + COMPOSE)
    assert {"init", "check-config", "serve"} <= set(words)
    for word in words:
        assert CliRunner().invoke(application(), [word, "--help"]).exit_code == 0, word


def test_systemd_accepts_the_unit(tmp_path):
    """With systemd at hand it is asked; without, only the form is looked at (sections, one `=` a line)."""
    body = [line for line in UNIT.splitlines() if line and not line.startswith("#")]
    assert [line for line in body if not re.fullmatch(r"\[\w+\]|\w+=.*", line)] == []
    program = shutil.which("systemd-analyze")
    if program is None:
        return
    unit = tmp_path / "scormveil.service"
    unit.write_text(UNIT.replace("/opt/scormveil/bin/scormveil", "/bin/true"), "utf-8")
    said = subprocess.run([program, "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False)
    assert [line for line in said.stderr.splitlines() if "scormveil.service" in line] == []
