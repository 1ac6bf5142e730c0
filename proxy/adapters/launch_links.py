"""Launch links of SCORM Cloud's API v2: what the LMS asks for when a learner is to start, and what it is answered.

Source: the official Python client 5.0.0 (LaunchLinkRequestSchema, PreviewLaunchLinkRequestSchema, LaunchLinkSchema);
docs/protocol/scorm-cloud-api.md section 7. The link is `https://cloud.scorm.com/api/cloud/registration/launch/<guid>`, good
for 120 seconds unless `expiry` (10 to 300) says otherwise; it names nobody, and neither does the request.
"""

from proxy.fields import Body, Field, Keys, Kind, Route, Shape, Treat, json, path

JSON = ("application/json",)
EXITS = ("closer", "blank", "message")
"""Words that stand for pages of the cloud where the learner's way ends."""

EXIT = json("/redirectOnExitUrl")
STYLE = Field(json("/cssUrl"), Kind.URL, Treat.ADDRESS, blanks=("",), why="a style sheet; names a host, not a person")
TOLD = (
    Field(json("/additionalvalues/*/item"), Kind.FREE_TEXT, Treat.TEXT, why="arbitrary keys of the launch"),
    Field(json("/additionalvalues/*/value"), Kind.FREE_TEXT, Treat.TEXT, why="LMSs put user attributes here"),
)

REGISTRATION_LINK = Route(
    "cloud.launch-link",
    ("POST",),
    "/registrations/{registration}/launchLink",
    request=Shape(
        body=Body.READ,
        media=JSON,
        keys=Keys(),
        fields=(
            Field(path("registration"), Kind.REGISTRATION, Treat.KEEP, why="an id the LMS or the cloud chose"),
            Field(EXIT, Kind.URL, Treat.SEAL, blanks=EXITS, why="the LMS's page, with ids of users and enrolments"),
            STYLE,
            Field(
                json("/learnerTags/*"), Kind.FREE_TEXT, Treat.TEXT, why="departments, managers, numbers of employees"
            ),
            Field(json("/registrationTags/*"), Kind.FREE_TEXT, Treat.TEXT, why="as the learner's"),
            Field(json("/courseTags/*"), Kind.FREE_TEXT, Treat.TEXT, why="of a course; low risk"),
            *TOLD,
        ),
    ),
    answer=Shape(
        body=Body.READ,
        media=JSON,
        keep=("/launchLink",),
        fields=(Field(json("/launchLink"), Kind.URL, Treat.LAUNCH),),
    ),
    why="The browser that follows the link comes without a session; ours opens the one of the registration's learner.",
)

_PREVIEW = Shape(
    body=Body.READ,
    media=JSON,
    keys=Keys(),
    fields=(
        Field(
            EXIT,
            Kind.URL,
            Treat.ORIGIN,
            blanks=EXITS,
            why="of a page of the LMS nobody is known for whom it could be sealed, so only its host leaves",
        ),
        STYLE,
        *TOLD,
    ),
)
_PREVIEWED = Shape(
    body=Body.READ,
    media=JSON,
    keep=("/launchLink",),
    fields=(Field(json("/launchLink"), Kind.URL, Treat.LAUNCH, person=""),),
)

ROUTES = (
    REGISTRATION_LINK,
    Route(
        "cloud.preview-link",
        ("POST",),
        "/courses/{course}/preview",
        request=_PREVIEW,
        answer=_PREVIEWED,
        why="A look at a course without registration: the link leads through us and launches nobody.",
    ),
    Route(
        "cloud.preview-link-version",
        ("POST",),
        "/courses/{course}/versions/{version}/preview",
        request=_PREVIEW,
        answer=_PREVIEWED,
        why="As the preview of the newest version.",
    ),
)
