"""What the tests of the sandbox LMS share: small packages, a served LMS, a browser."""

import io
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from playwright.async_api import Browser, async_playwright

from proxy.demo.lms import LmsPerson, SandboxLms
from tests import parts

CHROMIUM = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

PEOPLE = (
    LmsPerson("zoe.m", "Zoë", "Müller-Østergård", "zoe@lms.example"),
    LmsPerson("o'brien@lms.example", "Seán", "O'Brien", "o'brien@lms.example"),
    LmsPerson("李.小龙", "小龙", "李", "li@lms.example"),
    LmsPerson("solo", "", "Björk", "solo@lms.example"),
    LmsPerson("long", "N" * 200, "ביאליק", "long@lms.example"),
)

MANIFEST = """<?xml version="1.0"?>
<manifest xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2" identifier="RSD_1" version="1">
<organizations default="B"><organization identifier="B"><title>T</title>
<item identifier="I" identifierref="R"><title>T</title></item></organization></organizations>
<resources><resource identifier="OTHER" href="other.html"/><resource identifier="R" href="page.html"/></resources>
</manifest>"""


def package(page: str = "<!doctype html><title>Course</title>", manifest: str = MANIFEST) -> bytes:
    """A package whose first page is `page.html`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("imsmanifest.xml", manifest)
        archive.writestr("page.html", page)
    return buffer.getvalue()


def lms(page: str = "<!doctype html><title>Course</title>", **options) -> SandboxLms:
    """An LMS with the same page as a SCORM 1.2 course `old` and a SCORM 2004 course `new`."""
    built = SandboxLms(origin="http://lms.localhost", people=PEOPLE, **options)
    built.install("old", "Fire safety", "SCORM12", package(page), note="with a quiz")
    built.install("new", "First aid", "SCORM2004", package(page))
    return built


@asynccontextmanager
async def served(application: web.Application) -> AsyncIterator[str]:
    """Serve an application on a free port; gives its origin on `lms.localhost`."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"http://lms.localhost:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A headless Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=parts.chromium(), args=CHROMIUM)
        try:
            yield browser
        finally:
            await browser.close()
