"""The learners the sandbox LMS knows: all invented, with names that hurt."""

from dataclasses import dataclass
from typing import Literal

NameOrder = Literal["First Last", "Last, First"]


@dataclass(frozen=True, slots=True)
class LmsPerson:
    """One account of the LMS. `id` is the username, which is what Moodle hands out as SCORM learner id."""

    id: str
    first: str
    last: str
    email: str

    def display_name(self, order: NameOrder = "First Last") -> str:
        """The name as `cmi.learner_name` gives it; Moodle's default is first name first, without a comma."""
        parts = [part for part in (self.first, self.last) if part]
        if order == "Last, First":
            return ", ".join(reversed(parts))
        return " ".join(parts)

    @property
    def initials(self) -> str:
        """One or two letters for the round picture."""
        return "".join(part[0] for part in (self.first, self.last) if part).upper()


DEFAULT_PEOPLE: tuple[LmsPerson, ...] = (
    LmsPerson(id="zoe.m", first="Zoë", last="Müller-Østergård", email="zoe.mueller@lms.example"),
    LmsPerson(id="sean.obrien", first="Seán", last="O'Brien", email="sean.obrien@lms.example"),
)
