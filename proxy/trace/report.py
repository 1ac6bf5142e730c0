"""The report of a trace: what may be shown of it, as one tree that table, page and JSON are all made of.

Without values it holds nothing but words of ours, names that are structure (`Mask`), hosts, and counts. With values it
also holds addresses, what was found, and what stands in its place: personal data.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from proxy.trace.advice import Advisor
from proxy.trace.lines import PROBLEMS, Identity, Line, Verdict
from proxy.trace.masking import Mask
from proxy.trace.suggest import Current, toml
from proxy.trace.uncovered import Uncovered
from proxy.trace.words import NOT_IN_A_HAR

Tree = dict[str, Any]
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE"})
_NOT_ASKED = frozenset({Verdict.LMS, Verdict.LOCAL})


class State(StrEnum):
    """Whether the course may go live with this configuration."""

    READY = "ready"
    NOT_READY = "not ready"
    CANNOT_TELL = "cannot tell"


CODES: Mapping[State, int] = {State.READY: 0, State.NOT_READY: 1, State.CANNOT_TELL: 3}
"""Exit codes; 2 is a file or configuration that cannot be read."""


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """Everything that was seen. `current` is what the mounts' settings hold now."""

    lines: Sequence[Line]
    advisor: Advisor
    mask: Mask
    current: Mapping[str, Current] = field(default_factory=dict)

    @property
    def state(self) -> State:
        """Not ready if anything is refused or goes around; cannot tell if the file does not show what is needed."""
        verdicts = Counter(line.verdict for line in self.lines)
        if verdicts[Verdict.REFUSED] or verdicts[Verdict.AROUND]:
            return State.NOT_READY
        return State.CANNOT_TELL if verdicts[Verdict.UNPROVEN] or self._missing() else State.READY

    def _missing(self) -> str:
        """What a recording must have to prove anything, and this one lacks."""
        if not any(line.mount for line in self.lines):
            return "No request in this file is for a mount of the configuration, or for the cloud behind one."
        if not any(line.identities for line in self.lines):
            return "Nobody is named in this file: there is no launch in it. Record from the LMS's page on."
        return ""

    def told(self, *, values: bool = False, problems: bool = False) -> Tree:
        """The whole report. `values`: with what was found, in clear; `problems`: only lines that are one."""
        mask = Mask(bare=True) if values else self.mask
        suggestions = self.advisor.suggestions(self.mask)
        lines = [self._line(line, mask, values=values) for line in self.lines if not problems or _matters(line)]
        return {
            "state": self.state.value,
            "missing": self._missing(),
            "with_values": values,
            "counts": {str(verdict): count for verdict, count in self._counts().items()},
            "people": len({one.person for line in self.lines for one in (*line.identities, *line.answered)} - {""}),
            "suggestions": [
                {"mount": one.mount, "setting": one.setting, "key": one.key, "value": one.value, "why": one.why}
                for one in suggestions
            ],
            "toml": toml(suggestions, self.current),
            "uncovered": self._uncovered(mask),
            "hosts": self._hosts(mask),
            "not_in_the_file": NOT_IN_A_HAR,
            "requests": lines,
        }

    def _counts(self) -> dict[Verdict, int]:
        counts = Counter(line.verdict for line in self.lines)
        return {verdict: counts[verdict] for verdict in Verdict if counts[verdict]}

    def _line(self, line: Line, mask: Mask, *, values: bool) -> Tree:
        names = ", ".join(map(mask.name, line.unknown)) or "a name that is not declared"
        told: Tree = {
            "number": line.number,
            "method": line.method if line.method in _METHODS else "?",
            "side": line.side,
            "host": mask.host(line.host) if line.side == "other" else "",
            "mount": line.mount,
            "route": line.route,
            "path": line.template or mask.path(line.path),
            "verdict": line.verdict.value,
            "code": line.code,
            "reason": line.reason,
            "place": line.place,
            "at": "answer" if line.at_answer else "request",
            "advice": line.advice.format(names=names, host=mask.host(line.foreign) or "another host"),
            "found": _identities(line.identities, values=values),
            "answered": _identities(line.answered, values=values),
            "uncovered": [_place(one, mask) for one in line.uncovered],
            "loads_from": _hosts_of(line.loaded, mask),
            "names_hosts": _hosts_of(line.mentioned, mask),
            "names_people": sorted(line.named),
            "notes": list(line.notes),
        }
        return told | ({"url": line.url} if values else {})

    def _uncovered(self, mask: Mask) -> list[Tree]:
        """Places that no rule covers, by route: of hundreds of files with one version number one line is enough."""
        counts: Counter[tuple[str, str, str]] = Counter()
        for line in self.lines:
            for one in line.uncovered:
                counts[line.route or "(no route)", _place(one, mask)["place"], one.fate.value] += 1
        return [
            {"route": route, "place": place, "fate": fate, "count": count}
            for (route, place, fate), count in sorted(counts.items())
        ]

    def _hosts(self, mask: Mask) -> list[Tree]:
        """Hosts of no mount: asked for in this recording, or named in an answer."""
        asked: Counter[tuple[str, str]] = Counter()
        for line in self.lines:
            if line.side == "other":
                asked[mask.host(line.host), "LMS" if line.verdict in _NOT_ASKED else "course"] += 1
        loaded, mentioned = Counter[str](), Counter[str]()
        for line in self.lines:
            loaded += line.loaded
            mentioned += line.mentioned
        rows = [
            {"host": host, "how": f"asked for by the {who}", "count": count} for (host, who), count in asked.items()
        ]
        seen = {row["host"] for row in rows}
        for how, counter in (("an answer loads from it", loaded), ("an answer names it", mentioned)):
            rows += [
                {"host": mask.host(host), "how": how, "count": count}
                for host, count in sorted(counter.items())
                if mask.host(host) not in seen
            ]
        return rows


def _matters(line: Line) -> bool:
    return line.verdict in PROBLEMS


def _hosts_of(counter: Counter[str], mask: Mask) -> list[Tree]:
    return [{"host": mask.host(host), "count": count} for host, count in sorted(counter.items())]


def _place(one: Uncovered, mask: Mask) -> Tree:
    pairs = one.carrier in {"query", "form", "header"} and len(one.names) == 1
    inside = mask.name(one.names[0]) if pairs else mask.names(one.names)
    return {"place": f"{one.carrier}({inside})", "fate": one.fate.value}


def _identities(found: Sequence[Identity], *, values: bool) -> list[Tree]:
    """Each kind, place and form once, with how often; with values each by itself."""
    if values:
        return [{**_plain(one), "count": 1, "value": one.value.reveal(), "text": one.text or ""} for one in found]
    counts = Counter((one.kind, one.place, one.becomes, one.person) for one in found)
    return [
        {"kind": kind, "place": place, "becomes": becomes, "person": person, "count": count}
        for (kind, place, becomes, person), count in counts.items()
    ]


def _plain(one: Identity) -> Tree:
    return {"kind": one.kind, "place": one.place, "becomes": one.becomes, "person": one.person}
