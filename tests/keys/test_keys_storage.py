"""The keyring file and the key that seals it: whole, ours, private, or refused with a hint."""

import base64
import json
import os
import stat
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keys import (
    FileKek,
    Keyring,
    KeyringError,
    KeyringWatch,
    KeyState,
    Purpose,
    Secret,
    create_keyring,
    install_keyring,
    open_keyring,
    replace_keyring,
)
from keys.derive import encode

NOW = datetime(2025, 1, 1, tzinfo=UTC)
QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def code_of(act, *args):
    with pytest.raises(KeyringError) as refused:
        act(*args)
    return refused.value.code


def spoil(path, content):
    """Put other bytes into the same private file."""
    path.write_bytes(content)


def next_ring(home, kek):
    ring = open_keyring(home, kek)
    keys = [replace(key, reason="second") for key in ring.keys]
    return Keyring(keys, ring.generation + 1)


def test_what_was_created_opens_again(tmp_path, kek):
    made = create_keyring(tmp_path / "ring", kek, NOW)
    opened = open_keyring(tmp_path / "ring", kek)
    assert opened.keys == made.keys
    assert opened.generation == 1


def test_every_state_survives_the_file(tmp_path, kek, ring):
    install_keyring(tmp_path / "ring", kek, ring)
    assert open_keyring(tmp_path / "ring", kek).keys == ring.keys


def test_both_files_are_private_whatever_the_umask(tmp_path):
    old = os.umask(0o777)
    try:
        kek = FileKek.create(tmp_path / "kek")
        create_keyring(tmp_path / "ring", kek, NOW)
    finally:
        os.umask(old)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kek", "ring", "ring.seen"]


def test_the_file_names_its_format_and_shows_no_key(home, kek):
    content = json.loads(home.read_bytes())
    assert (content["format"], content["version"], content["kek"], content["generation"]) == (
        "scormveil-keyring",
        1,
        "file",
        1,
    )
    assert not any(key.secret.reveal().hex() in content["sealed"] for key in open_keyring(home, kek).keys)


def test_nothing_is_ever_overwritten(home, kek, tmp_path):
    before = home.read_bytes(), (tmp_path / "kek").read_bytes()
    assert code_of(create_keyring, home, kek, NOW) == "keyring-exists"
    assert code_of(FileKek.create, tmp_path / "kek") == "kek-exists"
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    assert code_of(create_keyring, tmp_path / "dangling", kek, NOW) == "keyring-exists"
    assert (home.read_bytes(), (tmp_path / "kek").read_bytes()) == before


def test_of_many_who_create_at_once_one_does(tmp_path, kek):
    results = []
    start = threading.Barrier(4)

    def create():
        start.wait()
        try:
            results.append(create_keyring(tmp_path / "ring", kek, NOW).keys)
        except KeyringError as refused:
            results.append(refused.code)

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = [result for result in results if result != "keyring-exists"]
    assert winners == [open_keyring(tmp_path / "ring", kek).keys]


def test_a_folder_that_is_not_there_is_not_made(tmp_path, kek):
    assert code_of(create_keyring, tmp_path / "no" / "ring", kek, NOW) == "keyring-not-written"
    assert code_of(FileKek.create, tmp_path / "no" / "kek") == "kek-not-written"


def test_a_change_keeps_the_previous_file(home, kek):
    before = home.read_bytes()
    replace_keyring(home, kek, next_ring(home, kek))
    assert open_keyring(home, kek).generation == 2
    previous = home.with_name(home.name + ".previous")
    assert previous.read_bytes() == before
    assert open_keyring(previous, kek).generation == 1
    assert not list(home.parent.glob(".*"))


def test_of_two_who_change_the_same_generation_the_second_is_refused(home, kek):
    first, second = next_ring(home, kek), next_ring(home, kek)
    replace_keyring(home, kek, first)
    assert code_of(replace_keyring, home, kek, second) == "keyring-stale"


