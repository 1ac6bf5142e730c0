"""Addresses inside values: absolute or relative http(s) references (RFC 3986 section 4.1)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from proxy.errors import FieldInvalid
from proxy.rewrite.carriers.base import Change, Slot

_BAD = re.compile(r"[\x00-\x1f\x7f\\]|^\s|\s$")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_AUTHORITY = re.compile(r"//(?:\[[0-9A-Fa-f:.]+\]|[^\s/?#@:\[\]%]+)(?::[0-9]{0,5})?(?=[/?#]|$)")


@dataclass(slots=True)
class OpenedUrl:
    """An address cut at its query. The one slot is the query as it is written, or the whole address."""

    head: str
    tail: str
    slots: list[Slot]

    def close(self, changes: Mapping[int, Change]) -> str:
        """Return the address with another query; an empty query takes its question mark along."""
        change = changes[0] if 0 in changes else self.slots[0].value
        if change is None:
            raise FieldInvalid("not-removable")
        return f"{self.head}{change}{self.tail}"


@dataclass(slots=True)
class OpenedQuery(OpenedUrl):
    """An address whose query is to be changed."""

    def close(self, changes: Mapping[int, Change]) -> str:
        """Return the address with another query; an empty query takes its question mark along."""
        change = changes[0] if 0 in changes else self.slots[0].value
        return f"{self.head}?{change}{self.tail}" if change else f"{self.head}{self.tail}"


def check_address(value: str, place: str = "") -> None:
    """Raise FieldInvalid unless `value` is an absolute or relative http(s) address without credentials.

    Backslashes and surrounding blanks are refused because browsers read them as something else.
    """
    if _BAD.search(value):
        raise FieldInvalid("address-characters", place=place)
    scheme = _SCHEME.match(value)
    rest = value
    if scheme:
        if scheme[1].lower() not in {"http", "https"}:
            raise FieldInvalid("address-scheme", place=place)
        rest = value[scheme.end() :]
        if not rest.startswith("//"):
            raise FieldInvalid("address-host", place=place)
    if rest.startswith("//") and not _AUTHORITY.match(rest):
        raise FieldInvalid("address-host", place=place)


def open_url(value: str, *, whole: bool, place: str = "") -> OpenedUrl:
    """Read `value` as an address; `whole` makes the address itself the slot instead of its query."""
    check_address(value, place)
    if whole:
        return OpenedUrl("", "", [Slot(0, value)])
    front, mark, fragment = value.partition("#")
    head, _, query = front.partition("?")
    return OpenedQuery(head, mark + fragment, [Slot(0, query)])
