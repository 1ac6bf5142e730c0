"""Attachments of xAPI statements: xAPI 1.0.3 part 2 section 2.4.11 and part 3 section 1.5.2.

Their bytes are not altered, for a statement names them by their SHA-2. What can be read as text is searched by the
guard with the rest of the message; what cannot is the mount's decision. A signature is an attachment that holds
the whole statement once more, in base64 (part 2, 2.6), names and all.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

import orjson

from proxy.errors import FieldInvalid, NotPermitted, UnreadableBody, UnsupportedMedia
from proxy.message import media_of
from proxy.passage.walk import Walk
from proxy.rewrite import Mixed, is_readable
from proxy.rewrite.signatures.jws import USAGE

_SHA2 = {56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}
_PLACE = "attachments"


def check_statements(json: bytes, mixed: Mixed | None, walk: Walk) -> None:
    """Refuse attachments that are not what their statements say, and those that the mount does not let pass.

    `json` has been checked as JSON. Raises FieldInvalid, UnreadableBody, UnsupportedMedia, NotPermitted.
    """
    told = list(_attachments(json))
    if any(one.get("usageType") == USAGE for one in told) and walk.mount.xapi.signatures == "refuse":
        raise NotPermitted("signed-statement", route=walk.match.route.name, place=_PLACE)
    parts = mixed.parts[1:] if mixed is not None else ()
    announced = {str(one.get("sha2", "")).lower() for one in told}
    sent: dict[str, int] = {}
    for part in parts:
        digest = part.fields.get("x-experience-api-hash", "").lower()
        if digest not in announced:
            raise FieldInvalid("attachment-not-announced", place=_PLACE)
        if digest in sent or digest != _digest(part.body, digest):
            raise FieldInvalid("attachment-hash", place=_PLACE)
        sent[digest] = len(part.body)
        media, charset = media_of(part.fields.get("content-type", ""))
        if not is_readable(part.body, media, charset) and walk.mount.xapi.attachments == "refuse":
            raise UnsupportedMedia("unreadable-attachment", route=walk.match.route.name)
    for one in told:
        digest = str(one.get("sha2", "")).lower()
        if digest not in sent and not one.get("fileUrl"):
            raise FieldInvalid("attachment-missing", place=_PLACE)
        if digest in sent and one.get("length") != sent[digest]:
            raise FieldInvalid("attachment-length", place=_PLACE)


def check_document(body: bytes, media: str, charset: str, walk: Walk) -> None:
    """Refuse a document that nobody can read, unless the mount lets it pass; UnsupportedMedia, UnreadableBody."""
    if body and not is_readable(body, media, charset) and walk.mount.xapi.documents == "refuse":
        raise UnsupportedMedia("unreadable-document", route=walk.match.route.name)


def _digest(body: bytes, said: str) -> str:
    name = _SHA2.get(len(said), "")
    return hashlib.new(name, body).hexdigest() if name else ""


def _attachments(json: bytes) -> Iterator[dict[str, Any]]:
    """The attachments of every statement in a JSON text, and of its SubStatement."""
    try:
        tree = orjson.loads(json)
    except orjson.JSONDecodeError:
        raise UnreadableBody("not-json", place=_PLACE) from None
    for statement in tree if isinstance(tree, list) else [tree]:
        for holder in (statement, statement.get("object") if isinstance(statement, dict) else None):
            listed = holder.get("attachments") if isinstance(holder, dict) else None
            if listed is None:
                continue
            if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
                raise FieldInvalid("attachments", place=_PLACE)
            yield from listed
