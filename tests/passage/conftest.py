"""A corridor for each test, or one for the tests of a file that leave nothing behind."""

import pytest
import pytest_asyncio

from tests.passage.corridor import corridor_in, founded


@pytest.fixture(scope="session")
def installation(tmp_path_factory):
    return founded(tmp_path_factory.mktemp("installation"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lasting(tmp_path_factory, installation):
    """What `corridor_again` gives to one test after the other."""
    async with corridor_in(tmp_path_factory.mktemp("lasting") / "house", installation) as running:
        yield running


@pytest.fixture
def corridor_again(lasting):
    """The one that the test before had, with a new page. A file that takes it runs in one loop."""
    lasting.forget()
    return lasting


@pytest_asyncio.fixture(loop_scope="module")
async def corridor_anew(tmp_path, installation):
    """For those in such a file that leave something behind."""
    async with corridor_in(tmp_path / "house", installation) as running:
        yield running


@pytest.fixture
async def corridor(tmp_path, installation):
    async with corridor_in(tmp_path / "house", installation) as running:
        yield running
