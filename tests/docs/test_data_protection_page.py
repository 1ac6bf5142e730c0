"""docs/data-protection.md and docs/attack.md: each command on them is run, each setting they name is one."""

import re
import shlex

import pytest

from proxy.config.model import Config
from tests.cli.conftest import copied, founded, peopled
from tests.docs.pages import ROOT, commands, text_of

__all__ = ["founded", "peopled"]
PAGES = [ROOT / "docs" / f"{name}.md" for name in ("attack", "data-protection")]
_INLINE = re.compile(r"`(scormveil [^`\n]+)`")
_ELSEWHERE = {"scormveil …", "scormveil package rewrite", "scormveil trace", "scormveil doctor"}
"""Named on a page, not meant to be typed as they are: they need a file or the cloud, and have pages of their own."""
_MAY_END_WITH_1 = ("attack", "store")
"""Findings: of an installation that a test made there may be some."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_runs(page, peopled, tmp_path, monkeypatch, capsys):
    template, tokens, _ = peopled
    house = copied(template, tmp_path, monkeypatch, capsys)
    (house.folder / "ids.txt").write_text("zoë\n", "utf-8")
    (house.folder / "exported.csv").write_text("nothing\n", "utf-8")
    found = dict.fromkeys([*commands(page), *_INLINE.findall(text_of(page))])
    wanted = [one for one in found if one not in _ELSEWHERE]
    assert len(wanted) > 4
    for line in wanted:
        words = shlex.split(line.replace("PSEUDONYM", tokens[0]).replace("TENANT", "uni"))[1:]
        if "--pattern" in words:
            words += ["--most", "1000"]
        said = house.run(*words)
        assert said.code in ({0, 1} if words[0] in _MAY_END_WITH_1 else {0}), (line, said)


def test_settings_are_those_of_the_program():
    named = re.findall(r"`(upkeep|keys|audit|store|keystore)\.([a-z_]+)`", text_of(PAGES[1]))
    assert named
    for table, name in named:
        assert name in Config.model_fields[table].annotation.model_fields, (table, name)
