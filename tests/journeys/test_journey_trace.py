"""A launch is recorded anew in Chromium: the trace says of it what the golden report says."""

import asyncio

import pytest

from tests.trace.golden import CONFIG_FILE, essence
from tests.trace.kit import Desk
from tests.trace.record import LAUNCHES, record, stage
from tests.trace.scrub import scrubbed, scrubbed_package, written

pytestmark = [pytest.mark.journey, pytest.mark.asyncio(loop_scope="session")]

ONES = [one for one in LAUNCHES if one.course == "v2-scorm2004"]


async def test_a_recording_of_today_has_the_report_of_the_golden_one(browser, tmp_path):
    """Before scormveil comes, and behind it; how often a course saves makes no difference."""
    desk = Desk(tmp_path, CONFIG_FILE.read_text("utf-8"))
    async with stage(tmp_path, ONES) as scene:
        for launch in ONES:
            raw, recording, package = (tmp_path / f"{launch.name}.{ending}" for ending in ("raw", "har", "zip"))
            package.write_bytes(scrubbed_package(await record(browser, scene, launch, raw), scene))
            written(recording, scrubbed(raw, scene))
            told = await asyncio.to_thread(desk.trace, recording, "--package", str(package))
            golden = await asyncio.to_thread(desk.trace, launch.har, "--package", str(launch.package))
            assert essence(told) == essence(golden), launch.name
            assert told.code == 0
