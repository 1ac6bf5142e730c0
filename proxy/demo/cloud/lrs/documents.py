"""State, agent profile, activity profile: named bytes of any type (xAPI 1.0.3 part 3, sections 2.2 to 2.7)."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from proxy.demo.cloud.lrs.refused import Refused

Key = tuple[str, ...]
"""Whose: what kind, then activity, agent, registration as far as the kind has them."""


@dataclass(frozen=True)
class Document:
    """One document. Its ETag is the SHA-1 of its bytes, quoted (part 3, 3.1)."""

    body: bytes
    media: str
    at: float

    @property
    def etag(self) -> str:
        """The entity tag, with its quotes."""
        return f'"{hashlib.sha1(self.body, usedforsecurity=False).hexdigest()}"'


class Documents:
    """All documents of one application."""

    def __init__(self) -> None:
        """None yet."""
        self._kept: dict[tuple[Key, str], Document] = {}

    def get(self, owner: Key, name: str) -> Document | None:
        """The document, if there is one."""
        return self._kept.get((owner, name))

    def ids(self, owner: Key, since: float = 0.0) -> list[str]:
        """Names of an owner's documents that were stored after `since`."""
        return [name for (whose, name), one in self._kept.items() if whose == owner and one.at > since]

    def put(self, owner: Key, name: str, document: Document) -> None:
        """Store or replace."""
        self._kept[owner, name] = document

    def merge(self, owner: Key, name: str, document: Document) -> None:
        """POST: top-level members of two JSON objects are united; `Refused` if either is none (part 3, 2.2)."""
        old = self.get(owner, name)
        if old is None:
            self.put(owner, name, document)
            return
        united = {**_members(old), **_members(document)}
        self.put(owner, name, Document(json.dumps(united).encode(), "application/json", document.at))

    def drop(self, owner: Key, name: str) -> None:
        """Remove one, or nothing."""
        self._kept.pop((owner, name), None)

    def all(self) -> Iterator[tuple[Key, str, Document]]:
        """Everything, for whoever looks into the store from the side."""
        for (owner, name), document in self._kept.items():
            yield owner, name, document


def _members(document: Document) -> dict[str, object]:
    try:
        found = json.loads(document.body)
    except ValueError:
        found = None
    if not isinstance(found, dict) or document.media.partition(";")[0].strip() != "application/json":
        raise Refused(400, "not a JSON object")
    return found


def check_preconditions(old: Document | None, if_match: str, if_none_match: str, *, strict: bool) -> None:
    """412 where a precondition fails; 409 where a profile that is there would be replaced without one (3.1)."""
    if if_none_match and (if_none_match == "*" or old is None or old.etag in if_none_match) and old is not None:
        raise Refused(412, "precondition")
    if if_match and (old is None or (if_match != "*" and old.etag not in if_match)):
        raise Refused(412, "precondition")
    if strict and old is not None and not if_match and not if_none_match:
        raise Refused(409, "a document is there; say which one you know")
