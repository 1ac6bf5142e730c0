"""A copy for the safe, and the way back: whatever was lost, nobody becomes somebody new without having been told."""

import asyncio
import shutil
import stat

import pytest

from keys import KeyringError
from proxy.assemble import build
from proxy.config import load
from tests.cli.kit import PEOPLE

WITH = ("--passphrase", "env:TEST_PASSPHRASE")


def exported(house, name="copy.export"):
    house.done("keys", "export", name, *WITH, "--yes")
    return house.folder / name


def lose_keyring(house, *, seen=False):
    """The keyring file is gone; with `seen` also what noted which was the newest."""
    house.keyring.unlink()
    (house.folder / "keyring.json.previous").unlink(missing_ok=True)
    if seen:
        (house.folder / "keyring.json.seen").unlink()


def serves(house):
    """Start as a node does, before it serves: the newest keyring must be in force, or it raises."""

    async def opened():
        built = build(load(house.config_file), house.config_file)
        await built.open()
        try:
            await built.ready()
        finally:
            await built.close()

    asyncio.run(opened())


class TestAnExport:
    def test_is_written_once_closed_to_others_and_named_in_the_log(self, full):
        copy = exported(full)
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        [entry] = [one for one in full.events() if one.event == "keyring-exported"]
        assert (entry.actor, entry.reason) == ("operator", "generation:1")
        said = full.refused("keys", "export", copy, *WITH, "--yes")
        assert "export-exists: There is a file at that path already, and exports overwrite nothing." in said

    def test_shows_a_plan_first(self, full):
        before = full.content()
        said = full.done("keys", "export", "copy.export", "--dry-run").words
        assert "Plan: write all 4 keys of generation 1 to copy.export." in said
        assert full.content() == before

    def test_needs_a_passphrase_worth_the_name(self, full):
        full.monkeypatch.setenv("TEST_PASSPHRASE", "short")
        assert "kek-weak" in full.refused("keys", "export", "copy.export", *WITH, "--yes")
        said = full.refused("keys", "export", "copy.export", "--yes")
        assert "no terminal to ask for the passphrase at. Say where it is: env:NAME or file:PATH." in said
        assert not (full.folder / "copy.export").exists()

    def test_into_nowhere_is_refused(self, full):
        said = full.refused("keys", "export", "no/such/folder/copy.export", *WITH, "--yes")
        assert "export-not-written: The export was not written. Check path, disk and rights." in said


