"""The files: whole under their name or not there; unfinished restores that nobody serves from; an end in time."""

import io
import json
import shutil
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from keys import BundleWriter, FileKek, Title
from proxy.backup import KEYS_KIND, MAPPING_KIND
from proxy.backup.check import check
from proxy.backup.contents import Head, Reading, Writing
from proxy.backup.putting import put
from proxy.errors import BackupFailed, StoreFailed
from proxy.store.engines import parse
from proxy.store.rows import Form, Layout
from tests.backup.installation import LI, OBRIEN, ZOE, copy_of, found_in
from tests.tampering import bits_of

DAY_MS = 24 * 60 * 60 * 1000
NOW = time.time_ns() // 1_000_000
PEOPLE = Layout(
    "people", ("person", "sealed", "created", "more"), (Form.TEXT, Form.BYTES, Form.NUMBER, Form.JSON), (0,)
)
ROWS = [("a", b"\0\xff", 1, {"b": [1], "a": "é"}), ("b", b"", -(2**62), [])]


class Killed(BaseException):
    """Nobody catches it."""


@pytest.fixture
def kek(tmp_path):
    return FileKek.create(tmp_path / "kek")


def head(kind=MAPPING_KIND, revision="0002"):
    return Head(kind, NOW, "ours", "this", revision, 3)


def written(kek, layouts=((PEOPLE, ROWS),), keyring=b"", finished=True, first=None):
    sink = io.BytesIO()
    bundle = BundleWriter(sink, kek, Title((first or head()).kind, NOW))
    writing = Writing(bundle, first or head())
    if keyring:
        writing.keyring(keyring)
    for layout, rows in layouts:
        writing.table(layout, rows)
    if finished:
        writing.finish()
    return sink.getvalue()


def lines(kek, *texts, kind=MAPPING_KIND):
    """A bundle that opens, with contents of our own making."""
    sink = io.BytesIO()
    bundle = BundleWriter(sink, kek, Title(kind, NOW))
    bundle.write(b"".join(text.encode() + b"\n" for text in texts))
    bundle.finish()
    return sink.getvalue()


def reason_of(content, kek):
    with pytest.raises(BackupFailed) as refused:
        check(io.BytesIO(content), [kek])
    return refused.value.reason


class TestContents:
    def test_come_back_with_their_types(self, kek):
        reading = Reading(io.BytesIO(written(kek, keyring=b"\x01keys")), [kek])
        assert (reading.head, reading.keyring) == (head(), b"\x01keys")
        assert [(layout, list(rows)) for layout, rows in reading.tables()] == [(PEOPLE, ROWS)]

    def test_that_do_not_agree_with_themselves_are_refused(self, kek):
        good = [json.dumps({"backup": 1, **asdict(head())}, sort_keys=True)]
        table = '{"columns": ["person"], "forms": ["text"], "key": [0], "table": "jobs"}'
        nothing = (
            '{"end": "jobs", "rows": 0, "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}'
        )
        end = '{"end": "backup", "tables": {"jobs": 0}}'
        assert check(io.BytesIO(lines(kek, *good, table, nothing, end)), [kek]).tables[0].rows == 0
        for wrong in (
            [table, nothing],
            [table, '["a"]', nothing, end],
            [table, '["a", "b"]', nothing, end],
            [table, "[1]", nothing, end],
            [table, nothing.replace('"rows": 0', '"rows": 1'), end],
            [table, nothing, end.replace("0", "1")],
            [table, nothing, end, "{}"],
            ["[]"],
            ["nonsense"],
            [table.replace("text", "texts"), nothing, end],
        ):
            assert reason_of(lines(kek, *good, *wrong), kek) == "contents", wrong
        assert reason_of(lines(kek, good[0].replace('"backup": 1', '"backup": 2')), kek) == "newer"
        assert (
            reason_of(lines(kek, good[0].replace('"kind": "mapping"', '"kind": "diary"'), kind="diary"), kek) == "kind"
        )
        assert reason_of(lines(kek, *good, kind=KEYS_KIND), kek) == "contents"

    @pytest.mark.parametrize("kind", ["sqlite"])
    def test_a_bit_of_a_real_one_is_never_overlooked(self, one, tmp_path):
        """Of all bits every 997th, so that each part of the file is met."""
        file = tmp_path / "one.backup"
        one.run("backup", "keys", str(file))
        content = file.read_bytes()
        for position, altered in bits_of(content):
            if position % 997 == 0:
                file.write_bytes(altered)
                assert one.refuses("backup", "verify", str(file)).startswith("bundle-")


