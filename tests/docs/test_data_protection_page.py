"""docs/data-protection.md: its commands are run, and nothing it or docs/attack.md names is unknown to the program."""

import json
import re
import shlex
import tomllib
from enum import Enum
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import BaseModel
from typer.main import get_command

from proxy.audit import Event
from proxy.cli import people_access
from proxy.cli.main import application
from proxy.config.model import Config, Keys, KeyStoreSettings
from proxy.doctor import WORDS as FINDINGS
from proxy.message import Headers
from proxy.passage.headers import outward
from proxy.people import Kind
from proxy.store.reasons import REASONS
from proxy.store.tables import keystore_metadata, metadata
from tests.cli.conftest import copied, founded, peopled
from tests.docs.pages import ROOT, blocks, links, text_of
from tests.docs.tables import error_classes

__all__ = ["founded", "peopled"]
PAGES = [ROOT / "docs" / f"{name}.md" for name in ("attack", "data-protection")]
PAGE = text_of(PAGES[1])
_COMMAND = re.compile(r"`(scormveil [^`\n]+)`|^\$ (scormveil [^\n]+)$", re.MULTILINE)
_SPAN = re.compile(r"`([^`\n]+)`")
_ROW = re.compile(r"^\| `([a-z_.]+)` \| `([^`]+)` \|", re.MULTILINE)
_ELSEWHERE = ("scormveil …", "scormveil package rewrite", "scormveil trace", "scormveil doctor", "scormveil backup ")
"""Named on a page, not meant to be typed as they are: they need a file, a cloud or a keeper, and have pages of their own."""
_REFER = {
    "scormveil keys migrate",
    "scormveil keys rewrap",
    "scormveil people blank",
    "scormveil audit prove",
    "scormveil adapters",
}
"""Commands that are referred to by name only: they need more to be run, or take long and have tests of their own."""
_ASKS = ({"people", "restrict"}, {"people", "unrestrict"}, {"people", "erase"}, {"people", "blank"}, {"audit", "close"})
_MAY_END_WITH_1 = ("attack", "store")
"""Findings: of an installation that a test made there may be some."""
_BROWSER = {"Forwarded", "X-Forwarded-For", "Referer", "Origin", "User-Agent"}
_FOREIGN = {
    "userEmail": "proxy/adapters/cloud_v2/learners.py",
    "POST /learner/{id}/delete-information": "docs/scorm-cloud.md",
    "Learner K7Q-M2P-4HX": "README.md",
    "…@pseudonym.invalid": "docs/pseudonyms.md",
    "sv1…": "README.md",
    "sv1": "keys/pseudonym.py",
    "erasures.journal.restricted": "docs/people.md",
    "scormveil package rewrite": "README.md",
}
"""What is not ours to check, or a sample: with the file that has it, too."""


def asked_for(page):
    """The commands of a page in their order, each once."""
    return list(dict.fromkeys(inline or line for inline, line in _COMMAND.findall(text_of(page))))


def test_every_command_runs(peopled, tmp_path, monkeypatch, capsys):
    template, tokens, _ = peopled
    house = copied(template, tmp_path, monkeypatch, capsys)
    meant = {
        "PSEUDONYM-KEY": house.key("pseudonym"),
        "SEAL-KEY": house.key("seal"),
        "PSEUDONYM": tokens[0],
        "TENANT": "uni",
        "CASE": "case-4711",
        "FOLDER": "hers",
    }
    wanted = [one for one in asked_for(PAGES[1]) if not one.startswith(_ELSEWHERE) and one not in _REFER]
    assert len(wanted) > 4
    for line in wanted:
        words = shlex.split(re.sub("|".join(meant), lambda found: meant[found[0]], line))[1:]
        words += ["--yes"] if set(words[:2]) in _ASKS else []
        words += ["--most", "1000"] if "--pattern" in words else []
        said = house.run(*words)
        assert said.code in ({0, 1} if words[0] in _MAY_END_WITH_1 else {0}), (line, said)
    assert {"restricted", "released", "exported", "erased", "entries-erased"} <= {e.event for e in house.events()}
    assert house.recalled([tokens[0]]) == [None]


