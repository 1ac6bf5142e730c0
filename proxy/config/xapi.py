"""What a mount decides about xAPI. The defaults are the strict ones."""

from enum import StrEnum

from pydantic import Field

from proxy.config.tree import Tree


class Unreadable(StrEnum):
    """What happens to bytes that cannot be read as text."""

    REFUSE = "refuse"
    PASS = "pass"  # noqa: S105  a word, not a secret


class Signed(StrEnum):
    """What happens to signed statements."""

    REFUSE = "refuse"
    STRIP = "strip"
    SIGN = "sign"


class Extension(StrEnum):
    """What happens to the value of an extension."""

    TEXT = "text"
    KEEP = "keep"
    DROP = "drop"
    REFUSE = "refuse"


class Named(StrEnum):
    """What happens to people whom a course names in clear."""

    REFUSE = "refuse"
    PSEUDONYMISE = "pseudonymise"


class Xapi(Tree):
    """Statements, documents, agents."""

    learner_home_pages: tuple[str, ...] = Field(
        default=(),
        description="Home pages of accounts whose names are the LMS's learner ids. Holds for all mounts of the tenant.",
    )
    cloud_home_pages: tuple[str, ...] = Field(
        default=("http://cloud.scorm.com", "https://cloud.scorm.com"),
        description="Home pages of the cloud's own accounts, `APPID|learner id`; also for all mounts of the tenant.",
    )
    learner_ids_are_addresses: bool = Field(
        default=False, description="The LMS's learner ids are e-mail addresses: an `mbox` is the same learner."
    )
    documents: Unreadable = Field(
        default=Unreadable.REFUSE, description="States and profiles that are no text: `refuse`, or `pass` them UNREAD."
    )
    attachments: Unreadable = Field(
        default=Unreadable.REFUSE, description="Attachments that are no text: `refuse`, or `pass` them UNREAD."
    )
    signatures: Signed = Field(
        default=Signed.REFUSE,
        description="Signatures (they hold the whole statement once more): `refuse`, `strip`, or `sign` with our key.",
    )
    signing_key: str = Field(default="", description="sign: `file:path` or `env:NAME` of an RSA key (PEM).")
    signing_chain: str = Field(
        default="", description="sign: `file:path` of its certificates (PEM), if they are to be shown."
    )
    extensions: dict[str, Extension] = Field(
        default_factory=dict,
        description="What happens to extensions by IRI: `text` (read as free text), `keep`, `drop` or `refuse`.",
        examples=['"http://id.tincanapi.com/extension/ip-address" = "drop"'],
    )
    other_extensions: Extension = Field(default=Extension.TEXT, description="What happens to all other extensions.")
    named_by_courses: Named = Field(
        default=Named.REFUSE,
        description="People in clear, other than its learner, in a course's own messages: `refuse`, or `pseudonymise`.",
    )
