"""Statements made from the specification's grammar, with people in every place that can hold one.

xAPI 1.0.3 part 2 section 2.4, and for 2.0 (IEEE 9274.1.1) contextAgents and contextGroups. A seeded generator: the same
seed gives the same statements. They are written out as texts, with numbers, escapes and blanks spelled in odd ways, so
that tests can tell whether what was not touched kept its spelling. Every text that somebody could have written begins
with `TEXT`; its names are of people who are also in the statement as agents.
"""

import hashlib
import random
from dataclasses import dataclass, field
from typing import Any

from tests.xapi.people import EVERYBODY, Human, account, sha1
from tests.xapi.scene import CLOUD_HOME, LMS_HOME
from tests.xapi.spelling import Number, written

TEXT = "Text: "
_GIVEN = ("Zoë", "Siobhán", "小龙", "Nguyễn", "محمد", "Björk", "Ann-Kathrin", "Łukasz", "Ἀριστοτέλης", "D'Arcy")
_FAMILY = (
    "Müllerowicz",
    "O'Shaughnessy",
    "Wolfeschlegel",
    "van der Meersch",
    "Østergårdsen",
    "بن عليان",
    "Škodová",
    "Thị Hồngan",
)
_NUMBERS = (
    "1.0",
    "1E3",
    "12345678901234567890",
    "0.1e-7",
    "-0",
    "-0.0",
    "100",
    "1e0",
    "3.14159265358979323846264338327950288",
)
_VERBS = ("answered", "experienced", "completed", "mentored")
_TYPES = (
    "true-false",
    "choice",
    "fill-in",
    "long-fill-in",
    "matching",
    "performance",
    "sequencing",
    "likert",
    "numeric",
    "other",
)
_TAGS = ("en", "en-US", "de-CH-1996", "zh-Hant", "und")
_PLACE = "https://courses.example.org"


@dataclass(frozen=True)
class Crew(Human):
    """A group that has an identifier."""


def _people() -> tuple[Human, ...]:
    """Thirty more humans, of each identifier some."""
    made = []
    for number in range(30):
        given, family = _GIVEN[number % len(_GIVEN)], _FAMILY[number % len(_FAMILY)]
        mark = hashlib.sha256(b"human %d" % number).hexdigest()[:8]
        word = mark.translate(str.maketrans("0123456789", "ghijklmnop")).title()
        name = f"{given} {family} {word}"
        key, value = (
            ("account", account(LMS_HOME, f"login.{mark}")),
            ("mbox", f"mailto:Person.{mark}@Uni.Example"),
            ("openid", f"https://id.uni.example/{mark}"),
            ("mbox_sha1sum", sha1(f"person.{mark}@uni.example")),
            ("account", account("https://hr.personnel.example/staff", f"staff-{mark}")),
            ("account", account(CLOUD_HOME, f"APPID|cloud.{mark}")),
        )[number % 6]
        made.append((Crew if number % 5 == 4 else Human)(f"human {number}", name, key, value, word))
    return tuple(made)


MORE = _people()
PEOPLE = (*EVERYBODY, *MORE)
HUMANS = tuple(one for one in PEOPLE if not isinstance(one, Crew))
CREWS = tuple(one for one in PEOPLE if isinstance(one, Crew))
FOR_RALPH = tuple(one for one in HUMANS if one.key != "mbox")


