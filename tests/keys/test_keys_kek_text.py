"""Key-encryption keys that people give as text: in a variable, or as a passphrase."""

import base64
import unicodedata

import pytest
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from hypothesis import given, settings
from hypothesis import strategies as st

from keys import EnvKek, KeyringError, PassphraseKek, Secret
from keys.kek.box import open_box

NAME = "TEST_KEK"
CHEAP = 1 << 14
WORDS = "Brücke Käse O'Brien Zange"


def code_of(act, *args, **more):
    with pytest.raises(KeyringError) as refused:
        act(*args, **more)
    return refused.value.code


def phrase(words, **costs):
    return PassphraseKek(Secret(words.encode()), **({"n": CHEAP} | costs))


RANDOM = bytes.fromhex("9f1c0a7e5db2334488c0ffee00112233e4d5c6b7a8990b1c2d3e4f5061728394")
WEAK = {
    "half a key": base64.b64encode(RANDOM[:16]).decode(),
    "a key and more": base64.b64encode(RANDOM + b"x").decode(),
    "hexadecimal": RANDOM.hex(),
    "a password": "correct horse battery staple",
    "a password in base64": base64.b64encode(b"correct horse battery staple 123").decode(),
    "zeros": base64.b64encode(bytes(32)).decode(),
    "a pattern": base64.b64encode(b"\x01\xfe" * 16).decode(),
    "not base64": base64.b64encode(RANDOM).decode().replace("/", "_").replace("=", "") + "=",
    "another spelling": base64.b64encode(RANDOM).decode()[:-2] + "R=",
    "not even text": "\udcff\udcfe" * 16,
}


@pytest.mark.parametrize("name", WEAK)
def test_a_variable_that_holds_no_good_key_is_refused(monkeypatch, name):
    monkeypatch.setenv(NAME, WEAK[name])
    assert code_of(EnvKek(NAME).wrap, Secret(b"x"), b"") == "kek-weak"


@pytest.mark.parametrize("content", ["", " ", None])
def test_a_variable_that_is_not_set_is_said(monkeypatch, content):
    monkeypatch.delenv(NAME, raising=False)
    if content is not None:
        monkeypatch.setenv(NAME, content)
    assert code_of(EnvKek(NAME).unwrap, b"", b"") == "kek-unset"


def test_a_line_end_after_the_key_does_no_harm(monkeypatch):
    monkeypatch.setenv(NAME, base64.b64encode(RANDOM).decode())
    wrapped = EnvKek(NAME).wrap(Secret(b"x"), b"")
    monkeypatch.setenv(NAME, base64.b64encode(RANDOM).decode() + "\n")
    assert EnvKek(NAME).unwrap(wrapped, b"") == Secret(b"x")


@pytest.mark.parametrize("words", ["", "elf Zeichen", "aaaaaaaaaaaaaaaa", "abababababababab", "\u0308" * 40])
def test_a_passphrase_that_can_be_guessed_is_refused(words):
    assert code_of(phrase, words) == "kek-weak"


def test_a_passphrase_that_is_no_text_is_refused():
    assert code_of(PassphraseKek, Secret(b"\xff\xfe" * 20)) == "kek-weak"


@pytest.mark.parametrize(
    "costs",
    [
        {"n": 1 << 13},
        {"n": 1 << 21},
        {"n": 1 << 20, "r": 9},
        {"n": 100_000},
        {"n": 0},
        {"n": -4},
        {"r": 0},
        {"r": 33},
        {"p": 0},
        {"p": 5},
    ],
)
def test_costs_that_are_neither_safe_nor_bearable_are_refused(costs):
    assert code_of(phrase, WORDS, **costs) == "kek-costs"


def test_the_same_words_from_another_keyboard_open_it():
    wrapped = phrase(unicodedata.normalize("NFC", WORDS)).wrap(Secret(b"x"), b"")
    assert phrase(unicodedata.normalize("NFD", WORDS)).unwrap(wrapped, b"") == Secret(b"x")


def test_costs_can_be_raised_and_what_was_wrapped_before_still_opens():
    old, new = phrase(WORDS), phrase(WORDS, n=1 << 15, p=2)
    wrapped = old.wrap(Secret(b"x"), b"")
    assert new.unwrap(wrapped, b"") == Secret(b"x")
    again = new.wrap(Secret(b"x"), b"")
    assert (wrapped[:4], again[:4]) == (b"\x01\x0e\x08\x01", b"\x01\x0f\x08\x02")
    assert old.unwrap(again, b"") == Secret(b"x")


def test_new_seals_cost_what_owasp_puts_first(passphrases_cost_little):
    kek = PassphraseKek(Secret(WORDS.encode()), **passphrases_cost_little)
    wrapped = kek.wrap(Secret(b"x"), b"")
    assert wrapped[:4] == bytes((1, 17, 8, 1))
    assert kek.unwrap(wrapped, b"") == Secret(b"x")


def test_it_is_scrypt_as_anybody_would_compute_it():
    wrapped = phrase(WORDS).wrap(Secret(b"x"), b"here")
    key = Scrypt(salt=wrapped[4:20], length=32, n=CHEAP, r=8, p=1).derive(WORDS.encode())
    assert open_box(Secret(key), wrapped[20:], wrapped[:20] + b"here") == Secret(b"x")


@settings(max_examples=60, deadline=None)
@given(header=st.binary(min_size=4, max_size=4).filter(lambda raw: raw != b"\x01\x0e\x08\x01"))
def test_altered_costs_take_neither_memory_nor_time(header):
    if header[0] == 1 and 14 <= header[1] <= 20:
        header = header[:1] + bytes((header[1] + 7,)) + header[2:]
    assert code_of(phrase(WORDS).unwrap, header + bytes(16 + 40), b"") == "keyring-altered"


def test_no_memory_for_the_costs_is_a_refusal(monkeypatch):
    def poor(*_args):
        raise MemoryError

    monkeypatch.setattr("keys.kek.passphrase.Scrypt", poor)
    assert code_of(phrase(WORDS).wrap, Secret(b"x"), b"") == "kek-costs"
