"""An older keyring in the place of the newest is refused, however valid; a deliberate restore is not."""

import json
import multiprocessing
import os
import signal
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keys import (
    FileKek,
    Keyring,
    KeyringError,
    create_keyring,
    install_keyring,
    open_keyring,
    read_keyring,
    replace_keyring,
    rewrap_keyring,
    seen_generation,
)
from keys.seen import Seen, note

NOW = datetime(2025, 1, 1, tzinfo=UTC)
QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def code_of(act, *args, **more):
    with pytest.raises(KeyringError) as refused:
        act(*args, **more)
    return refused.value.code


def change(home, kek, reason="changed"):
    """The next generation of the ring, written."""
    ring = open_keyring(home, kek)
    replace_keyring(home, kek, Keyring([replace(key, reason=reason) for key in ring.keys], ring.generation + 1))
    return open_keyring(home, kek)


def seen_file(home):
    return home.with_name(home.name + ".seen")


def test_an_older_keyring_in_its_place_is_refused(home, kek):
    older = home.read_bytes()
    change(home, kek)
    home.write_bytes(older)
    assert code_of(open_keyring, home, kek) == "keyring-rolled-back"
    ring = read_keyring(home, kek)
    assert code_of(replace_keyring, home, kek, Keyring(ring.keys, 2)) == "keyring-rolled-back"


def test_the_previous_file_in_its_place_is_refused_until_the_restore_is_accepted(home, kek):
    change(home, kek)
    home.with_name("keyring.json.previous").replace(home)
    assert code_of(open_keyring, home, kek) == "keyring-rolled-back"
    assert open_keyring(home, kek, accept=True).generation == 1
    assert open_keyring(home, kek).generation == 1
    assert seen_generation(home, kek) == 1


def test_another_history_of_the_same_generation_is_refused(home, kek, tmp_path):
    first = home.read_bytes()
    change(home, kek, "one history")
    elsewhere = tmp_path / "elsewhere.json"
    elsewhere.write_bytes(first)
    elsewhere.chmod(0o600)
    change(elsewhere, kek, "another")
    home.write_bytes(elsewhere.read_bytes())
    assert code_of(open_keyring, home, kek) == "keyring-rolled-back"


def test_an_installation_without_the_file_goes_on_and_is_watched_from_then(home, kek):
    older = home.read_bytes()
    change(home, kek)
    seen_file(home).unlink()
    assert seen_generation(home, kek) is None
    assert open_keyring(home, kek).generation == 2
    assert seen_generation(home, kek) == 2
    home.write_bytes(older)
    assert code_of(open_keyring, home, kek) == "keyring-rolled-back"


def test_a_newer_keyring_put_there_by_hand_is_the_newest_from_then(home, kek):
    stays = seen_file(home).read_bytes()
    change(home, kek)
    seen_file(home).write_bytes(stays)
    assert open_keyring(home, kek).generation == 2
    assert seen_generation(home, kek) == 2


def test_nobody_becomes_a_new_person_because_a_keyring_was_lost(home, kek):
    kept = change(home, kek)
    home.unlink()
    assert code_of(create_keyring, home, kek, NOW) == "keyring-rolled-back"
    assert not home.exists()
    install_keyring(home, kek, Keyring(kept.keys, 3))
    assert open_keyring(home, kek).keys == kept.keys


def test_an_older_copy_is_installed_only_if_that_is_meant(home, kek):
    first = open_keyring(home, kek)
    change(home, kek)
    home.unlink()
    assert code_of(install_keyring, home, kek, first) == "keyring-rolled-back"
    install_keyring(home, kek, first, accept=True)
    assert open_keyring(home, kek).generation == 1


def test_a_folder_where_nothing_can_be_written_is_served(home, kek, monkeypatch):
    seen_file(home).unlink()

    def read_only(*_args):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "fsync", read_only)
    assert open_keyring(home, kek).generation == 1
    assert seen_generation(home, kek) is None


@QUICK
@given(data=st.data())
def test_every_changed_bit_of_what_was_seen_is_refused(home, kek, data):
    whole = seen_file(home).read_bytes()
    at = data.draw(st.integers(0, len(whole) * 8 - 1))
    changed = bytearray(whole)
    changed[at // 8] ^= 1 << at % 8
    seen_file(home).write_bytes(bytes(changed))
    try:
        assert code_of(open_keyring, home, kek) == "keyring-seen"
    finally:
        seen_file(home).write_bytes(whole)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"seen": [1]}', b'{"seen": []}', b"\xff", b"[" * 100_000])
def test_what_is_no_such_file_is_refused(home, kek, content):
    seen_file(home).write_bytes(content)
    assert code_of(open_keyring, home, kek) == "keyring-seen"


