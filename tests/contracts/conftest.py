"""Every store the house can run on, each empty and open. PostgreSQL joins by one more entry in STORES."""

import pytest

from proxy.store import open_store, upgrade


def sqlite_url(folder):
    return f"sqlite:///{folder / 'mapping.db'}"


STORES = {"sqlite": sqlite_url}


@pytest.fixture(params=sorted(STORES))
def store_url(request, tmp_path):
    url = STORES[request.param](tmp_path)
    upgrade(url)
    return url


@pytest.fixture
async def store(store_url):
    opened = open_store(store_url)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def other_store(store_url):
    """A second node on the same database."""
    opened = open_store(store_url)
    await opened.open()
    yield opened
    await opened.close()
