"""What the sandbox cloud remembers: dispatches, registrations and the state of one attempt. Plain data, no I/O.

Facts from the published Rustici client and support pages: a dispatch is a shared course with its own secrets; a
registration is one learner's way through it; a learner is no object of its own but three fields on a registration.
"""

from dataclasses import dataclass, field
from typing import Literal

Generation = Literal["v1", "engine2020", "v2"]
"""Which dispatch client the downloaded package asks for. Packages live for years, so all three are in the field."""
Standard = Literal["SCORM12", "SCORM2004"]
"""The run-time the package speaks with the LMS, and the course with the player."""
Content = Literal["scorm", "xapi"]
"""`xapi`: the LMS page is not told results by message but has to poll for them."""
LaunchAuth = Literal["cookies", "vault"]
"""How course files are authorised: by signed cookies, or by an unguessable path."""


@dataclass(frozen=True)
class PostbackTarget:
    """Where results of a dispatch are posted (JSON, HTTP Basic), and how deep: COURSE, ACTIVITY or FULL."""

    url: str
    user: str
    password: str
    results_format: str = "FULL"


@dataclass
class Dispatch:
    """One shared course. `secret` and `launch_token` are in every package; both derive from the cloud's own secret."""

    id: str
    generation: Generation
    standard: Standard
    content: Content
    launch_auth: LaunchAuth
    instanced: bool
    hash_names: bool
    title: str
    tenant: str
    course_id: str
    secret: str
    launch_token: str
    custom_config: dict[str, str] | None = None
    postback: PostbackTarget | None = None


@dataclass(frozen=True)
class Learner:
    """The three fields as they arrived in the launch address."""

    id: str
    first: str
    last: str


@dataclass(frozen=True)
class Launch:
    """What a valid launch address said, whatever its query keys were called."""

    learner: Learner
    regid: str
    pipe_url: str
    redirect_url: str
    referring_url: str


@dataclass
class Comment:
    """A comment from the learner (`ARTC`)."""

    text: str
    location: str = ""
    at: str = ""


@dataclass
class Interaction:
    """One question and what the learner answered (`ARTI`)."""

    id: str
    type: str = ""
    description: str = ""
    response: str = ""
    result: str = ""
    correct: list[str] = field(default_factory=list)


@dataclass
class Runtime:
    """The run-time data of the attempt. Times in hundredths of a second, score 0 to 100 or None."""

    completion: str = "unknown"
    success: str = "unknown"
    score: float | None = None
    location: str = ""
    suspend_data: str = ""
    exit: str = ""
    language: str = ""
    comments: list[Comment] = field(default_factory=list)
    interactions: list[Interaction] = field(default_factory=list)


@dataclass
class Registration:
    """One learner in one dispatch. `launches` counts; `session` is the running launch's time, `earlier` all others'."""

    id: str
    dispatch: str
    learner: Learner
    created: float
    updated: float
    xapi_id: str
    runtime: Runtime = field(default_factory=Runtime)
    launches: int = 0
    session: int = 0
    earlier: int = 0
    finished: bool = False
    history: list[str] = field(default_factory=list)

    @property
    def hundredths(self) -> int:
        """Total time tracked, in hundredths of a second."""
        return self.earlier + self.session

    def result(self) -> tuple[str, str, float | None]:
        """What a postback tells about: completion, success, score."""
        return self.runtime.completion, self.runtime.success, self.runtime.score