@pytest.mark.parametrize("kind", ["sqlite"])
class TestWriting:
    def test_a_full_disk_is_told_and_nothing_is_left(self, one, tmp_path):
        one.learn(*(f"learner {number}" for number in range(80)))
        folder = tmp_path / "safe"
        folder.mkdir()
        limited = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000));"
        program = limited + "sys.argv[0] = 'scormveil'; from proxy.cli import main; main()"
        command = [sys.executable, "-c", program, "backup", "make", str(folder / "b"), "--config", str(one.config)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2])
        assert done.returncode == 2
        assert "The disk is full" in done.stderr
        assert "Traceback" not in done.stderr
        assert list(folder.iterdir()) == []
        assert "backup-made" not in one.events()

    def test_a_folder_that_is_not_there_or_not_ours(self, one, tmp_path):
        assert one.refuses("backup", "make", str(tmp_path / "nowhere" / "b")) == "no-folder"

    def test_what_a_killed_program_left_goes_with_the_next_attempt_and_what_is_being_written_stays(self, one, tmp_path):
        left, foreign = tmp_path / f".b.{'0' * 16}.tmp", tmp_path / f".c.{'0' * 16}.tmp"
        for path in (left, foreign):
            path.write_bytes(b"half a bundle")
        one.run("backup", "make", str(tmp_path / "b"))
        assert not left.exists()
        assert foreign.exists()


class TestUnfinished:
    def test_nobody_serves_from_it_and_the_same_command_completes_it(self, one, source, tmp_path, monkeypatch):
        """The restore was killed after the rows came in, before keyring and journals were put in order."""
        file = tmp_path / "b"
        one.run("backup", "make", str(file))
        one.erase(ZOE)
        mapping = source.pair()[0]
        one.moved(mapping, one.keystore)

        def killed(*_):
            raise Killed

        with monkeypatch.context() as patch:
            patch.setattr("proxy.backup.restore.Target.settle", killed)
            with pytest.raises(Killed):
                one.run("backup", "restore", str(file))
        with pytest.raises(StoreFailed, match="unfinished"):
            one.start()
        assert one.refuses("backup", "make", str(tmp_path / "c")) == "unfinished"
        assert one.run("store", "status") == 1
        assert "unfinished (1)" in one.tell

        assert one.run("backup", "restore", str(file)) == 0
        assert one.recall(OBRIEN, ZOE) == {OBRIEN: f"id of {OBRIEN}", ZOE: None}
        assert one.run("store", "status") == 0

    @pytest.mark.parametrize("kind", ["sqlite"])
    def test_killed_between_two_renames_the_store_that_was_there_is_still_asked(self, one, tmp_path):
        file = tmp_path / "b"
        one.run("backup", "make", str(file))
        one.learn("Plato")
        last = one.rows("audit")[-1]["seq"]
        path = parse(one.mapping).path
        put_aside(path)
        assert not path.exists()

        assert one.run("backup", "restore", str(file)) == 0
        assert f"to {last} are gone" in one.tell
        assert one.recall(ZOE) == {ZOE: f"id of {ZOE}"}

    @pytest.mark.parametrize("kind", ["sqlite"])
    def test_files_that_were_there_are_put_aside_with_their_log(self, one, tmp_path):
        file = tmp_path / "b"
        one.run("backup", "make", str(file))
        one.learn("Plato")
        path = parse(one.mapping).path
        people = one.rows("people")
        one.run("backup", "restore", str(file), "--replace")
        [aside] = path.parent.glob(f"{path.name}.before-restore-*")
        assert len(one.rows("people")) == 3
        old = copy_of(one, tmp_path / "old").moved(f"sqlite:///{aside}", one.keystore)
        assert old.rows("people") == people
        path.write_bytes(b"damaged" * 1000)
        assert one.refuses("backup", "restore", str(file)) == "target-exists"
        assert one.run("backup", "restore", str(file), "--replace") == 0
        assert b"damaged" in b"".join(one.read_bytes() for one in path.parent.glob(f"{path.name}.before-restore-*"))


def put_aside(path):
    """What `put` does until the moment it is killed."""
    staged = path.with_name("staged")
    shutil.copy(path, staged)
    put(staged, path, NOW, keep=True)
    path.unlink()


