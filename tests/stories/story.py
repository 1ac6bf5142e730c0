"""Reads a story and plays it against a real proxy."""

import asyncio
import json
import re
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qsl, quote, urlsplit

from proxy.passage import Level, PostbackSpec
from proxy.store.port import PackageRecord
from tests import oracle_lz
from tests.adapters.v1_kit import sig, stamp
from tests.guard.disguises import lz_base64
from tests.passage.corridor import (
    CALLER,
    CLOUD_SECRET,
    CREDENTIAL,
    LI,
    LONG,
    OBRIEN,
    RTL,
    TOKEN,
    V1_SECRET,
    WORD,
    ZOE,
    Corridor,
)
from tests.passage.postback_kit import basic, mount_of
from tests.passage.wire import Received, Script, Stub

PEOPLE = {"zoe": ZOE, "obrien": OBRIEN, "li": LI, "rtl": RTL, "word": WORD, "long": LONG}
SENDERS = ("the browser", "the LMS", "the cloud")
RECEIVERS = {"the cloud": "cloud", "the content host": "content", "the LMS": "lms"}
UNFORESEEN = re.compile(r"\{(?P<what>sealed|session|length|signature|token|unguessable)(?::(?P<name>\w+))?\}")
PACKED = "(packed by LZString, base64)\n"
PATTERNS = {
    "signature": r"[A-Za-z0-9%]{28,}",
    "unguessable": r"[A-Za-z0-9_-]{8,}",
    "sealed": r"[A-Za-z0-9_-]{60,}",
    "session": r"[A-Za-z0-9_-]{60,}",
    "length": r"\d+",
    "token": r"sv1[a-z0-9]{37}",
}


@dataclass(frozen=True)
class Section:
    title: str
    text: str
    line: int


def sections_of(file: Path) -> list[Section]:
    """Cut a story at its `== titles ==`; what stands before the first one is for the reader."""
    found: list[Section] = []
    title, line, held = "", 0, []
    for number, text in enumerate(file.read_text("utf-8").split("\n"), start=1):
        heading = re.fullmatch(r"== (.+) ==", text)
        if not heading:
            held.append(text)
            continue
        if title:
            found.append(Section(title, "\n".join(held).strip("\n"), line))
        title, line, held = heading[1], number, []
    return [*found, Section(title, "\n".join(held).strip("\n"), line)]


def settings_of(file: Path, what: str = "the policy of the mount") -> str:
    return next((one.text for one in sections_of(file) if one.title == what), "")


SETTINGS = ("the policy of the mount", "the audience of the V1 mount", "further mounts")


def signature_of(text: str, secret: str) -> str:
    """The signature of API V1 that a request as it stands should have."""
    head, _, body = text.partition("\n\n")
    query = head.partition("\n")[0].split(" ")[1].partition("?")[2]
    return sig(parse_qsl(f"{query}&{body}", keep_blank_values=True), secret)


