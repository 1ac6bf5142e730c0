"""A service on a real store with real keys, and a clock that the test turns."""

import pytest
from identity_house import Clock, make_keyring, rotated, service_on

from keys import Purpose
from proxy.store import open_store, upgrade


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
    url = f"sqlite:///{tmp_path / 'mapping.db'}"
    upgrade(url)
    return url


@pytest.fixture
async def store(store_url):
    opened = open_store(store_url)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def service(store, keyring, clock):
    return service_on(store, keyring, clock)