def test_what_was_put_aside_a_moment_ago_stays(tmp_path):
    """Two restores within one second: the second must not take the name, and so the place, of what was there first."""
    path, staged = tmp_path / "mapping.sqlite3", tmp_path / "staged"
    kept = []
    for content in (b"first", b"second", b"third"):
        path.write_bytes(content)
        path.with_name(f"{path.name}-wal").write_bytes(b"log of " + content)
        staged.write_bytes(b"restored")
        kept.append(put(staged, path, NOW, keep=True))
    assert [one.read_bytes() for one in kept] == [b"first", b"second", b"third"]
    assert sorted(kept) == kept, "the newest is found by its name"


class TestOldForm:
    def test_rows_of_an_earlier_revision_are_migrated(self, one, source, tmp_path):
        """A backup lives longer than the program that made it."""
        layout = Layout(
            "mappings",
            (
                "tenant", "kind", "lookup", "pseudonym", "sealed",
                "lookup_key", "pseudonym_key", "seal_key", "created", "last_seen",
            ),
            (Form.TEXT, Form.TEXT, Form.BYTES, Form.TEXT, Form.BYTES, *[Form.TEXT] * 3, Form.NUMBER, Form.NUMBER),
            (0, 1, 2),
        )  # fmt: skip
        row = ("uni", "subject", b"\1", "sv1" + "0" * 37, b"sealed", "look", "pseu", "seal", 1, 2)
        kek = FileKek(one.folder / "kek.key")
        first = Head(MAPPING_KIND, NOW, one.meta()["lineage"], "old", "0001", 0)
        keyring = (one.folder / "keyring.json").read_bytes()
        file = tmp_path / "old.backup"
        file.write_bytes(written(kek, [(layout, [row])], keyring, first=first))
        mapping = source.pair()[0]
        one.run("backup", "restore", str(file), "--into", mapping)
        one.moved(mapping, one.keystore)
        [person] = one.rows("people")
        assert (person["pseudonym"], person["sealed"], person["seal_key"]) == (row[3], row[4], "seal")
        assert [lookup["value"] for lookup in one.rows("lookups")] == [b"\1"]

    def test_rows_of_a_later_revision_are_refused(self, one, source, tmp_path):
        kek = FileKek(one.folder / "kek.key")
        keyring = (one.folder / "keyring.json").read_bytes()
        first = Head(MAPPING_KIND, NOW, one.meta()["lineage"], "new", "9999", 0)
        file = tmp_path / "new.backup"
        file.write_bytes(written(kek, [], keyring, first=first))
        assert one.refuses("backup", "restore", str(file), "--into", source.pair()[0]) == "schema-newer"


@pytest.mark.parametrize("kind", ["sqlite"])
class TestPrune:
    def test_takes_away_what_has_expired_and_nothing_else(self, source, tmp_path, monkeypatch):
        one = found_in(tmp_path / "house", *source.pair())
        one.learn(ZOE, LI)
        folder = tmp_path / "safe"
        folder.mkdir()
        one.run("backup", "make", str(folder / "mapping"))
        one.run("backup", "keys", str(folder / "short"), "--days", "1")
        one.run("backup", "keys", str(folder / "long"), "--days", "30")
        (folder / "diary").write_text("dear diary", "utf-8")
        (folder / "link").symlink_to(folder / "short")
        left = folder / f".short.{'f' * 16}.tmp"
        shutil.copy(folder / "short", left)
        short = folder / "short"
        kept = short.read_bytes()

        one.run("backup", "prune", str(folder))
        assert "0 expired destroyed, 2 kept" in one.tell
        assert "1 unfinished ones destroyed" in one.tell
        later = time.time_ns() + 2 * DAY_MS * 1_000_000
        monkeypatch.setattr("proxy.cli.backup.time.time_ns", lambda: later)
        one.run("backup", "prune", str(folder), "--dry-run")
        assert short.read_bytes() == kept
        hard = tmp_path / "hard link"
        hard.hardlink_to(short)
        one.run("backup", "prune", str(folder))

        assert "1 expired destroyed, 1 kept" in one.tell
        assert sorted(path.name for path in folder.iterdir()) == ["diary", "link", "long", "mapping"]
        assert hard.read_bytes() == bytes(len(kept)), "it was overwritten before it was taken away"