def trees(annotation: Any):
    """The settings' models inside of an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from trees(inner)


def words_of(annotation: Any):
    """The words that a setting may have."""
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        yield from (one.value for one in annotation)
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
        return
    for inner in get_args(annotation):
        yield from words_of(inner)


def settings(model=Config, above=""):
    """Every setting: its dotted name, its field, whether it is a table."""
    for name, field in model.model_fields.items():
        inner = list(trees(field.annotation))
        yield f"{above}{name}", field, bool(inner)
        for one in inner:
            yield from settings(one, f"{above}{name}.")


SETTINGS = {name: field for name, field, _ in settings()}
TABLES = {f"[{name}]" for name, _, table in settings() if table}


def options(command):
    """Every option of a command and of those below it."""
    found = {opt for parameter in command.params for opt in (*parameter.opts, *parameter.secondary_opts)}
    return found.union(*(options(one) for one in getattr(command, "commands", {}).values()))


def exists(command, words):
    """Whether there is a command of these words, up to its first option or argument."""
    for word in words:
        if not hasattr(command, "commands"):
            return True
        if word not in command.commands:
            return False
        command = command.commands[word]
    return True


@pytest.fixture(scope="module")
def known():
    """Every word that a page may put into code signs."""
    files = {"scormveil.toml", Keys().keyring, KeyStoreSettings().journal, *people_access._FILES}
    return (
        {*SETTINGS, *TABLES, *Event, *FINDINGS, *REASONS, *_FOREIGN, *files}
        | {one.code for one in error_classes()}
        | {*metadata.tables, *keystore_metadata.tables}
        | {word for field in SETTINGS.values() for word in words_of(field.annotation)}
        | {name.rpartition(".")[2] for name in SETTINGS}
        | _BROWSER
    )


def test_nothing_is_named_that_the_program_does_not_know(known, peopled, tmp_path, monkeypatch, capsys):
    house = copied(peopled[0], tmp_path, monkeypatch, capsys)
    parts = {one["attack"] for one in json.loads(house.run("attack", "--json").out)["results"]}
    tree = get_command(application())
    flags = options(tree)
    strange = []
    page = _ROW.sub(r"| `\1` |", re.sub(r"^```.*?^```$", "", PAGE, flags=re.MULTILINE | re.DOTALL))
    for span in _SPAN.findall(page):
        if span.startswith("scormveil "):
            fine = span == "scormveil …" or exists(tree, shlex.split(span)[1:])
        elif span.startswith("--"):
            fine = span.split()[0] in flags
        else:
            fine = span in known | parts or (ROOT / span).is_file() or span in {"people export", "guard"}
        strange += [] if fine else [span]
    assert strange == []
    assert {"dictionary", "times", "weak-keys", "tenants"} <= parts


def test_defaults_are_those_of_the_program():
    rows = _ROW.findall(PAGE.partition("<!-- settings -->")[2].partition("\n\n")[0])
    assert len(rows) > 20
    for name, said in rows:
        default = SETTINGS[name].get_default(call_default_factory=True)
        default = list(default) if isinstance(default, tuple) else default
        assert tomllib.loads(f"x = {said}")["x"] == default, name


def test_what_is_said_of_other_things_is_said_there_too():
    for span, file in _FOREIGN.items():
        assert span.strip("…") in text_of(ROOT / file), (span, file)


def test_a_browser_is_not_told_to_the_cloud():
    said = Headers([(name, "203.0.113.7") for name in _BROWSER])
    left = dict(outward(said, also=(), user_agent="ours", path="/x"))
    assert left.keys() & _BROWSER == {"User-Agent"}
    assert left["User-Agent"] == "ours"


def test_a_tag_is_forgotten_by_its_own_pseudonym_only(peopled, tmp_path, monkeypatch, capsys):
    house = copied(peopled[0], tmp_path, monkeypatch, capsys)
    tag = house.mint(["ward-3"], kind=Kind.TAG)[0]
    house.configure(more="[upkeep]\nforget_after_days = 1")
    house.clock.wait(hours=24 * 30)
    house.done("people", "retention", "--yes")
    look = [("people", "erase", "--pseudonym", one, "--tenant", "uni") for one in (peopled[1][0], tag)]
    assert [house.run(*words, "--dry-run").code for words in look] == [1, 0]
    house.done(*look[1], "--yes")
    assert house.run(*look[1], "--dry-run").code == 1


def test_backups_of_the_key_store_last_as_long_as_the_page_says():
    command = get_command(application()).commands["backup"].commands["keys"]
    assert next(one for one in command.params if "--days" in one.opts).default == 7
    assert "key store: 7 days unless said otherwise" in PAGE


def test_every_source_says_whether_it_was_checked():
    table = PAGE.partition("## Sources, and what was checked")[2]
    rows = [line for line in table.splitlines() if line.startswith("| ") and not line.startswith("| source")]
    assert len(rows) == 9
    for row in rows:
        assert re.search(r"checked|not used", row), row
        assert "<https://" in row, row


@pytest.mark.parametrize("entrance", ["README.md", "CHANGELOG.md"])
def test_the_pages_for_those_who_check_us_are_linked(entrance):
    names = ("attack", "auditing", "data-protection", "disclosure", "people", "witness")
    assert {f"docs/{name}.md" for name in names} <= {one.partition("#")[0] for one in links(ROOT / entrance)}


def test_the_readme_says_what_is_not_hidden():
    told = text_of(ROOT / "README.md").partition("## What it does not hide")[2].partition("\n## ")[0].lower()
    words = (
        "**when**",
        "**scores, answers, comments",
        "ip address",
        "suspend data",
        "external_hosts",
        "the past",
        "match times",
    )
    assert [one for one in words if one not in told] == []


def test_every_table_is_whole():
    """A row of another width is shown as something else by whoever renders it."""
    width = 0
    for line in PAGE.splitlines():
        cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        assert not (width and cells) or cells == width, line
        width = cells
    assert not blocks(PAGES[1], "toml")
