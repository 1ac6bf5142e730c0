"""Reads everything above a number, page by page."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

_PAGE = 5_000


async def pages(read: Callable[[int, int], Awaitable[list[tuple[int, T]]]], after: int) -> list[tuple[int, T]]:
    """Ask `read` (a number, at most how many rows) until nothing is left."""
    rows: list[tuple[int, T]] = []
    while page := await read(rows[-1][0] if rows else after, _PAGE):
        rows += page
    return rows
