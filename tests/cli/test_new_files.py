"""Every command that writes a file about people: new, for its owner only, refused while nothing was done yet."""

import os
import stat
from pathlib import Path

import pytest

from proxy.cli.new_files import Draft
from tests.cli.kit import ROOT

HAR = ROOT / "tests" / "trace" / "golden" / "direct-v2-scorm2004.har"


def writers(house, to):
    """Each such command, so that it would write `to`."""
    hers = ("--pseudonym", house.tokens[0], "--tenant", "uni")
    return {
        "prove": ("audit", "prove", 1, "--to", to),
        "export": ("audit", "export", "--to", to),
        "transparency": ("audit", "export", "--format", "transparency", "--to", to),
        "attack": ("attack", "--html", to),
        "people export": ("people", "export", "--reason", "ticket-1", "--to", to, *hers),
        "trace html": ("trace", HAR, "--html", to),
        "trace json": ("trace", HAR, "--json", to),
    }


@pytest.fixture(params=["prove", "export", "transparency", "attack", "people export", "trace html", "trace json"])
def command(request, full):
    return lambda to: writers(full, to)[request.param]


def test_only_its_owner_reads_it(full, command):
    old = os.umask(0)
    try:
        said = full.run(*command("written"))
    finally:
        os.umask(old)
    written = full.folder / "written"
    assert said.code in {0, 1, 3}, said
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert written.stat().st_size
    assert not list(full.folder.glob(".*.tmp"))


def test_nothing_is_written_over_and_nothing_is_done_for_it(full, command):
    there = full.folder / "written"
    there.write_text("somebody's", "utf-8")
    command("written")
    before = full.content()
    assert "written is there already; nothing is written over. Name another file." in full.refused(*command("written"))
    assert "nowhere/written cannot be written: No such file or directory. Name a" in full.refused(
        *command("nowhere/written")
    )
    assert full.content() == before


class TestReport:
    """`people access` writes several."""

    def words(self, to, token=""):
        return ("people", "access", "--case", "t-1", "--to", to, "--tenant", "uni", "--pseudonym", token)

    def test_all_are_for_their_owner_only(self, full):
        full.done(*self.words("report", full.tokens[0]))
        files = list((full.folder / "report").iterdir())
        assert {one.suffix for one in files} >= {".json", ".html"}
        assert {stat.S_IMODE(one.stat().st_mode) for one in files} == {0o600}
        assert stat.S_IMODE((full.folder / "report").stat().st_mode) == 0o700

    def test_one_that_is_there_already_ends_it_before_anything_is_done(self, full):
        (full.folder / "report").mkdir()
        (full.folder / "report" / "access.html").write_text("somebody's", "utf-8")
        before = full.content()
        assert "access.html is there already" in full.refused(*self.words("report", full.tokens[0]))
        assert "keyring.json is no folder for it: it is a file." in full.refused(
            *self.words("keyring.json", full.tokens[0])
        )
        assert full.content() == before
        assert [one.name for one in (full.folder / "report").iterdir()] == ["access.html"]

    def test_for_nobody_leaves_no_folder(self, full):
        said = full.run("people", "access", "--case", "t-1", "--to", "report", "--tenant", "uni", stdin="nobody\n")
        assert said.code == 1, said
        assert not (full.folder / "report").exists()


def test_whoever_was_faster_keeps_the_name(tmp_path):
    to = tmp_path / "written"
    draft = Draft(to)
    draft.write(b"late")
    to.write_bytes(b"first")
    with pytest.raises(FileExistsError):
        draft.keep()
    draft.drop()
    assert [(one.name, one.read_bytes()) for one in Path(tmp_path).iterdir()] == [("written", b"first")]
