"""The log chain: only listed keys, only short plain words. What does not fit is left out, and says that it was.

A log line that may hold anything will one day hold a name. So the chain ends every line through one gate: a key that
is not on the list is dropped, as is a text that is not made of plain words; `withheld` counts them. Foreign libraries'
loggers are silenced at the root: their messages quote paths and headers.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

from proxy.people import Cleartext

_KEYS = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "exchange",
        "mount",
        "adapter",
        "route",
        "direction",
        "verdict",
        "code",
        "reason",
        "hint",
        "status",
        "found",
        "veiled",
        "minted",
        "reidentified",
        "ms",
        "listen",
        "kek",
        "store",
        "keyring",
        "mounts",
        "workers",
        "worker",
        "signal",
        "count",
        "version",
        "kind",
        "place",
        "guard",
        "post",
        "log",
    }
)
_PLAIN = re.compile(r"[\w .,:;/()\[\]{}*'\"`=+#@|<>_-]{0,300}", re.ASCII)


def gate(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Let only listed keys with plain values through."""
    kept: MutableMapping[str, Any] = {}
    withheld = 0
    for key, value in event.items():
        plain = isinstance(value, int | float | bool) or (isinstance(value, str) and _PLAIN.fullmatch(value))
        if key in _KEYS and plain and not isinstance(value, Cleartext):
            kept[key] = value
        else:
            withheld += 1
    if withheld:
        kept["withheld"] = withheld
    return kept


def configure(format_name: str, level: str, stream: TextIO | None = None) -> None:
    """Set the process's logging up; called once by the composition root."""
    renderer: Any = structlog.dev.ConsoleRenderer() if format_name == "console" else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            gate,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # Which stream is standard error is asked at each line: whoever puts another in its place also closes that one.
        logger_factory=lambda *_: structlog.PrintLogger(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.disable(logging.CRITICAL)


def get_logger() -> Any:
    """Return a logger of the chain."""
    return structlog.get_logger()
