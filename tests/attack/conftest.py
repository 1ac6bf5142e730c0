"""A corridor for each attack."""

import pytest

from tests.passage.corridor import corridor_in, founded


@pytest.fixture(scope="session")
def installation(tmp_path_factory):
    return founded(tmp_path_factory.mktemp("installation"))


@pytest.fixture
async def corridor(tmp_path, installation):
    async with corridor_in(tmp_path / "house", installation) as running:
        yield running
