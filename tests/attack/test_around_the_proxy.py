"""The cloud wants the browser to talk to it directly, where its address and what a page knows would be seen."""

import pytest

from tests.passage.wire import http

TYPES = [
    "text/html",
    "text/xml",
    "application/xml",
    "image/svg+xml",
    "text/javascript",
    "text/jscript",
    "application/x-unknown",
    "application/pdf",
    "text/plain, text/html",
    "",
]


@pytest.mark.parametrize("media", TYPES)
async def test_from_whatever_a_browser_may_take_for_a_page_or_a_worker(corridor, media):
    """A worker obeys the policy of its own script; a page can come in types that do not say so."""
    corridor.cloud.say(http(200, {"Content-Type": media} if media else {}, b"fetch('//elsewhere.example')"))
    answer = await corridor.get("/content/c1/worker")
    assert answer.header("Content-Security-Policy").startswith("default-src 'self'")


async def test_from_a_page_that_hides_behind_a_second_type(corridor):
    types = [("Content-Type", "video/mp4"), ("Content-Type", "text/html")]
    corridor.cloud.say(http(200, types, b"<script src=//cloud.localhost></script>"))
    assert (await corridor.get("/content/c1/film")).all("Content-Type") == ["video/mp4"]


@pytest.mark.parametrize(
    "media",
    ["text/ecmascript", "text/x-javascript", "application/ld+json", "application/rss+xml", "application/x-mpegURL"],
)
async def test_from_texts_of_rarer_types(corridor, media):
    address = f"{corridor.cloud.origin}/content/next".encode()
    corridor.cloud.say(http(200, {"Content-Type": media}, b"see " + address))
    answer = await corridor.get("/content/c1/file")
    assert answer.body == b"see https://proxy.example.org/content/next"


@pytest.mark.parametrize(
    "header",
    ["Link", "Refresh", "Alt-Svc", "Report-To", "NEL", "SourceMap", "Content-Location", "Service-Worker-Allowed"],
)
async def test_by_a_header(corridor, header):
    corridor.cloud.say(http(200, {"Content-Type": "text/html", header: f"<{corridor.cloud.origin}/x>; rel=preload"}))
    answer = await corridor.get("/content/c1/page.html")
    assert (answer.status, answer.header(header)) == (200, "")


async def test_by_loosening_our_policies(corridor):
    loose = {"Content-Security-Policy": "default-src *", "Cross-Origin-Resource-Policy": "cross-origin"}
    corridor.cloud.say(http(200, {"Content-Type": "text/html", "Referrer-Policy": "unsafe-url"} | loose))
    answer = await corridor.get("/content/c1/page.html")
    assert answer.all("Referrer-Policy") == ["no-referrer"]
    assert answer.all("Cross-Origin-Resource-Policy") == ["same-origin"]
    assert len(answer.all("Content-Security-Policy")) == 1
    assert "default-src *" not in answer.head


async def test_by_a_socket(corridor):
    """What goes through it nobody could read; nor is it asked for as the plain request it would be without its field."""
    fields = {
        "Connection": "Upgrade",
        "Upgrade": "WebSocket",
        "Sec-WebSocket-Key": "AAAA",
        "Sec-WebSocket-Version": "13",
    }
    async with corridor.refuses("not-permitted", 403) as refused:
        refused.answer = await corridor.get("/content/c1/live", fields)
