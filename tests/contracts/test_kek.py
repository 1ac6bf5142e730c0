"""What every keeper of a key-encryption key must do, whatever it is. A new provider joins by one more entry."""

import base64
import io
import secrets
import sys
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from keys import (
    BundleReader,
    BundleWriter,
    CommandKek,
    EnvKek,
    FileKek,
    KekProvider,
    KeyringError,
    PassphraseKek,
    Secret,
    Title,
    create_keyring,
    export_keyring,
    import_keyring,
    open_keyring,
    rewrap_keyring,
)
from tests.keys import softhsm

KEEPER = Path(__file__).parents[1] / "keys" / "keeper.py"
BIND = b"scormveil-keyring, generation 7"
PLAIN = b"the keys of Zo\xc3\xab M\xc3\xbcller-\xc3\x98sterg\xc3\xa5rd, or what else is to be kept " * 40
NOW = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass
class Kept:
    """A provider, the same one made anew, another key of the same kind, and texts that nobody may see."""

    kek: KekProvider
    again: KekProvider
    other: KekProvider
    hidden: list[str]
    flips: int
    """How many changed bits are tried: all, or fewer where each costs a process or a derivation."""


def file(folder, monkeypatch):
    kek, other = FileKek.create(folder / "kek"), FileKek.create(folder / "other")
    return Kept(kek, FileKek(folder / "kek"), other, [(folder / "kek").read_text()[16:80]], 10_000)


def env(folder, monkeypatch):
    key, other = (base64.b64encode(secrets.token_bytes(32)).decode() for _ in range(2))
    monkeypatch.setenv("TEST_KEK", key)
    monkeypatch.setenv("TEST_OTHER_KEK", other)
    return Kept(EnvKek("TEST_KEK"), EnvKek("TEST_KEK"), EnvKek("TEST_OTHER_KEK"), [key], 10_000)


def passphrase(folder, monkeypatch):
    kek, again, other = (
        PassphraseKek(Secret(words.encode()), n=1 << 14)
        for words in ("Brücke Käse 李小龙 Zange", "Brücke Käse 李小龙 Zange", "Brücke Käse 李小龙 Zangen")
    )
    return Kept(kek, again, other, ["Brücke", "Zange"], 80)


def command(folder, monkeypatch):
    for name in ("key", "other"):
        (folder / name).write_text(secrets.token_hex(32))
    kek, again, other = (
        CommandKek([sys.executable, str(KEEPER), str(folder / name)]) for name in ("key", "key", "other")
    )
    return Kept(kek, again, other, [(folder / "key").read_text()], 16)


def pkcs11(folder, monkeypatch):
    library = softhsm.token(folder / "hsm", monkeypatch)
    kek, again, other = (softhsm.hsm_kek(library, name) for name in ("kek", "kek", "other"))
    kek.create()
    other.create()
    return Kept(kek, again, other, [softhsm.PIN], 200)


PROVIDERS = {
    "file": file,
    "env": env,
    "passphrase": passphrase,
    "command": command,
    "pkcs11": pytest.param(pkcs11, marks=pytest.mark.real),
}


@pytest.fixture(params=list(PROVIDERS.values()), ids=list(PROVIDERS))
def kept(request, tmp_path, monkeypatch):
    return request.param(tmp_path, monkeypatch)


@pytest.fixture
def wrapped(kept):
    return kept.kek.wrap(Secret(PLAIN), BIND)


def refusal(kek, wrapped, bind=BIND):
    """The code of the refusal, and everything that could be printed of it."""
    with pytest.raises(KeyringError) as refused:
        kek.unwrap(wrapped, bind)
    shown = traceback.TracebackException.from_exception(refused.value, capture_locals=True)
    return refused.value.code, "".join(shown.format())


def test_what_was_wrapped_opens_again_here_and_after_a_restart(kept, wrapped):
    assert kept.kek.unwrap(wrapped, BIND) == Secret(PLAIN)
    assert kept.again.unwrap(wrapped, BIND) == Secret(PLAIN)
    assert kept.kek.unwrap(kept.again.wrap(Secret(b""), b""), b"") == Secret(b"")


def test_nothing_of_it_can_be_read(kept, wrapped):
    assert PLAIN[:8] not in wrapped
    assert not any(text.encode() in wrapped for text in kept.hidden)


def test_two_wraps_of_the_same_differ(kept, wrapped):
    second = kept.kek.wrap(Secret(PLAIN), BIND)
    assert second != wrapped
    assert second[-len(PLAIN) :] != wrapped[-len(PLAIN) :]


def test_it_opens_where_it_belongs_only(kept, wrapped):
    for bind in (b"", BIND[:-1], BIND + b"\0"):
        assert refusal(kept.kek, wrapped, bind)[0] in {"keyring-altered", "kek-wrong"}


def test_a_bundle_that_it_seals_opens_with_it_and_no_other(kept):
    sink = io.BytesIO()
    writer = BundleWriter(sink, kept.kek, Title("mapping", 1))
    writer.write(PLAIN)
    writer.finish()
    sink.seek(0)
    assert b"".join(BundleReader(sink, [kept.other, kept.again]).chunks()) == PLAIN
    sink.seek(0)
    with pytest.raises(KeyringError):
        BundleReader(sink, [kept.other])


def test_another_key_does_not_open_it(kept, wrapped):
    assert refusal(kept.other, wrapped)[0] in {"kek-wrong", "kek-passphrase"}


def test_every_changed_bit_is_refused(kept):
    wrapped = kept.kek.wrap(Secret(b"short"), BIND)
    bits = len(wrapped) * 8
    for at in sorted({*range(0, bits, max(1, bits // kept.flips)), *range(bits - 8, bits)}):
        changed = bytearray(wrapped)
        changed[at // 8] ^= 1 << at % 8
        assert refusal(kept.kek, bytes(changed))[0] in {"keyring-altered", "kek-wrong", "kek-passphrase"}, at


def test_every_truncation_is_refused(kept):
    wrapped = kept.kek.wrap(Secret(b""), BIND)
    for length in sorted({*range(0, len(wrapped), max(1, len(wrapped) // kept.flips)), len(wrapped) - 1}):
        assert refusal(kept.kek, wrapped[:length])[0] in {"keyring-altered", "kek-wrong", "kek-passphrase"}, length
    assert refusal(kept.kek, wrapped + b"\0")[0] == "keyring-altered"


def test_its_name_is_the_one_in_the_keyring_file(kept, request):
    assert kept.kek.name == kept.other.name == request.node.callspec.id


def test_neither_it_nor_its_refusals_show_anything(kept, wrapped):
    shown = repr(kept.kek) + refusal(kept.other, wrapped)[1] + refusal(kept.kek, wrapped, b"elsewhere")[1]
    assert not any(text in shown for text in kept.hidden)
    assert "the keys of" not in shown


def test_a_keyring_lives_under_it_is_exported_to_it_and_moves_to_another(kept, tmp_path):
    home = tmp_path / "keyring.json"
    made = create_keyring(home, kept.kek, NOW)
    assert open_keyring(home, kept.again).keys == made.keys
    assert import_keyring(export_keyring(made, kept.kek), kept.again).keys == made.keys
    rewrap_keyring(home, kept.kek, kept.other)
    assert open_keyring(home, kept.other).keys == made.keys
