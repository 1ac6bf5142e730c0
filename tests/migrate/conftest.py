"""A town for each test, on SQLite files, and on PostgreSQL where that matters."""

import pytest
from town import town_in

from proxy.store import KEYSTORE, MAPPING


@pytest.fixture
async def town(tmp_path):
    async with town_in(tmp_path) as one:
        yield one


@pytest.fixture(params=["postgresql", "sqlite"])
async def any_town(request, tmp_path):
    """The same with two workers, on both databases."""
    if request.param == "sqlite":
        async with town_in(tmp_path, workers=2) as one:
            yield one
        return
    cluster = request.getfixturevalue("postgres")
    stores = (cluster.database(MAPPING), cluster.database(KEYSTORE))
    async with town_in(tmp_path, stores=stores, workers=2) as one:
        yield one
