"""The invented people of the journeys, and what of each must stay unseen."""

import re
from dataclasses import dataclass

from proxy.demo.lms import LmsPerson, NameOrder

LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff" * 5 + "Welchevoralternwarengewiss"[:25]

ZOE = LmsPerson("zoe.m", "Zoë", "Müller-Østergård", "zoe.m@lms.example")
OBRIEN = LmsPerson("sean.o'brien@lms.example", "Seán", "O'Brien", "sean.o'brien@lms.example")
LI = LmsPerson("李.小龙", "", "李小龙", "li.xiaolong@lms.example")
MADONNA = LmsPerson("solo-artist", "", "Madonna", "only.her@lms.example")
LONG = LmsPerson("hubert.blaine", "Hubert", LONG_NAME, "hubert.blaine@lms.example")
FATIMA = LmsPerson("10482733", "فاطمة", "الزهراء", "f.alzahra@lms.example")
NGUYEN = LmsPerson("anh.nt+77", "Thị Ánh", "Nguyễn", "anh.nt@lms.example")
DARCY = LmsPerson("dept/emp\\4711", "Jean-Luc", "D'Arcy-Smythe", "jl.darcy@lms.example")

PEOPLE = {
    "diacritics": ZOE,
    "email-as-id": OBRIEN,
    "chinese-one-name": LI,
    "one-word": MADONNA,
    "two-hundred-letters": LONG,
    "right-to-left": FATIMA,
    "vietnamese": NGUYEN,
    "slashes-and-apostrophe": DARCY,
}

_LONG_ENOUGH = 6
"""Letters from which a part of a name is looked for inside of words and noise; shorter ones count as words."""


@dataclass(frozen=True, slots=True)
class Planted:
    """What is looked for: `texts` anywhere and in every disguise, `words` only where they stand by themselves."""

    texts: tuple[str, ...]
    words: tuple[str, ...]


def planted(person: LmsPerson) -> Planted:
    """Everything of a person that the LMS knows and nobody else may."""
    words = [word for word in re.split(r"[\s,]+", f"{person.first} {person.last}") if word]
    parts = dict.fromkeys([*words, *(piece for word in words for piece in word.split("-"))])
    long = [part for part in parts if len(part.encode()) >= _LONG_ENOUGH]
    texts = dict.fromkeys([person.id, person.email, person.display_name(), *long])
    return Planted(tuple(texts), tuple(part for part in parts if part not in long))


@dataclass(frozen=True, slots=True)
class Sent:
    """The three fields of a launch, as the dispatch client of a package makes them of what the LMS says."""

    id: str
    first: str
    last: str


def as_sent(person: LmsPerson, order: NameOrder, generation: str) -> Sent:
    """What the browser puts into the launch address; written down again from the published clients."""
    name = person.display_name(order)
    learner = re.sub(r"[/\\]", "_", person.id)
    if generation == "v1":
        last, first = name.split(",", 1) if "," in name else (name.partition(" ")[2] or name, name.partition(" ")[0])
        last, first = re.sub(r"\s+", "", last), re.sub(r"\s+", "", first)
        return Sent(learner, first, last)
    if "," in name:
        last, first = (part.strip() for part in name.split(",", 1))
    elif " " in name:
        first, last = name.split(" ", 1)
    else:
        first, last = "", name
    return Sent(learner, first or "Learner", last)
