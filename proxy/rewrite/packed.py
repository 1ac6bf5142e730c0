"""A whole body that was packed in the browser, opened for those who must look at all of it or alter it."""

from collections.abc import Callable

from proxy.fields import Shape
from proxy.message import Message
from proxy.rewrite.carriers.lz import OpenedLz, open_lz
from proxy.rewrite.engine import is_packed


def unpacked(message: Message, shape: Shape) -> bytes:
    """Return what the body of `message` says if `shape` declares that it may be packed, and it is; else nothing."""
    opened = _opened(message, shape)
    return opened.slots[0].value.encode("utf-8") if opened is not None else b""


def turned(message: Message, shape: Shape, turn: Callable[[bytes], bytes]) -> bytes:
    """Return the body after `turn`, which sees it opened; what `turn` does not change keeps its bytes."""
    opened = _opened(message, shape)
    if opened is None:
        return turn(message.body)
    before = opened.slots[0].value.encode("utf-8")
    after = turn(before)
    if after == before:
        return message.body
    return opened.close({0: after.decode("utf-8")}).encode("utf-8", "surrogateescape")


def _opened(message: Message, shape: Shape) -> OpenedLz | None:
    if not is_packed(message.body, shape):
        return None
    return open_lz(message.body.decode("utf-8", "surrogateescape"))
