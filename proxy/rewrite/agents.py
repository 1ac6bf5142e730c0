"""xAPI Agents, Groups and Persons: who is meant by one, read strictly, and other texts put into their places.

Sources: xAPI 1.0.3 part 2 (data) sections 2.4.2 (Actor) to 2.4.2.4 (Account) and part 3 section 2.4 (Person object);
IEEE 9274.1.1 keeps them. xAPI 0.9 and 0.95 wrote every property as a list: docs/protocol, and docs/xapi.md.

A malformed identity is still an identity: what a record store would refuse, it has received and logged by then. So
everything that is not exactly an Agent is refused here (strict). What comes from a store is read leniently.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from proxy.errors import FieldInvalid, ProxyError, UnknownField
from proxy.people import Cleartext, Kind, account
from proxy.rewrite.carriers.base import splice
from proxy.rewrite.json_tree import Node, tree_of

MOST_MEMBERS = 1000
"""Members of a group and of the groups in it, all together."""

_PLACE = "agent()"
_GROUP, _PERSON = "Group", "Person"
_AGENTS = frozenset({"Agent", _GROUP, _PERSON})
_IFI = ("mbox", "mbox_sha1sum", "openid", "account")
"""Inverse functional identifiers, in the order in which 0.9 prefers them (xAPI 1.0.3, appendix on conversion)."""
_NAMES: Mapping[str, Kind] = MappingProxyType(
    {
        "name": Kind.NAME,
        "givenName": Kind.GIVEN,
        "firstName": Kind.GIVEN,
        "familyName": Kind.FAMILY,
        "lastName": Kind.FAMILY,
    }
)
_NAMED = frozenset({Kind.NAME, Kind.GIVEN, Kind.FAMILY})
_KEYS = frozenset({"objectType", "name", "member", *_IFI})
_OLD_KEYS = _KEYS | frozenset(_NAMES)
_ONLY_AGENTS = frozenset({"name", "member", *_IFI, *_NAMES})
_OTHER_THINGS = frozenset({"Activity", "StatementRef", "SubStatement"})
_ACCOUNT_KEYS = (("homePage", "name"), ("accountServiceHomePage", "accountName"))
_MAILTO = re.compile(r"mailto:[^\s@<>\"]+@[^\s@<>\"]+", re.IGNORECASE)
_SHA1 = re.compile(r"[0-9a-fA-F]{40}")
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_FORMS: Mapping[str, tuple[Kind, re.Pattern[str]]] = MappingProxyType(
    {"mbox": (Kind.EMAIL, _MAILTO), "mbox_sha1sum": (Kind.EMAIL_SHA1, _SHA1), "openid": (Kind.OPENID, _IRI)}
)


class Reading(Enum):
    """How an agent is read."""

    STRICT = "strict"
    """xAPI 1.0.x and 2.0, outward."""
    OLD = "old"
    """xAPI 0.9 and 0.95, outward: properties may be lists, and one person may have several identifiers."""
    LENIENT = "lenient"
    """Inward: nothing is refused, what cannot be read is no agent."""


@dataclass(frozen=True, slots=True, repr=False)
class AgentPart:
    """One text about somebody: an identifier, or a name. Of an account `spans` are home page and name."""

    who: int
    kind: Kind
    value: Cleartext
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, repr=False)
class Agents:
    """What one JSON value says of people. Parts of one `who` are of one person; without identifier, of a group."""

    text: str
    parts: tuple[AgentPart, ...]

    def people(self) -> Iterator[tuple[int, tuple[AgentPart, ...]]]:
        """Yield each who with the parts of it, identifiers first."""
        groups: dict[int, list[AgentPart]] = {}
        for part in self.parts:
            groups.setdefault(part.who, []).append(part)
        for who, parts in groups.items():
            yield who, tuple(sorted(parts, key=lambda part: part.kind in _NAMED))

    def written(self, texts: Mapping[int, Sequence[str]]) -> str:
        """Return the JSON text with other texts in it: number of the part -> one text for each of its spans."""
        edits = [
            (*span, json.dumps(text, ensure_ascii=False))
            for number, new in texts.items()
            for span, text in zip(self.parts[number].spans, new, strict=True)
            if json.loads(self.text[slice(*span)]) != text  # what stays keeps its spelling
        ]
        return splice(self.text, edits)


def read_agents(text: str, reading: Reading, *, may_be_other: bool = False) -> Agents:
    """Read a JSON value that is an Agent, a Group or a Person; `text` has been checked as JSON.

    `may_be_other`: it stands where a statement's object does, which is an agent only if its `objectType` says so.
    Raises FieldInvalid and UnknownField, unless the reading is lenient.
    """
    reader = _Reader(reading)
    node = tree_of(text)
    if not (may_be_other and reader.is_other(node)):
        reader.read(node)
    return Agents(text, tuple(reader.parts))


class _Reader:
    def __init__(self, reading: Reading) -> None:
        self.parts: list[AgentPart] = []
        self._strict = reading is Reading.STRICT
        self._lenient = reading is Reading.LENIENT
        self._whos = 0

    def _refuse(self, error: ProxyError) -> None:
        if not self._lenient:
            raise error

    def is_other(self, node: Node) -> bool:
        """Tell whether an object is an Activity or the like; such a thing has nothing that only agents have."""
        if node.members is None:
            self._refuse(FieldInvalid("not-an-object", place=_PLACE))
            return True
        kind = node.members.get("objectType")
        if kind is not None and kind.value in _AGENTS:
            return False
        if kind is not None and kind.value not in _OTHER_THINGS:
            self._refuse(FieldInvalid("object-type", place=_PLACE))
        if not _ONLY_AGENTS.isdisjoint(node.members):
            self._refuse(UnknownField("agent-member", place=_PLACE))
        return True

    def read(self, node: Node, *, member: bool = False) -> None:
        """Read one agent or group, and its members."""
        members = node.members
        if members is None:
            self._refuse(FieldInvalid("not-an-object", place=_PLACE))
            return
        who = self._whos
        self._whos += 1
        if self._whos > MOST_MEMBERS:
            self._refuse(FieldInvalid("too-many-members", place=_PLACE))
        is_group = self._is_group(members)
        identifiers = [key for key in _IFI if key in members]
        self._check_keys(members, identifiers, is_group=is_group, member=member)
        before = len(self.parts)
        for key in identifiers:
            for one in self._each(members[key]):
                self._identifier(who, key, one)
        if len(self.parts) == before and not is_group:
            self._refuse(FieldInvalid("no-identifier", place=_PLACE))
        for key, kind in _NAMES.items():
            if key in members:
                for one in self._each(members[key]):
                    self._name(who, kind, one)
        if "member" in members:
            self._members(members["member"])

    def _is_group(self, members: Mapping[str, Node]) -> bool:
        node = members.get("objectType")
        if node is None:
            return "member" in members and not self._strict
        if node.value not in _AGENTS or (self._strict and node.value == _PERSON):
            self._refuse(FieldInvalid("object-type", place=_PLACE))
        return node.value == _GROUP

    def _check_keys(
        self, members: Mapping[str, Node], identifiers: Sequence[str], *, is_group: bool, member: bool
    ) -> None:
        if not (_KEYS if self._strict else _OLD_KEYS).issuperset(members):
            self._refuse(UnknownField("agent-member", place=_PLACE))
        if not is_group and "member" in members:
            self._refuse(FieldInvalid("agent-with-members", place=_PLACE))
        if is_group and member:
            self._refuse(FieldInvalid("group-as-member", place=_PLACE))
        if is_group and not identifiers and "member" not in members:
            self._refuse(FieldInvalid("no-identifier", place=_PLACE))
        if self._strict and len(identifiers) > 1:
            self._refuse(FieldInvalid("two-identifiers", place=_PLACE))

    def _each(self, node: Node) -> Sequence[Node]:
        """The values of a property that 0.9, and a Person, write as a list."""
        if node.elements is None or self._strict:
            return (node,)
        return node.elements

    def _members(self, node: Node) -> None:
        if node.elements is None:
            self._refuse(FieldInvalid("not-a-list", place=_PLACE))
        for one in node.elements or ():
            self.read(one, member=True)

    def _name(self, who: int, kind: Kind, node: Node) -> None:
        if node.value is None:
            self._refuse(FieldInvalid("not-text", place=_PLACE, kind=kind))
        elif node.value.strip():
            self.parts.append(AgentPart(who, kind, Cleartext(kind, node.value), ((node.start, node.end),)))

    def _identifier(self, who: int, key: str, node: Node) -> None:
        if key == "account":
            self._account(who, node)
            return
        kind, form = _FORMS[key]
        if node.value is None or not form.fullmatch(node.value):
            self._refuse(FieldInvalid(key.replace("_", "-"), place=_PLACE, kind=kind))
            return
        self.parts.append(AgentPart(who, kind, Cleartext(kind, node.value), ((node.start, node.end),)))

    def _account(self, who: int, node: Node) -> None:
        members = node.members or {}
        for keys in _ACCOUNT_KEYS[: 1 if self._strict else None]:
            home, name = (members.get(key) for key in keys)
            if home is None or name is None or home.value is None or name.value is None:
                continue
            if len(members) > len(keys):
                self._refuse(UnknownField("account-member", place=_PLACE))
            if _IRI.fullmatch(home.value) and name.value.strip():
                spans = ((home.start, home.end), (name.start, name.end))
                self.parts.append(AgentPart(who, Kind.ACCOUNT, account(home.value, name.value), spans))
                return
        self._refuse(FieldInvalid("account", place=_PLACE, kind=Kind.ACCOUNT))
