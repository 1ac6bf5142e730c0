"""The start page: live, safe against what it shows, usable on a telephone."""

import asyncio
import json

import pytest
from lms_kit import chromium, lms, package, served

from proxy.demo.start import StartPage

EVIL = "<img src=x onerror=\"document.title='hit'\"></script><script>document.title='hit'</script>"


def event(number, **changes):
    return {
        "at": "2026-01-05T10:11:12.000+00:00", "exchange": f"x{number}", "mount": "dispatch", "route": "launch",
        "direction": "outward", "verdict": "passed", "code": "", "found": 1, "ms": 1.5,
    } | changes  # fmt: skip


def cloud_state(text="Learner"):
    return {
        "dispatches": [{"id": "d1", "title": text}],
        "registrations": [
            {"id": "r1", "dispatch": "d1", "learner_id": text, "first_name": text, "last_name": "K7QX-M2PA",
             "completion": text, "success": text, "score": None, "seconds": 1.0,
             "answers": [{"id": "q1", "description": text, "response": text}], "comments": [text]},
        ],
        "requests": [{"at": 1.0, "method": text, "target": text, "headers": {}}],
    }  # fmt: skip


def start(built, events=(), cloud=None, info=None):
    return StartPage(built.state, lambda: cloud or {}, lambda: events, info or {}, interval=0.02)


async def read_event(response):
    lines = []
    while (line := (await response.content.readline()).decode()) != "\n":
        lines.append(line.strip())
    name, data = lines
    return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))


async def test_the_page_is_at_the_root_and_allows_only_its_own_scripts(aiohttp_client):
    built = lms()
    client = await aiohttp_client(built.application(start(built, info={"Cloud": "http://cloud.localhost:1"})))
    answer = await client.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    text = await answer.text()
    assert "Zoë Müller-Østergård" in text
    assert 'href="http://cloud.localhost:1"' in text
    for name in ("start.css", "start.js", "mark.svg"):
        assert (await client.get(f"/static/start/{name}")).status == 200
    assert (await client.get("/static/start/page.py")).status == 404


async def test_a_change_reaches_the_watcher_and_only_that_change(aiohttp_client):
    built, events = lms(), [event(1)]
    client = await aiohttp_client(built.application(start(built, events)))
    stream = await client.get("/start/events")
    assert stream.content_type == "text/event-stream"
    assert [(await read_event(stream))[0] for _ in range(3)] == ["platform", "proxy", "cloud"]
    events.append(event(2, verdict="refused", code="unknown-route"))
    name, view = await asyncio.wait_for(read_event(stream), 5)
    assert name == "proxy"
    assert view["recent"][0]["code"] == "unknown-route"
    stream.close()


@pytest.mark.journey
async def test_streams_end_when_the_application_shuts_down():
    built = lms()
    application = built.application(start(built))
    async with served(application) as origin, chromium() as browser:
        page = await browser.new_page()
        await page.goto(origin)
        await page.locator("#live[data-state=live]").wait_for()
        async with asyncio.timeout(5):
            await application.shutdown()
            await page.locator("#live[data-state=waiting]").wait_for()


@pytest.mark.journey
async def test_what_happens_appears_without_a_reload():
    built, events = lms(), []
    async with served(built.application(start(built, events))) as origin, chromium() as browser:
        page = await browser.new_page()
        await page.goto(origin)
        await page.get_by_text("Nothing has passed yet").wait_for()
        events.extend([event(1, found=3), event(2, verdict="refused", code="leak-suspected")])
        await page.locator("#events .refused").get_by_text("leak-suspected").wait_for()
        assert await page.text_content("#total-pseudonymised") == "3"
        assert await page.text_content("#total-refused") == "1"


@pytest.mark.journey
async def test_a_click_on_a_learner_opens_the_platform_as_that_learner():
    built = lms()
    async with served(built.application(start(built))) as origin, chromium() as browser:
        page = await browser.new_page()
        await page.goto(origin)
        async with page.expect_popup() as opened:
            await page.click('[id="try-zoe.m"]')
        tab = await opened.value
        assert await tab.text_content("#whoami") == "Zoë Müller-Østergård"


@pytest.mark.journey
async def test_text_from_elsewhere_stays_text():
    built = lms()
    built.install("evil", EVIL, "SCORM12", package(), note=EVIL)
    events = [event(1, route=EVIL, code=EVIL, mount=EVIL)]
    page_at_root = start(built, events, cloud_state(EVIL), {EVIL: EVIL, "Address": "https://x/" + EVIL})
    async with served(built.application(page_at_root)) as origin, chromium() as browser:
        page = await browser.new_page()
        await page.goto(origin)
        await page.locator("#registrations .card").wait_for()
        await page.locator("#events .route").wait_for()
        assert EVIL in await page.text_content("#cloud")
        assert await page.locator("main img, main script, footer img").count() == 0
        assert "hit" not in await page.title()


@pytest.mark.journey
@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
async def test_nothing_is_wider_than_the_window(size):
    built = lms()
    long = "x" * 300
    page_at_root = start(built, [event(1, route=long, verdict="reported")], cloud_state(long), {"Cloud": long})
    async with served(built.application(page_at_root)) as origin, chromium() as browser:
        page = await browser.new_page(viewport={"width": size[0], "height": size[1]})
        await page.goto(origin)
        await page.locator("#registrations .card").wait_for()
        assert await page.evaluate("document.documentElement.scrollWidth") <= size[0]
