"""Keyring and key-encryption key are read only while nobody else can touch them."""

import os

import pytest

from keys import FileKek, KeyringError, open_keyring


def code_of(act, *args):
    with pytest.raises(KeyringError) as refused:
        act(*args)
    return refused.value.code


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o700, 0o4600])
def test_a_file_that_others_can_touch_is_refused(home, kek, tmp_path, mode):
    home.chmod(mode)
    assert code_of(open_keyring, home, kek) == "keyring-exposed"
    home.chmod(0o600)
    (tmp_path / "kek").chmod(mode)
    assert code_of(open_keyring, home, kek) == "kek-exposed"


def test_read_only_files_do(home, kek, tmp_path):
    home.chmod(0o400)
    (tmp_path / "kek").chmod(0o400)
    assert open_keyring(home, kek).generation == 1


def test_links_folders_and_pipes_are_refused(home, kek, tmp_path):
    (tmp_path / "link").symlink_to(home)
    (tmp_path / "keylink").symlink_to(tmp_path / "kek")
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path / "link", tmp_path / "pipe", tmp_path):
        assert code_of(open_keyring, path, kek) == "keyring-not-a-file"
    assert code_of(open_keyring, home, FileKek(tmp_path / "keylink")) == "kek-not-a-file"


def test_a_file_of_another_user_is_refused(home, kek, tmp_path, monkeypatch):
    real = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: real + 1)
    assert code_of(open_keyring, home, kek) == "keyring-foreign"
    assert code_of(FileKek(tmp_path / "kek").unwrap, b"", b"") == "kek-foreign"
