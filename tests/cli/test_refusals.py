"""What goes wrong around the keys, told at the door: a sentence that says what to do, and nothing half done."""

import os
import pty
import select
import shutil
import subprocess
import sys

import pytest

from keys import FileKek
from tests.cli.kit import PEOPLE, ROOT

PATIENCE = 30
ACT = ("keys", "rotate", "seal", "--yes")


def damaged(house, path, content):
    path.write_bytes(content)
    return house


class TestTheKeyringFile:
    @pytest.mark.parametrize("length", [0, 1, 100, -1])
    def test_that_is_truncated_is_refused(self, full, length):
        content = full.keyring.read_bytes()
        full.keyring.write_bytes(content[:length])
        for command in (("keys", "list"), ACT):
            said = full.refused(*command)
            assert "keyring-unreadable: " in said or "keyring-altered: " in said
            assert "Restore it, or the `.previous` file beside it." in said

    def test_that_is_open_to_others_is_refused(self, full):
        full.keyring.chmod(0o644)
        assert "keyring-exposed: Others may read or write the keyring. Run `chmod 600`" in full.refused(*ACT)
        full.keyring.chmod(0o600)
        (full.folder / "kek.key").chmod(0o640)
        assert "kek-exposed: Others may read or write the key-encryption key. Run `chmod 600`" in full.refused(*ACT)

    def test_that_is_older_is_refused_with_the_way_to_accept_it(self, full):
        older = full.keyring.read_bytes()
        full.done(*ACT)
        full.keyring.write_bytes(older)
        for command in (("keys", "list"), ACT):
            said = full.refused(*command)
            assert "keyring-rolled-back: The keyring is older than one already used here" in said
            assert "move it away and `scormveil keys import FILE --accept`" in said
        shutil.move(full.keyring, full.folder / "older.json")
        full.done("keys", "import", "older.json", "--accept", "--yes")
        assert full.recalled(full.tokens) == list(PEOPLE)

    def test_that_is_of_another_copy_is_refused(self, full):
        """Somebody restored a backup and went on with it elsewhere."""
        fork = full.keyring.read_bytes()
        full.done(*ACT)
        full.keyring.write_bytes(fork)
        (full.folder / "keyring.json.seen").unlink()
        (full.folder / "keyring.json.previous").unlink()
        aside = full.folder / "aside"
        aside.mkdir()
        for name in ("mapping.db", "mapping.db-wal", "mapping.db-shm", "keys.db", "keys.db-wal", "keys.db-shm"):
            if (full.folder / name).exists():
                shutil.copy(full.folder / name, aside)
        with_old_stores(full)
        full.done("keys", "rotate", "pseudonym", "--yes")
        for path in aside.iterdir():
            shutil.copy(path, full.folder)
        assert "keyring-forked: Another keyring of the same generation is in use on this mapping" in full.refused(*ACT)

    def test_that_is_gone_is_refused_with_both_ways_to_one(self, full):
        full.keyring.unlink()
        said = full.refused(*ACT)
        assert "`scormveil init` makes a first one; `scormveil keys import` brings one back." in said


def with_old_stores(house):
    """Stores that have never heard of a keyring."""
    for path in house.folder.glob("*.db*"):
        path.unlink()
    house.done("init", "--config", house.config_file)


class TestTheKeyEncryptionKey:
    def test_that_is_another_one_is_refused(self, full):
        (full.folder / "kek.key").unlink()
        FileKek.create(full.folder / "kek.key")
        said = full.refused(*ACT)
        assert "kek-wrong: This key-encryption key did not seal this keyring. Give the one that belongs to it." in said

    def test_that_is_a_wrong_passphrase_is_refused(self, full):
        words = '[keys.{}]\nprovider = "passphrase"\npassphrase = "env:TEST_PASSPHRASE"\n'
        full.configure(keys=words.format("new_kek"))
        full.done("keys", "rewrap", "--yes")
        full.configure(keys=words.format("kek"))
        full.monkeypatch.setenv("TEST_PASSPHRASE", "twelve invented lighthouses")
        assert "kek-passphrase: The passphrase did not seal this" in full.refused(*ACT)

    def test_that_is_kept_by_a_command_that_is_not_there_is_refused(self, full):
        full.configure(keys='[keys.kek]\nprovider = "command"\ncommand = ["/nowhere/kek-vault"]\n')
        assert "keyring-kek: The keyring was sealed by another kind of key-encryption key." in full.refused(*ACT)


