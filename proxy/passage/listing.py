"""Answers of the API that are too long to be held: read in pieces, cut down as they come, re-identified in batches.

A short answer is read whole. Of a longer one everything that the allow-list does not name is dropped before it is held,
so that a report full of details costs no more than what is left of it. A list (`Shape.stream_list`) goes on to the
caller while it comes: some elements at a time are made a small document of the same form, which walks the same way as
any other, its audit entry before it is sent. Where something must be refused in mid-list the connection breaks off;
nobody takes half a list for a whole one.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import orjson

from proxy.errors import (
    BodyTooLarge,
    FieldInvalid,
    InternalFault,
    UnreadableBody,
    UnsupportedEncoding,
    UnsupportedMedia,
    UpstreamRefused,
)
from proxy.fields import Shape, Treat
from proxy.passage.ports import Answer
from proxy.passage.walk import Walk
from proxy.rewrite import AddressStream, BodyDecoder, Listing, Part, Piece

CLOUDS_FAULT = (BodyTooLarge, FieldInvalid, UnreadableBody, UnsupportedEncoding, UnsupportedMedia)
"""What these say of a request is the caller's fault; said of an answer it is the cloud's, so the caller hears 502."""

_PSEUDONYMS = frozenset({Treat.TRANSLATE, Treat.OMIT, Treat.TEXT, Treat.KEEP})
_WHOLE = 128 * 1024
"""Bytes up to which an answer is read whole: its one audit transaction is cheaper than several."""
_STEP = 32 * 1024
"""Bytes that are read at once; others have their turn in between."""
_ELEMENTS = 100
_BATCH = 64 * 1024

Clean = Callable[[bytes], Awaitable[bytes]]
"""Carries one document inward: allow-list, people, audit. Raises what that raises."""


def stays_as_it_is(shape: Shape, walk: Walk) -> bool:
    """Whether nothing but addresses is put into an answer of this form: pseudonyms stay for those who see no people."""
    plain = all(one.treat in _PSEUDONYMS for one in shape.fields)
    return plain and not walk.reveals and not shape.adds


async def read(
    answer: Answer,
    route: str,
    encoding: str,
    clean: Clean,
    *,
    pointers: Sequence[str],
    member: str,
    held: int,
    whole: int,
    turning: AddressStream | None = None,
) -> tuple[bytes, AsyncIterator[bytes] | None]:
    """Return the clean body, or the stream of it.

    `pointers` is the allow-list, `member` the name of the list or "". At most `held` bytes are held of what stays, and
    at most `whole` bytes are read. `turning` turns the addresses of a long answer without list in which nothing else
    is to be put: it goes on as it comes. Raises what `clean` raises, UnreadableBody, UnsupportedEncoding, BodyTooLarge;
    of these, what is the cloud's fault the stream raises as UpstreamRefused of `route`.
    """
    source = _opened(answer, encoding, whole)
    start: list[bytes] = []
    size = 0
    async for data in source:
        start.append(data)
        size += len(data)
        if size > min(_WHOLE, held):
            break
    else:
        return await clean(b"".join(start)), None
    if not member and turning is not None:
        turned = _turned(_pieces(Listing(pointers, limit=held, flows=True), start, source), turning)
        return b"", _ending(b"", turned, answer, route)
    if not member:
        left = [piece.text async for piece in _pieces(Listing(pointers, limit=held), start, source)]
        return await clean("".join(left).encode()), None
    pieces = _pieces(Listing(pointers, member, limit=held), start, source)
    stream = _cleaned(pieces, Batches(member, clean))
    first = await anext(stream)
    return b"", _ending(first, stream, answer, route)


async def _opened(answer: Answer, encoding: str, limit: int) -> AsyncIterator[bytes]:
    decoder = BodyDecoder(encoding, limit)
    async for chunk in answer.chunks():
        for data in decoder.pieces(chunk):
            for at in range(0, len(data), _STEP):
                yield data[at : at + _STEP]
    decoder.close()


async def _pieces(listing: Listing, start: Sequence[bytes], source: AsyncIterator[bytes]) -> AsyncIterator[Piece]:
    for data in start:
        for piece in listing.feed(data):
            yield piece
        await asyncio.sleep(0)
    async for data in source:
        for piece in listing.feed(data):
            yield piece
        await asyncio.sleep(0)
    for piece in listing.close():
        yield piece


async def _turned(pieces: AsyncIterator[Piece], turning: AddressStream) -> AsyncIterator[bytes]:
    async for piece in pieces:
        yield turning.feed(piece.text.encode())
    yield turning.close()


async def _cleaned(pieces: AsyncIterator[Piece], batches: "Batches") -> AsyncIterator[bytes]:
    async for piece in pieces:
        clean = await batches.take(piece)
        if clean:
            yield clean


async def _ending(first: bytes, rest: AsyncIterator[bytes], answer: Answer, route: str) -> AsyncIterator[bytes]:
    try:
        if first:
            yield first
        async for data in rest:
            if data:
                yield data
    except CLOUDS_FAULT as trouble:
        raise UpstreamRefused(trouble.code, route=route, place=trouble.place) from None
    finally:
        answer.close()


class Batches:
    """Makes documents of pieces and takes the pieces out again when they are clean."""

    def __init__(self, member: str, clean: Clean) -> None:
        """`member` is the name of the list."""
        self._clean = clean
        self._open = orjson.dumps({member: []})[:-2]
        self._elements: list[str] = []
        self._size = 0
        self._head = b""
        self._sent = False

    async def take(self, piece: Piece) -> bytes:
        """Take a piece and return what can be sent."""
        if piece.part is Part.HEAD:
            if not piece.text.endswith("["):  # there is no list
                return await self._clean(piece.text.encode())
            # It waits for the first elements: what is wrong with them can still be refused with words.
            self._head = await self._inside(b"", piece.text.encode(), b"]}")
            return b""
        if piece.part is Part.TAIL:
            return self._begun(await self._batch() + await self._inside(self._open, piece.text.encode(), b""))
        self._elements.append(piece.text)
        self._size += len(piece.text)
        if len(self._elements) < _ELEMENTS and self._size < _BATCH:
            return b""
        return self._begun(await self._batch())

    def _begun(self, data: bytes) -> bytes:
        head, self._head = self._head, b""
        return head + data

    async def _batch(self) -> bytes:
        if not self._elements:
            return b""
        elements = await self._inside(self._open, ",".join(self._elements).encode(), b"]}")
        self._elements = []
        self._size = 0
        comma = b"," if elements and self._sent else b""
        self._sent = self._sent or bool(elements)
        return comma + elements

    async def _inside(self, before: bytes, text: bytes, after: bytes) -> bytes:
        clean = await self._clean(before + text + after)
        if not (clean.startswith(before) and clean.endswith(after)):
            raise InternalFault("list-out-of-form")
        return clean[len(before) : len(clean) - len(after)]
