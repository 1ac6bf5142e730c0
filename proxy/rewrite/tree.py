"""A message opened as deep as its declaration goes: values below values, each with the carrier that can close it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from proxy.errors import FieldInvalid, UnreadableBody
from proxy.fields import Treat
from proxy.people import Cleartext, Direction, Finding, Kind
from proxy.rewrite.carriers.base import Change, Form, Opened, Slot
from proxy.rewrite.carriers.cmi import open_cmi
from proxy.rewrite.carriers.csv import open_csv
from proxy.rewrite.carriers.ini import OpenedIni, open_ini
from proxy.rewrite.carriers.json import OpenedJson, open_json
from proxy.rewrite.carriers.lines import OpenedLines, open_lines
from proxy.rewrite.carriers.lz import open_lz
from proxy.rewrite.carriers.pairs import KeyPolicy, OpenedPairs, open_pairs
from proxy.rewrite.carriers.table import open_table
from proxy.rewrite.carriers.text import open_text
from proxy.rewrite.carriers.url import open_url
from proxy.rewrite.carriers.xml import open_xml
from proxy.rewrite.plan import Leaf, Opening

_TOKEN = re.compile(r"[A-Za-z0-9_.-]{1,255}")
_PLAIN = re.compile(
    r"true|false|-?[0-9]{1,18}(?:\.[0-9]{1,18})?(?:e[+-]?[0-9]{1,3})?"
    r"|[0-9]{4}-?[0-9]{2}-?[0-9]{2}(?:[T ][0-9:.,]{1,18}(?:Z|[+ -][0-9:]{2,5})?)?",
    re.IGNORECASE,
)
_MOST_FINDINGS = 20_000
"""A commit of a long course has some thousands; what is made of hundreds of thousands would hold up everyone else."""
_INTEGER = re.compile(r"-?[0-9]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_MAY_HAVE_LINES = frozenset({Treat.TEXT, Treat.OPAQUE, Treat.OTHER})
_NOT_READ = frozenset({Treat.KEEP, Treat.DROP, Treat.BLANK})
_AS_WRITTEN = frozenset({Treat.AGENT, Treat.EXTENSIONS})
_WHOLE = frozenset({Treat.REFUSE, Treat.POSTBACK, Treat.SETTINGS, Treat.AGENT, Treat.EXTENSIONS})
"""Treatments of whole objects and lists; what is in them is read by whoever carries the treatment out."""
_MAY_DROP = (OpenedPairs, OpenedIni, OpenedLines)
"""Carriers from which something may have to go though nothing in them is changed."""
_OF_LINES = frozenset({"ini", "table"})
_NOTHING = frozenset({"{}", "[]"})


@dataclass(slots=True)
class Branch:
    """An opened text. What becomes of a slot: a finding's spot, a deeper branch, or a change that is already known."""

    opened: Opened
    spots: dict[int, int] = field(default_factory=dict)
    inner: dict[int, "Branch"] = field(default_factory=dict)
    known: dict[int, Change] = field(default_factory=dict)

    def changes(self, texts: Mapping[int, str | None]) -> dict[int, Change]:
        """Return what changes in this text when `texts` (spot -> text) are put in."""
        changes = dict(self.known)
        for slot, spot in self.spots.items():
            if spot in texts:
                changes[slot] = texts[spot]
        for slot, branch in self.inner.items():
            text = branch.closed(texts)
            if text is not None:
                changes[slot] = text
        return changes

    def closed(self, texts: Mapping[int, str | None]) -> str | None:
        """Return the new text; None if it stays as it is."""
        changes = self.changes(texts)
        if not changes and not (isinstance(self.opened, _MAY_DROP) and self.opened.dropped):
            return None
        return self.opened.close(changes)


