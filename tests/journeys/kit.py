"""The scene of a journey: LMS, scormveil and cloud on free ports, everything that may leak, and a learner's hands."""

import html
import io
import json
import re
import socket
from collections.abc import Iterable
from contextlib import ExitStack, asynccontextmanager, redirect_stderr
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock
from urllib.parse import unquote_plus

from playwright.async_api import Browser, BrowserContext, FrameLocator, Page, expect

from proxy.demo.cloud import Generation, Standard
from proxy.demo.lms import LmsPerson, NameOrder
from proxy.observe import configure
from proxy.sandbox import Offer, Ports, Sandbox
from tests.journeys.people import planted
from tests.journeys.wire import Wire
from tests.oracle import Oracle

GENERATIONS: tuple[Generation, ...] = ("v1", "engine2020", "v2")
STANDARDS: tuple[Standard, ...] = ("SCORM12", "SCORM2004")
VARIANTS = [(generation, standard) for generation in GENERATIONS for standard in STANDARDS]
PATIENCE = 20_000
"""Milliseconds; only a broken journey ever waits so long."""


def course_of(generation: str, standard: str) -> str:
    return f"{generation}-{standard}".lower()


def free_ports() -> Ports:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(4)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return Ports(*(one.getsockname()[1] for one in sockets))


@dataclass
class Scene:
    """A running sandbox, with its wire to the proxy, its log, and what must not be found."""

    sandbox: Sandbox
    folder: Path
    people: tuple[LmsPerson, ...]
    wire: Wire
    log: io.StringIO
    spoke: bool = False
    """Whether the log had anything before it was forgotten."""
    oracle: Oracle = field(init=False)

    def __post_init__(self) -> None:
        self.oracle = Oracle({person.id: planted(person).texts for person in self.people})

    @property
    def cloud(self):
        return self.sandbox.cloud

    @property
    def lms(self):
        return self.sandbox.lms

    def traces(self) -> dict[str, bytes]:
        """What strangers and operators see of the traffic: bytes the cloud got, log, metrics, answers that refuse."""
        assert not self.cloud.record.truncated
        assert self.spoke or self.log.getvalue(), "a log that went elsewhere would hold nobody"
        return {
            "cloud": self.cloud.record.bytes(),
            "log": self.log.getvalue().encode(),
            "metrics": self.sandbox.house.metrics.render(),
            "refusals": self.wire.refusals(),
        }

    def files(self) -> dict[str, bytes]:
        """All files of the run folder: database with its journal, keyring, configuration."""
        files = [path for path in sorted(self.folder.rglob("*")) if path.is_file()]
        return {f"file {path.relative_to(self.folder)}": path.read_bytes() for path in files}

    def forget(self) -> None:
        """Begin a new page; what was written to disk stays."""
        self.cloud.record.clear()
        self.wire.clear()
        self.spoke = self.spoke or bool(self.log.getvalue())
        self.log.seek(0)
        self.log.truncate()

    def refused(self) -> list[str]:
        """The codes of refusals in the proxy's log, apart from the player's own logs, which never pass."""
        lines = [json.loads(line) for line in self.log.getvalue().splitlines()]
        return [
            line["code"] for line in lines if line.get("verdict") == "refused" and not line["route"].endswith("-log")
        ]

    def registrations(self, course: str, learner_id: str = "") -> list[dict]:
        return [
            one
            for one in self.cloud.state()["registrations"]
            if one["dispatch"] == course and learner_id in {"", one["learner_id"]}
        ]

    def results(self, registration: str) -> list[dict]:
        """What the results desk of the LMS has received about a registration, oldest first."""
        bodies = [result["body"] for result in self.lms.state()["results"]]
        return [body for body in bodies if body["id"] == registration]


@asynccontextmanager
async def running(
    folder: Path, people: Iterable[LmsPerson], offers, *, name_order: NameOrder = "First Last", log=None, **options
):
    """Start a scene whose run folder is `folder`. Scenes at the same time share the process's one `log`."""
    people = tuple(people)
    wire, log = Wire(), log or io.StringIO()
    options.setdefault("log_level", "debug")
    with wire.tapped(), redirect_stderr(log):
        sandbox = await Sandbox.start(
            folder, free_ports(), people=people, courses=offers, name_order=name_order, **options
        )
    configure("json", options["log_level"], log)  # what is standard error is asked at each line, and pytest changes it
    try:
        yield Scene(sandbox, folder, people, wire, log)
    finally:
        await sandbox.close()


