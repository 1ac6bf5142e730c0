"""One Chromium for all journeys; each module has its own scene."""

import pytest_asyncio
from playwright.async_api import async_playwright

from tests import parts


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser():
    async with async_playwright() as playwright:
        made = await playwright.chromium.launch(executable_path=parts.chromium(), args=parts.CHROMIUM_ARGS)
        yield made
        await made.close()
