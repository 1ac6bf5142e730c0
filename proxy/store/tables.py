"""The tables, for the statements and for the migrations to be compared with."""

from types import MappingProxyType

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from proxy.store.tables_logs import audit_in, checkpoints_in, logs_in, subtrees_in
from proxy.store.tables_postbacks import deliveries_in, postbacks_in
from proxy.store.tables_restrictions import notes_in

_NAMES = MappingProxyType(
    {
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    }
)

metadata = MetaData(naming_convention=_NAMES)
"""The mapping."""

keystore_metadata = MetaData(naming_convention=_NAMES)
"""The key store: never in the same database as the mapping's backups."""


def _number() -> Column[int]:
    """SQLite gives a rowid only to INTEGER; AUTOINCREMENT never hands out a number twice."""
    return Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)


def _meta(of: MetaData) -> Table:
    return Table("meta", of, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))


def _erasures(of: MetaData) -> Table:
    """The journal of erasures stands in both stores, so that neither can be restored to before it."""
    return Table(
        "erasures",
        of,
        _number(),
        Column("tenant", Text, nullable=False),
        Column("pseudonym", Text, nullable=False),
        Column("person", Text, nullable=False, index=True),
        Column("at", BigInteger, nullable=False),
        UniqueConstraint("tenant", "pseudonym"),
        sqlite_autoincrement=True,
    )


meta = _meta(metadata)
erasures = _erasures(metadata)

people = Table(
    "people",
    metadata,
    Column("person", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("pseudonym", Text, nullable=False),
    Column("pseudonym_key", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("seal_key", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False, index=True),
    Column("moving", BigInteger, nullable=False),
    Column("owner", Text, nullable=False, server_default="", index=True),
)

_MOVING = text("moving > 0")
Index("ix_people_moving", people.c.moving, sqlite_where=_MOVING, postgresql_where=_MOVING)

lookups = Table(
    "lookups",
    metadata,
    Column("tenant", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("person", Text, nullable=False, index=True),
    # This constraint, not any code, decides which of two processes minted a person first.
    PrimaryKeyConstraint("tenant", "kind", "value"),
    Index("ix_lookups_key_id_person", "key_id", "person"),
)

pseudonyms = Table(
    "pseudonyms",
    metadata,
    Column("tenant", Text, nullable=False),
    Column("pseudonym", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("person", Text, nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "pseudonym"),
    CheckConstraint("state IN ('current', 'coming', 'former')", name="state"),
    Index("ix_pseudonyms_key_id_state", "key_id", "state"),
)

_CURRENT = text("state = 'current'")
_COMING = text("state = 'coming'")
# Whatever two migrations do at the same moment: nobody has two pseudonyms that leave, or two that will.
Index("ix_pseudonyms_current", pseudonyms.c.person, unique=True, sqlite_where=_CURRENT, postgresql_where=_CURRENT)
Index("ix_pseudonyms_coming", pseudonyms.c.person, unique=True, sqlite_where=_COMING, postgresql_where=_COMING)

moves = Table(
    "moves",
    metadata,
    Column("person", Text, nullable=False),
    Column("application", Text, nullable=False),
    Column("former", Text, nullable=False),
    Column("pseudonym", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("person", "pseudonym", "application"),
    CheckConstraint(
        "outcome IN ('renamed', 'nothing-there', 'put-back', 'unsupported', 'refused', 'unclear')", name="outcome"
    ),
)

deletions = Table(
    "deletions",
    metadata,
    Column("tenant", Text, nullable=False),
    Column("pseudonym", Text, nullable=False),
    Column("application", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("trouble", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("asked", BigInteger, nullable=False),
    Column("emptied", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    PrimaryKeyConstraint("tenant", "pseudonym", "application"),
    CheckConstraint("state IN ('open', 'asked', 'by-hand', 'done')", name="state"),
)

_UNDONE = text("state != 'done'")
Index("ix_deletions_due", deletions.c.due, sqlite_where=_UNDONE, postgresql_where=_UNDONE)

restrictions = Table(
    "restrictions",
    metadata,
    # Whose data may be kept and not used (GDPR Article 18); her registrations have no rows of their own here.
    Column("person", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("case", Text, nullable=False),
)
restriction_notes = notes_in(metadata)

changes = Table(
    "changes",
    metadata,
    _number(),
    Column("person", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

keyrings = Table(
    "keyrings",
    metadata,
    # One keyring a generation: of two officers who change the same ring, one is told to look again.
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("digest", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

nodes = Table(
    "nodes",
    metadata,
    Column("node", Text, primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("heard", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("done", BigInteger, nullable=False),
    Column("remaining", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
)

requests = Table(
    "requests",
    metadata,
    # What one officer asked for and another approves. Who changed a row could not sign it.
    Column("request", Text, primary_key=True),
    Column("act", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("option", Text, nullable=False),
    Column("reason", LargeBinary, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("officer", Text, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("approver", Text, nullable=False),
    Column("approval", LargeBinary, nullable=False),
    Column("decided", BigInteger, nullable=False),
)

audit = audit_in(metadata, _number())
logs = logs_in(metadata)
checkpoints = checkpoints_in(metadata)
subtrees = subtrees_in(metadata)

pins = Table(
    "pins",
    metadata,
    Column("mount", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    PrimaryKeyConstraint("mount", "path", "digest"),
    CheckConstraint("state IN ('approved', 'pending')", name="state"),
)

_APPROVED = text("state = 'approved'")
# One approved script per path, whatever two workers do at the same moment.
Index(
    "ix_pins_approved",
    pins.c.mount,
    pins.c.path,
    unique=True,
    sqlite_where=_APPROVED,
    postgresql_where=_APPROVED,
)

packages = Table(
    "packages",
    metadata,
    Column("tenant", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("launch_path", Text, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("fixed", JSON, nullable=False),
    Column("dispatch_root", Text, nullable=False),
    Column("prelaunch_path", Text, nullable=False),
    Column("prelaunch_keys", JSON, nullable=False),
    Column("config_path", Text, nullable=False),
    Column("hosts", JSON, nullable=False),
    Column("created", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "digest"),
)

postbacks = postbacks_in(metadata)
deliveries = deliveries_in(metadata)

keystore_meta = _meta(keystore_metadata)
keystore_erasures = _erasures(keystore_metadata)
keystore_restriction_notes = notes_in(keystore_metadata)

person_keys = Table(
    "person_keys",
    keystore_metadata,
    Column("person", Text, primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("seal_key", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Index("ix_person_keys_seal_key_person", "seal_key", "person"),
)

rings = Table(
    "rings",
    keystore_metadata,
    Column("generation", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    PrimaryKeyConstraint("generation", "digest"),
)
