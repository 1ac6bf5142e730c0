"""Turns what drivers and the system raise into `StoreFailed` with one word of ours, and nothing of theirs."""

from collections.abc import Callable
from types import MappingProxyType
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, NoSuchModuleError, OperationalError, SQLAlchemyError

from proxy.errors import ProxyError, StoreFailed

T = TypeVar("T")

_STATES = MappingProxyType(
    {
        # Not even the server knows whether it was committed: to be treated as a connection that broke.
        "40003": "connection",
        "42501": "no-rights",
        "42P01": "not-created",
        "25P03": "connection",
        "25006": "read-only",
        "53100": "disk-full",
        "57014": "too-slow",
    }
)
_CLASSES = MappingProxyType(
    {
        "08": "connection",
        "23": "constraint",
        "28": "login",
        "3D": "no-database",
        "40": "deadlock",
        "53": "server-full",
        "55": "locked",
        "57": "connection",
        "58": "damaged",
        "XX": "damaged",
    }
)
"""SQLSTATEs and their classes (PostgreSQL documentation, appendix A) in words of ours."""

_REFUSALS = (
    ("too many", "server-full"),
    ("remaining connection slots", "server-full"),
    ("password authentication failed", "login"),
    ("no password supplied", "login"),
    ('role "', "login"),
    ("pg_hba.conf", "login"),
    ('database "', "no-database"),
    ("certificate", "tls"),
    ("SSL", "tls"),
    ("read-only", "read-only"),
)
"""Before a session begins libpq passes no SQLSTATE on, only the server's text; looked at, never told."""


def attempt(work: Callable[[], T]) -> T:
    """Do `work`; whatever a driver, the library or the system raises becomes `StoreFailed` with one word."""
    reason = ""
    try:
        return work()
    except ProxyError:
        raise
    except Exception as failure:  # noqa: BLE001  the promise is "StoreFailed and nothing else"
        reason = _word_for(failure)
    # Raised outside the handler, so that the driver's exception (its parameters!) is not even attached as context.
    raise StoreFailed(reason)


def _word_for(failure: Exception) -> str:
    origin = failure.orig if isinstance(failure, DBAPIError) else failure
    name = getattr(origin, "sqlite_errorname", None)
    if isinstance(name, str):
        return name.lower().replace("_", "-")
    state = getattr(origin, "sqlstate", None)
    if isinstance(state, str):
        return _STATES.get(state) or _CLASSES.get(state[:2], "database")
    if isinstance(failure, OperationalError):
        return _word_for_refusal(origin)
    if isinstance(failure, (ModuleNotFoundError, NoSuchModuleError)):
        return "no-driver"
    if isinstance(failure, OSError):
        return "system"
    return "database" if isinstance(failure, SQLAlchemyError) else "statement"


def _word_for_refusal(origin: BaseException | None) -> str:
    """Why no session began; `connection` where one that there was broke off."""
    text = str(origin)
    if "connection failed" not in text:
        return "connection"
    told = text.partition("FATAL:")[2] or text.rpartition("failed:")[2]
    for sign, word in _REFUSALS:
        if sign in told:
            return word
    asked = getattr(getattr(origin, "pgconn", None), "used_password", False)
    return "login" if asked and "FATAL:" in text else "connection"
