"""No command writes an entry that nobody can vouch for, and a keyring that knows an older log no more begins a new one."""

import asyncio
import json
import sqlite3
from contextlib import closing

import pytest

from proxy.store import PinRecord

SAFE = ("--passphrase", "env:TEST_PASSPHRASE")


def verified(house):
    said = house.run("audit", "verify", "--json")
    return said.code, json.loads(said.out)


async def pinned(house):
    async with house.opened() as stores:
        for digest in ("b" * 64, "a" * 64):
            await stores.mapping.pin(PinRecord("dispatch", "/player.js", digest, "pending", 0))


def lose_the_keyring(house):
    for name in ("keyring.json", "keyring.json.previous", "keyring.json.seen"):
        (house.folder / name).unlink(missing_ok=True)


def test_whatever_a_command_writes_has_a_code(full):
    copy, bundle = full.folder / "copy.export", full.folder / "mapping.backup"
    asyncio.run(pinned(full))
    full.done("scripts", "approve", "a" * 64)
    full.done("backup", "make", bundle)
    full.done("backup", "keys", full.folder / "keys.backup")
    full.done("keys", "export", copy, *SAFE, "--yes")
    full.done("backup", "restore", bundle, "--replace")
    lose_the_keyring(full)
    full.done("keys", "import", copy, *SAFE, "--yes")
    full.done("keys", "rotate", "audit", "--yes")
    full.done("people", "erase", "--pseudonym", full.tokens[0], "--tenant", "uni", "--yes")
    code, said = verified(full)
    assert (code, said["whole"], said["uncoded"], said["findings"]) == (0, True, 0, [])
    written = {entry.event for entry in full.events()}
    assert written >= {"script-approved", "keyring-imported", "backup-restored", "key-activated", "erased"}


@pytest.mark.parametrize(
    "deed",
    [
        "UPDATE logs SET size = 'much'",
        "UPDATE logs SET frontier = 7",
        "UPDATE checkpoints SET size = 'much'",
        "UPDATE audit SET salt = 'no bytes'",
        "UPDATE audit SET at = 'yesterday'",
        "UPDATE audit SET pos = 'here' WHERE pos = 1",
        "UPDATE checkpoints SET note = x'ff'",
        "UPDATE logs SET tag = x'00ff'",
    ],
)
def test_rows_of_which_nothing_can_be_made_are_no_crash(full, deed):
    full.done("keys", "add", "seal", "--yes")
    with closing(sqlite3.connect(full.folder / "mapping.db")) as database, database:
        database.execute(deed)
    said = full.run("audit", "verify")
    assert said.code != 0
    assert any(word in said.words for word in ("NOT WHOLE", "scormveil audit verify", "rows were altered"))


def test_without_a_keyring_nothing_is_written_and_the_reason_is_said(full):
    asyncio.run(pinned(full))
    lose_the_keyring(full)
    said = full.refused("scripts", "approve", "a" * 64)
    assert "no-keyring" in said
    assert "pending" in full.done("scripts", "list").words


def test_a_copy_from_before_a_new_audit_key_begins_a_new_log(full):
    copy = full.folder / "copy.export"
    full.done("keys", "export", copy, *SAFE, "--yes")
    old = full.key("audit")
    full.done("keys", "rotate", "audit", "--yes")
    new = full.key("audit")
    full.done("keys", "rotate", "lookup", "--yes")
    lose_the_keyring(full)
    said = full.done("keys", "import", copy, *SAFE, "--accept", "--yes").words
    assert full.key("audit") == old
    assert f"It has no key {new} (audit): 1 log of the audit log signed by it can be verified no more" in said
    full.done("keys", "rotate", "seal", "--yes")
    code, report = verified(full)
    assert code == 1
    found = {(one["log"], one["what"]) for one in report["findings"]}
    assert (1, "forged") in found
    assert {log for log, _ in found} == {1}
    assert [entry.reason for entry in full.events() if entry.event == "log-closed"] == ["1"]