def test_one_that_others_can_write_or_that_another_key_made_is_refused(home, kek, tmp_path):
    seen_file(home).chmod(0o666)
    assert code_of(open_keyring, home, kek) == "keyring-seen"
    seen_file(home).unlink()
    other = FileKek.create(tmp_path / "other")
    create_keyring(tmp_path / "second.json", other, NOW)
    seen_file(home).write_bytes(seen_file(tmp_path / "second.json").read_bytes())
    seen_file(home).chmod(0o600)
    assert code_of(open_keyring, home, kek) == "keyring-seen"


def test_a_slow_reader_does_not_make_an_older_one_the_newest(home, kek):
    change(home, kek)
    note(home, kek, Seen(1, "0" * 64))
    assert seen_generation(home, kek) == 2


def opener(home, kek_file, ready, stop, results):
    kek = FileKek(kek_file)
    seen = set()
    ready.set()
    try:
        while not stop.is_set():
            seen.add(open_keyring(home, kek).generation)
        results.put(sorted(seen))
    except KeyringError as refused:
        results.put(refused.code)


def test_who_reads_while_another_process_writes_is_never_told_of_a_rollback(home, kek, tmp_path):
    context = multiprocessing.get_context("fork")
    ready, stop, results = context.Event(), context.Event(), context.Queue()
    reader = context.Process(target=opener, args=(home, tmp_path / "kek", ready, stop, results))
    reader.start()
    assert ready.wait(10)
    for _ in range(60):
        change(home, kek)
    stop.set()
    seen = results.get(timeout=10)
    reader.join(10)
    assert isinstance(seen, list), seen
    assert seen
    assert open_keyring(home, kek).generation == 61


class TestAnotherKek:
    def test_the_same_keys_open_with_the_new_one_only(self, home, kek, tmp_path):
        before = open_keyring(home, kek)
        new = FileKek.create(tmp_path / "new")
        after = rewrap_keyring(home, kek, new)
        assert (after.keys, after.generation) == (before.keys, 2)
        assert open_keyring(home, new).keys == before.keys
        assert code_of(open_keyring, home, kek) == "kek-wrong"
        assert seen_generation(home, new) == 2

    def test_nothing_that_lies_beside_it_opens_with_the_old_one(self, home, kek, tmp_path):
        change(home, kek)
        new = FileKek.create(tmp_path / "new")
        rewrap_keyring(home, kek, new)
        previous = home.with_name("keyring.json.previous")
        assert read_keyring(previous, new).generation == 2
        assert code_of(read_keyring, previous, kek) == "kek-wrong"
        assert len(json.loads(seen_file(home).read_bytes())["seen"]) == 1

    def test_a_new_one_that_does_not_work_changes_nothing(self, home, kek, tmp_path):
        whole = home.read_bytes()
        assert code_of(rewrap_keyring, home, kek, FileKek(tmp_path / "absent")) == "kek-missing"
        assert code_of(rewrap_keyring, home, FileKek.create(tmp_path / "foreign"), kek) == "kek-wrong"
        assert home.read_bytes() == whole
        assert open_keyring(home, kek).generation == 1

    def test_an_older_keyring_is_not_made_the_newest_by_it(self, home, kek, tmp_path):
        older = home.read_bytes()
        change(home, kek)
        home.write_bytes(older)
        assert code_of(rewrap_keyring, home, kek, FileKek.create(tmp_path / "new")) == "keyring-rolled-back"

    @pytest.mark.parametrize("survived", range(12))
    def test_killed_at_any_moment_one_of_the_two_opens_it(self, home, kek, tmp_path, survived):
        new = FileKek.create(tmp_path / "new")
        keys = open_keyring(home, kek).keys
        child = multiprocessing.get_context("fork").Process(target=killed_rewrap, args=(home, kek, new, survived))
        child.start()
        child.join(10)
        # Four files are written, each with a sync of file and folder: the ninth call is never made.
        assert child.exitcode == (-signal.SIGKILL if survived < 8 else 0)
        outcomes = [outcome(open_keyring, home, one) for one in (kek, new)]
        assert outcomes.count("kek-wrong") == 1
        assert keys in outcomes


def outcome(act, *args):
    """The keys of the ring, or the code of the refusal."""
    try:
        return act(*args).keys
    except KeyringError as refused:
        return refused.code


def killed_rewrap(home, kek, new, survived):
    """Change the KEK; die at the call of fsync after `survived` ones."""
    real, calls = os.fsync, []

    def fsync(handle):
        calls.append(handle)
        if len(calls) > survived:
            os.kill(os.getpid(), signal.SIGKILL)
        real(handle)

    os.fsync = fsync
    rewrap_keyring(home, kek, new)
