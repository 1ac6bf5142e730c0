"""Messages of syslog (RFC 5424) with JSON in them, and their framing on a stream (RFC 6587, section 3.4.1)."""

from typing import Final

from proxy.audit.export.jsonlines import moment
from proxy.audit.export.plain import plain

FACILITY: Final = 13
"""Log audit (RFC 5424, section 6.2.1)."""

_HOST = 255
_MESSAGE_ID = 32


def syslog_message(at: int, severity: int, host: str, event: str, message: str) -> bytes:
    """A message of RFC 5424, section 6.

    `severity` is 0 to 7; `host` says who sends, `event` is its MSGID. `message` is printable ASCII, hence no BOM.
    """
    stamp = moment(at) if "T" in moment(at) else "-"
    header = f"<{FACILITY * 8 + severity}>1 {stamp} {_word(host, _HOST)} scormveil - {_word(event, _MESSAGE_ID)} -"
    return f"{header} {message}".encode("ascii")


def octets_counted(message: bytes) -> bytes:
    """The message as it goes over a stream."""
    return str(len(message)).encode() + b" " + message


def _word(text: str, most: int) -> str:
    """A header field: printable ASCII without blanks, or `-` for nothing."""
    return plain(text).replace(" ", "")[:most] or "-"