def all_offers() -> list[Offer]:
    return [Offer(course_of(*variant), "Lighthouses", *variant) for variant in VARIANTS]


def offer(course: str, generation: Generation = "v2", standard: Standard = "SCORM2004", **options) -> Offer:
    return Offer(course, "Lighthouses", generation, standard, **options)


def leaks(scene: Scene) -> list[str]:
    """Where the scene's people can be found in the traces, empty if nowhere."""
    found = []
    words = sorted({word for person in scene.people for word in planted(person).words})
    for name, data in scene.traces().items():
        found += [f"{name}: {find}" for find in scene.oracle.search(data)]
        found += [f"{name}: the word {word}" for word in words if _says(data, word)]
    received = scene.cloud.record.bytes()
    found += ["cloud: a session of the LMS" for one in scene.lms.session_secrets() if one.encode() in received]
    return found


def leaks_on_disk(scene: Scene) -> list[str]:
    """The same for the files. They are mostly sealed: decoding such noise again and again would only take minutes."""
    with mock.patch("tests.oracle.DEPTH", 1):
        return [f"{name}: {find}" for name, data in scene.files().items() for find in scene.oracle.search(data)]


def _says(data: bytes, word: str) -> bool:
    """Whether `word` stands by itself in what a reader makes of the bytes. Random tokens join with - and _."""
    text = data.decode("utf-8", "replace")
    pattern = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])", re.IGNORECASE)
    for _ in range(3):
        if pattern.search(text):
            return True
        text = html.unescape(unquote_plus(text))
    return False


async def nothing_leaked(scene: Scene) -> None:
    """Fail where any planted identity is found in the traffic; then begin a new page."""
    await scene.cloud.settle()
    assert leaks(scene) == []
    scene.forget()


async def nothing_kept(scene: Scene) -> None:
    """Fail where any planted identity is found in the traffic or on the disk."""
    await nothing_leaked(scene)
    assert (scene.folder / "scormveil.sqlite3").stat().st_size > 0
    assert leaks_on_disk(scene) == []


class Learner:
    """One person at one browser."""

    def __init__(self, scene: Scene, context: BrowserContext, page: Page, person: LmsPerson) -> None:
        self.scene = scene
        self.context = context
        self.page = page
        self.person = person
        self.alerts: list[str] = []
        page.on("dialog", self._dialog)

    async def _dialog(self, dialog) -> None:
        self.alerts.append(dialog.message)
        await dialog.dismiss()

    async def log_in(self) -> None:
        await self.page.goto(f"{self.scene.lms.origin}/login")
        value = json.dumps(self.person.id, ensure_ascii=False)
        await self.page.locator(f'button[name="person"][value={value}]').click()
        await expect(self.page.locator("#whoami")).to_have_text(self.person.display_name())

    async def log_out(self) -> None:
        await self.page.goto(f"{self.scene.lms.origin}/courses")
        await self.page.locator("#logout").click()
        await expect(self.page.locator('button[name="person"]').first).to_be_visible()

    async def open(self, course: str, *, query: str = "") -> None:
        """Open the player of the LMS."""
        await self.page.goto(f"{self.scene.lms.origin}/player/{course}{query}")

    @property
    def course(self) -> FrameLocator:
        """The course's own page, four frames down."""
        outer = self.page.frame_locator("#scorm_object").frame_locator("#dispatch_content_frame")
        return outer.frame_locator("#contentRelay").frame_locator("#ScormContent")

    async def launch(self, course: str, *, query: str = "") -> FrameLocator:
        """Open the player and wait until the course has begun."""
        await self.open(course, query=query)
        await expect(self.course.locator("body[data-ready=true]")).to_be_visible(timeout=PATIENCE)
        return self.course

    async def leave(self, button: str) -> dict[str, str]:
        """Press `button` of the course; what the LMS shows as recorded: completion, success, score."""
        await self.course.locator(button).click()
        await expect(self.page.locator("#result-panel")).to_be_visible(timeout=PATIENCE)
        parts = ("completion", "success", "score")
        return {part: await self.page.locator(f"#result-{part}").inner_text() for part in parts}

    def recorded(self, course: str) -> tuple[str, str, float | None]:
        attempt = self.scene.lms.attempt(self.person.id, course)
        return attempt["completion"], attempt["success"], attempt["score"]


@asynccontextmanager
async def learner(browser: Browser, scene: Scene, person: LmsPerson):
    """A person who has logged in with a fresh browser."""
    context = await browser.new_context()
    try:
        one = Learner(scene, context, await context.new_page(), person)
        await one.log_in()
        yield one
    finally:
        await context.close()
