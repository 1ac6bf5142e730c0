"""People who do not exist, with names that hurt, and everything about them that a platform may send somewhere."""

import hashlib
import uuid
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Person:
    """One learner: her id as the platform has it, names, address."""

    id: str
    first: str
    last: str
    email: str

    @property
    def full(self):
        """Both names."""
        return f"{self.first} {self.last}".strip()

    @property
    def sha1(self):
        """`mbox_sha1sum` of her address."""
        return hashlib.sha1(f"mailto:{self.email}".encode()).hexdigest()  # noqa: S324  the standard's own choice

    def words(self):
        """What must not be found anywhere."""
        return [
            one
            for one in (self.id, self.first, self.last, self.email, self.sha1)
            if len(one) > 2 or (len(one) == 2 and not one.isascii())
        ]


ZOE = Person("zoë.müller/østergård+1@uni.example", "Zoë", "Müller-Østergård", "zoe.mueller+scorm@uni.example")
SEAN = Person("s1234567", "Seán", 'O\'Brien & "Söhne"', "o'brien@uni.example")
LI = Person("id 李小龙 50%", "小龙", "李", "li.xiaolong@uni.example")
MONONYM = Person("quetzalcoatl", "Quetzalcóatl", "", "quetz@uni.example")
LONG = Person("u-1-" + "wolfeschlegel" * 15, "Hubert", "Wolfeschlegelsteinhausen" * 8, "hubert.w@uni.example")
RTL = Person("נועה.כהן", "נועה", "כהן", "noa.cohen@uni.example")
PEOPLE = (ZOE, SEAN, LI, MONONYM, LONG, RTL)

EVERY_CLASS = frozenset(
    {
        "registration",
        "tag",
        "learner-tag",
        "note",
        "url",
        "filter",
        "setting",
        "mail",
        "state",
        "extra",
        "metadata",
        "token",
    }
)


@dataclass
class Planting:
    """What is planted where. A class of places that is left out gets harmless text instead.

    Learner fields are always planted. Classes: `registration` (ids of registrations made of a learner's id), `tag`,
    `learner-tag`, `note` (labels and notes of staff), `url` (addresses with an identity in the query), `filter`,
    `setting`, `mail` (invitations), `state` (initialRegistrationState), `extra` (additionalvalues), `metadata`, `token`
    (claims of an LTI 1.3 token).
    """

    classes: frozenset = EVERY_CLASS
    hook: str = "https://lms.example.org/hook"
    seed: str = "one"
    _count: int = field(default=0)

    def text(self, kind, person=ZOE):
        """A text with a person in it, or one without."""
        return f"for {person.full}" if kind in self.classes else f"harmless {kind}"

    def tag(self, kind="tag", person=ZOE):
        """A tag: no comma, since lists of tags are joined with commas."""
        return f"boss of {person.full}" if kind in self.classes else f"plain-{kind}"

    def url(self, path="", person=ZOE, base=""):
        """An address of the platform."""
        who = f"?user={person.first.encode().hex()}&mail={person.email}" if "url" in self.classes else ""
        return f"{base or 'https://lms.example.org'}{path}{who}"

    def postback_url(self, person=ZOE):
        """Where results are wanted: at the platform, with the learner in the query."""
        return f"{self.hook}?learner={person.email}" if "url" in self.classes else self.hook

    def registration_id(self, person, number=1):
        """An id as platforms make them: of the learner's id and the course."""
        return (
            f"{person.id}-course-{number}" if "registration" in self.classes else f"reg-{PEOPLE.index(person)}-{number}"
        )

    def uuid(self, name):
        """The same UUID for the same name, in every run."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.seed} {name}"))

    def words(self):
        """Everything planted that must not be found upstream."""
        return [word for person in PEOPLE for word in person.words()]
