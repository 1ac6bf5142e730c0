"""What a mount decides where more than one answer is defensible. The defaults are the strict ones."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from proxy.config.tree import Tree


class GuardMode(StrEnum):
    """What a hit of the guard means."""

    REFUSE = "refuse"
    REPORT = "report"


class GuardScope(StrEnum):
    """Whom the guard looks for in a message that has no session."""

    ACTIVE = "active"
    SESSION = "session"


class FreeText(StrEnum):
    """What happens to an identity of the session inside declared free text."""

    REPLACE = "replace"
    REFUSE = "refuse"


class Opaque(StrEnum):
    """What happens when an identity of the session is seen inside a value only its owner can read."""

    REFUSE = "refuse"
    PASS = "pass"  # noqa: S105  a word, not a secret


class Pinning(StrEnum):
    """How scripts that run in the LMS page come to be approved."""

    FIRST_SIGHT = "first-sight"
    BY_COMMAND = "by-command"


class WithoutSession(StrEnum):
    """What happens to a run-time message that arrives without its launch's session."""

    REFUSE = "refuse"
    PASS = "pass"  # noqa: S105  a word, not a secret


class RegistrationIds(StrEnum):
    """Which ids of new registrations get a pseudonym; the LMS sees its own in any case."""

    KEEP = "keep"
    IDENTIFYING = "identifying"
    ALWAYS = "always"


class Tags(StrEnum):
    """What happens to tags of learners and registrations."""

    PSEUDONYMISE = "pseudonymise"
    KEEP = "keep"
    REFUSE = "refuse"


EXCEPTIONS = (
    "commit-extras",
    "credentials",
    "debug-log",
    "initial-state",
    "invitations",
    "launch-values",
    "lti13",
    "reportage",
    "server-log",
    "statement-pipes",
)
"""Reasons for refusing that an operator may overrule, mount by mount (docs/scorm-cloud.md says what leaves then)."""


class Policy(Tree):
    """What a mount does where more than one answer is defensible. The defaults are the strict ones."""

    guard: GuardMode = Field(
        default=GuardMode.REFUSE,
        description="`refuse` a message in which an identity is seen, or only `report` it. Report LETS IT LEAVE.",
    )
    guard_scope: GuardScope = Field(
        default=GuardScope.ACTIVE,
        description="API calls have no session: look for everybody seen lately (`active`), or only whom a call names.",
    )
    free_text: FreeText = Field(
        default=FreeText.REPLACE,
        description="Comments, answers, bookmarks: `replace` the learner's identity or withhold the text, or `refuse`.",
    )
    opaque: Opaque = Field(
        default=Opaque.REFUSE,
        description="Suspend data holding the identity: `refuse` the commit, or `pass` it (the identity LEAVES).",
    )
    without_session: WithoutSession = Field(
        default=WithoutSession.REFUSE,
        description="Run-time commits without session cookie: `refuse`, or `pass` them UNGUARDED.",
    )
    minimise_names: bool = Field(
        default=False,
        description="Tell the dispatch client to keep names in the browser. Then the mapping holds ids only.",
    )
    pin_scripts: Pinning = Field(
        default=Pinning.FIRST_SIGHT,
        description="Scripts for the LMS page: trust the `first-sight`, or only what was approved `by-command`.",
    )
    session_hours: Annotated[float, Field(gt=0, le=72)] = Field(
        default=12.0, description="How long a launch's session lives without being used."
    )
    content_security_policy: bool = Field(
        default=True, description="Send a policy with proxied pages that keeps the browser from going around the proxy."
    )
    registration_ids: RegistrationIds = Field(
        default=RegistrationIds.IDENTIFYING,
        description="New registrations whose ids name the learner get a pseudonym as id; or `always`; or `keep` all.",
    )
    tags: Tags = Field(
        default=Tags.PSEUDONYMISE,
        description="Tags of learners and registrations (departments, managers): `pseudonymise`, `keep` or `refuse`.",
    )
    exceptions: tuple[str, ...] = Field(
        default=(),
        description="What is refused because it cannot be proxied honestly, ALLOWED all the same: PEOPLE MAY LEAVE.",
        examples=["invitations"],
    )
    external_hosts: tuple[str, ...] = Field(
        default=(), description="Origins that courses may load from directly (they see the browser's address)."
    )


class RenameBy(StrEnum):
    """How a learner is renamed in the cloud."""

    V2 = "v2"
    V1 = "v1"
    NONE = "none"


class Rename(Tree):
    """How `scormveil keys migrate` renames learners in the application behind a `cloud_v2` mount."""

    by: RenameBy = Field(
        default=RenameBy.V2,
        description="`v2` (updateInfo; renaming by it is not documented), `v1` (documented), or `none`.",
    )
    v1_url: str = Field(default="", description="v1: address of the V1 API, e.g. https://cloud.scorm.com/api.")
    wait_seconds: Annotated[float, Field(gt=0, le=3600)] = Field(
        default=60.0, description="How long a rename may take until it shows in the list of registrations."
    )


class Erase(Tree):
    """How erasing a person is followed into the application behind a `cloud_v2` mount. docs/scorm-cloud.md."""

    allow: bool = Field(
        default=False,
        description="Have the cloud DELETE what it holds of erased people. It cannot be undone there either.",
    )
    user_email: str = Field(
        default="",
        description="Address of an owner or administrator of the account; the cloud mails the confirmation there.",
    )
    retention: bool = Field(
        default=False, description="Also for people forgotten by upkeep.forget_after_days, whom nobody asked about."
    )
    settle_seconds: Annotated[float, Field(ge=0, le=86_400)] = Field(
        default=120.0, description="How long nothing may be seen under a pseudonym until that counts as deleted."
    )
