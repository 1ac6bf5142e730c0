"""Invented people whom the tests plant, each by an identifier of another kind; and who must not be found anywhere."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from tests.oracle import Oracle
from tests.xapi.scene import CLOUD_HOME, LMS_HOME

APP = "APPID"
_AT_A_TIME = 8_000


@dataclass(frozen=True)
class Human:
    """Somebody, and the one identifier by which statements know her."""

    label: str
    name: str
    key: str
    value: object
    mark: str = ""
    """A word of the name that nobody else has; where there is one, it is looked for instead of the whole name."""

    @property
    def agent(self) -> dict[str, object]:
        return {"objectType": "Agent", "name": self.name, self.key: self.value}

    @property
    def nameless(self) -> dict[str, object]:
        """As a filter says it: only the identifier counts."""
        return {self.key: self.value}

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text that would give her away."""
        value = self.value
        if isinstance(value, dict):
            own = value["name"].rpartition("|")[2]
            home = () if value["homePage"] in {LMS_HOME, CLOUD_HOME} else (value["homePage"].split("/")[2],)
            return (own, *home, self.mark or self.name)
        text = str(value)
        return (text.removeprefix("mailto:").removeprefix("https://"), self.mark or self.name)


def sha1(address: str) -> str:
    return hashlib.sha1(f"mailto:{address}".encode(), usedforsecurity=False).hexdigest()


def account(home: str, name: str) -> dict[str, str]:
    return {"homePage": home, "name": name}


ZOE = Human("zoe", "Zoë Müller-Østergård", "account", account(LMS_HOME, "s1234567"))
SEAN = Human("sean", "Seán O'Brienne", "mbox", "mailto:sean.obrienne@uni.example")
LI = Human("li", "李小龙", "openid", "https://id.uni.example/li.xiaolong")
RTL = Human("rtl", "محمد بن علي", "mbox_sha1sum", sha1("muhammad.bin.ali@uni.example"))
WORD = Human("word", "Tellerowna", "account", account("https://hr.personnel.example/staff", "teller-90210"))
LONG = Human("long", "Wolfeschlegelstein" * 11 + " Annegrete", "mbox", "mailto:wolfe.schlegel.stein@uni.example")
CLOUD = Human("cloud", "Niamh Ní Dhomhnaill", "account", account(CLOUD_HOME, f"{APP}|s7654321"))
EVERYBODY = (ZOE, SEAN, LI, RTL, WORD, LONG, CLOUD)


def oracle(people=EVERYBODY) -> Oracle:
    return _oracle(tuple((one.label, one.texts) for one in people))


@lru_cache(maxsize=4)
def _oracle(planted: tuple[tuple[str, tuple[str, ...]], ...]) -> Oracle:
    """To make one takes longer than to ask it."""
    return Oracle(dict(planted))


def seen(knower: Oracle, pieces: Iterable[bytes]) -> list[str]:
    """Whom an oracle sees in pieces. It looks at a few at a time: what it takes grows faster than what it is given."""
    found: list[str] = []
    batch: list[bytes] = []
    for piece in sorted(pieces):
        batch.append(piece)
        if sum(map(len, batch)) > _AT_A_TIME:
            found += knower.search(b"\n".join(batch))
            batch = []
    return found + knower.search(b"\n".join(batch))
