"""Record stores and a proxy before one of them, for the tests of a module."""

import pytest_asyncio

from tests.xapi import scene


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def direct(tmp_path_factory):
    """A store that clients speak to directly."""
    async with scene.whole_store(tmp_path_factory.mktemp("direct")) as store:
        yield store


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def store(tmp_path_factory):
    """The store behind the proxy."""
    async with scene.whole_store(tmp_path_factory.mktemp("store")) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gate(tmp_path_factory, store):
    """The proxy before `store`."""
    async with scene.gate(tmp_path_factory.mktemp("gate") / "house", store.front.origin) as made:
        yield made
