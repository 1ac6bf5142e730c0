"""A service on real stores with real keys, and a clock that the test turns."""

import pytest
from identity_house import Clock, created, make_keyring, opened, rotated, service_on

from keys import Purpose


@pytest.fixture(scope="session")
def keyring(tmp_path_factory):
    return make_keyring(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="session")
def newer_keyring(keyring, tmp_path_factory):
    """The same installation after every key but AUDIT was rotated."""
    other = make_keyring(tmp_path_factory.mktemp("other-keys"))
    for purpose in (Purpose.LOOKUP, Purpose.PSEUDONYM, Purpose.SEAL):
        keyring = rotated(keyring, purpose=purpose, fresh_from=other)
    return keyring


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store_url(tmp_path):
    return created(f"sqlite:///{tmp_path / 'mapping.db'}")


@pytest.fixture
async def stores(store_url):
    both = await opened(store_url)
    yield both
    await both.close()


@pytest.fixture
def store(stores):
    return stores.mapping


@pytest.fixture
def service(stores, keyring, clock):
    return service_on(stores, keyring, clock)