@dataclass(slots=True)
class Grower:
    """Opens the texts of one message and collects what is found in them."""

    direction: Direction
    roles: Mapping[str, str]
    policy: KeyPolicy | None
    """What the request's own query, and the addresses nested in it, may hold; None for answers."""
    findings: list[Finding] = field(default_factory=list)
    leaves: list[Leaf] = field(default_factory=list)
    present: set[int] = field(default_factory=set)

    def grow(self, opened: Opened, opening: Opening, group: tuple[int, ...] = (), *, strict: bool = False) -> Branch:
        """Follow every slot of `opened` to its leaf. `strict`: the key policy holds for addresses below."""
        branch = Branch(opened)
        for number, slot in enumerate(opened.slots):
            inner = opening.inner[slot.which]
            within = (*group, *slot.group) if slot.group else group
            if isinstance(inner, Leaf):
                self._reach(inner, slot, within, branch, number)
                continue
            if slot.form is Form.NULL or (not slot.value and slot.form is Form.TEXT):
                continue
            if slot.form is not Form.TEXT:
                raise FieldInvalid("not-text", place=opening.place)
            chosen = _choose(inner, slot.value)
            opened_value = self.open(chosen, slot.value, strict=strict)
            branch.inner[number] = self.grow(opened_value, chosen, within, strict=strict)
        return branch

    def open(self, opening: Opening, text: str, *, strict: bool) -> Opened:
        """Open `text` with the carrier of `opening`. Raises UnreadableBody and FieldInvalid."""
        place = opening.place
        match opening.carrier:
            case "query":
                keys = opening.keys_for(self.roles)
                policy = self.policy if strict else None
                return open_pairs(text, keys, lines=_has_lines(opening), policy=policy, place=place)
            case "form":
                return open_pairs(text, opening.keys_for(self.roles), lines=True, place=place)
            case "json":
                lenient = self.direction is Direction.INWARD
                assert opening.first is not None
                return open_json(text, opening.pointers, opening.first, lenient=lenient, place=place)
            case "xml":
                assert opening.first is not None
                return open_xml(text, opening.first, opening.attributes, place=place)
            case "cmi":
                assert opening.first is not None
                return open_cmi(text, opening.first, lenient=self.direction is Direction.INWARD, place=place)
            case "lz":
                return open_lz(text, place)
            case "lines":
                return open_lines(text, opening.keys, strict=self._is_answer_out(), place=place)
            case "ini":
                return open_ini(text, opening.keys, strict=self._is_answer_out(), place=place)
            case "table":
                return open_table(text, opening.keys, place=place)
            case "csv":
                return open_csv(text)
            case "url":
                return open_url(text, whole=isinstance(opening.inner[0], Leaf), place=place)
            case _:
                return open_text(text)

    def _is_answer_out(self) -> bool:
        return self.policy is None and self.direction is Direction.OUTWARD

    def _reach(self, leaf: Leaf, slot: Slot, group: tuple[int, ...], branch: Branch, number: int) -> None:
        """Handle one value at the end of a place."""
        treat, kind = leaf.field.treat, leaf.field.kind
        if slot.form is Form.NULL and treat is not Treat.DROP:
            return
        if slot.form is not Form.TEXT or slot.value.strip():
            self.present.add(leaf.number)
        if treat in _NOT_READ:
            if treat is Treat.DROP:
                branch.known[number] = None
            elif treat is Treat.BLANK and (slot.value or slot.form is not Form.TEXT):
                branch.known[number] = ""
            return
        value = _whole(slot, branch.opened, number, treat) if treat in _WHOLE else slot.value
        if not value.strip() and (slot.form is not Form.CONTAINER or treat in _WHOLE):
            return
        if not _is_text(slot, leaf):
            return
        _check_form(slot, leaf)
        if len(self.findings) >= _MOST_FINDINGS:
            raise UnreadableBody("too-many-values", place=leaf.place)
        branch.spots[number] = spot = len(self.findings)
        person = leaf.field.person
        if group:
            person = f"{person}#{'.'.join(map(str, group))}"
        self.findings.append(Finding(person, kind, Cleartext(kind, value), spot, leaf.place))
        self.leaves.append(leaf)


def _has_lines(opening: Opening) -> bool:
    """Whether a value below is a text of lines, as AICC's are, also in a query."""
    return any(one.carrier in _OF_LINES for inner in opening.inner if isinstance(inner, tuple) for one in inner)


def _whole(slot: Slot, opened: Opened, number: int, treat: Treat) -> str:
    """An object or list as it is written; "" if there is nothing in it. A JSON text in a string is a string."""
    is_written = slot.form is Form.CONTAINER or (slot.form is Form.TEXT and treat in _AS_WRITTEN)
    if not is_written or not isinstance(opened, OpenedJson):
        return slot.value
    literal = opened.literal(number)
    return "" if "".join(literal.split()) in _NOTHING else literal


def is_whole(treat: Treat) -> bool:
    """Whether a treatment is one of whole objects and lists."""
    return treat in _WHOLE


def _check_form(slot: Slot, leaf: Leaf) -> None:
    treat, kind = leaf.field.treat, leaf.field.kind
    if treat is Treat.TOKEN and not _TOKEN.fullmatch(slot.value):
        raise FieldInvalid("not-a-token", place=leaf.place, kind=kind)
    if treat is Treat.TOKEN and leaf.field.reading and slot.value.lower() not in leaf.field.reading.split():
        raise FieldInvalid("unknown-word", place=leaf.place, kind=kind)
    if treat is Treat.PLAIN and not _PLAIN.fullmatch(slot.value):
        raise FieldInvalid("not-plain", place=leaf.place, kind=kind)
    if treat not in _MAY_HAVE_LINES | _WHOLE and _CONTROL.search(slot.value):
        raise FieldInvalid("control-character", place=leaf.place, kind=kind)


def _is_text(slot: Slot, leaf: Leaf) -> bool:
    """Whether the value is read at all. Raises FieldInvalid where a value that is no string could hold a person."""
    treat, kind = leaf.field.treat, leaf.field.kind
    if slot.form is Form.TEXT:
        return True
    if treat in _WHOLE:
        return True
    if slot.form is Form.CONTAINER:
        if leaf.deep and not slot.value.strip():  # what is inside is named as well
            return False
    elif treat in {Treat.TOKEN, Treat.PLAIN} or (kind is Kind.SUBJECT and _INTEGER.fullmatch(slot.value)):
        return True
    elif treat in _MAY_HAVE_LINES:  # a number is no running text
        return False
    raise FieldInvalid("not-text", place=leaf.place, kind=kind)


def _choose(openings: Sequence[Opening], text: str) -> Opening:
    """Pick the carrier that fits where a declaration allows several for one value."""
    if len(openings) == 1:
        return openings[0]
    start = text.lstrip(" \t\r\n\ufeff")[:1]
    looks_like = {"xml"} if start == "<" else {"json", "cmi"} if start in set('{["') else set()
    looks_like |= {"ini"} if start == "[" else {"table"}
    for opening in openings:
        if opening.carrier in looks_like:
            return opening
    for opening in openings:
        if opening.carrier not in {"xml", "json", "cmi", "ini", "table"}:
            return opening
    raise UnreadableBody("unknown-format", place=openings[0].place)
