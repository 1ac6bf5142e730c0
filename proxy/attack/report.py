"""What an attack gave."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Number = int | float


class Verdict(StrEnum):
    """How an attack ended."""

    WITHSTOOD = "withstood"
    FOUND = "found"
    """Something that must not be: the command ends with 1."""
    REMAINS = "remains"
    """A residual risk with its measure: to be weighed, not to be mended."""
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Result:
    """One attack: its name, verdict, a sentence of ours, and counts (never a value of anybody)."""

    attack: str
    verdict: Verdict
    says: str
    numbers: Mapping[str, Number] = field(default_factory=dict)


def judged(attack: str, bad: int, good: str, worse: str, numbers: Mapping[str, Number]) -> Result:
    """`withstood` if nothing `bad` was counted, else `found`."""
    return Result(attack, Verdict.FOUND if bad else Verdict.WITHSTOOD, worse if bad else good, numbers)