class Forgetful:
    """A provider that cannot open what it sealed."""

    name = "file"

    def __init__(self, kek):
        self.kek = kek

    def wrap(self, plain, bind):
        return self.kek.wrap(plain, bind)[:-1] + b"\0\0"

    def unwrap(self, wrapped, bind):
        return self.kek.unwrap(wrapped, bind)


def test_what_does_not_open_again_replaces_nothing(home, kek):
    before = home.read_bytes()
    assert code_of(replace_keyring, home, Forgetful(kek), next_ring(home, kek)) == "keyring-altered"
    assert home.read_bytes() == before
    assert code_of(create_keyring, home.with_name("new"), Forgetful(kek), NOW) == "keyring-altered"
    files = ["kek", "keyring.json", "keyring.json.previous", "keyring.json.seen"]
    assert sorted(path.name for path in home.parent.iterdir()) == files


def test_no_start_without_keyring_or_key(home, kek, tmp_path):
    assert code_of(open_keyring, tmp_path / "none", kek) == "keyring-missing"
    assert code_of(open_keyring, home / "below", kek) == "keyring-missing"
    assert code_of(open_keyring, home, FileKek(tmp_path / "none")) == "kek-missing"


def test_the_key_of_another_house_is_refused(home, tmp_path):
    assert code_of(open_keyring, home, FileKek.create(tmp_path / "other")) == "kek-wrong"


def test_every_truncation_is_refused(home, kek):
    whole = home.read_bytes()
    codes = set()
    for length in range(len(whole)):
        spoil(home, whole[:length])
        codes.add(code_of(open_keyring, home, kek))
    assert codes == {"keyring-unreadable", "keyring-altered"}


@QUICK
@given(data=st.data())
def test_every_changed_bit_of_the_file_is_refused(home, kek, tmp_path, data):
    whole = (tmp_path / "keyring.json").read_bytes()
    at = data.draw(st.integers(0, len(whole) * 8 - 1))
    changed = bytearray(whole)
    changed[at // 8] ^= 1 << at % 8
    spoil(home, bytes(changed))
    try:
        assert code_of(open_keyring, home, kek).startswith(("keyring-", "kek-"))
    finally:
        spoil(home, whole)


def test_every_changed_bit_at_the_end_of_the_seal_is_refused(home, kek):
    for reason in ("a", "ab", "abc"):  # with and without spare bits in the last letter of base64
        ring = open_keyring(home, kek)
        keys = [replace(ring.keys[0], reason=reason), *ring.keys[1:]]
        replace_keyring(home, kek, Keyring(keys, ring.generation + 1))
        whole = home.read_bytes()
        end = whole.index(b'",', whole.index(b'"sealed"'))
        for at in range((end - 6) * 8, end * 8):
            changed = bytearray(whole)
            changed[at // 8] ^= 1 << at % 8
            spoil(home, bytes(changed))
            assert code_of(open_keyring, home, kek).startswith("keyring-")
        spoil(home, whole)


def test_a_field_from_the_future_is_not_silently_lost(home, kek):
    key = {"id": "k7qx", "purpose": "seal", "state": "pre-activation", "created": "2025-01-01T00:00:00Z"}
    key |= {"activated": None, "deactivated": None, "reason": "", "secret": bytes(range(32)).hex(), "usage": 3}
    payload = json.dumps({"keys": [key]}).encode()
    whole = json.loads(home.read_bytes())
    wrapped = kek.wrap(Secret(payload), encode(("scormveil-keyring", "1", "file", "1")))
    whole["sealed"] = base64.b64encode(wrapped).decode("ascii")
    spoil(home, json.dumps(whole, sort_keys=True, indent=1).encode() + b"\n")
    assert code_of(open_keyring, home, kek) == "keyring-invalid"


def test_another_spelling_of_the_same_content_is_refused(home, kek):
    content = json.loads(home.read_bytes())
    for spelling in (
        json.dumps(content).encode(),
        home.read_bytes() + b"\n",
        home.read_bytes().replace(b'"file"', b'"\\u0066ile"'),
        home.read_bytes().replace(b"{", b'{"kek": "file",', 1),
    ):
        spoil(home, spelling)
        assert code_of(open_keyring, home, kek) == "keyring-altered"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"version": 4}, "keyring-version"),
        ({"version": 3}, "keyring-altered"),
        ({"version": 2}, "keyring-altered"),
        ({"version": "1"}, "keyring-version"),
        ({"version": True}, "keyring-altered"),
        ({"format": "other"}, "keyring-unreadable"),
        ({"kek": "pkcs11"}, "keyring-kek"),
        ({"generation": 2}, "keyring-altered"),
        ({"generation": "1"}, "keyring-altered"),
        ({"sealed": ""}, "keyring-altered"),
        ({"sealed": "AAA"}, "keyring-altered"),
        ({"sealed": "é"}, "keyring-altered"),
        ({"sealed": None}, "keyring-altered"),
        ({"more": 1}, "keyring-altered"),
    ],
)
def test_a_changed_header_is_refused_with_its_code(home, kek, change, code):
    content = json.loads(home.read_bytes()) | change
    spoil(home, json.dumps(content, sort_keys=True, indent=1).encode() + b"\n")
    assert code_of(open_keyring, home, kek) == code


