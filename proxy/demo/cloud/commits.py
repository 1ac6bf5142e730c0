"""Reading a run-time commit: the XML body `<RTD>` that the player posts to the results page.

Element and attribute names as seen in published copies of the Engine player (`RTD`, `A`, `ART`, `ARTC`, `ARTI`, `CR`,
`RTL`, `RS`). The commit holds no learner id and no name: `RI` says whose it is. Free text rides in `SD` (suspend data),
`L` (location), `C` (comment), `LR` (learner response), `D` (description).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from proxy.demo.cloud.model import Comment, Interaction, Registration, Runtime

MAX_SUSPEND_DATA = 64_000
MAX_LOCATION = 1_000
MAX_COMMENT = 4_000
MAX_RESPONSE = 7_800


class CommitUnreadable(Exception):
    """The body is no well-formed `<RTD>` document, or a field is longer than the player allows."""


@dataclass
class Commit:
    """One commit as read: registration id, run-time data, session time in hundredths, history entries."""

    registration: str = ""
    runtime: Runtime = field(default_factory=Runtime)
    hundredths: int = 0
    history: list[str] = field(default_factory=list)


class _Reader:
    """Collects a commit while expat walks through it."""

    def __init__(self) -> None:
        self.commit = Commit()
        self.depth = 0

    def start(self, name: str, given: Mapping[str, str]) -> None:
        if self.depth == 0 and name != "RTD":
            raise CommitUnreadable
        self.depth += 1
        runtime = self.commit.runtime
        match name:
            case "RTD":
                self.commit.registration = given.get("RI", "")
            case "ART":
                runtime.location = _short(given, "L", MAX_LOCATION)
                runtime.suspend_data = _short(given, "SD", MAX_SUSPEND_DATA)
                runtime.exit = given.get("Ex", "")
                runtime.language = given.get("LP", "")
            case "ARTC":
                comment = Comment(_short(given, "C", MAX_COMMENT), given.get("Lo", ""), given.get("TU", ""))
                runtime.comments.append(comment)
            case "ARTI":
                runtime.interactions.append(_interaction(given))
            case "CR" if runtime.interactions:
                runtime.interactions[-1].correct.append(given.get("V", ""))
            case "RTL":
                self.commit.history.append(given.get("browser", ""))
            case "RS":
                self._rollup(given)

    def end(self, _name: str) -> None:
        self.depth -= 1

    def _rollup(self, given: Mapping[str, str]) -> None:
        runtime = self.commit.runtime
        runtime.completion = {"complete": "completed"}.get(given.get("CS", ""), given.get("CS", "unknown"))
        runtime.success = given.get("SS", "unknown")
        try:
            runtime.score = round(float(given["NM"]) * 100, 4) if given.get("MS") == "1" else None
            self.commit.hundredths = int(given.get("ED", "0"))
        except (KeyError, ValueError):
            raise CommitUnreadable from None


def _short(given: Mapping[str, str], name: str, limit: int) -> str:
    value = given.get(name, "")
    if len(value) > limit:
        raise CommitUnreadable
    return value


def _interaction(given: Mapping[str, str]) -> Interaction:
    return Interaction(
        id=given.get("Id", ""),
        type=given.get("T", ""),
        description=given.get("D", ""),
        response=_short(given, "LR", MAX_RESPONSE),
        result=given.get("R", ""),
    )


def _no_entities(*_: object) -> None:
    raise CommitUnreadable


def read_commit(body: bytes) -> Commit:
    """Read an `<RTD>` body. Raises `CommitUnreadable`; entity declarations are never expanded."""
    parser = expat.ParserCreate()
    reader = _Reader()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.EntityDeclHandler = _no_entities
    try:
        parser.Parse(body, True)  # noqa: FBT003 - expat takes the flag by position only
    except expat.ExpatError:
        raise CommitUnreadable from None
    return reader.commit


def apply(commit: Commit, registration: Registration) -> bool:
    """Write the commit into the registration; True if completion, success or score changed.

    Time never runs backwards inside one launch: commits may overtake each other on the wire.
    """
    before = registration.result()
    registration.imported = None
    registration.runtime = commit.runtime
    registration.session = max(registration.session, commit.hundredths)
    registration.history.extend(entry for entry in commit.history if entry not in registration.history)
    return registration.result() != before
