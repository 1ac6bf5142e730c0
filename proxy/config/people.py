"""What `people access` tells a person that no program can know (GDPR Article 15(1) and (2))."""

from pydantic import Field

from proxy.config.tree import Tree


class People(Tree):
    """Texts of yours for the report; in the language of the people who read it."""

    controller: str = Field(default="", description="Who is responsible: name and address.")
    contact: str = Field(default="", description="How to reach the data-protection officer.")
    authority: str = Field(default="", description="The supervisory authority that complaints can be lodged with.")
    purposes: tuple[str, ...] = Field(default=(), description="What the data are processed for.")
    legal_basis: str = Field(default="", description="On which basis (GDPR Article 6), and which contract or law.")
    retention: str = Field(
        default="", description="How long data are kept where `upkeep.forget_after_days` does not say it."
    )
    source: str = Field(default="", description="Where the data come from; empty: from the LMS that launched courses.")
    places: dict[str, str] = Field(
        default_factory=dict,
        description="Where each recipient processes data, and with which safeguards, by host of a mount's `upstream`.",
        examples=['"cloud.scorm.com" = "USA; processor, EU standard contractual clauses of 2026-01-15"'],
    )
