"""Entries as events of the Open Cybersecurity Schema Framework (https://schema.ocsf.io/1.6.0), which SIEMs know.

`type_uid` is `class_uid` * 100 + `activity_id` (OCSF, "Base Event"). What has no place of its own in a class stands in
`unmapped`, under our names, so nothing of an entry is lost.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

from proxy.audit.events import Event
from proxy.store.port import AuditRecord, AuditRow

VERSION: Final = "1.6.0"
"""The version of the schema; what is below is valid by 1.4 to 1.8, too."""

_UNMAPPED = ("actor", "mount", "route", "kind", "pseudonym", "key_id")
_NOBODY = "unknown"
_SUCCESS, _FAILURE = 1, 2
INFORMATIONAL, LOW, MEDIUM, HIGH, CRITICAL = 1, 2, 3, 4, 5
"""`severity_id`."""


class Class(Enum):
    """Classes of OCSF that we use: `class_uid` and `category_uid`."""

    DETECTION_FINDING = (2004, 2)
    AUTHENTICATION = (3002, 3)
    ENTITY_MANAGEMENT = (3004, 3)
    APPLICATION_LIFECYCLE = (6002, 6)
    API_ACTIVITY = (6003, 6)


@dataclass(frozen=True, slots=True)
class Mapped:
    """What an event is in OCSF: its class, `activity_id` and `severity_id`.

    `subject` is what an entity is or a finding says; `failed` if something was wanted and not done.
    """

    group: Class
    activity: int
    severity: int = INFORMATIONAL
    subject: str = ""
    failed: bool = False


_CREATE, _READ, _UPDATE, _DELETE = 1, 2, 3, 4
"""`activity_id` of API Activity and of Entity Management."""

_ENABLE, _ACTIVATE, _DEACTIVATE = 8, 10, 11
"""More of Entity Management."""

_LOGON = 1
_START, _STOP = 3, 4
_OTHER = 99
_API, _ENTITY, _FINDING = Class.API_ACTIVITY, Class.ENTITY_MANAGEMENT, Class.DETECTION_FINDING

CLASSES: Final[Mapping[str, Mapped]] = MappingProxyType(
    {
        Event.MINTED: Mapped(_ENTITY, _CREATE, INFORMATIONAL, "pseudonym"),
        Event.REIDENTIFIED: Mapped(_ENTITY, _READ, INFORMATIONAL, "person"),
        Event.REFUSED: Mapped(_API, _OTHER, LOW, failed=True),
        Event.LEAK_SUSPECTED: Mapped(_FINDING, _CREATE, HIGH, "identity in outgoing bytes, held back"),
        Event.LEAK_REPORTED: Mapped(_FINDING, _CREATE, CRITICAL, "identity in outgoing bytes, sent"),
        Event.SCRIPT_PINNED: Mapped(_ENTITY, _CREATE, INFORMATIONAL, "script"),
        Event.SCRIPT_CHANGED: Mapped(_FINDING, _CREATE, MEDIUM, "script differs from the approved one"),
        Event.SCRIPT_APPROVED: Mapped(_ENTITY, _ENABLE, LOW, "script"),
        Event.PACKAGE_REGISTERED: Mapped(_ENTITY, _CREATE, INFORMATIONAL, "package"),
        Event.SIGNATURE_REMOVED: Mapped(_API, _UPDATE),
        Event.SESSION_OPENED: Mapped(Class.AUTHENTICATION, _LOGON),
        Event.RELAYED: Mapped(_API, _CREATE),
        Event.ADOPTED: Mapped(_ENTITY, _UPDATE, INFORMATIONAL, "person"),
        Event.OUTDATED: Mapped(_API, _OTHER),
        Event.EXPORTED: Mapped(_ENTITY, _READ, MEDIUM, "person"),
        Event.ERASED: Mapped(_ENTITY, _DELETE, LOW, "person"),
        Event.RESTRICTED: Mapped(_ENTITY, _UPDATE, LOW, "person"),
        Event.RELEASED: Mapped(_ENTITY, _UPDATE, LOW, "person"),
        Event.RESTRICTED_AGAIN: Mapped(_FINDING, _CREATE, MEDIUM, "database older than a restriction"),
        Event.RELEASED_AGAIN: Mapped(_FINDING, _CREATE, MEDIUM, "database older than the end of a restriction"),
        Event.DELETION_ASKED: Mapped(_API, _DELETE),
        Event.DELETION_DONE: Mapped(_API, _DELETE),
        Event.DELETION_REFUSED: Mapped(_API, _DELETE, MEDIUM, failed=True),
        Event.FORGOTTEN_AGAIN: Mapped(_FINDING, _CREATE, MEDIUM, "database older than an erasure"),
        Event.KEY_ADDED: Mapped(_ENTITY, _CREATE, LOW, "key"),
        Event.KEY_ACTIVATED: Mapped(_ENTITY, _ACTIVATE, LOW, "key"),
        Event.KEY_DEACTIVATED: Mapped(_ENTITY, _DEACTIVATE, LOW, "key"),
        Event.KEY_COMPROMISED: Mapped(_FINDING, _CREATE, CRITICAL, "key known to others"),
        Event.KEY_DESTROYED: Mapped(_ENTITY, _DELETE, MEDIUM, "key"),
        Event.KEK_CHANGED: Mapped(_ENTITY, _UPDATE, MEDIUM, "key-encryption key"),
        Event.KEYS_LOST_ACCEPTED: Mapped(_ENTITY, _DELETE, HIGH, "data keys"),
        Event.TIDIED: Mapped(_ENTITY, _DELETE, INFORMATIONAL, "leftovers"),
        Event.BACKUP_MADE: Mapped(_ENTITY, _READ, LOW, "backup"),
        Event.BACKUP_RESTORED: Mapped(_ENTITY, _UPDATE, MEDIUM, "backup"),
        Event.KEYRING_EXPORTED: Mapped(_ENTITY, _READ, MEDIUM, "keyring"),
        Event.KEYRING_IMPORTED: Mapped(_ENTITY, _UPDATE, MEDIUM, "keyring"),
        Event.ATTACK_RUN: Mapped(_ENTITY, _READ, LOW, "mapping"),
        Event.LOG_EXPORTED: Mapped(_ENTITY, _READ, LOW, "audit log"),
        Event.ACT_REQUESTED: Mapped(_ENTITY, _CREATE, LOW, "request"),
        Event.ACT_APPROVED: Mapped(_ENTITY, _UPDATE, LOW, "request"),
        Event.PSEUDONYM_PROMISED: Mapped(_ENTITY, _CREATE, INFORMATIONAL, "pseudonym"),
        Event.PSEUDONYM_CHANGED: Mapped(_ENTITY, _UPDATE, INFORMATIONAL, "pseudonym"),
        Event.PSEUDONYM_RETIRED: Mapped(_ENTITY, _DELETE, INFORMATIONAL, "pseudonym"),
        Event.DISCLOSED: Mapped(_ENTITY, _READ, MEDIUM, "person"),
        Event.DISCLOSURE_ALARM: Mapped(_FINDING, _CREATE, HIGH, "people shown in an unusual way"),
        Event.MINTING_SLOWED: Mapped(_FINDING, _CREATE, LOW, "many unknown learners from one source"),
        Event.MINTING_REFUSED: Mapped(_FINDING, _CREATE, MEDIUM, "too many unknown learners from one source"),
        Event.LOG_CLOSED: Mapped(_ENTITY, _DEACTIVATE, HIGH, "audit log"),
        Event.ENTRIES_ERASED: Mapped(_ENTITY, _UPDATE, LOW, "audit entries"),
        Event.CLOCK_BACKWARDS: Mapped(_FINDING, _CREATE, MEDIUM, "clock behind the newest entry"),
        Event.STARTED: Mapped(Class.APPLICATION_LIFECYCLE, _START),
        Event.STOPPED: Mapped(Class.APPLICATION_LIFECYCLE, _STOP),
    }
)
"""Every event has its row: a test says so."""

_UNHEARD_OF = Mapped(_API, _OTHER)


def mapped(event: str) -> Mapped:
    """The row of an event; of a word that is none (another version wrote it), some other activity."""
    return CLASSES.get(event, _UNHEARD_OF)


def ocsf_line(row: AuditRow, release: str) -> str:
    """One event as a line of JSON, without its end; `release` is the version of scormveil."""
    return json.dumps(ocsf(row, release), separators=(",", ":"), ensure_ascii=True)


def ocsf(row: AuditRow, release: str) -> dict[str, Any]:
    """One event."""
    entry = row.entry
    what = mapped(entry.event)
    class_uid, category = what.group.value
    product = {"name": "scormveil", "vendor_name": "scormveil", "version": release}
    told: dict[str, Any] = {
        "class_uid": class_uid,
        "category_uid": category,
        "activity_id": what.activity,
        "type_uid": class_uid * 100 + what.activity,
        "severity_id": what.severity,
        "time": entry.at,
        "message": entry.event,
        "status_id": _FAILURE if what.failed else _SUCCESS,
        "metadata": {
            "product": product,
            "version": VERSION,
            "uid": f"{row.log}/{row.pos}",
            "sequence": row.number,
            "log_name": "audit",
            "event_code": entry.event,
            **_said("tenant_uid", entry.tenant),
            **_said("correlation_uid", entry.exchange),
        },
        **_said("status_detail", entry.reason),
        **_IN_CLASS[what.group](row, what, product),
    }
    if what.activity == _OTHER:
        told["activity_name"] = entry.event
    if entry.count:
        told["count"] = entry.count
    words = {name: getattr(entry, name) for name in _UNMAPPED if getattr(entry, name)}
    told["unmapped"] = {"log": row.log, "pos": row.pos, **words}
    return told


def parse_ocsf(line: str) -> AuditRow:
    """The opposite of `ocsf_line`. ValueError, KeyError."""
    told = json.loads(line)
    metadata, rest = told["metadata"], told["unmapped"]
    log, pos = rest.pop("log"), rest.pop("pos")
    entry = AuditRecord(
        told["time"],
        metadata["event_code"],
        tenant=metadata.get("tenant_uid", ""),
        exchange=metadata.get("correlation_uid", ""),
        reason=told.get("status_detail", ""),
        count=told.get("count", 0),
        **rest,
    )
    return AuditRow(metadata["sequence"], log, pos, entry)


def _said(name: str, text: str) -> dict[str, str]:
    return {name: text} if text else {}


def _actor(entry: AuditRecord) -> dict[str, Any]:
    return {"user": {"name": entry.actor or _NOBODY}}


def _api(row: AuditRow, _what: Mapped, _product: dict[str, str]) -> dict[str, Any]:
    entry = row.entry
    service = {"service": {"name": entry.mount}} if entry.mount else {}
    return {
        "actor": _actor(entry),
        "api": {"operation": entry.route or entry.event, **service},
        "src_endpoint": {"name": entry.actor or _NOBODY},
    }


def _authentication(row: AuditRow, _what: Mapped, _product: dict[str, str]) -> dict[str, Any]:
    entry = row.entry
    return {
        "actor": _actor(entry),
        "user": {"uid": entry.pseudonym or _NOBODY},
        "service": {"name": entry.mount or "scormveil"},
    }


def _entity(row: AuditRow, what: Mapped, _product: dict[str, str]) -> dict[str, Any]:
    entry = row.entry
    uid = entry.pseudonym or entry.key_id or entry.exchange
    return {"actor": _actor(entry), "entity": {"name": what.subject, **_said("uid", uid)}}


def _finding(row: AuditRow, what: Mapped, _product: dict[str, str]) -> dict[str, Any]:
    entry = row.entry
    found = {"uid": entry.exchange or f"{row.number}", "title": what.subject, "types": [entry.event]}
    seen = {"actor": _actor(entry), **({"api": {"operation": entry.route}} if entry.route else {})}
    return {"finding_info": found, "evidences": [seen]}


def _lifecycle(_row: AuditRow, _what: Mapped, product: dict[str, str]) -> dict[str, Any]:
    return {"app": product}


_IN_CLASS = MappingProxyType(
    {
        Class.API_ACTIVITY: _api,
        Class.AUTHENTICATION: _authentication,
        Class.ENTITY_MANAGEMENT: _entity,
        Class.DETECTION_FINDING: _finding,
        Class.APPLICATION_LIFECYCLE: _lifecycle,
    }
)
