"""What a postback setting says, and what it is set for: two shapes for whoever reads and writes settings."""

from dataclasses import dataclass

from proxy.errors import FieldInvalid

FORM = "FORM"
HTTPBASIC = "HTTPBASIC"
_UNSAID = frozenset({"", "UNDEFINED"})
_FORMATS = frozenset({"COURSE", "ACTIVITY", "FULL"})
PLACE = "postback"


@dataclass(frozen=True, slots=True, repr=False)
class PostbackSpec:
    """Where results are posted, and how. It does not print. "" and None mean that the message did not say it.

    `auth_type`, `results_format`: the words of API v2 (`FORM`, `HTTPBASIC`; `COURSE`, `ACTIVITY`, `FULL`; both also
    `UNDEFINED`), in any case. `legacy`: the XML of V1 instead of JSON.
    """

    url: str = ""
    auth_type: str = ""
    user: str = ""
    password: str = ""
    results_format: str = ""
    legacy: bool | None = None

    def over(self, older: "PostbackSpec") -> "PostbackSpec":
        """What holds when this is said after `older`."""
        return PostbackSpec(
            self.url or older.url,
            self.auth_type or older.auth_type,
            self.user or older.user,
            self.password or older.password,
            self.results_format or older.results_format,
            older.legacy if self.legacy is None else self.legacy,
        )

    def settled(self, *, v1: bool, details: bool) -> "PostbackSpec":
        """Say everything explicitly: the sources disagree about every default (docs/protocol/scorm-cloud-api.md, 3).

        Without `details` the cloud is asked for the course's result only. Raises `FieldInvalid`: `auth-type`.
        """
        auth, wanted = self.auth_type.upper(), self.results_format.upper()
        if auth in _UNSAID:
            auth = FORM if v1 else HTTPBASIC
        elif auth not in {FORM, HTTPBASIC}:
            raise FieldInvalid("auth-type", place=PLACE)
        legacy = v1 if self.legacy is None else self.legacy
        results = wanted if details and wanted in _FORMATS else "COURSE"
        return PostbackSpec(self.url, auth, self.user, self.password, results, legacy)


@dataclass(frozen=True, slots=True, repr=False)
class Level:
    """What an address is set for. The same level again replaces the address.

    `name`: `registration`, `registration-instance`, `dispatch`, `dispatches`, `invitation`, `application`, `course`,
    `course-version`, `learning-standard` or `test`. `ident`: its id as the cloud knows it (a pseudonym where there is
    one), "" for the application.
    """

    name: str
    ident: str = ""
