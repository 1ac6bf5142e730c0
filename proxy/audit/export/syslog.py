"""Messages of syslog (RFC 5424) with JSON in them, and their framing on a stream (RFC 6587, section 3.4.1)."""

from types import MappingProxyType
from typing import Final

from proxy.audit.export.jsonlines import moment
from proxy.audit.export.ocsf import CRITICAL, HIGH, INFORMATIONAL, LOW, MEDIUM, mapped
from proxy.audit.export.plain import plain
from proxy.store.port import AuditRecord

FACILITY: Final = 13
"""Log audit (RFC 5424, section 6.2.1)."""

_SEVERITIES = MappingProxyType({INFORMATIONAL: 6, LOW: 5, MEDIUM: 4, HIGH: 3, CRITICAL: 2})
"""`severity_id` of OCSF to Severity of RFC 5424: informational, notice, warning, error, critical."""

_HOST = 255
_MESSAGE_ID = 32


def syslog_message(entry: AuditRecord, host: str, message: str) -> bytes:
    """A message of RFC 5424, section 6, with the entry's moment and its event as MSGID.

    `host` says who sends. `message` is the entry in printable ASCII, hence no BOM.
    """
    stamp = moment(entry.at) if "T" in moment(entry.at) else "-"
    priority = FACILITY * 8 + _SEVERITIES[mapped(entry.event).severity]
    header = f"<{priority}>1 {stamp} {_word(host, _HOST)} scormveil - {_word(entry.event, _MESSAGE_ID)} -"
    return f"{header} {message}".encode("ascii")


def octets_counted(message: bytes) -> bytes:
    """The message as it goes over a stream."""
    return str(len(message)).encode() + b" " + message


def _word(text: str, most: int) -> str:
    """A header field: printable ASCII without blanks, or `-` for nothing."""
    return plain(text).replace(" ", "")[:most] or "-"
