"""What each reason of a `StoreFailed` means for the operator: one sentence that says what to do."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        # which store it is
        "not-created": "There is no store of scormveil at that address. Correct the address; `scormveil init` makes a "
        "first one, `scormveil backup restore` brings a lost one back.",
        "not-migrated": "The store has the form of an older version. Stop scormveil, make a backup, then "
        "`scormveil store migrate`.",
        "schema-newer": "The store has the form of a newer version of scormveil. Run that version.",
        "wrong-store": "This is the other one of the two stores. Mind which address stands under [store] and which "
        "under [keystore].",
        "unfinished": "A copy or restore into this store was cut short. Run the same command again: it goes on where "
        "it was.",
        "url": "The address of the store must begin with sqlite:/// or postgresql+psycopg://.",
        "not-durable": "A database in memory keeps nothing. Give the path of a file.",
        "no-driver": "The driver for PostgreSQL is not installed. Run `pip install 'psycopg[binary]'`.",
        "replaced": "Another database lies where the one we opened was. If it was put there on purpose (a restore), "
        "restart scormveil; else put the right one back.",
        "gone": "The database file was deleted or moved while we ran. Put it back, with its -wal file, before you stop "
        "scormveil: what was written last may be nowhere else.",
        "foreign-key-store": "These are the data keys of another mapping. Correct `keystore.url`, or restore the key "
        "store that belongs to this mapping.",
        "key-store-new": "The key store is empty, but the mapping has people whose keys should be in it. Restore the "
        "key store. If it is lost for good, accept that with `scormveil store accept-lost-keys`.",
        "same-store": "Source and target are the same database, or a raw copy of it. Name another target.",
        "target-not-ours": "The target holds data of another mapping. Name an empty database, or create one.",
        "target-in-use": "The target was served from since it was copied: its audit log has entries that the source "
        "has not, and they would be lost. Name an empty database.",
        "in-use": "Workers use this store. Stop scormveil on every node and repeat; after a crash wait half a minute.",
        "not-identical": "After copying, source and target still differ. Nothing else may write to the target: see to "
        "that, then repeat.",
        "differs": "What was read back is not what was written. Nothing was put in place; check the disk, then repeat.",
        "row-type": "The store holds a value of a type that scormveil never writes. Somebody altered it; restore a "
        "backup.",
        # the server
        "connection": "The database server cannot be reached, or broke off. See that it runs and that host, port and "
        "firewall are right; we go on by ourselves when it is back.",
        "no-answer": "The database is there but says nothing: server or disk are frozen or overloaded, or something "
        "between us swallows packets. We go on by ourselves when it answers.",
        "too-slow": "A statement took longer than ten seconds and was given up. The database is overloaded, or its "
        "statistics are old: run ANALYZE.",
        "login": "The database server refuses user or password. Correct PGPASSFILE or the address, or the server's "
        "pg_hba.conf.",
        "tls": "The encrypted connection to the database server failed: certificate or `sslmode` do not fit.",
        "no-database": "The server has no database of that name. Create it, or correct the address.",
        "no-rights": "The database user lacks a right. It must own the database of the store.",
        "read-only": "The database takes no writes: a standby, or default_transaction_read_only is set. Lead the "
        "address to the primary (`target_session_attrs=read-write`).",
        "server-full": "The server has no connection left for us. Raise max_connections: each worker needs six for "
        "each store.",
        "disk-full": "The disk of the database server is full. Make room; we go on by ourselves.",
        "damaged": "The database server found damaged files. Stop scormveil, look at the server's log, restore a "
        "backup.",
        "locked": "Another program holds a lock in the database for too long. End its transaction.",
        "overloaded": "More writes wait than `audit.waiting` allows: disk or database are too slow for this traffic. "
        "Whoever was refused may try again; look at the disk.",
        "deadlock": "The server let our transaction go several times in favour of others. If it lasts, look for a "
        "program that writes beside us.",
        "constraint": "A row contradicts the rules of the table. Nothing was written; look at `scormveil store "
        "status`.",
        "database": "The database refused a statement. Its own log says why.",
        "statement": "This is a defect in scormveil, or rows were altered. Look at `scormveil store status`; report "
        "the incident number.",
        "system": "The operating system refused: no such folder, no right, no memory. Check path and rights.",
        # a SQLite file
        "sqlite-busy": "Another program holds the database file locked for more than five seconds. Close it.",
        "sqlite-locked": "Another program holds the database file locked. Close it.",
        "sqlite-full": "The disk is full. Make room; we go on by ourselves.",
        "sqlite-readonly": "The database file or its folder cannot be written. Check owner, rights and mount.",
        "sqlite-cantopen": "The database file cannot be opened. Check path, owner and rights of file and folder.",
        "sqlite-perm": "The database file may not be opened by us. Check its owner.",
        "sqlite-ioerr": "The disk is full, over a quota, or broken. Make room or mend it; nothing was half done.",
        "sqlite-nolfs": "The file system cannot hold a file of this size. Move the store to another one.",
        "sqlite-nomem": "There is not enough memory.",
        "sqlite-corrupt": "The database file is damaged. Stop scormveil, keep the file, restore a backup.",
        "sqlite-notadb": "The file is no SQLite database. Correct the path, or restore a backup.",
        "sqlite-constraint": "A row contradicts the rules of the table. Nothing was written.",
        "sqlite-error": "SQLite refused a statement: the file was altered, or is of another version.",
        # what stands in it
        "closed": "The store was closed already. This is a defect in scormveil.",
        "conflict": "An index value or a pseudonym leads to nobody. `scormveil store status` counts them, "
        "`scormveil store tidy` removes them.",
        "contended": "The same person or address was changed many times at once. Repeat; if it lasts, report it.",
        "owner-gone": "The learner of this registration was forgotten meanwhile. Repeat; she is somebody new then.",
        "no-such-mapping": "The person was forgotten meanwhile. There is nothing to do.",
        "no-such-pin": "No such script was ever seen. See `scormveil scripts list`.",
        "audit-entry": "An audit entry was about to hold a value. This is a defect in scormveil; report the place.",
        "entry-invalid": "An audit entry was about to hold a value. This is a defect in scormveil; report the place.",
        "log-broken": "Entries of the audit log are missing or altered. Nothing goes on until somebody has looked: "
        "`scormveil audit verify` says where; `scormveil audit close` lets a new log begin.",
        "log-missing": "The notebook has checkpoints of a log that is not in the database: it was deleted, or this is "
        "another database. Look with `scormveil audit verify`. When it is clear what happened, put the file of that "
        "log aside.",
        "log-truncated": "The log in the database is shorter than what was signed: entries were deleted, or an older "
        "database was put in place without `scormveil backup restore`. Look with `scormveil audit verify`; "
        "`scormveil audit close` lets a new log begin.",
        "log-replaced": "The log in the database is not the one that was signed. Look with `scormveil audit verify`; "
        "`scormveil audit close` lets a new log begin.",
        "no-key": "The keyring has no AUDIT key that signs. `scormveil keys list` shows its keys.",
        "no-keyring": "An entry needs a code, and the keyring cannot be opened. `scormveil keys list` says why.",
        "notebook": "The file of checkpoints cannot be written or read. Check disk, path, owner and rights of "
        "`audit.directory`.",
        "log-unwatched": "Nobody can sign the audit log: the database has rows that scormveil never writes, or signing "
        "ended unexpectedly. Look with `scormveil audit verify`, then restart; if it stays, report it.",
        "log-altered": "The audit log does not stand as this process left it: somebody altered the database. Look with "
        "`scormveil audit verify`; `scormveil audit close` lets a new log begin.",
        "not-recorded": "The refusal itself could not be written into the audit log.",
        # the files of erasures and restrictions
        "journal-unreadable": "The journal of erasures, or the file of restrictions beside it, cannot be read. Check "
        "path, owner and rights.",
        "journal-not-written": "The journal of erasures, or the file of restrictions beside it, cannot be written. "
        "Check disk, path, owner and rights.",
        "journal-altered": "A line of the journal of erasures, or of the file of restrictions beside it, was lost or "
        "altered. Put an older copy of it in place; what the stores know is added at the next start.",
    }
)
"""Reasons of `StoreFailed` and `AuditFailed`. SQLite's own names, in lower case, stand here by their first words."""

TRANSIENT: Final = frozenset(
    ("connection", "no-answer", "too-slow", "read-only", "server-full", "disk-full", "locked", "deadlock")
)
"""What may go away by itself: whoever could not start for it should try again after a while."""


def advice(reason: str) -> str:
    """The sentence for a reason; "" if there is none. `sqlite-ioerr-write` is told by `sqlite-ioerr`."""
    while reason not in REASONS and "-" in reason:
        reason = reason.rpartition("-")[0]
    return REASONS.get(reason, "")
