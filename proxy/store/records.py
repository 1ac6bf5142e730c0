"""What a store keeps, as frozen values. Times are in milliseconds since 1970 (UTC); identities are always sealed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Literal

from proxy.errors import StoreFailed

PinState = Literal["approved", "pending"]
Verdict = Literal["new", "known", "erased"]
PseudonymState = Literal["current", "coming", "former"]

NOT_PEOPLE = ("registration", "tag")
"""Kinds of mappings that stand for no human, but for what an LMS calls something of hers."""

_WORD = re.compile(r"[a-z0-9._:/-]{0,80}")
_TOKEN = re.compile(r"(?:sv[0-9][a-z0-9]{37})?")  # the form of docs/pseudonyms.md, any scheme number
_COUNT_LIMIT = 2**31


@dataclass(frozen=True, slots=True)
class MappingRecord:
    """One person as the store holds her.

    `person` is a random name of the row and of her data key. `pseudonym` is what leaves, `pseudonym_key` the id of the
    key that made it. `sealed` is the envelope with her cleartexts: under her own data key, or, if `seal_key` is not
    empty, directly under that SEAL key (as versions before 0.2 did). `moving` is 0, or until when nobody may be told of
    her, because the cloud is about to know her by another pseudonym. Registrations and tags are rows like people;
    `owner` is the row of the person to whom a registration belongs, with whom it is forgotten. `restricted` is 0, or
    since when what is held is kept and not used (`proxy.store.restrictions_port`): not written with the record.
    """

    tenant: str
    kind: str
    person: str
    pseudonym: str
    pseudonym_key: str
    sealed: bytes
    seal_key: str
    created: int
    last_seen: int
    moving: int = 0
    owner: str = ""
    restricted: int = 0


@dataclass(frozen=True, slots=True)
class LookupRecord:
    """A blind index value of a person, and the id of the LOOKUP key that made it."""

    value: bytes
    key_id: str


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A person to be stored if nobody was faster, with her index values and the audit entries of her minting.

    `former` are the pseudonyms that earlier keys give her: a restriction may be noted under one of them.
    """

    record: MappingRecord
    lookups: tuple[LookupRecord, ...]
    entries: tuple["AuditRecord", ...] = ()
    former: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Admission:
    """What became of a newcomer.

    `new`: she is stored as given, and restricted if that was noted of her before: `record` says so. `known`: `record`
    was there before her. `erased`: her pseudonym was somebody's who was forgotten; nothing was stored, and another
    pseudonym must be found.
    """

    record: MappingRecord
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class PseudonymRecord:
    """A pseudonym a person has, will have or had, since when it stands so. All of them lead to her."""

    tenant: str
    pseudonym: str
    key_id: str
    person: str
    state: PseudonymState
    since: int


@dataclass(frozen=True, slots=True)
class MoveRecord:
    """What became of a person's new `pseudonym` in one application of the cloud, which knew her as `former`.

    `outcome` is a word of `proxy.cloud.Outcome`.
    """

    person: str
    application: str
    former: str
    pseudonym: str
    outcome: str
    at: int


@dataclass(frozen=True, slots=True)
class Promise:
    """What became of a promise: `number` is that of the change, for others to hear of.

    `promised`: it stands. `erased`: the pseudonym was somebody's who was forgotten. `taken`: it is in another row.
    `stale`: she is not as she was read; read her again.
    """

    verdict: Literal["promised", "erased", "taken", "stale"]
    number: int = 0


@dataclass(frozen=True, slots=True)
class Erasure:
    """A forgotten person's pseudonym: what the journal of erasures holds, and nothing of her."""

    tenant: str
    pseudonym: str
    person: str
    at: int


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One entry of the audit log: who did what, where and when; never a value."""

    at: int
    event: str
    actor: str = ""
    tenant: str = ""
    mount: str = ""
    route: str = ""
    kind: str = ""
    pseudonym: str = ""
    key_id: str = ""
    exchange: str = ""
    reason: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class PinRecord:
    """A script that runs in the LMS page, by its digest. At most one per mount and path is approved."""

    mount: str
    path: str
    digest: str
    state: PinState
    first_seen: int


@dataclass(frozen=True, slots=True)
class PackageRecord:
    """What was learned of a dispatch package.

    `roles` maps a placeholder to the query key that carries it; `fixed` are the other query keys of the launch.
    `prelaunch_path` and `config_path` are where the package asks before it launches, "" where it does not.
    """

    digest: str
    tenant: str
    launch_path: str
    roles: Mapping[str, str]
    fixed: tuple[str, ...]
    dispatch_root: str
    hosts: tuple[str, ...]
    created: int
    prelaunch_path: str = ""
    prelaunch_keys: tuple[str, ...] = ()
    config_path: str = ""


@dataclass(frozen=True, slots=True)
class PersonKeyRecord:
    """A person's data key, wrapped under the SEAL key `seal_key`."""

    person: str
    wrapped: bytes
    seal_key: str
    created: int


@dataclass(frozen=True, slots=True)
class Pulse:
    """What a running node must hear of at once.

    `instance` is another one in every database, `lineage` stays the same when a store is copied or restored.
    `generation` and `digest` are those of the newest keyring that was announced (0 and "" before the first), `erasures`
    the number of the newest entry in the journal of erasures, `changes` that of the newest change of somebody's
    pseudonyms, `restrictions` that of the newest note about a restriction.
    """

    instance: str
    lineage: str
    generation: int
    digest: str
    erasures: int
    changes: int = 0
    restrictions: int = 0


@dataclass(frozen=True, slots=True)
class NodeRecord:
    """A running worker: the keyring generation it uses, the change it has heard of, and when it last said so."""

    node: str
    generation: int
    seen: int
    heard: int = 0


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A piece of upkeep: who does it until when, how much is done and left, and in one word how it stands."""

    name: str
    holder: str
    until: int
    done: int
    remaining: int
    state: str


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """An act that one officer asked for and another approves; one approval uses it up.

    `subject` is a key id or the SHA-256 of a file, `reason` is sealed. Both signatures are raw bytes; `decided` is 0
    and `approval` empty as long as nobody approved.
    """

    request: str
    act: str
    subject: str
    option: str
    reason: bytes
    generation: int
    officer: str
    signature: bytes
    created: int
    expires: int
    approver: str = ""
    approval: bytes = b""
    decided: int = 0


@dataclass(frozen=True, slots=True)
class Headcount:
    """How many mappings of one tenant and kind have something that a key made, and how many such rows there are.

    `purpose` is `lookup`, `pseudonym`, or `people` for the mappings themselves.
    """

    purpose: str
    key_id: str
    tenant: str
    kind: str
    people: int
    rows: int


def faulty_field(entry: AuditRecord) -> str:
    """Return the name of a field that could hold a value, "" if there is none.

    Every text of an entry is a short word of a narrow alphabet or has the shape of a token. The store asks before it
    writes, so no way into the log goes around it.
    """
    for one in fields(entry):
        value = getattr(entry, one.name)
        if isinstance(value, int):
            allowed = one.name == "at" or 0 <= value < _COUNT_LIMIT
        else:
            allowed = bool((_TOKEN if one.name == "pseudonym" else _WORD).fullmatch(value))
        if not allowed:
            return one.name
    return ""


def check_entries(entries: Sequence[AuditRecord]) -> None:
    """Raise `StoreFailed` for an entry that could hold a value."""
    for entry in entries:
        faulty = faulty_field(entry)
        if faulty:
            raise StoreFailed("audit-entry", place=faulty)