@dataclass
class Stage:
    """A story being played."""

    corridor: Corridor
    seen: dict[str, str] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    now: str = field(default_factory=stamp)

    def fixed(self, text: str) -> str:
        """Put in everything that is known before."""
        for name in ("cloud", "content", "lms"):
            stub: Stub = getattr(self.corridor, name)
            forms = {
                f"{{{name}}}": stub.origin,
                f"{{{name}.host}}": stub.origin.removeprefix("http://"),
                f"{{{name}%}}": quote(stub.origin, safe=""),
                f"{{{name}%%}}": quote(quote(stub.origin, safe=""), safe=""),
                f"{{{name}\\}}": stub.origin.replace("/", "\\/"),
            }
            for form, value in forms.items():
                text = text.replace(form, value)
        for name, person in PEOPLE.items():
            text = text.replace(f"{{pseudonym:{name}}}", self.corridor.pseudonym(person.id))
            text = text.replace(f"{{alias:{name}}}", self.corridor.alias(person.id))
        text = text.replace("{ts}", self.now)
        return text.replace("{token}", TOKEN).replace("{caller}", CALLER).replace("{credential}", CREDENTIAL)

    def sent(self, text: str) -> str:
        """Put in what was seen before as well."""
        text = self.fixed(text)
        for key, value in self.seen.items():
            text = text.replace(f"{{{key}}}", value)
        assert not UNFORESEEN.search(text), f"not seen yet: {UNFORESEEN.search(text)}"
        return text.replace("{sig}", signature_of(text, V1_SECRET)) if "{sig}" in text else text

    def check(self, wanted: str, got: str, where: str) -> None:
        """Compare; what is seen for the first time is remembered."""
        wanted = self.fixed(wanted)
        for key, value in self.seen.items():
            wanted = wanted.replace(f"{{{key}}}", value)
        if "{sig}" in wanted:
            wanted = wanted.replace("{sig}", signature_of(got, CLOUD_SECRET))
        pattern, at, names = "", 0, []
        for unknown in UNFORESEEN.finditer(wanted):
            pattern += re.escape(wanted[at : unknown.start()]) + f"({PATTERNS[unknown['what']]})"
            names.append(unknown[0].strip("{}"))
            at = unknown.end()
        hit = re.fullmatch(pattern + re.escape(wanted[at:]), got)
        assert hit, f"{where}\n--- wanted\n{wanted}\n--- got\n{got}"
        self.seen |= {name: value for name, value in zip(names, hit.groups(), strict=True) if ":" in name}

    async def play(self, file: Path) -> None:
        """Play every section in its order."""
        sections = sections_of(file)
        number = 0
        while number < len(sections):
            number += 1
            section = sections[number - 1]
            who, _, verb = section.title.rpartition(" ")
            if section.title in SETTINGS:
                continue
            if section.title == "the time is":
                self.set_clocks(float(section.text))
                continue
            if section.title == "a registered package":
                await self.register(json.loads(section.text))
                continue
            if section.title == "the LMS asks for results":
                await self.ask_for_results(json.loads(self.fixed(section.text)))
                continue
            assert (verb, who in SENDERS) == ("sends", True), f"{file.name}:{section.line} {section.title}"
            ahead: list[Section] = []
            while number < len(sections) and not sections[number].title.endswith((" sends", " package", " results")):
                ahead.append(sections[number])
                number += 1
            await self.exchange(section, ahead, file.name)

    def set_clocks(self, now: float) -> None:
        """For whoever verifies signatures, which are written down here with their time."""
        for scheme in self.corridor.house.server._passage._signatures._schemes.values():
            scheme._clock = lambda: now

    async def register(self, told: dict) -> None:
        record = {
            "digest": "0" * 64,
            "tenant": "uni",
            "launch_path": "",
            "roles": {},
            "fixed": (),
            "dispatch_root": "",
            "hosts": (),
            "created": 1,
        }
        await self.corridor.house.store.register_package(PackageRecord(**(record | told)))

    async def ask_for_results(self, asked: dict) -> None:
        """Remember what the cloud is told: where to post, with which user and password."""
        level = Level("registration", asked.pop("registration"))
        way = SimpleNamespace(mount=mount_of(self.corridor), seen=())
        told = await self.corridor.house.postbacks.outward(way, level, PostbackSpec(**asked))
        self.seen |= {
            "postback": urlsplit(told.url).path,
            "postback-user": told.user,
            "postback-password": told.password,
            "postback-login": basic(told.user, told.password),
        }

    async def exchange(self, section: Section, ahead: list[Section], name: str) -> None:
        for place, one in enumerate(ahead):
            who, _, verb = one.title.rpartition(" ")
            if verb == "answers":
                asked = next((other for other in ahead[:place][::-1] if other.title == f"{who} receives"), None)
                getattr(self.corridor, RECEIVERS[who]).say(self.answering(one, asked, RECEIVERS[who], name))
        before = {key: len(getattr(self.corridor, key).requests) for key in RECEIVERS.values()}
        answer = await self.corridor.send(self.wire(section.text))
        assert answer is not None
        for one in ahead:
            who, _, verb = one.title.rpartition(" ")
            where = f"{name}:{one.line} {one.title}"
            if verb == "receives":
                key = RECEIVERS[who]
                arrived = getattr(self.corridor, key).requests[before[key] :]
                if one.text == "(nothing)":
                    assert arrived == [], f"{where}: {arrived}"
                else:
                    assert arrived, f"{where}: nothing\n{answer.raw.decode(errors='replace')}"
                    before[key] += 1
                    self.check(one.text, plain(arrived[0], packed=PACKED in one.text), where)
            elif verb == "gets":
                self.check_answer(one.text, answer, where)
        for key, count in before.items():
            assert len(getattr(self.corridor, key).requests) == count, f"{name}:{section.line}: {key} was asked too"

    def answering(self, answer: Section, asked: Section | None, key: str, name: str) -> bytes | Script:
        """Look at what arrived first: an answer may repeat what nobody could foresee in it."""
        if asked is None or not UNFORESEEN.search(asked.text):
            return self.wire(answer.text)

        async def script(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            arrived = plain(getattr(self.corridor, key).requests[-1])
            with suppress(AssertionError):  # told where it is compared, not in the middle of the exchange
                self.check(asked.text, arrived, f"{name}:{asked.line}")
            writer.write(self.wire(answer.text))
            await writer.drain()

        return script

    def wire(self, text: str) -> bytes:
        """Make a message of a section's text; the length is added."""
        head, _, body = self.sent(text).partition("\n\n")
        body = lz_base64(body.removeprefix(PACKED)).decode() if body.startswith(PACKED) else body
        if body and "content-length" not in head.lower():
            head += f"\nContent-Length: {len(body.encode())}"
        elif head.startswith("HTTP/") and not head.startswith(("HTTP/1.1 204", "HTTP/1.1 304")):
            head += "\nContent-Length: 0"
        return head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body.encode()

    def check_answer(self, wanted: str, answer: Received, where: str) -> None:
        head, _, body = wanted.partition("\n\n")
        status, *fields = head.split("\n")
        shown = answer.raw.decode(errors="replace")
        assert str(answer.status) == status.strip(), f"{where}: {shown}"
        pending = {name.lower(): list(answer.all(name)) for name, _, _ in (one.partition(": ") for one in fields)}
        for one in fields:
            name, _, value = one.partition(": ")
            values = pending[name.lower()]
            if value in {"(absent)", "(no more)"}:
                assert values == [], f"{where}: {name} is there: {values}"
            else:
                assert values, f"{where}: {name} is not there\n{shown}"
                self.check(value, values.pop(0), f"{where}: {name}")
        assert answer.whole, f"{where}: broken off"
        if body != "(any)":
            self.check(body, answer.opened.decode(), where)


def plain(message: Received, *, packed: bool = False) -> str:
    """A message as a story writes it."""
    head = message.head.replace("\r\n", "\n")
    body = message.body.decode()
    body = PACKED + oracle_lz.of_base64(body) if packed else body
    return f"{head}\n\n{body}" if body else head
