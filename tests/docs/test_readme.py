"""What the pages show works: links lead somewhere, commands exist, the session runs, the configuration is accepted."""

import asyncio
import shlex
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from proxy.cli.main import application
from proxy.config import load, store_url
from proxy.config.load import parse
from proxy.package import rewrite_package
from proxy.store import PinRecord, open_store
from tests.docs.pages import PAGES, ROOT, anchors, blocks, commands, links, name_of, text_of
from tests.package import builder

README = ROOT / "README.md"
NOT_RUN = ("serve", "demo")
"""Commands that end with a signal only."""


def ours() -> list[tuple[str, list[str]]]:
    """Every `scormveil …` line of every page, with the page it stands on."""
    return [
        (name_of(page), shlex.split(line)[1:])
        for page in PAGES
        for line in commands(page)
        if line.startswith("scormveil ")
    ]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page):
    dead = []
    for target in links(page):
        if target.startswith(("https://", "http://")):
            continue
        file, _, anchor = target.partition("#")
        goal = (page.parent / file).resolve() if file else page
        if not goal.exists() or (anchor and anchor not in anchors(goal)):
            dead.append(target)
    assert dead == []


@pytest.mark.parametrize(
    ("page", "words"), ours(), ids=lambda value: value if isinstance(value, str) else "-".join(value)
)
def test_every_command_shown_exists(page, words):
    command = typer.main.get_command(application())
    while words and not words[0].startswith("-") and words[0] in getattr(command, "commands", {}):
        command, words = command.commands[words[0]], words[1:]
    assert not hasattr(command, "commands"), "a group alone does nothing"
    known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)} | {"--help"}
    assert [word for word in words if word.startswith("-") and word not in known] == []


def test_makefile_targets_shown_exist():
    made = {line.split(":")[0] for line in text_of(ROOT / "Makefile").splitlines() if ":" in line}
    shown = {line.split()[1] for page in PAGES for line in commands(page) if line.startswith("make ")}
    assert {"run", "test"} <= shown
    assert shown <= made


def test_the_session_of_the_readme_runs_in_its_order(tmp_path, monkeypatch):
    """From `init` to `scripts approve`, with a package of the cloud and the configuration that the page shows."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCORMVEIL_LMS_PASSWORD", "invented")
    Path("scorm-cloud-secret").write_text("invented", "utf-8")
    Path("course.zip").write_bytes(builder.pack(builder.v2()))
    done = []
    for line in commands(README):
        words = shlex.split(line)
        if words[0] != "scormveil" or words[1] in NOT_RUN:
            continue
        if words[1:3] == ["scripts", "approve"]:
            asyncio.run(remember_script(Path("scormveil.toml"), words[3]))
        result = CliRunner().invoke(application(), words[1:])
        assert result.exit_code == 0, (line, result.output, result.exception)
        done.append(" ".join(words[1:3]))
        if words[1] == "init":
            Path("scormveil.toml").write_text(blocks(README, "toml")[0], "utf-8")
        if words[1] == "check-config":
            assert shown_after(line) in result.output
    assert [one.split()[0] for one in done] == [
        "init",
        "check-config",
        "package",
        "package",
        "audit",
        "scripts",
        "scripts",
    ]
    mapping = [(builder.CLOUD, "https://learning.example.org")]
    assert Path("course-private.zip").read_bytes() == rewrite_package(Path("course.zip").read_bytes(), mapping).data


def shown_after(command: str) -> str:
    """The line that the page shows below a command."""
    lines = "\n".join(blocks(README, "console")).splitlines()
    return lines[lines.index(f"$ {command}") + 1]


async def remember_script(config_file: Path, digest: str) -> None:
    store = open_store(store_url(config_file, load(config_file).store.url))
    await store.open()
    await store.pin(PinRecord("dispatch", "/dispatch/loader.js", digest.ljust(64, "0"), "pending", 0))
    await store.close()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_configuration_shown_is_accepted(page):
    """A block with mounts is a whole configuration; any other is read into one that has them."""
    mounts = blocks(README, "toml")[0]
    for block in blocks(page, "toml"):
        parse(block if "[[mounts]]" in block else block + "\n" + mounts)


def test_the_first_screen_is_a_sentence_two_commands_and_a_picture():
    top = text_of(README).split("\n## ")[0]
    assert commands(README)[:2] == ["make run", "make test"]
    assert "docs/start-page.png" in top
    picture = (ROOT / "docs" / "start-page.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) < 400_000
    assert int.from_bytes(picture[16:20], "big") == 1280