class TestAnImport:
    def test_never_replaces_a_keyring(self, full):
        copy = exported(full)
        before = full.content()
        said = full.refused("keys", "import", copy, *WITH, "--accept", "--yes")
        assert "keyring-exists: A keyring is already there and is never overwritten" in said
        assert full.content() == before

    @pytest.mark.parametrize("seen", [True, False])
    def test_of_the_newest_brings_everybody_back(self, full, seen):
        full.done("keys", "rotate", "seal", "--yes")
        copy = exported(full)
        lose_keyring(full, seen=seen)
        said = full.done("keys", "import", copy, *WITH, "--yes").words
        assert "OLDER" not in said
        assert "cannot be read" not in said
        assert full.recalled(full.tokens) == list(PEOPLE)
        assert full.mint() == full.tokens
        serves(full)

    def test_of_an_older_one_must_be_accepted_and_is_usable_then(self, full):
        copy = exported(full)
        full.done("keys", "rotate", "pseudonym", "--yes")
        full.done("keys", "rotate", "seal", "--yes")
        [late] = full.mint(["late"])
        serves(full)
        (full.folder / "keyring.json").unlink()
        before = full.content()

        said = full.refused("keys", "import", copy, *WITH, "--yes")
        assert "OLDER than generation 3, which was in use" in said
        assert f"It has no key {late[3:7]} (pseudonym): 1 rows cannot be read or found with it." in said
        assert "(seal): 1 rows cannot be read" in said
        assert "`keys import --from-key-store` loses nothing." in said
        assert "keyring-rolled-back" in said
        assert full.content() == before

        said = full.done("keys", "import", copy, *WITH, "--accept", "--yes").words
        assert "Done: keyring generation 4 is in force here." in said
        [entry] = [one for one in full.events() if one.event == "keyring-imported"]
        assert (entry.actor, entry.reason) == ("operator", "generation:1-as:4")
        assert full.recalled(full.tokens) == list(PEOPLE)
        serves(full)
        full.done("keys", "rotate", "lookup", "--yes")
        assert full.listed()["generation"] == 5
        assert "2 records could not be opened" in full.run("keys", "reseal").words, "hers, and nobody else's"
        assert full.listed()["jobs"] == [
            {"name": "reindex", "state": "cannot-open", "done": 5, "left": 1},
            {"name": "reseal", "state": "cannot-open", "done": 1, "left": 1},
        ]

    def test_from_the_key_store_needs_no_copy_at_all(self, full):
        full.done("keys", "rotate", "seal", "--yes")
        wanted = full.keyring.read_bytes()
        lose_keyring(full)
        said = full.done("keys", "import", "--from-key-store", "--yes").words
        assert "Plan: put the key store's keyring (5 keys) in force as generation 2." in said
        assert full.keyring.read_bytes() == wanted
        serves(full)

    def test_from_a_key_store_that_has_none_says_so(self, full):
        lose_keyring(full)
        assert "keyring-behind" in full.refused("keys", "import", "--from-key-store", "--yes")

    def test_that_was_interrupted_is_finished_by_the_same_import(self, full):
        """The keyring was announced, the file not yet written: a crash, or a full disk."""
        copy = exported(full)
        full.done("keys", "rotate", "seal", "--yes")
        lose_keyring(full)

        def crash(_self, _sealed):
            raise KeyringError("keyring-not-written")

        with full.monkeypatch.context() as patched:
            patched.setattr("proxy.keepers.RingFile.install", crash)
            assert "keyring-not-written" in full.refused("keys", "import", copy, *WITH, "--accept", "--yes")
        full.done("keys", "import", copy, *WITH, "--yes")
        assert full.listed()["generation"] == 3
        serves(full)

    def test_on_another_node_of_the_same_installation_takes_what_is_announced(self, full):
        copy = exported(full)
        lose_keyring(full)
        full.done("keys", "import", copy, *WITH, "--yes")
        announced = full.keyring.read_bytes()
        lose_keyring(full, seen=True)
        full.done("keys", "import", copy, *WITH, "--yes")
        assert full.keyring.read_bytes() == announced

    def test_of_a_keyring_file_from_a_backup_needs_the_key_encryption_key_only(self, full):
        backup = shutil.copy(full.keyring, full.folder / "backup.json")
        lose_keyring(full)
        full.done("keys", "import", backup, "--yes")
        assert full.recalled(full.tokens) == list(PEOPLE)

    def test_on_a_new_machine_makes_what_is_missing_and_says_so(self, full, tmp_path):
        copy = exported(full)
        key = full.key("pseudonym")
        new = tmp_path / "new"
        new.mkdir()
        shutil.copy(full.config_file, new)
        full.folder = new
        full.monkeypatch.setenv("SCORMVEIL_CONFIG", str(full.config_file))
        full.monkeypatch.chdir(new)

        said = full.done("keys", "import", copy, *WITH, "--dry-run").words
        assert "There is no mapping or no key store at the configured addresses: they will be made, EMPTY." in said
        assert [path.name for path in new.iterdir()] == ["scormveil.toml"]

        full.done("keys", "import", copy, *WITH, "--yes")
        assert full.key("pseudonym") == key
        assert full.mint() == full.tokens, "pseudonyms follow from the keys"
        serves(full)

    def test_says_what_is_wrong_with_the_copy(self, full):
        copy = exported(full)
        lose_keyring(full)
        content = copy.read_bytes()
        for damaged, code in (
            (content[: len(content) // 2], "export-unreadable"),
            (content.replace(b'"generation": 1', b'"generation": 9'), "export-altered"),
            (b"holiday pictures", "export-unreadable"),
        ):
            copy.write_bytes(damaged)
            assert code in full.refused("keys", "import", copy, *WITH, "--yes")
        copy.write_bytes(content)
        full.monkeypatch.setenv("TEST_PASSPHRASE", "twelve invented lighthouses")
        said = full.refused("keys", "import", copy, *WITH, "--yes")
        assert "kek-passphrase: The passphrase did not seal this" in said
        assert "export-missing" in full.refused("keys", "import", "no.export", *WITH, "--yes")
        assert "Say either which export (FILE), or --from-key-store." in full.refused("keys", "import", "--yes")
        assert not full.keyring.exists()

    def test_where_the_newest_cannot_be_told_says_what_to_do(self, full):
        copy = exported(full)
        full.done("keys", "rotate", "seal", "--yes")
        lose_keyring(full)
        (full.folder / "keyring.json.seen").write_bytes(b"damaged")
        assert "keyring-seen: The `.seen` file beside the keyring is damaged" in full.refused(
            "keys", "import", copy, *WITH, "--yes"
        )
        full.done("keys", "import", copy, *WITH, "--accept", "--yes")
        serves(full)
