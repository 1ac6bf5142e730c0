"""The copy for the safe: whole, sealed by a key of its own, or refused."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keys import FileKek, KeyringError, export_keyring, import_keyring, install_keyring, open_keyring

NOW = datetime(2025, 1, 1, tzinfo=UTC)
QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def code_of(act, *args):
    with pytest.raises(KeyringError) as refused:
        act(*args)
    return refused.value.code


@pytest.fixture
def safe(tmp_path):
    return FileKek.create(tmp_path / "safe")


@pytest.fixture
def copy(ring, safe):
    return export_keyring(ring, safe)


def test_what_was_exported_comes_back_with_every_state_and_generation(ring, copy, safe):
    back = import_keyring(copy, safe)
    assert (back.keys, back.generation) == (ring.keys, ring.generation)
    assert not any(key.material.reveal().hex().encode() in copy for key in ring.keys if key.material)


def test_a_lost_keyring_is_replaced_by_the_copy(tmp_path, ring, copy, safe, kek):
    install_keyring(tmp_path / "ring", kek, import_keyring(copy, safe))
    assert open_keyring(tmp_path / "ring", kek).keys == ring.keys


def test_an_export_is_no_keyring_and_a_keyring_no_export(home, kek):
    copy = export_keyring(open_keyring(home, kek), kek)
    assert code_of(import_keyring, home.read_bytes(), kek) == "export-unreadable"
    home.write_bytes(copy)
    assert code_of(open_keyring, home, kek) == "keyring-unreadable"
    home.write_bytes(copy.replace(b"scormveil-keyring-export", b"scormveil-keyring"))
    assert code_of(open_keyring, home, kek) == "keyring-altered"


def test_another_key_or_another_kind_of_key_does_not_open_it(copy, tmp_path, safe):
    class Other:
        name = "env"

    assert code_of(import_keyring, copy, FileKek.create(tmp_path / "other")) == "kek-wrong"
    assert code_of(import_keyring, copy, Other()) == "export-kek"
    assert code_of(import_keyring, copy.replace(b'"version": 1', b'"version": 9'), safe) == "export-unreadable"


def test_every_truncation_is_refused(copy, safe):
    codes = {code_of(import_keyring, copy[:length], safe) for length in range(len(copy))}
    assert codes == {"export-unreadable", "export-altered"}


@QUICK
@given(data=st.data())
def test_every_changed_bit_is_refused(copy, safe, data):
    at = data.draw(st.integers(0, len(copy) * 8 - 1))
    changed = bytearray(copy)
    changed[at // 8] ^= 1 << at % 8
    assert code_of(import_keyring, bytes(changed), safe).startswith(("export-", "kek-wrong"))


def test_a_seal_that_does_not_open_again_is_not_handed_out(ring, safe):
    class Forgetful:
        name = "file"

        def wrap(self, plain, bind):
            return safe.wrap(plain, bind)[:-1] + b"\0\0"

        def unwrap(self, wrapped, bind):
            return safe.unwrap(wrapped, bind)

    assert code_of(export_keyring, ring, Forgetful()) == "export-altered"
