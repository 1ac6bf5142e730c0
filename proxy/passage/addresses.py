"""E-mail addresses in a server's call, whoever they are of: they stay here, but where staff's are declared.

The guard knows only people who were seen; an address tells by its form. Ids, labels, words of the protocol and header
fields are looked at; what a declaration names (addresses of staff, notes, files to fetch) is what it says.
"""

from collections.abc import Iterable

from proxy.errors import LeakSuspected
from proxy.fields import Body, Field, Shape, Treat
from proxy.guard import looks_like_address
from proxy.message import Message
from proxy.passage.walk import Walk
from proxy.people import Kind
from proxy.rewrite import json_places, texts_beside, texts_of_upload
from proxy.rewrite.signatures.parameters import form_text

_NOT_THE_CALLERS = frozenset({"authorization", "cookie", "user-agent", "accept-encoding"})
_JSON = "application/json"
_METADATA = b'name="contentMetadata"'


def check_addresses(clean: Message, fields: Iterable[tuple[str, str]], shape: Shape, walk: Walk) -> None:
    """Refuse a call with an address beside the declared places; `fields` are the header fields that are sent."""
    if not walk.mount.searches_everybody:
        return
    staff = {one.place.steps[0].selector.lower() for one in shape.fields if _is_staffs(one)}
    pieces: dict[str, list[str]] = {
        "request-line": [clean.path, *_pairs(clean.query, staff)],
        "body": [*_pairs(form_text(clean), staff), _undeclared(clean, shape), *_around_files(clean, shape)],
    }
    if not walk.mount.adapter.withholds_addresses:  # an ETag of a record store is anybody's
        pieces["header"] = [value for name, value in fields if name.lower() not in _NOT_THE_CALLERS]
    for place, texts in pieces.items():
        if any(looks_like_address(text) for text in texts if text):
            raise LeakSuspected("address-like", route=walk.match.route.name, place=place, kind=Kind.EMAIL)


def _is_staffs(field: Field) -> bool:
    return field.kind is Kind.EMAIL and field.treat is Treat.KEEP and field.place.steps[0].carrier == "query"


def _pairs(text: str, staff: set[str]) -> list[str]:
    return [pair for pair in text.split("&") if pair.partition("=")[0].lower() not in staff]


def _around_files(clean: Message, shape: Shape) -> list[str]:
    """Heads of an upload's parts, and its texts; what a course says of itself may name whom to write to."""
    if shape.body is not Body.UPLOAD or not clean.body:
        return []
    texts = texts_of_upload(clean.body, clean.headers.get("content-type"), shape.parts)
    return [
        (text.partition(b"\r\n\r\n")[0] if _METADATA in text else text).decode("utf-8", "replace") for text in texts
    ]


def _undeclared(clean: Message, shape: Shape) -> str:
    """What stands in a JSON body beside the declared places; ids that are kept unseen (OPAQUE) are looked at, too."""
    if not clean.body or clean.media != _JSON:
        return ""
    return texts_beside(clean.body, json_places(one for one in shape.fields if one.treat is not Treat.OPAQUE))
