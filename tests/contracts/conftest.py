"""Every database the house can run on, each empty and open."""

import pytest

from proxy.store import KEYSTORE, MAPPING, open_keystore, open_store, upgrade

DATABASES = ("postgresql", "sqlite")


def address(request, folder, schema):
    """The address of a new, empty store."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgres").database(schema)
    url = f"sqlite:///{folder / schema.name}.db"
    upgrade(url, schema)
    return url


@pytest.fixture(params=DATABASES)
def store_url(request, tmp_path):
    return address(request, tmp_path, MAPPING)


@pytest.fixture(params=DATABASES)
def keystore_url(request, tmp_path):
    return address(request, tmp_path, KEYSTORE)


async def opened(store):
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def store(store_url):
    async for one in opened(open_store(store_url)):
        yield one


@pytest.fixture
async def other_store(store_url):
    """A second node on the same database."""
    async for one in opened(open_store(store_url)):
        yield one


@pytest.fixture
async def keystore(keystore_url):
    async for one in opened(open_keystore(keystore_url)):
        yield one
