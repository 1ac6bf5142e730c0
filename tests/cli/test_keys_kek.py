"""Changing what seals the keyring: made, changed, moved; and what stands in the way, in a sentence."""

import shutil

import pytest

from tests.cli.kit import PEOPLE
from tests.keys.softhsm import PIN, token

PASSPHRASE = '[keys.{}]\nprovider = "passphrase"\npassphrase = "env:TEST_PASSPHRASE"\n'
FILE = '[keys.{}]\nprovider = "file"\npath = "next.key"\n'
ENV = '[keys.{}]\nprovider = "env"\nvariable = "TEST_KEK"\n'


def hsm(library):
    return (
        f'[keys.{{}}]\nprovider = "pkcs11"\nlibrary = "{library}"\ntoken = "scormveil test"\nlabel = "kek"\n'
        'pin = "env:TEST_PIN"\n'
    )


def moved(house, words):
    """The settings of the next key are put in the place of the old ones."""
    house.configure(keys=words.format("kek"))


class TestAChange:
    def test_is_planned_step_by_step_and_a_dry_run_changes_nothing(self, full):
        full.configure(keys=PASSPHRASE.format("new_kek"))
        before = full.content()
        said = full.done("keys", "rewrap", "--dry-run").words
        assert "Plan: change the key-encryption key, file → passphrase." in said
        assert [f"{number}. " in said for number in range(1, 7)] == [True] * 6
        assert "Records touched: none." in said
        assert full.content() == before

    def test_touches_no_record_and_leaves_nothing_that_the_old_one_opens(self, full):
        full.done("keys", "rotate", "seal", "--yes")
        records = full.content()[1][:2]
        full.configure(keys=PASSPHRASE.format("new_kek"))
        said = full.done("keys", "rewrap", "--yes").words
        assert "Done: keyring generation 3 is sealed by passphrase." in said
        assert full.content()[1][:2] == records
        assert [one.event for one in full.events()][-1] == "kek-changed"

        (full.folder / "kek.key").unlink()
        moved(full, PASSPHRASE)
        assert full.listed()["guarded_by"] == "passphrase"
        assert full.recalled(full.tokens) == list(PEOPLE)
        full.done("keys", "rotate", "pseudonym", "--yes")
        for path in ("keyring.json", "keyring.json.previous"):
            assert b'"kek": "passphrase"' in (full.folder / path).read_bytes()

    def test_to_another_file_needs_one_that_was_made(self, full):
        full.configure(keys=FILE.format("new_kek"))
        assert "kek-missing" in full.refused("keys", "rewrap", "--yes")
        assert "Made the key-encryption key of [keys.new_kek]." in full.done("keys", "make-kek").words
        assert "kek-exists" in full.refused("keys", "make-kek")
        full.done("keys", "rewrap", "--yes")
        moved(full, FILE)
        (full.folder / "kek.key").unlink()
        assert full.recalled(full.tokens) == list(PEOPLE)

    def test_without_a_next_one_says_where_to_describe_it(self, full):
        said = full.refused("keys", "rewrap", "--yes")
        assert "kek-unchanged: There is no next key-encryption key. Describe it under [keys.new_kek] first." in said

    def test_that_was_done_says_what_is_left_to_do(self, full):
        full.configure(keys=PASSPHRASE.format("new_kek"))
        full.done("keys", "rewrap", "--yes")
        said = full.refused("keys", "rewrap", "--yes")
        assert "kek-done: The keyring is sealed by [keys.new_kek] already. Move its settings to [keys.kek]." in said
        full.done("keys", "rotate", "seal", "--yes")
        assert full.recalled(full.tokens) == list(PEOPLE)

    @pytest.mark.parametrize("words", [PASSPHRASE, ENV])
    def test_makes_no_passphrase_and_no_variable_for_anybody(self, full, words):
        full.monkeypatch.setenv("TEST_KEK", "")
        full.configure(keys=words.format("new_kek"))
        assert "kek-elsewhere" in full.refused("keys", "make-kek")


@pytest.mark.real
class TestWithAnHsm:
    @pytest.fixture
    def library(self, full, monkeypatch):
        monkeypatch.setenv("TEST_PIN", PIN)
        return token(full.folder / "hsm", monkeypatch)

    def test_the_key_is_made_in_it_and_the_keyring_moves_there(self, full, library):
        full.configure(keys=hsm(library).format("new_kek"))
        assert "kek-hsm-no-key" in full.refused("keys", "rewrap", "--yes")
        full.done("keys", "make-kek")
        full.done("keys", "rewrap", "--yes")
        moved(full, hsm(library))
        assert full.listed()["guarded_by"] == "pkcs11"
        assert full.recalled(full.tokens) == list(PEOPLE)

    def test_a_house_can_be_founded_on_it(self, full, library):
        for path in full.folder.glob("k*"):
            path.unlink()
        full.configure(keys=hsm(library).format("kek"))
        assert "kek-hsm-no-key" in full.refused("init")
        assert "Made the key-encryption key of [keys.kek]." in full.done("keys", "make-kek").words
        full.done("init")
        assert full.listed()["guarded_by"] == "pkcs11"

    def test_that_is_gone_every_command_says_so_and_changes_nothing(self, full, library):
        full.configure(keys=hsm(library).format("new_kek"))
        full.done("keys", "make-kek")
        full.done("keys", "rewrap", "--yes")
        moved(full, hsm(library))
        tokens = full.folder / "hsm" / "tokens"
        tokens.rename(full.folder / "unplugged")
        tokens.mkdir()
        for command in (("list",), ("plan",), ("rotate", "seal", "--yes"), ("export", "copy.export", "--yes")):
            said = full.refused("keys", *command)
            assert "kek-unavailable: The keeper of the key-encryption key (KMS, Vault, HSM) does not answer" in said
        tokens.rmdir()
        shutil.move(full.folder / "unplugged", tokens)
        assert full.listed()["generation"] == 2

    def test_with_a_wrong_pin_warns_before_the_token_locks(self, full, library):
        full.configure(keys=hsm(library).format("new_kek"))
        full.done("keys", "make-kek")
        full.done("keys", "rewrap", "--yes")
        moved(full, hsm(library))
        full.monkeypatch.setenv("TEST_PIN", "9999-9999")
        assert "kek-pin: The HSM refused the PIN. Correct it before you repeat" in full.refused("keys", "list")