@dataclass
class Author:
    """Writes statements."""

    seed: int
    version: str = "1.0.3"
    for_ralph: bool = False
    """Ralph takes activities only as objects, and as actor no group and nobody at a reserved domain."""
    dice: random.Random = field(init=False)
    named: list[Human] = field(default_factory=list)
    """Who is in the statement so far, with a name."""

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

    def maybe(self, chance: float = 0.5) -> bool:
        return self.dice.random() < chance

    def batch(self, count: int) -> list[str]:
        """The texts of `count` statements."""
        return [written(self.statement(), self.dice) for _ in range(count)]

    def uuid(self) -> str:
        return f"{self.dice.getrandbits(32):08x}-{self.dice.getrandbits(16):04x}-4{self.dice.getrandbits(12):03x}-a{self.dice.getrandbits(12):03x}-{self.dice.getrandbits(48):012x}"

    def iri(self, *parts: str) -> str:
        return "/".join((_PLACE, *parts, f"{self.dice.getrandbits(16):x}"))

    # People.

    def agent(self, human: Human | None = None) -> dict[str, Any]:
        human = human or self.dice.choice(HUMANS)
        made: dict[str, Any] = {human.key: human.value}
        if self.maybe(0.7):
            made = {"name": human.name} | made if self.maybe() else made | {"name": human.name}
            self.named.append(human)
        if self.maybe():
            made["objectType"] = "Agent"
        return made

    def group(self) -> dict[str, Any]:
        made: dict[str, Any] = {"objectType": "Group"}
        if self.maybe():
            crew = self.dice.choice(CREWS)
            made |= {crew.key: crew.value} | ({"name": crew.name} if self.maybe() else {})
        elif self.maybe():
            made["name"] = f"Team of {self.dice.choice(HUMANS).name}"
        if len(made) == 1 or "mbox" not in made or self.maybe():
            made["member"] = [self.agent() for _ in range(self.dice.randint(1, 3))]
        return made

    def actor(self) -> dict[str, Any]:
        return self.group() if self.maybe(0.2) else self.agent()

    # Texts.

    def text(self) -> str:
        """What somebody wrote: of somebody who is in the statement, by name or by identifier."""
        words = [
            TEXT,
            self.dice.choice(("Größe 大小", 'a "quoted" word', "one\ttab", "👩‍🎓 emoji", "plain", "back\\slash", "")),
        ]
        if self.named and self.maybe(0.6):
            words.append(f" by {self.dice.choice(self.named).name}, ok")
        return "".join(words)

    def texts(self) -> dict[str, str]:
        return {tag: self.text() for tag in self.dice.sample(_TAGS, self.dice.randint(1, 2))}

    def anything(self, depth: int = 0) -> Any:
        """Any JSON: what an extension may hold."""
        sort = self.dice.randint(0, 7 if depth < 4 else 4)
        if sort < 5:
            return (self.text(), Number(self.dice.choice(_NUMBERS)), None, self.maybe(), "")[sort]
        if sort == 5:
            return [self.anything(depth + 1) for _ in range(self.dice.randint(0, 3))]
        return {f"key {n}": self.anything(depth + 1) for n in range(self.dice.randint(0, 3))}

    def extensions(self) -> dict[str, Any]:
        return {self.iri("ext"): self.anything() for _ in range(self.dice.randint(0, 2))}

    # Parts.

    def verb(self) -> dict[str, Any]:
        return {"id": f"http://adlnet.gov/expapi/verbs/{self.dice.choice(_VERBS)}"} | (
            {"display": self.texts()} if self.maybe() else {}
        )

    def activity(self) -> dict[str, Any]:
        made: dict[str, Any] = {"id": self.iri("activity")}
        if self.maybe():
            made["objectType"] = "Activity"
        if self.maybe(0.4):
            made["definition"] = self.definition()
        return made

    def definition(self) -> dict[str, Any]:
        made: dict[str, Any] = {"name": self.texts(), "description": self.texts(), "type": self.iri("type")}
        if self.maybe(0.3):
            kind = self.dice.choice(_TYPES)
            made |= {"interactionType": kind, "correctResponsesPattern": [self.text()]}
            parts = {"choice": ["choices"], "sequencing": ["choices"], "likert": ["scale"], "performance": ["steps"]}
            for part in parts.get(kind, ["source", "target"] if kind == "matching" else []):
                made[part] = [{"id": f"{part}_{n}", "description": self.texts()} for n in range(2)]
        if self.maybe(0.3):
            made |= {"moreInfo": self.iri("more"), "extensions": self.extensions()}
        return made

    def result(self) -> dict[str, Any]:
        made: dict[str, Any] = {}
        if self.maybe():
            made["score"] = {"scaled": Number("0.50"), "raw": Number("1.0"), "min": Number("-0"), "max": Number("1E1")}
        if self.maybe():
            made |= {"success": self.maybe(), "completion": self.maybe(), "duration": "PT1H0.0010S"}
        if self.maybe():
            made["response"] = self.text()
        return made | ({"extensions": self.extensions()} if self.maybe(0.3) else {})

    def context(self, *, of_activity: bool) -> dict[str, Any]:
        made: dict[str, Any] = {"registration": self.uuid()} if self.maybe() else {}
        if self.maybe():
            made["instructor"] = self.actor()
        if self.maybe():
            made["team"] = self.group()
        if self.version.startswith("2"):
            made["contextAgents"] = [
                {"objectType": "contextAgent", "agent": self.agent(), "relevantTypes": [self.iri("role")]}
            ]
            made["contextGroups"] = [{"objectType": "contextGroup", "group": self.group()}]
        if self.maybe():
            sorts = self.dice.sample(("parent", "grouping", "category", "other"), 2)
            made["contextActivities"] = {sort: [self.activity()] for sort in sorts}
        if of_activity and self.maybe():
            made |= {"revision": self.text(), "platform": self.text()}
        if self.maybe(0.3):
            made |= {"language": "de-CH", "statement": {"objectType": "StatementRef", "id": self.uuid()}}
        return made | ({"extensions": self.extensions()} if self.maybe(0.3) else {})

    def attachment(self) -> dict[str, Any]:
        made = {"usageType": self.iri("usage"), "display": self.texts(), "contentType": "text/plain; charset=utf-8"}
        made |= {"length": Number("27"), "sha2": hashlib.sha256(self.uuid().encode()).hexdigest()}
        return made | {"fileUrl": self.iri("files")} | ({"description": self.texts()} if self.maybe() else {})

    def core(self, thing: dict[str, Any]) -> dict[str, Any]:
        """What a statement and a SubStatement have in common."""
        who = self.agent(self.dice.choice(FOR_RALPH)) if self.for_ralph else self.actor()
        made: dict[str, Any] = {"actor": who, "verb": self.verb(), "object": thing}
        is_activity = thing.get("objectType", "Activity") == "Activity"
        if self.maybe(0.6):
            made["context"] = self.context(of_activity=is_activity)
        if self.maybe(0.6):
            made["result"] = self.result()
        if self.maybe():
            made["timestamp"] = "2026-05-04T10:11:12.123456789+02:00"
        if self.maybe(0.2):
            made["attachments"] = [self.attachment()]
        return made

    def thing(self, *, inside: bool = False) -> dict[str, Any]:
        """An object of any sort."""
        sort = 0 if self.for_ralph else self.dice.randint(0, 5 if inside else 7)
        if sort == 3:
            return {"objectType": "Agent", **{key: one for key, one in self.agent().items() if key != "objectType"}}
        if sort == 4:
            return {"objectType": "Group", **{key: one for key, one in self.group().items() if key != "objectType"}}
        if sort == 5:
            return {"objectType": "StatementRef", "id": self.uuid()}
        if sort > 5:
            return {"objectType": "SubStatement"} | self.core(self.thing(inside=True))
        return self.activity()

    def statement(self) -> dict[str, Any]:
        self.named = []
        made = {"id": self.uuid()} | self.core(self.thing())
        items = list(made.items())
        self.dice.shuffle(items)
        return dict(items)
