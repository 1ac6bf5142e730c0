"""PostgreSQL through psycopg, with an end to every waiting.

A server that is gone refuses; one that is frozen, or behind a firewall that forgot us, says nothing at all, while the
kernel (of a host or of a middle box) goes on acknowledging what we send: neither TCP's time-outs nor the server's own
help then. So whoever waits for an answer looks at the clock, and gives the connection up.
"""

import time
from collections.abc import Generator
from typing import Any

import psycopg
from sqlalchemy import URL, Engine, create_engine, event

_CONNECT_SECONDS = 5
_LOCK_SECONDS = 5
_IDLE_SECONDS = 10


def server(url: URL, *, connections: int, statement_seconds: int, silence_seconds: float) -> Engine:
    """An engine that gives up a statement after `statement_seconds` (0: never) and a server that is silent for longer.

    What the URL says of `options` comes after ours and wins.
    """
    given = dict(url.query)
    options = (
        # The server's own default may be weaker; what we say is on disk must be.
        "-c synchronous_commit=on",
        f"-c statement_timeout={statement_seconds * 1000}",
        f"-c lock_timeout={_LOCK_SECONDS * 1000}",
        # Nobody thinks within a transaction: a node that was frozen there must not hold up all others.
        f"-c idle_in_transaction_session_timeout={_IDLE_SECONDS * 1000 if statement_seconds else 0}",
        "-c application_name=scormveil",
        *([str(given.pop("options"))] if "options" in given else []),
    )
    wanted = {
        "options": " ".join(options),
        "connect_timeout": _CONNECT_SECONDS,
        "keepalives_idle": _CONNECT_SECONDS,
        "keepalives_interval": 1,
        "keepalives_count": 3,
        # A cable that was pulled out acknowledges nothing: give up what was sent and not acknowledged.
        "tcp_user_timeout": _CONNECT_SECONDS * 1000,
    }
    engine = create_engine(
        url.set(query=given),
        hide_parameters=True,
        pool_size=connections,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args={name: value for name, value in wanted.items() if name not in given},
    )

    class Bounded(psycopg.Connection[Any]):
        """Waits for so long, and no longer."""

        def wait(self, gen: Generator[Any, Any, Any], *args: Any, **more: Any) -> Any:
            try:
                return super().wait(_bounded(gen, silence_seconds), *args, **more)
            except _SilentError:
                self.pgconn.finish()
            raise psycopg.OperationalError("the server does not answer")

    def connect(_dialect: object, _record: object, given: list[Any], named: dict[str, Any]) -> psycopg.Connection[Any]:
        return Bounded.connect(*given, **named)

    event.listen(engine, "do_connect", connect)
    return engine


class _SilentError(Exception):
    """Nothing was heard for too long."""


def _bounded(waiting: Generator[Any, Any, Any], seconds: float) -> Generator[Any, Any, Any]:
    """The same waiting, which psycopg resumes ten times a second, with an end if nothing was ready for so long."""
    until = time.monotonic() + seconds
    try:
        wanted = next(waiting)
        while True:
            ready = yield wanted
            if ready:
                until = time.monotonic() + seconds
            elif time.monotonic() >= until:
                raise _SilentError
            wanted = waiting.send(ready)
    except StopIteration as end:
        return end.value
