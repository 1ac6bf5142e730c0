"""A real token (SoftHSM 2): gone, locked, exchanged, unfit."""

import importlib
import multiprocessing
import shutil
import sys
import threading
from datetime import UTC, datetime

import pytest

from keys import KeyringError, Pkcs11Kek, Secret, create_keyring, open_keyring
from tests.keys.softhsm import PIN, hsm_kek, token

pytestmark = pytest.mark.real
NOW = datetime(2025, 1, 1, tzinfo=UTC)


def code_of(act, *args):
    with pytest.raises(KeyringError) as refused:
        act(*args)
    return refused.value.code


@pytest.fixture
def library(tmp_path, monkeypatch):
    return token(tmp_path / "hsm", monkeypatch)


@pytest.fixture
def kek(library):
    made = hsm_kek(library)
    made.create()
    return made


@pytest.fixture
def wrapped(kek):
    return kek.wrap(Secret(b"all keys"), b"here")


def test_a_key_is_made_once(kek):
    assert code_of(kek.create) == "kek-exists"


def test_a_token_that_is_gone_is_said_and_one_that_is_back_serves(kek, wrapped, tmp_path):
    tokens = tmp_path / "hsm" / "tokens"
    tokens.rename(tmp_path / "unplugged")
    tokens.mkdir()
    assert code_of(kek.unwrap, wrapped, b"here") == "kek-unavailable"
    tokens.rmdir()
    assert code_of(kek.unwrap, wrapped, b"here") == "kek-unavailable"
    (tmp_path / "unplugged").rename(tokens)
    assert kek.unwrap(wrapped, b"here") == Secret(b"all keys")


def test_a_keyring_is_not_opened_without_its_token(kek, tmp_path):
    create_keyring(tmp_path / "ring", kek, NOW)
    shutil.rmtree(tmp_path / "hsm" / "tokens")
    assert code_of(open_keyring, tmp_path / "ring", kek) == "kek-unavailable"


def test_another_token_with_a_key_of_the_same_name_does_not_open_it(wrapped, tmp_path, monkeypatch):
    foreign = hsm_kek(token(tmp_path / "foreign", monkeypatch))
    foreign.create()
    assert code_of(foreign.unwrap, wrapped, b"here") == "kek-wrong"


def test_a_wrong_pin_and_no_pin_at_all_are_said(library, kek, wrapped):
    for pin in ("9999-9999", "1", "x" * 300, ""):
        assert code_of(hsm_kek(library, pin=pin).unwrap, wrapped, b"here") == "kek-pin", pin
    odd = Pkcs11Kek(library, "scormveil test", "kek", lambda: Secret(b"\xff\xfe\xff\xfe"))
    assert code_of(odd.unwrap, wrapped, b"here") == "kek-pin"
    assert kek.unwrap(wrapped, b"here") == Secret(b"all keys")


def test_a_pin_that_cannot_be_had_is_refused_with_its_own_code(library, wrapped):
    def missing():
        raise KeyringError("kek-missing")

    assert code_of(Pkcs11Kek(library, "scormveil test", "kek", missing).unwrap, wrapped, b"here") == "kek-missing"


def test_a_key_or_token_of_another_name_is_said(library, wrapped):
    assert code_of(hsm_kek(library, "none").unwrap, wrapped, b"here") == "kek-hsm-no-key"
    assert code_of(hsm_kek(library, where="none").unwrap, wrapped, b"here") == "kek-unavailable"


def test_a_library_that_is_none_is_said(kek, wrapped, tmp_path):
    (tmp_path / "text").write_text("no library")
    for path in (tmp_path / "none.so", tmp_path / "text"):
        assert code_of(hsm_kek(path).unwrap, wrapped, b"here") == "kek-no-library"


def test_without_the_optional_package_it_says_so(kek, wrapped, monkeypatch):
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    assert code_of(kek.unwrap, wrapped, b"here") == "kek-no-library"


@pytest.mark.parametrize(
    ("bits", "facts"),
    [
        (128, {}),
        (256, {"EXTRACTABLE": True}),
        (256, {"SENSITIVE": False, "EXTRACTABLE": False}),
        (256, {"ENCRYPT": False}),
    ],
)
def test_a_key_that_could_leave_the_token_or_is_short_is_not_used(library, bits, facts):
    pkcs11 = importlib.import_module("pkcs11")
    template = {"SENSITIVE": True, "EXTRACTABLE": False} | facts
    lib = pkcs11.lib(str(library))
    with lib.get_token(token_label="scormveil test").open(rw=True, user_pin=PIN) as session:
        session.generate_key(
            pkcs11.KeyType.AES,
            bits,
            label="kek",
            store=True,
            template={pkcs11.Attribute[name]: value for name, value in template.items()},
        )
    lib.finalize()
    assert code_of(hsm_kek(library).wrap, Secret(b"x"), b"") == "kek-hsm-unfit"


def test_two_keys_of_one_name_are_one_too_many(library, kek, wrapped):
    pkcs11 = importlib.import_module("pkcs11")
    lib = pkcs11.lib(str(library))
    with lib.get_token(token_label="scormveil test").open(rw=True, user_pin=PIN) as session:
        session.generate_key(pkcs11.KeyType.AES, 256, label="kek", store=True)
    lib.finalize()
    assert code_of(kek.unwrap, wrapped, b"here") == "kek-hsm-no-key"


def test_many_threads_take_turns(kek, wrapped):
    opened = []
    threads = [threading.Thread(target=lambda: opened.append(kek.unwrap(wrapped, b"here"))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened == [Secret(b"all keys")] * 6


def unwrap_in_child(kek, wrapped, results):
    results.put(kek.unwrap(wrapped, b"here").reveal())


def test_a_worker_that_was_forked_after_a_use_opens_it_too(kek, wrapped):
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    child = context.Process(target=unwrap_in_child, args=(kek, wrapped, results))
    child.start()
    assert results.get(timeout=20) == b"all keys"
    child.join(10)
