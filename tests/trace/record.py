"""Records launches of the sandbox in Chromium as HAR files: `python -m tests.trace.record [NAME …]` renews the golden ones.

A launch is recorded twice: as it is before scormveil comes (`direct`: the LMS has the cloud's own package, and the cloud
is told everything), and behind it (`proxied`).
"""

import asyncio
import base64
import sys
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from proxy.demo.cloud import Content, Generation, Standard
from proxy.edge.upstream import Upstream
from proxy.sandbox import APP_ID, SECRET
from tests import parts
from tests.journeys.kit import Learner, Scene, offer, running
from tests.journeys.people import ZOE
from tests.trace.scrub import scrubbed, scrubbed_package, written

FOLDER = Path(__file__).parent / "golden"


@dataclass(frozen=True)
class Launch:
    """One course of the sandbox, and the way it is recorded."""

    generation: Generation
    standard: Standard
    direct: bool
    content: Content = "scorm"

    @property
    def course(self) -> str:
        return f"{self.generation}-{self.standard}".lower() if self.content == "scorm" else self.content

    @property
    def name(self) -> str:
        return f"{'direct' if self.direct else 'proxied'}-{self.course}"

    @property
    def har(self) -> Path:
        return FOLDER / f"{self.name}.har"

    @property
    def report(self) -> Path:
        return FOLDER / f"{self.name}.txt"

    @property
    def package(self) -> Path:
        """The cloud's own package of the course: what an operator has, and registers."""
        return FOLDER / f"{self.course}.zip"


COURSES: tuple[tuple[Generation, Standard, Content], ...] = (
    ("v2", "SCORM2004", "scorm"),
    ("v1", "SCORM12", "scorm"),
    ("engine2020", "SCORM2004", "scorm"),
    ("v2", "SCORM2004", "cmi5"),
    ("v2", "SCORM2004", "tincan"),
)
LAUNCHES = tuple(
    Launch(generation, standard, direct, content)
    for generation, standard, content in COURSES
    for direct in (True, False)
)


@asynccontextmanager
async def stage(folder: Path, launches=LAUNCHES):
    """A sandbox with the courses of `launches`."""
    courses = {one.course: offer(one.course, one.generation, one.standard, content=one.content) for one in launches}
    async with running(folder / "run", (ZOE,), list(courses.values())) as scene:
        yield scene


async def package_of(scene: Scene, launch: Launch) -> bytes:
    """The package as the cloud gives it, fetched around the proxy."""
    client = Upstream(connections_per_host=1, connect_timeout=5, read_timeout=30)
    login = base64.b64encode(f"{APP_ID}:{SECRET}".encode()).decode()
    try:
        path = f"/api/v2/dispatch/dispatches/{launch.course}/zip"
        answer = await client.send(scene.cloud.origin, "GET", path, [("Authorization", f"Basic {login}")])
        return await answer.read(10_000_000)
    finally:
        await client.close()


async def record(browser: Browser, scene: Scene, launch: Launch, file: Path) -> bytes:
    """Take the course to its end and write what the browser saw to `file`. Returns the cloud's own package."""
    package = await package_of(scene, launch)
    course = launch.course
    # Without a proxy browsers keep no cookies of the cloud's in another site's frame, unless they are partitioned.
    object.__setattr__(scene.cloud._site, "partitioned", launch.direct)
    if launch.direct:
        course = f"direct-{course}"
        scene.lms.install(course, "Lighthouses", launch.standard, package, "")
    context = await browser.new_context(record_har_path=file, record_har_mode="full")
    taker = Learner(scene, context, await context.new_page(), ZOE)
    try:
        await taker.log_in()
        content = await taker.launch(course)
        await content.locator("#q1-a").check()
        if launch.content == "scorm":
            await content.locator("#next").click()
        await content.locator("#q2").fill(f"{ZOE.display_name()} looked at the light")
        await taker.leave("#finish")
        await scene.cloud.settle()
    finally:
        await context.close()
    return package


async def renew(names: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    wanted = [one for one in LAUNCHES if not names or one.name in names]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=parts.chromium(), args=parts.CHROMIUM_ARGS)
        with tempfile.TemporaryDirectory() as temporary:
            async with stage(Path(temporary), wanted) as scene:
                for launch in wanted:
                    raw = Path(temporary) / f"{launch.name}.har"
                    package = await record(browser, scene, launch, raw)
                    launch.package.write_bytes(scrubbed_package(package, scene))
                    written(launch.har, scrubbed(raw, scene))
                    print(f"recorded {launch.name}")
        await browser.close()


if __name__ == "__main__":
    asyncio.run(renew(sys.argv[1:]))
