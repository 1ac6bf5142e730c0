"""What to do about a store that refuses, by the word of its reason."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "not-created": "There is no store at the configured address. Correct `store.url` or `keystore.url`; where "
        "there never was one, `scormveil init` makes it.",
        "not-migrated": "The store is of another version of scormveil.",
        "replaced": "The database was exchanged while it was open. Run the command again.",
        "gone": "The database file was taken away while it was open. Put it back.",
        "foreign-key-store": "The key store belongs to another mapping. Correct `keystore.url`, or bring back the key "
        "store that belongs to this one.",
        "key-store-new": "The mapping has people, and this key store was never theirs: `keystore.url` leads elsewhere, "
        "or theirs was lost. Bring it back.",
        "journal-altered": "A line of `keystore.journal` does not follow from the one before: the file was altered. "
        "Bring it back from a copy.",
        "journal-unreadable": "The file `keystore.journal` cannot be read. Check owner and mode.",
        "journal-not-written": "The file `keystore.journal` cannot be written. Check disk, owner and mode.",
        "sqlite-full": "The disk is full. Make room; nothing was half done.",
        "sqlite-busy": "Another program holds the database. Wait until it has ended.",
        "sqlite-readonly": "The database may not be written. Check owner, mode and mount.",
        "sqlite-cantopen": "The database may not be opened. Check owner, mode and folder.",
        "sqlite-notadb": "The file at the configured address is no database. Correct the address.",
        "connection": "The database server does not answer. Check address, network and password.",
        "no-driver": "The database driver is not installed.",
    }
)
_IO_ERROR: Final = "The disk is full, over a quota, or broken. Make room or mend it; nothing was half done."


def sentence(reason: str) -> str:
    """What to do, "" where the reason says nothing more than the error's own hint."""
    if reason.startswith("sqlite-ioerr"):
        return _IO_ERROR
    return _SENTENCES.get(reason, "")