@pytest.mark.parametrize("content", [b"", b"[]", b"1", b'"format"', b"\xff\xfe", b"{}", b"[" * 100_000, b"\0" * 2**21])
def test_what_is_no_keyring_is_refused(home, kek, content):
    spoil(home, content)
    assert code_of(open_keyring, home, kek) == "keyring-unreadable"


@pytest.mark.parametrize("content", [b"", b"0" * 64, b"scormveil-kek-1:" + b"0" * 63, b"scormveil-kek-1:" + b"A" * 64])
def test_what_is_no_key_is_refused(home, kek, tmp_path, content):
    spoil(tmp_path / "kek", content)
    assert code_of(open_keyring, home, kek) == "kek-unreadable"


def test_a_full_disk_leaves_the_old_keyring(home, kek, monkeypatch):
    new, before = next_ring(home, kek), home.read_bytes()

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert code_of(replace_keyring, home, kek, new) == "keyring-not-written"
    assert home.read_bytes() == before
    assert not list(home.parent.glob(".*"))


def test_a_disk_that_loses_what_it_was_given_is_noticed_before_anything_is_replaced(home, kek, monkeypatch):
    new, before = next_ring(home, kek), home.read_bytes()

    def losing(handle):
        if stat.S_ISREG(os.fstat(handle).st_mode):
            os.ftruncate(handle, 10)

    monkeypatch.setattr(os, "fsync", losing)
    assert code_of(replace_keyring, home, kek, new) == "keyring-not-written"
    assert code_of(FileKek.create, home.with_name("second")) == "kek-not-written"
    assert home.read_bytes() == before
    assert not home.with_name("second").exists()


def test_the_watch_notices_a_keyring_that_is_gone_or_replaced(home, kek):
    watch = KeyringWatch(home)
    watch.check()
    replace_keyring(home, kek, next_ring(home, kek))
    assert code_of(watch.check) == "keyring-changed"
    again = KeyringWatch(home)
    home.chmod(0o644)
    assert code_of(again.check) == "keyring-changed"
    home.unlink()
    assert code_of(again.check) == "keyring-missing"
    assert code_of(KeyringWatch, home) == "keyring-missing"


def test_dates_of_compromise_and_destruction_are_kept_in_a_form_of_their_own(tmp_path, kek, make_key):
    later = datetime(2026, 6, 1, tzinfo=UTC)
    known = make_key("k7qx", Purpose.SEAL, 3, KeyState.COMPROMISED, compromised=later)
    gone = make_key("k8qx", Purpose.SEAL, 4, KeyState.DESTROYED, compromised=later, destroyed=later)
    for number, keys in enumerate(([known], [gone], [known, gone])):
        path = tmp_path / f"ring{number}"
        install_keyring(path, kek, Keyring(keys, 1))
        assert open_keyring(path, kek).keys == tuple(keys)
        assert json.loads(path.read_bytes())["version"] == 2
