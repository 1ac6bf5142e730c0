"""What each reason of a `BackupFailed` means for the operator: one sentence that says what to do."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        # writing
        "exists": "There is a file of that name already, and a backup is never overwritten. Take another name.",
        "disk-full": "The disk is full. Nothing is left of the attempt; make room and repeat.",
        "no-folder": "There is no such folder. Make it, or correct the path.",
        "no-rights": "The folder or file may not be written or read by us. Check owner, rights and mount.",
        "not-written": "The file was not written as it should be. Check the disk; nothing is left of the attempt.",
        # reading
        "no-file": "There is no such file. Correct the path.",
        "contents": "The bundle opens, but what is in it does not agree with its own counts. It was not made as it "
        "should be; take another one, and report this.",
        "newer": "The backup was made by a newer version of scormveil. Restore it with that version.",
        "kind": "The bundle is neither a backup of the mapping nor one of the key store.",
        "expired": "This backup of the key store has expired: people may have been forgotten since. Take a newer one; "
        "or say `--accept-expired`, if every journal of erasures is at hand.",
        "clock": "The backup is from the future: the clock of this machine is wrong. Set it right, then repeat.",
        # restoring
        "target-exists": "There is a store already. With `--replace` it is put aside, not deleted.",
        "target-not-empty": "The database is not empty. Create an empty one and name it with `--into` or "
        "`--keys-into`.",
        "target-not-ours": "The store that is there belongs to another installation. Move it away yourself, if that "
        "is what you mean.",
        "not-opened": "None of the records that were tried opens with the keyring: it is another one, or its keys were "
        "destroyed. Put the right keyring in place, then repeat.",
        "no-keyring": "There is no keyring, and a backup of the key store holds none. Restore the mapping first.",
    }
)
"""Reasons of `BackupFailed`."""