class TestTheStores:
    def test_that_are_not_there_say_where_to_look(self, full):
        (full.folder / "mapping.db").rename(full.folder / "elsewhere")
        said = full.refused(*ACT)
        assert "reason: not-created. There is no store of scormveil at that address. Correct the address" in said

    def test_of_two_installations_do_not_go_together(self, full, founded):
        for path in full.folder.glob("keys.db*"):
            path.unlink()
        shutil.copy(founded / "keys.db", full.folder)
        said = full.refused(*ACT)
        assert "reason: key-store-new. The key store is empty, but the mapping has people whose keys should be" in said

    def test_on_a_full_disk_leave_the_keyring_as_it_was(self, full):
        """In a process of its own: the limit on file sizes holds for all of it."""
        before = full.ring()
        limited = (
            "import resource, sys\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))\n"
            f"sys.argv = ['scormveil', *{list(ACT)!r}]\n"
            "from proxy.cli import main\nmain()\n"
        )
        ended = subprocess.run(
            [sys.executable, "-c", limited],
            cwd=full.folder,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 2, ended
        assert "The disk is full, over a quota, or broken. Make room or mend it" in " ".join(ended.stderr.split())
        assert "Traceback" not in ended.stderr
        assert full.ring().keys == before.keys
        full.done(*ACT)


class TestAWitness:
    @pytest.mark.parametrize("listen", ["nowhere", "127.0.0.1:x", "127.0.0.1:99999", '127.0.0.1:80"\nname = "x'])
    def test_that_would_listen_nowhere_is_not_made(self, house, listen):
        said = house.refused("witness", "init", "wit", "--name", "w.example/audit", "--listen", listen)
        assert "reason: listen. Where a witness listens is an address and a port" in said
        assert not (house.folder / "wit").exists()

    def test_that_lost_what_it_remembers_does_not_begin_anew(self, house):
        house.done("witness", "init", "wit", "--name", "w.example/audit", "--listen", "127.0.0.1:0")
        (house.folder / "wit" / "logs").rmdir()
        for command in ("show", "serve"):
            assert "reason: state." in house.refused("witness", command, "wit")
        assert "is not one of" in house.refused("witness", "serve", "wit", "--log-format", "xml")


def heard(terminal):
    """What the other side writes next; nothing once it has ended."""
    assert select.select([terminal], [], [], PATIENCE)[0], "it says nothing"
    try:
        return os.read(terminal, 4096)
    except OSError:  # the other side is closed
        return b""


class TestAtATerminal:
    """Somebody sits there: a real terminal, a process of its own."""

    def talk(self, house, words, answers):
        """Run a command on a terminal and type an answer at each question; gives exit status and what was shown."""
        parent, child = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "proxy.cli", *words],
            cwd=house.folder,
            env=os.environ | {"PYTHONPATH": str(ROOT), "TERM": "dumb", "COLUMNS": "200"},
            stdin=child,
            stdout=child,
            stderr=child,
            start_new_session=True,
        )
        os.close(child)
        shown = b""
        for question, answer in answers:
            mark = len(shown)
            # With the blank at its end: what is typed before that is thrown away where nothing is to be seen.
            while not (question.encode() in shown[mark:] and shown.endswith(b": ")):
                some = heard(parent)
                assert some, (question, shown)
                shown += some
            os.write(parent, answer.encode() + b"\n")
        while some := heard(parent):
            shown += some
        os.close(parent)
        return process.wait(PATIENCE), shown.decode()

    def test_the_purpose_is_typed_to_confirm(self, full):
        code, shown = self.talk(full, ["keys", "rotate", "seal"], [("Type seal to do it", "seal")])
        assert code == 0, shown
        assert "Done: keyring generation 2 is in force." in shown

    def test_anything_else_stops(self, full):
        code, shown = self.talk(full, ["keys", "rotate", "seal"], [("Type seal to do it", "yes")])
        assert code == 2
        assert "Nothing was changed." in shown
        assert full.ring().generation == 1

    def test_a_passphrase_is_asked_twice_and_not_shown(self, full):
        secret = "eleven invented lighthouses"
        code, shown = self.talk(
            full,
            ["keys", "export", "copy.export"],
            [("Passphrase of the copy", secret), ("Repeat for confirmation", secret), ("Type yes", "yes")],
        )
        assert code == 0, shown
        assert secret not in shown
        assert (full.folder / "copy.export").exists()

    def test_who_is_forgotten_is_asked_and_not_shown(self, full):
        code, shown = self.talk(
            full,
            ["people", "erase", "--tenant", "uni"],
            [("Her subject (not shown)", "o'brien"), ("Type yes", "yes")],
        )
        assert code == 0, shown
        assert "o'brien" not in shown
        assert full.recalled(full.tokens) == [PEOPLE[0], None, PEOPLE[2]]
