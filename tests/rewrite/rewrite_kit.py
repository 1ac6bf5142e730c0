"""What the tests of bodies share: messages with a body, what is seen in them, and the body after a swap."""

from proxy.fields import Body, Field, Shape
from proxy.message import Message
from proxy.people import Direction, Substitution
from proxy.rewrite import find, put

JSON_MEDIA = ("application/json",)
XML_MEDIA = ("text/xml",)


def json_shape(*fields: Field) -> Shape:
    return Shape(body=Body.READ, media=JSON_MEDIA, fields=fields)


def xml_shape(*fields: Field) -> Shape:
    return Shape(body=Body.READ, media=XML_MEDIA, fields=fields)


def message(
    body: bytes | str, media: str = "application/json", direction: Direction = Direction.OUTWARD, **more
) -> Message:
    raw = body.encode() if isinstance(body, str) else body
    return Message(direction, "POST", target="/x", media=media, body=raw, **more)


def seen(sent: Message, shape: Shape) -> list[tuple[str, str]]:
    return [(one.person, one.value.reveal()) for one in find(sent, shape).findings]


def swapped(sent: Message, shape: Shape, *texts: str | None) -> bytes:
    found = find(sent, shape)
    swaps = [Substitution(one, new) for one, new in zip(found.findings, texts, strict=True)]
    return put(sent, found, swaps).body
