"""The one error of this package: a stable code and one sentence for the operator.

A `KeyringError` never carries key material, identities, file contents or the text of a foreign exception; whoever
catches it may log it as it is.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

HINTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        # the keyring file
        "keyring-missing": "There is no keyring at the configured path. `scormveil init` makes a first one; "
        "`scormveil keys import` brings one back.",
        "keyring-exists": "A keyring is already there and is never overwritten: losing it loses every pseudonym.",
        "keyring-not-a-file": "The keyring must be a regular file, not a link, folder or device; give its real path.",
        "keyring-foreign": "The keyring belongs to another user. Run as its owner, or `chown` it to the service user.",
        "keyring-exposed": "Others may read or write the keyring. Run `chmod 600`, ask who had access.",
        "keyring-unreadable": "The keyring is truncated or is none. Restore it, or the `.previous` file beside it.",
        "keyring-version": "The keyring was written by another version of scormveil. Run that version or a newer one.",
        "keyring-kek": "The keyring was sealed by another kind of key-encryption key. Correct `keys.kek`.",
        "keyring-altered": "The keyring was altered after sealing. Restore it, or the `.previous` file beside it.",
        "keyring-not-written": "The keyring was not written durably; what was there is whole. Check disk and rights.",
        "keyring-stale": "The keyring was changed by someone else in the meantime. Read it again and repeat.",
        "keyring-changed": "The keyring file was replaced while we were running; it is read again within a second.",
        "keyring-behind": "The mapping knows a newer keyring than the one here, and the key store does not hold it. "
        "Copy the newest keyring to this node.",
        "keyring-forked": "Another keyring of the same generation is in use on this mapping: a copy was changed "
        "elsewhere. Put the announced one back.",
        "keyring-invalid": "The keys in the ring contradict each other. Restore the keyring from a backup.",
        # the key-encryption key
        "kek-missing": "There is no key-encryption key at that path. Bring it back; only for a new keyring or an "
        "export, `scormveil keys make-kek` makes another.",
        "kek-exists": "A key-encryption key is already there and is never overwritten: it opens the keyring.",
        "kek-not-a-file": "The key-encryption key must be a regular file, not a link, folder or device.",
        "kek-foreign": "The key-encryption key belongs to another user. `chown` it to the service user.",
        "kek-exposed": "Others may read or write the key-encryption key. Run `chmod 600`, ask who had access.",
        "kek-unreadable": "The file is no key-encryption key of scormveil, or it is truncated. Restore it.",
        "kek-not-written": "The key-encryption key was not written. Check disk, path and rights.",
        "kek-unchanged": "There is no next key-encryption key. Describe it under [keys.new_kek] first.",
        "kek-done": "The keyring is sealed by [keys.new_kek] already. Move its settings to [keys.kek].",
        "kek-wrong": "This key-encryption key did not seal this keyring. Give the one that belongs to it.",
        # using keys
        "no-key": "The keyring holds no usable key for this purpose. Activate one, or restore the keyring.",
        "key-destroyed": "The key was destroyed; what was protected by it is gone for ever, as intended.",
        "no-input": "There is nothing to derive a pseudonym from; an empty identifier is no person.",
        "not-a-pseudonym": "The text is not one of our pseudonyms: wrong form or wrong check characters. Copy it "
        "whole, as the audit log has it.",
        "sealed-altered": "The sealed value was altered, is bound to another place, or is none of ours.",
    }
)


LIFE_HINTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        # older files
        "keyring-rolled-back": "The keyring is older than one already used here: new pseudonyms might be lost or given "
        "anew. Put the newest back; if an older one is meant, move it away and `scormveil keys import FILE --accept`.",
        "keyring-seen": "The `.seen` file beside the keyring is damaged, not ours, open to others, or of another "
        "key-encryption key. Put it back; if the keyring is surely the newest, delete `.seen`.",
        # the life of a key
        "clock-went-back": "The clock is earlier than a date in the keyring. Set the clock right, then repeat.",
        "key-unknown": "The keyring has no key of this id. `scormveil keys list` shows the keys.",
        "key-transition": "A key in this state cannot take this step. `scormveil keys list` shows the states.",
        "key-reason": "Say why, in one printable line of at most 200 characters; it stays in the keyring.",
        "key-usage-unknown": "It was not counted what still needs this key. Count first; then repeat.",
        "key-needed": "Records or deliveries still need this key. Re-seal or migrate them; then repeat.",
        "key-resting": "The key protected data a moment ago: a repeated postback or an open session may need it. Wait.",
        # copies for the safe
        "export-missing": "There is no export at that path, or it may not be read. Correct the path.",
        "export-exists": "There is a file at that path already, and exports overwrite nothing. Give another path.",
        "export-not-written": "The export was not written. Check path, disk and rights.",
        "export-exposed": "That place cannot keep a file closed to others. Write it to a local disk, then copy it.",
        "export-other": "This is another export than the one that was asked for. Give the same file.",
        "export-unreadable": "This is no keyring export of this version of scormveil, or it is truncated.",
        "export-altered": "The export was altered after sealing. Take another copy.",
        "export-kek": "The export was sealed by another kind of key-encryption key. Give that one.",
        # bundles of backups
        "bundle-unreadable": "This is no bundle of scormveil, or its first line was altered. Take another copy.",
        "bundle-version": "The bundle was made by another version of scormveil. Use that version or a newer one.",
        "bundle-altered": "The bundle was altered after it was sealed. Nothing of it is used; take another copy.",
        "bundle-cut": "The bundle ends too early: it was not copied as a whole. Nothing of it is used; copy it again.",
        "bundle-kek": "Another key-encryption key sealed this bundle. Give that one: `--passphrase`, or the [keys.kek] "
        "of the day it was made.",
        # providers of the key-encryption key
        "kek-elsewhere": "Only files and keys in an HSM are made here: choose a passphrase, set the variable, or make "
        "the key where the command keeps it.",
        "kek-unset": "The environment variable with the key-encryption key is not set for this process.",
        "kek-weak": "Too weak for a key-encryption key. Use 32 random bytes in base64, or a passphrase of 12 and more "
        "characters of several kinds (six random words).",
        "kek-passphrase": "The passphrase did not seal this, or its salt was altered. Mind capitals and the keyboard.",
        "kek-costs": "The scrypt parameters are not both safe and bearable: n 2^14 to 2^20, 128 n r up to 1 GiB.",
        "kek-command": "The key-encryption command cannot be run or broke its line protocol. Run it by hand.",
        "kek-unavailable": "The keeper of the key-encryption key (KMS, Vault, HSM) does not answer or refuses.",
        "kek-no-library": "python-pkcs11 or the HSM's library is not installed or cannot be loaded. Correct the path.",
        "kek-pin": "The HSM refused the PIN. Correct it before you repeat: tokens lock after a few wrong ones.",
        "kek-hsm-no-key": "The token holds not exactly one AES key of that label. Make one, or correct the label.",
        "kek-hsm-unfit": "The key or token is unfit: AES of 256 bits, sensitive, not extractable, AES-GCM are needed.",
    }
)
"""Hints of changing keys and of the other providers."""


OFFICER_HINTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        # an officer's own key
        "officer-missing": "There is no officer file at that path. `scormveil officers new NAME` makes one.",
        "officer-exists": "There is a file at that path already; an officer's key is never overwritten.",
        "officer-not-a-file": "The officer file must be a regular file, not a link, folder or device.",
        "officer-foreign": "The officer file belongs to another user. Run as the officer, or `chown` it to her.",
        "officer-exposed": "Others may read or write the officer file. Run `chmod 600`, ask who had access.",
        "officer-unreadable": "The officer file is truncated, altered or none. Take the copy, or make a new one.",
        "officer-not-written": "The officer file was not written. Check path, disk and rights.",
        "officer-name": "A name has lower-case letters, digits and hyphens, begins with a letter, 31 at most.",
        # two of them
        "officer-needed": "[keys] two_officers is set: ask with --officer FILE; another officer then approves.",
        "officer-unknown": "[keys.officers] does not list this officer with this key. Put the line there that "
        "`scormveil officers new` printed.",
        "officer-same": "Whoever asked cannot approve. Another officer must.",
        "request-unknown": "There is no such request. `scormveil keys requests` lists those on keys, "
        "`scormveil disclosure requests` those on people.",
        "request-used": "The request was approved before, and each is good for one time. Ask again if it is needed.",
        "request-expired": "The request is older than 24 hours. Ask again.",
        "request-stale": "The keyring has changed since this was asked for. Look at the plan, then ask again.",
        "request-forged": "A signature does not fit what is asked for: the request was altered, or made by somebody "
        "else than it names. Do not approve it; find out who can write to the mapping.",
    }
)
"""Hints of the two-person rule. A code is in one of the three tables."""


class KeyringError(Exception):
    """Refusal of the key room. `code` is one of the tables above, `hint` its sentence; nothing else is in it."""

    def __init__(self, code: str) -> None:
        """Look the hint up; an undeclared code is our own defect and shows as `KeyError`."""
        super().__init__(code)
        self.code = code
        self.hint = HINTS.get(code) or LIFE_HINTS.get(code) or OFFICER_HINTS[code]

    def __str__(self) -> str:
        """Code and hint: safe in any log."""
        return f"{self.code}: {self.hint}"
