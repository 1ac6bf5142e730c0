"""What the sandbox cloud remembers: dispatches, registrations and the state of one attempt. Plain data, no I/O.

Facts from the published Rustici client and support pages: a dispatch is a shared course with its own secrets; a
registration is one learner's way through it; a learner is no object of its own but three fields on a registration.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

Generation = Literal["v1", "engine2020", "v2"]
"""Which dispatch client the downloaded package asks for. Packages live for years, so all three are in the field."""
Standard = Literal["SCORM12", "SCORM2004"]
"""The run-time the package speaks with the LMS, and the course with the player."""
Content = Literal["scorm", "xapi", "cmi5", "tincan", "aicc"]
"""All but `scorm`: the LMS page is not told results by message but has to poll for them. `xapi` is the SCORM course all
the same; `cmi5` and `tincan` are courses that talk to the record store themselves, launched in that way; `aicc` is one
that speaks HACP with the cloud."""
LaunchAuth = Literal["cookies", "vault"]
"""How course files are authorised: by signed cookies, or by an unguessable path."""


@dataclass(frozen=True)
class PostbackTarget:
    """Where results are posted, and how.

    `results_format` is the depth: COURSE, ACTIVITY or FULL. `auth_type` is HTTPBASIC (the result is the body) or FORM
    (fields `data`, `userName`, `password`); `legacy` sends XML of the V1 API instead of JSON.
    """

    url: str
    user: str
    password: str
    results_format: str = "FULL"
    auth_type: str = "HTTPBASIC"
    legacy: bool = False


@dataclass
class Course:
    """One version of a course. `files` are its assets by relative path, `package` the zip it was made from.

    `standard` is a word of the client's `courseLearningStandard`. `settings` are the explicit ones of this version.
    """

    id: str
    title: str
    version: int = 0
    standard: str = "SCORM20043RDEDITION"
    created: float = 0.0
    updated: float = 0.0
    package: bytes = b""
    files: dict[str, bytes] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def activity_id(self) -> str:
        """The course as an xAPI activity; the form is an inference."""
        return f"http://cloud.example/courses/{self.id}/{self.version}"


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
    start: str = ""
    """The page its course begins with, if it is not the usual one."""
    listed: bool = True
    """False for what stands behind a registration that was made through the API: nobody created a dispatch there."""
    destination: str = ""
    created: float = 0.0
    updated: float = 0.0
    allow_new: bool = True
    enabled: bool = True
    cap: int = 0
    counted: int = 0
    reset_at: float = 0.0
    expires: str = ""
    tags: list[str] = field(default_factory=list)
    email: str = ""
    notes: str = ""
    settings: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Learner:
    """The fields as they arrived in the launch address or through the API. No id: deleted on request."""

    id: str
    first: str
    last: str
    email: str = ""


@dataclass(frozen=True)
class Launch:
    """What a valid launch address said, whatever its query keys were called."""

    learner: Learner
    regid: str
    pipe_url: str
    redirect_url: str
    referring_url: str
    browser: str = ""


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
class LaunchRecord:
    """One launch, for the launch history. The browser hides in `log`, the only place where a User-Agent is kept."""

    id: str
    started: float
    browser: str = ""
    ended: float | None = None
    updated: float | None = None
    result: tuple[str, str, float | None] = ("unknown", "unknown", None)
    hundredths: int = 0


@dataclass
class Registration:
    """One learner in one dispatch. `launches` counts; `session` is the running launch's time, `earlier` all others'.

    `past` holds the earlier instances as they were left, `imported` an `activityDetails` that came with
    `initialRegistrationState` and was not overwritten by a launch since; `shared` what is global to the registration.
    """

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
    course: Course = field(default_factory=lambda: Course("", ""))
    instance: int = 0
    past: list["Registration"] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    log: list[LaunchRecord] = field(default_factory=list)
    imported: dict[str, Any] | None = None
    shared: dict[str, Any] = field(default_factory=dict)
    invitation: str = ""
    outcome: tuple[str, str] = ("", "")
    """LTI 1.1: the platform's address for grades, and what it calls this learner's grade there."""

    @property
    def hundredths(self) -> int:
        """Total time tracked, in hundredths of a second."""
        return self.earlier + self.session

    def result(self) -> tuple[str, str, float | None]:
        """What a postback tells about: completion, success, score."""
        return self.runtime.completion, self.runtime.success, self.runtime.score
