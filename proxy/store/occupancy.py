"""Who serves from a store just now, whatever revision it has. Blocks."""

import time
from functools import partial
from typing import Final

from sqlalchemy import inspect
from sqlalchemy.engine import Engine

from proxy.store.engines import BULK_READING, engine_for, parse
from proxy.store.faults import attempt
from proxy.store.statements import upkeep
from proxy.store.tables import nodes

LIVE_MS: Final = 30_000
"""Who was not heard of for so long serves no more: a worker reports every ten seconds."""


def workers_on(url: str) -> list[str]:
    """The workers that were heard of lately, by name; none where there is no store. Raises `StoreFailed`."""
    address = parse(url)
    if address.path is not None and not address.path.is_file():
        return []
    engine = engine_for(address, BULK_READING)
    try:
        return attempt(partial(_alive, engine))
    finally:
        engine.dispose()


def tables_on(url: str) -> list[str]:
    """The tables of a database, ours and others. Raises `StoreFailed`."""
    engine = engine_for(parse(url), BULK_READING)
    try:
        return attempt(lambda: inspect(engine).get_table_names())
    finally:
        engine.dispose()


def _alive(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        if not inspect(connection).has_table(nodes.name):
            return []
        return [one.node for one in upkeep.alive(connection, time.time_ns() // 1_000_000 - LIVE_MS)]
