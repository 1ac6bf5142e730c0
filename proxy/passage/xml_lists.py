"""Long lists in XML answers (the V1 API has no pages): handled some elements at a time, each batch a small document."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence

from proxy.errors import InternalFault, UnreadableBody
from proxy.rewrite import list_in

WHOLE = 256 * 1024
"""Bytes up to which an answer is handled whole."""
_ELEMENTS = 100
_BATCH = 128 * 1024

Clean = Callable[[bytes], Awaitable[bytes]]
"""Carries one document inward: allow-list, people, audit. Raises what that raises."""


async def cleaned(body: bytes, selector: str, clean: Clean) -> bytes:
    """Return the clean document of `body`, whose list stands at `selector`.

    Others have their turn between batches. Raises what `clean` raises, and UnreadableBody.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise UnreadableBody("not-utf-8") from None
    spans = list(await asyncio.to_thread(_spans, text, selector))
    if len(spans) == 1:
        return await clean(body)
    before, after = text[slice(*spans[0])], text[slice(*spans[-1])]
    empty = await clean((before + after).encode())
    close = empty.rfind(b"</" + _last_name(before))
    if close < 0:
        raise InternalFault("list-out-of-form")
    head = empty[:close].rstrip()
    tail = empty[len(head) :]
    parts = [head]
    for elements in _batches(text, spans[1:-1]):
        done = await clean((before + elements + after).encode())
        if not (done.startswith(head) and done.endswith(tail)):
            raise InternalFault("list-out-of-form")
        parts.append(done[len(head) : len(done) - len(tail)])
        await asyncio.sleep(0)
    return b"".join((*parts, tail))


def _batches(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[str]:
    start = count = 0
    for number, (_, end) in enumerate(spans, start=1):
        count += 1
        if count == _ELEMENTS or end - spans[start][0] >= _BATCH or number == len(spans):
            yield text[spans[start][0] : end]
            start, count = number, 0


def _spans(text: str, selector: str) -> list[tuple[int, int]]:
    return list(list_in(text, selector))


def _last_name(before: str) -> bytes:
    """The name of the list's own element, as it is written."""
    return before[before.rindex("<") + 1 :].split(maxsplit=1)[0].rstrip(">").encode()
