"""The search itself: look at the bytes, at everything they can be decoded to, at what those hold, and so on.

Each picture of the data is a `View`. Views are looked at breadth first, each different one once, within a budget of
bytes and a depth. What does not fit is reported as too deep, because nothing that we could not read may pass.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from proxy.guard.escapes import applicable
from proxy.guard.folding import readings
from proxy.guard.members import Budget, OverBudget, members, raw_deflate, wide_texts
from proxy.guard.packed import packed_bytes, packed_runs, packed_wide
from proxy.guard.runs import CONTROL, Decoded, base64_runs, decode_base64, decode_hex, hex_runs, is_text, scraps
from proxy.guard.watch import Mark
from proxy.people import Kind

_FLOOR, _FACTOR = 512 * 1024, 64
"""Bytes looked at per call: the floor, and per byte of input."""
_VIEW_COST = 128
"""What a view costs beside its length, so that many small ones are bounded too."""
_JOINT = b"\n \n"
"""Stands between texts that are looked at together; no needle contains it."""
_MIN_RAW_DEFLATE = 32
_WIDE_SHARE = 4  # one zero byte in so many makes a decoded run a candidate for wide characters
_MAGIC_BYTES = (b"\x1f\x8b", b"x\x01", b"x^", b"x\x9c", b"x\xda", b"PK")
_MIN_TEXT = 3
TOO_DEEP = "too-deep"

Found = set[tuple[Kind, str]]


class Watching(Protocol):
    """What is looked for: one person (`Watch`) or everybody (`Throng`)."""

    def in_text(self, folded: bytes, *, trusted: bool = True) -> set[Mark]:
        """Return what a folded text gives away; in noise (not `trusted`) only what means something there."""

    def in_bytes(self, data: bytes) -> set[Mark]:
        """Return what bytes that are no clean ASCII text give away."""

    def in_runs(self, runs: Iterable[bytes]) -> set[Mark]:
        """Return what decoded base64 or hexadecimal runs give away, each taken as a whole."""

    def __bool__(self) -> bool: ...


@dataclass(frozen=True, slots=True, repr=False)
class View:
    """Bytes to look at, how they were come by, and whether they are a text (`trusted`) or printable noise."""

    data: bytes
    chain: tuple[str, ...] = ()
    trusted: bool = True


class Search:
    """One call's work: the budget, what was seen, what was found."""

    def __init__(self, watch: Watching, size: int) -> None:
        """Prepare to look through `size` bytes of input for what `watch` knows."""
        self._watch = watch
        self._budget = Budget(_FLOOR + _FACTOR * size)
        self._views: set[bytes] = set()
        self._runs: set[bytes] = set()
        self._found: Found = set()

    def run(self, data: bytes) -> Found:
        """Return (kind, disguise) of everything found in `data`."""
        queue = deque([View(data)])
        try:
            while queue:
                view = queue.popleft()
                if not view.data or view.data in self._views:
                    continue
                self._views.add(view.data)
                self._budget.descend(len(view.chain))
                self._budget.spend(len(view.data) + _VIEW_COST)
                queue.extend(self._look(view))
        except OverBudget:
            self._found.add((Kind.FREE_TEXT, TOO_DEEP))
        return self._found

    def _note(self, view: View, kind: Kind, *steps: str) -> None:
        chain = [step for step in (*view.chain, *steps) if step]
        self._found.add((kind, ">".join(chain) or "plain"))

    def _look(self, view: View) -> Iterator[View]:
        """Search one view; yield the views it gives rise to."""
        data = view.data
        ascii_only = data.isascii()
        if not ascii_only:
            yield from self._joined(view, "lz", packed_wide(data, self._budget))
        if not ascii_only or b"\0" in data:
            for mark in self._watch.in_bytes(data):
                self._note(view, mark.kind, mark.form)
        if is_text(data) or (ascii_only and b"\0" not in data):
            for charset, folded in readings(data):
                for mark in self._watch.in_text(folded, trusted=view.trusted):
                    self._note(view, mark.kind, charset, mark.form)
            for name, decode in applicable(data):
                yield View(decode(data), (*view.chain, name), view.trusted)
            yield from self._encoded(view)
            if data.startswith(_MAGIC_BYTES):
                yield from self._binary(view)
        else:
            yield from self._texts_within(view)
            yield from self._binary(view)

    def _texts_within(self, view: View) -> Iterator[View]:
        """Take the texts out of binary data; escapes and folding are for them, not for the bytes between them."""
        texts = [piece for piece in CONTROL.split(view.data) if len(piece) >= _MIN_TEXT and is_text(piece)]
        if texts:
            yield View(_JOINT.join(texts), view.chain, view.trusted)

    def _binary(self, view: View) -> Iterator[View]:
        """Open what binary data may hold: compressed members, wide characters."""
        for name, content in members(view.data, self._budget):
            yield View(content, (*view.chain, name))
        yield from self._deflated(view)
        yield from self._joined(view, "lz", packed_bytes(view.data, self._budget))
        if texts := self._readable(wide_texts(view.data)):
            yield View(texts, (*view.chain, "wide"))

    def _encoded(self, view: View) -> Iterator[View]:
        """Open the base64 and hexadecimal runs of a view that no view before it had."""
        runs = base64_runs(view.data) - self._runs
        if not runs:
            return
        self._runs |= runs
        yield from self._decoded(view, "base64", decode_base64(runs))
        yield from self._joined(view, "lz", packed_runs(runs, self._budget))
        if digits := hex_runs(b" ".join(runs)):
            yield from self._decoded(view, "hex", decode_hex(digits))

    def _joined(self, view: View, name: str, texts: Iterable[bytes]) -> Iterator[View]:
        """Look at what was packed as one text."""
        if said := _JOINT.join(texts):
            yield View(said, (*view.chain, name))

    def _decoded(self, view: View, name: str, decoded: Decoded) -> Iterator[View]:
        self._budget.spend(len(decoded.noise))
        for mark in self._watch.in_bytes(decoded.noise):
            self._note(view, mark.kind, name, mark.form)
        for mark in self._watch.in_runs(decoded.wholes):
            self._note(view, mark.kind, name, mark.form)
        chain = (*view.chain, name)
        texts = [whole for whole in decoded.wholes if is_text(whole)]
        if texts:
            yield View(_JOINT.join(texts), chain)
        for whole in decoded.wholes:
            if whole not in texts:
                yield from self._binary_run(View(whole, chain))
        if pieces := scraps(decoded.noise):
            yield View(_JOINT.join(pieces), chain, trusted=False)

    def _binary_run(self, view: View) -> Iterator[View]:
        """Open a decoded run that is no text. Its bytes have been searched as noise; folding them would be in vain."""
        if view.data.count(0) * _WIDE_SHARE >= len(view.data) or view.data.startswith(_MAGIC_BYTES):
            yield from self._binary(view)
        else:
            yield from self._deflated(view)

    def _deflated(self, view: View) -> Iterator[View]:
        if len(view.data) >= _MIN_RAW_DEFLATE:
            content = raw_deflate(view.data, self._budget)
            if content and is_text(content):
                yield View(content, (*view.chain, "deflate"))

    def _readable(self, texts: Iterable[bytes]) -> bytes:
        """Join the texts that hold enough; control characters, of which misread ones are full, part them."""
        kept = []
        for text in texts:
            self._budget.spend(len(text))
            kept += [piece for piece in CONTROL.split(text) if len(piece) >= _MIN_TEXT]
        return _JOINT.join(kept)
