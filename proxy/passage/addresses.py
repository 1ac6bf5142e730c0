"""E-mail addresses in a server's call, whoever they are of: they stay here, but where staff's are declared.

The guard knows only people who were seen; an address tells by its form. Ids, labels, words of the protocol, header
fields, and documents and attachments that can be read are looked at; what a declaration names (addresses of staff,
notes, files to fetch) is what it says.
"""

from collections.abc import Iterable

from proxy.errors import LeakSuspected
from proxy.fields import Body, Field, Shape, Treat
from proxy.guard import looks_like_address
from proxy.message import Message, media_of
from proxy.passage.walk import Walk
from proxy.people import Kind
from proxy.rewrite import Mixed, MixedPart, is_readable, json_places, texts_beside, texts_of_upload
from proxy.rewrite.signatures.parameters import form_text

_NOT_THE_CALLERS = frozenset({"authorization", "cookie", "user-agent", "accept-encoding"})
_TAGS = frozenset({"if-match", "if-none-match"})
_JSON = "application/json"
_METADATA = b'name="contentMetadata"'


def check_addresses(
    clean: Message, fields: Iterable[tuple[str, str]], shape: Shape, walk: Walk, mixed: Mixed | None = None
) -> None:
    """Refuse a call with an address beside the declared places; `fields` are the header fields that are sent."""
    if not walk.mount.searches_everybody:
        return
    staff = {one.place.steps[0].selector.lower() for one in shape.fields if _is_staffs(one)}
    # An ETag of a record store is anybody's.
    skipped = _NOT_THE_CALLERS | (_TAGS if walk.mount.adapter.withholds_addresses else frozenset())
    pieces: dict[str, list[str]] = {
        "request-line": [clean.path, *_pairs(clean.query, staff)],
        "body": [*_pairs(form_text(clean), staff), _undeclared(clean, shape), *_around_files(clean, shape)],
        "document": [_document(clean, shape)],
        "attachment": [text for part in (mixed.parts[1:] if mixed else ()) for text in (_head(part), _text(part))],
        "header": [value for name, value in fields if name.lower() not in skipped],
    }
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


def _document(clean: Message, shape: Shape) -> str:
    """A document that is a text and no JSON, which `_undeclared` reads; it cannot be altered, so it is refused."""
    if shape.body is not Body.DOCUMENT or clean.media == _JSON:
        return ""
    return clean.body.decode() if is_readable(clean.body, clean.media, clean.charset) else ""


def _text(part: MixedPart) -> str:
    media, charset = media_of(part.fields.get("content-type", ""))
    return part.body.decode() if is_readable(part.body, media, charset) else ""


def _head(part: MixedPart) -> str:
    return part.head.decode("ascii", "replace")


def _undeclared(clean: Message, shape: Shape) -> str:
    """What stands in a JSON body beside the declared places.

    Ids that are kept unseen (OPAQUE) are looked at, too, and what may be an agent, but may be an activity as well.
    """
    if not clean.body or clean.media != _JSON:
        return ""
    declared = (one for one in shape.fields if one.treat is not Treat.OPAQUE and "object" not in one.reading.split())
    return texts_beside(clean.body, json_places(declared))
