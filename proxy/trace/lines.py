"""What a trace says of one request, before names are masked: raw texts, which no report shows as they are."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from proxy.people import Cleartext
from proxy.trace.uncovered import Uncovered


class Verdict(StrEnum):
    """What becomes of a request, with this configuration."""

    PASSES = "passes"
    REFUSED = "REFUSED"
    AROUND = "GOES AROUND"
    """To a host that no mount covers: nobody looks at it."""
    UNPROVEN = "UNPROVEN"
    """It would pass as far as can be seen; what would have to be read is not in the file."""
    KEPT_BACK = "kept back"
    """Refused by declaration, and of no use to the learner: logs of the player."""
    ALLOWED = "allowed host"
    """To one of the mount's `external_hosts`, past the proxy, as configured."""
    NEEDLESS = "not needed"
    """The browser would not send it: what it asked across origins is one origin behind the proxy."""
    LMS = "LMS"
    """The LMS's own business."""
    LOCAL = "in the browser"
    """No request at all: data:, blob:."""


PROBLEMS = frozenset({Verdict.REFUSED, Verdict.AROUND, Verdict.UNPROVEN})


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """One declared place that holds something. `becomes` is a form in words, `text` what stands there instead."""

    kind: str
    place: str
    becomes: str
    value: Cleartext
    text: str = ""
    person: str = ""
    """Letter of the person in this trace, "" where it is nobody's."""


@dataclass(slots=True, repr=False)
class Line:
    """One request of the file."""

    number: int
    method: str
    url: str
    side: str
    """Which side the host is on: cloud, cloud ~alias, proxy, LMS, other, browser."""
    host: str = ""
    path: str = ""
    mount: str = ""
    route: str = ""
    template: str = ""
    verdict: Verdict = Verdict.PASSES
    code: str = ""
    reason: str = ""
    place: str = ""
    lacks_answer: bool = False
    """The answer would have to be read, and is not in the file."""
    at_answer: bool = False
    """It was the answer that was refused."""
    advice: str = ""
    unknown: list[str] = field(default_factory=list)
    """Names of refused keys and members, for the advice."""
    foreign: str = ""
    """The host that the advice speaks of."""
    identities: list[Identity] = field(default_factory=list)
    answered: list[Identity] = field(default_factory=list)
    """The same of the answer."""
    uncovered: list[Uncovered] = field(default_factory=list)
    loaded: Counter[str] = field(default_factory=Counter)
    """Hosts of no mount that the answer has browsers load from."""
    mentioned: Counter[str] = field(default_factory=Counter)
    named: list[str] = field(default_factory=list)
    """Kinds of identity in clear in the answer."""
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A line for the configuration. With `value` in a table or list of the mount; `why` says when it is right."""

    mount: str
    setting: str
    key: str
    value: str
    why: str
