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
POSTGRES = text_of(ROOT / "deploy" / "compose.postgres.yaml")
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
    assert Path(config.store.url).parent != Path(config.keystore.url).parent, "one copy would hold both"
    writable = re.search(r"^ReadWritePaths=(.*)$", UNIT, re.MULTILINE)[1].replace("-/", "/").split()
    assert set(writable) == places - {mounted["kek"]}
    for place in places:
        assert place in UNIT.split("[Unit]")[0]
        assert f" {place} " in DOCKERFILE
    assert re.search(r"SCORMVEIL_CONFIG=(\S+)", DOCKERFILE)[1] == mounted["./config"] + "/scormveil.toml"


def test_ports_and_health_check_are_those_of_the_configuration():
    server = parse(CONFIG).server
    port, admin = server.listen.rpartition(":")[2], server.admin_listen
    assert f"EXPOSE {port}\n" in DOCKERFILE
    assert f'"127.0.0.1:{port}:{port}"' in COMPOSE
    assert f"http://{admin}/healthz" in DOCKERFILE
    assert f"proxy_pass         http://{server.listen};" in text_of(ROOT / "deploy" / "nginx.conf")
    assert f"reverse_proxy {server.listen}\n" in text_of(ROOT / "deploy" / "Caddyfile")


def test_with_postgresql_addresses_services_and_passwords_agree():
    """The configuration in the comment is accepted, and leads to the services below it as their users."""
    shown = "\n".join(line.removeprefix("#       ") for line in POSTGRES.splitlines() if line.startswith("#       "))
    config = parse(re.sub(r"\[(key)?store\]\n(\w+ = .*\n)+\n?", "", CONFIG) + "\n" + shown)
    passwords = re.findall(r'"([\w-]+):5432:(\w+):(\w+):', POSTGRES)
    for url, volume in ((config.store.url, "mapping"), (config.keystore.url, "keys")):
        user, host, database = re.fullmatch(r"postgresql\+psycopg://(\w+)@([\w-]+)/(\w+)", url).groups()
        service = re.search(rf"^  {host}:\n((?:    .*\n)+)", POSTGRES, re.MULTILINE)[1]
        assert f"POSTGRES_USER: {user}\n" in service
        assert f"POSTGRES_DB: {database}\n" in service
        assert f"- {volume}:/var/lib/postgresql/data" in service
        assert (host, database, user) in passwords
        assert f"{host}: {{condition: service_healthy}}" in POSTGRES
    assert "archive_mode=off" in service
    assert "max_wal_senders=0" in service
    mounted = dict(
        re.findall(r"^      - (\S+?):(/\S+?)(?::ro)?$", POSTGRES.split("  mapping-db:\n    image")[0], re.MULTILINE)
    )
    assert str(Path(config.keystore.journal).parent) == str(Path(config.keys.keyring).parent) == mounted["state"]
    assert str(Path(config.keys.kek.path).parent) == mounted["kek"]
    assert re.search(r"PGPASSFILE: (\S+)", POSTGRES)[1] == mounted["./secrets/pgpass"]


def test_commands_of_unit_and_image_exist():
    lines = re.findall(r"/opt/scormveil/bin/scormveil (.+)", UNIT)
    words = [line.split()[0] for line in lines] + re.findall(r'^CMD \["(\w+)"\]', DOCKERFILE, re.MULTILINE)
    words += re.findall(r"--rm scormveil (\w+)", DOCKERFILE + COMPOSE + POSTGRES)
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
