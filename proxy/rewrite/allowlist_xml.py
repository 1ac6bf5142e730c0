"""XML answers cut down to what an allow-list of selectors names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from proxy.errors import UnreadableBody
from proxy.rewrite.carriers.base import splice
from proxy.rewrite.carriers.xml import ATTRIBUTE, check_xml, local_name, markup_of
from proxy.rewrite.selectors import ANY, State, automaton, parse_xml_selector


@dataclass(frozen=True, slots=True)
class _Named:
    """The selectors in one automaton of element names; `attributes` has "" for those that name an element."""

    first: State
    attributes: tuple[str, ...]

    def whole(self, state: State) -> bool:
        """Whether some selector names this very element."""
        return any(not self.attributes[which] for which in state.hits)

    def keeps(self, state: State, attribute: str) -> bool:
        """Whether some selector names this attribute of the element."""
        return any(self.attributes[which] in {attribute, ANY} for which in state.hits if self.attributes[which])


@lru_cache(maxsize=256)
def _named(selectors: tuple[str, ...]) -> _Named:
    parsed = [parse_xml_selector(selector) for selector in selectors]
    return _Named(automaton([elements for elements, _ in parsed]), tuple(attribute for _, attribute in parsed))


@dataclass(slots=True)
class _Shell:
    """An element on the way to a named one: `holds` says whether anything in it stays."""

    state: State
    start: int
    holds: bool


@dataclass(slots=True)
class _Cut:
    """One pass over a document, noting what goes."""

    text: str
    named: _Named
    shells: list[_Shell] = field(default_factory=list)
    edits: list[tuple[int, int, str]] = field(default_factory=list)
    depth: int = 0
    """How many elements are open inside the named or removed one that we are in; 0 in a shell."""
    since: int = -1
    """Where a removed element began; -1 if the one we are in stays."""

    def run(self) -> None:
        """Walk the whole document."""
        position = 0
        for found in markup_of(self.text):
            if not self.depth and self.shells and self.text[position : found.start()].strip():
                self.edits.append((position, found.start(), ""))
            position = found.end()
            if found["open"]:
                self._open(found)
            elif found["close"]:
                self._close(found.end())
            elif not self.depth and not self._is_declaration(found):
                self.edits.append((*found.span(), ""))

    def _is_declaration(self, found: re.Match[str]) -> bool:
        return not self.shells and found["pi"] is not None and found["pi"].startswith("xml ")

    def _open(self, found: re.Match[str]) -> None:
        empty = bool(found["empty"])
        if self.depth:
            self.depth += not empty
            return
        above = self.shells[-1].state if self.shells else self.named.first
        state = above.next(local_name(found["open"]))
        if state is None:
            if not self.shells:
                raise UnreadableBody("unknown-document")
            if empty:
                self.edits.append((*found.span(), ""))
            else:
                self.since, self.depth = found.start(), 1
            return
        if self.named.whole(state):
            self._hold()
            self.since, self.depth = -1, int(not empty)
            return
        self.shells.append(_Shell(state, found.start(), holds=state.firm))
        self._attributes(found, state)
        if empty:
            self._end_shell(found.end())

    def _attributes(self, found: re.Match[str], state: State) -> None:
        offset = found.start("attributes")
        for attribute in ATTRIBUTE.finditer(found["attributes"]):
            name = attribute[1]
            if name == "xmlns" or name.startswith("xmlns:"):
                continue
            if self.named.keeps(state, local_name(name)):
                self._hold()
            else:
                self.edits.append((offset + attribute.start(), offset + attribute.end(), ""))

    def _hold(self) -> None:
        for shell in self.shells:
            shell.holds = True

    def _close(self, end: int) -> None:
        if not self.depth:
            self._end_shell(end)
            return
        self.depth -= 1
        if not self.depth and self.since >= 0:
            self.edits.append((self.since, end, ""))

    def _end_shell(self, end: int) -> None:
        if not self.shells:
            raise UnreadableBody("not-xml")
        shell = self.shells.pop()
        if not shell.holds:
            self.edits.append((shell.start, end, ""))


def keep_only_xml(body: bytes, selectors: Sequence[str]) -> bytes:
    """Return the XML document `body` without everything that no selector (`/a//b/@c`, as in `xml(…)`) names.

    A selector that names an element keeps all of it. Elements on the way stay as shells, without their text, comments
    and the attributes that are not named; those that only a `//` leads through stay if they hold something. What stays
    keeps its bytes. Raises UnreadableBody: no XML (see `open_xml`), or a root that no selector leads through.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise UnreadableBody("not-utf-8") from None
    cut = _Cut(text, _named(tuple(selectors)))
    cut.run()
    check_xml(text)
    return splice(text, cut.edits).encode() if cut.edits else body
