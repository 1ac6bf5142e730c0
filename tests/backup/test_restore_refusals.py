"""What a restore refuses, before anything is touched."""

import shutil
import time
from datetime import UTC, datetime

from keys import Purpose, rotate
from proxy.store.engines import parse
from tests.backup.installation import ZOE, found_in, node_is_alive


def hours(number):
    """A moment so far from now, in nanoseconds."""
    return time.time_ns() + number * 3_600_000_000_000


class TestRefused:
    def test_what_is_there_is_not_overwritten(self, one, bundle, keys, source):
        reason = "target-exists" if source.kind == "sqlite" else "target-not-empty"
        for file in (bundle, keys):
            assert one.refuses("backup", "restore", str(file)) == reason
        assert one.refuses("backup", "make", str(bundle)) == "exists"

    def test_an_expired_key_store_is_restored_only_if_that_is_meant(self, one, keys, source, monkeypatch):
        keystore = source.pair()[1]
        given = ("backup", "restore", str(keys), "--keys-into", keystore)
        now = hours(7 * 24 + 1)
        monkeypatch.setattr("proxy.cli.backup.time.time_ns", lambda: now)
        assert one.refuses(*given) == "expired"
        assert one.run(*given, "--accept-expired") == 0

    def test_a_clock_that_went_back_is_noticed(self, one, keys, source, monkeypatch):
        now = hours(-24)
        monkeypatch.setattr("proxy.cli.backup.time.time_ns", lambda: now)
        assert one.refuses("backup", "restore", str(keys), "--keys-into", source.pair()[1]) == "clock"

    def test_a_backup_of_another_installation(self, one, bundle, keys, source, tmp_path):
        other = found_in(tmp_path / "other", *source.pair())
        other.learn(ZOE)
        shutil.copy(one.folder / "kek.key", tmp_path / "theirs")
        given = ("backup", "restore", str(bundle), "--into", source.pair()[0])
        assert other.refuses(*given) == "bundle-kek"
        for name in ("kek.key", "keyring.json", "keyring.json.seen"):
            shutil.copy(one.folder / name, other.folder / name)
        assert other.refuses(*given) == "target-not-ours"
        assert other.refuses("backup", "restore", str(keys), "--keys-into", source.pair()[1]) == "target-not-ours"

    def test_while_workers_serve(self, one, bundle, keys, source):
        node_is_alive(one)
        if source.kind == "sqlite":
            assert one.refuses("backup", "restore", str(bundle), "--replace") == "in-use"
            assert one.refuses("backup", "restore", str(keys), "--replace") == "in-use"
        else:
            one.moved(one.mapping, source.pair()[1])
            assert one.refuses("backup", "restore", str(keys)) == "in-use"

    def test_a_backup_that_does_not_open_leaves_everything_as_it_is(self, one, bundle, source):
        content = bundle.read_bytes()
        mapping = source.pair()[0]
        for altered in (
            content[:-1],
            content[: len(content) // 2],
            content + b"\0",
            content[:400] + content[401:],
            b"",
        ):
            bundle.write_bytes(altered)
            assert one.refuses("backup", "restore", str(bundle), "--into", mapping).startswith("bundle-")
        bundle.unlink()
        assert one.refuses("backup", "restore", str(bundle), "--into", mapping) == "no-file"

    def test_a_store_of_the_other_sort(self, one, bundle):
        assert one.refuses("backup", "restore", str(bundle), "--into", one.keystore) == "wrong-store"

    def test_a_database_with_tables_of_somebody_else(self, one, bundle, source):
        mapping = source.pair()[0]
        if source.kind == "sqlite":
            path = parse(mapping).path
            path.write_bytes(b"a diary")
            assert one.refuses("backup", "restore", str(bundle), "--into", mapping) == "target-exists"
            return
        with source.postgres.connect(mapping.rpartition("/")[2]) as own:
            own.execute("CREATE TABLE diary (day text)")
        assert one.refuses("backup", "restore", str(bundle), "--into", mapping) == "target-not-empty"

    def test_no_backup_is_made_of_a_mapping_that_knows_a_newer_keyring(self, one, tmp_path):
        old = (one.folder / "keyring.json").read_bytes()
        one.rotate(lambda ring: rotate.rotate(ring, Purpose.SEAL, datetime.now(UTC)))
        (one.folder / "keyring.json").write_bytes(old)
        (one.folder / "keyring.json.seen").unlink()
        assert one.refuses("backup", "make", str(tmp_path / "behind.backup")) == "keyring-behind"
        assert not (tmp_path / "behind.backup").exists()
